"""The artifact's files: the same model gives the same bytes, and nothing damaged is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO

import numpy as np
import pytest

from recommender.artifact import MANIFEST, Artifact, ArtifactError, dumps, loads
from recommender.train import TrainingSettings, fit
from tests.unit.recommender.bank import bank_of_tastes

ARTIFACT = fit(bank_of_tastes(customers=60, count=1_500), TrainingSettings(als_grid=()))
FILES = dumps(ARTIFACT)


def npy(array: np.ndarray) -> bytes:
    buffer = BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def signed(name: str, content: bytes) -> dict[str, bytes]:
    """The files with one of other content, its checksum put right."""
    manifest = json.loads(FILES[MANIFEST])
    manifest["arrays"][name] = sha256(content).hexdigest()
    return {**FILES, name: content, MANIFEST: json.dumps(manifest).encode()}


def with_manifest(change: Callable[[dict[str, object]], object]) -> dict[str, bytes]:
    manifest = json.loads(FILES[MANIFEST])
    change(manifest)
    return {**FILES, MANIFEST: json.dumps(manifest).encode()}


def test_it_comes_back_whole() -> None:
    again = loads(FILES)
    assert again.manifest == json.loads(json.dumps(ARTIFACT.manifest))
    for name, array in ARTIFACT.arrays.items():
        assert np.array_equal(array, again.arrays[name], equal_nan=array.dtype.kind == "f"), name
    assert dumps(again) == FILES


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_flipped_bit_in_any_array_is_refused(name: str) -> None:
    damaged = bytearray(FILES[name])
    damaged[len(damaged) // 2] ^= 1
    if name != MANIFEST:
        with pytest.raises(ArtifactError, match=f"{name}: its content is not"):
            loads({**FILES, name: bytes(damaged)})


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_file_cut_short_or_missing_is_refused(name: str) -> None:
    with pytest.raises(ArtifactError, match=name):
        loads({**FILES, name: FILES[name][:-3]})
    with pytest.raises(ArtifactError, match=f"{name}: missing"):
        loads({key: content for key, content in FILES.items() if key != name})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"no array", "not a .npy file"),
        (FILES["population.gap.npy"][:-8], "not a .npy file"),
        (FILES["population.gap.npy"] + b"x", "more than one array"),
        (npy(np.array([{"a": 1}], dtype=object)), "not a .npy file"),
        (npy(ARTIFACT.arrays["population.gap"].astype(np.float32)), "dtype <f4, not <f8"),
        (npy(ARTIFACT.arrays["population.gap"][:, None]), "2 axes, not 1"),
        (npy(ARTIFACT.arrays["population.gap"][1:]), "length 3 on axis C, not 4"),
    ],
)
def test_an_array_of_the_wrong_kind_is_refused_even_with_a_right_checksum(content: bytes, reason: str) -> None:
    with pytest.raises(ArtifactError, match=f"population.gap.*: .*{reason}"):
        loads(signed("population.gap.npy", content))


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_a_number_that_is_not_finite_is_refused_where_one_is_needed(number: float) -> None:
    hazard = ARTIFACT.arrays["population.hazard"].copy()
    hazard[1, 2] = number
    with pytest.raises(ArtifactError, match=r"population\.hazard: holds a number that is not finite"):
        loads(signed("population.hazard.npy", npy(hazard)))
    with pytest.raises(ArtifactError):
        dumps(Artifact({**ARTIFACT.arrays, "population.hazard": hazard}, ARTIFACT.manifest))


def test_product_numbers_must_ascend() -> None:
    product = ARTIFACT.arrays["items.product"][::-1].copy()
    with pytest.raises(ArtifactError, match="not ascending"):
        loads(signed("items.product.npy", npy(product)))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda manifest: manifest.update(format=2), "format 2, not 1"),
        (lambda manifest: manifest.pop("format"), "format None, not 1"),
        (lambda manifest: manifest.pop("arrays"), "names no arrays"),
        (lambda manifest: manifest.pop("goals"), "lacks goals"),
        (lambda manifest: manifest["arrays"].pop("items.product.npy"), "arrays missing: items.product"),
        (lambda manifest: manifest["arrays"].update({"other.npy": "00"}), "other.npy: missing"),
    ],
)
def test_a_manifest_of_another_format_is_refused(change: Callable[[dict[str, object]], object], reason: str) -> None:
    with pytest.raises(ArtifactError, match=reason):
        loads(with_manifest(change))


@pytest.mark.parametrize("manifest", [b"", b"[]", b"\xff", b"{"])
def test_a_manifest_that_is_none_is_refused(manifest: bytes) -> None:
    with pytest.raises(ArtifactError, match="manifest"):
        loads({**FILES, MANIFEST: manifest})


def test_an_array_that_the_format_does_not_know_is_refused() -> None:
    with pytest.raises(ArtifactError, match="not known: own"):
        dumps(Artifact({**ARTIFACT.arrays, "own": np.zeros(1)}, ARTIFACT.manifest))
