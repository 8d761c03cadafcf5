"""The exchange format: a folder of Parquet or CSV files in and out of the database, strictly and without loss."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service.exchange.export import export_folder
    from service.exchange.load import import_folder
    from service.exchange.report import ExportReport, ImportReport

__all__ = ["ExportReport", "ImportReport", "export_folder", "import_folder"]

_HOMES = {
    "ExportReport": "report",
    "ImportReport": "report",
    "export_folder": "export",
    "import_folder": "load",
}


def __getattr__(name: str) -> object:
    """The public names, looked up late: the service reads the closed lists of `schema` and needs no Arrow for them."""
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"service.exchange.{_HOMES[name]}"), name)
