"""JSON logs say what went wrong and where, and quote nobody."""

from __future__ import annotations

import logging
import sys

import orjson

from service.logs import JsonFormatter


def _logged(error: Exception) -> dict[str, object]:
    try:
        raise error
    except type(error):
        record = logging.LogRecord("service", logging.ERROR, __file__, 1, "it failed", None, sys.exc_info())
    record.customer = "0656"
    line: dict[str, object] = orjson.loads(JsonFormatter().format(record))
    return line


def test_a_line_is_one_json_object_with_its_extra_fields() -> None:
    line = _logged(ValueError("x"))
    assert (line["level"], line["message"], line["customer"], line["error"]) == (
        "error",
        "it failed",
        "0656",
        "ValueError",
    )
    assert isinstance(line["trace"], list)


def test_the_text_of_an_exception_never_reaches_the_log() -> None:
    assert "C000000017" not in orjson.dumps(_logged(KeyError("C000000017"))).decode()
