"""A model artifact that is corrupt, another's, or gone: refused by name, and what was in force goes on serving."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from service.bootstrap import runtime_of
from service.errors import Refused
from service.jobs.train import train
from service.progress import silent
from tests.sample_bank import SampleBank, Service, cards, serving


def _flip(folder: Path) -> None:
    path = folder / "als.item_factors.npy"
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)


def _truncate(folder: Path) -> None:
    path = folder / "popularity.recent.npy"
    path.write_bytes(path.read_bytes()[:-8])


def _edit_manifest(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_bytes(path.read_bytes() + b" ")


def _lose_array(folder: Path) -> None:
    (folder / "population.gap.npy").unlink()


DAMAGES = [_flip, _truncate, _edit_manifest, _lose_array, shutil.rmtree]


@pytest.fixture(scope="module")
def two_models(small_bank: SampleBank, tmp_path_factory: pytest.TempPathFactory) -> SampleBank:
    """A bank whose second model learnt from less."""
    bank = small_bank.copy(tmp_path_factory.mktemp("models") / "bank")
    with runtime_of(bank.settings()) as runtime:
        train(runtime, runtime.calendar.day(runtime.clock.now_us()) - 200, silent)
        assert runtime.store.versions().model == 2
    return bank


def _damage(bank: SampleBank, model: int, how: Callable[[Path], None]) -> None:
    with runtime_of(bank.settings()) as runtime:
        found = runtime.store.model(model)
        assert found is not None
    how(bank.data_dir / "models" / found[0])


def _refused(service: Service) -> float:
    return (
        service.runtime.telemetry.registry.get_sample_value("huojia_snapshot_swaps_total", {"outcome": "refused"}) or 0
    )


@pytest.mark.parametrize("how", DAMAGES, ids=lambda how: how.__name__.strip("_"))
def test_a_damaged_model_is_refused_and_the_one_before_it_serves(
    two_models: SampleBank, tmp_path: Path, how: Callable[[Path], None]
) -> None:
    bank = two_models.copy(tmp_path / "bank")
    _damage(bank, 2, how)
    with serving(bank.settings()) as service:
        shelf = service.shelf(service.active(1)[0])
        assert shelf["versions"]["model"] == "m1"
        assert (shelf["mode"], shelf["degraded"]) == ("personal", [])
        assert cards(shelf)
        assert service.client.get("/readyz").json()["versions"]["model"] == "m1"
        assert _refused(service) >= 1


def test_a_model_that_turns_out_damaged_leaves_the_running_one_in_force(service: Service) -> None:
    runtime = service.runtime
    before = runtime.worlds.last()
    customer_id = service.active(1)[0]
    version = runtime.store.promote_model("no-such-folder", "0" * 64, runtime.clock.now_us())
    with pytest.raises(Refused, match=f"model m{version}: the folder .* is missing"):
        runtime.worlds.refresh(runtime.store.versions())
    for _ in range(3):
        assert service.shelf(customer_id)["versions"]["model"] == "m1"
        time.sleep(0.05)
    assert runtime.worlds.last() is before
    assert _refused(service) >= 1


def test_a_service_over_a_damaged_model_can_still_be_trained_anew(two_models: SampleBank, tmp_path: Path) -> None:
    bank = two_models.copy(tmp_path / "bank")
    for model in (1, 2):
        _damage(bank, model, _lose_array)
    with serving(bank.settings()) as service:
        assert service.shelf("C1")["versions"]["model"] is None
        train(service.runtime, service.runtime.calendar.day(service.runtime.clock.now_us()) - 100, silent)
        assert service.shelf(service.active(1)[0])["versions"]["model"] == "m3"


def test_a_failed_training_run_leaves_no_half_written_artifact(two_models: SampleBank, tmp_path: Path) -> None:
    bank = two_models.copy(tmp_path / "bank")
    (bank.data_dir / "models" / ".left-over.part").mkdir()
    with serving(bank.settings()) as service:
        assert service.shelf("C1")["versions"]["model"] == "m2"
