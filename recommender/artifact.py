"""A trained model as named arrays with a manifest: .npy bytes and canonical JSON, checked before anything is used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

FORMAT = 1
MANIFEST = "manifest.json"
OWN_KEYS = frozenset({"format", "arrays"})
NEEDED_KEYS = frozenset({"goals", "half_lives", "models", "window"})

Array = NDArray[Any]


class Layout(NamedTuple):
    """What an array must be: axes of the same letter have the same length, a digit is a length."""

    dtype: str
    axes: str
    finite: bool = True
    required: bool = True


LAYOUTS: Mapping[str, Layout] = {
    "items.product": Layout("<i4", "I"),
    "items.category": Layout("<i4", "I"),
    "popularity.recent": Layout("<f8", "I"),
    "popularity.all_time": Layout("<f8", "I"),
    "als.item_factors": Layout("<f8", "IF", required=False),
    "popularity.month": Layout("<f8", "I", required=False),
    "repeat.rate": Layout("<f8", "I", required=False),
    "repeat.gap": Layout("<f8", "I", required=False),
    "transition.weights": Layout("<f8", "XT", required=False),
    "transition.constant": Layout("<f8", "T", required=False),
    "transition.pairs": Layout("<i4", "V2", required=False),
    "tag_linear.weights": Layout("<f8", "KT", required=False),
    "tag_linear.share": Layout("<f8", "T", required=False),
    "tag_claims.claims": Layout("<f8", "LC", required=False),
    "tag_claims.share": Layout("<f8", "C", required=False),
    "item_item.data": Layout("<f8", "N", required=False),
    "item_item.indices": Layout("<i4", "N", required=False),
    "item_item.indptr": Layout("<i4", "P", required=False),
    "ease.weights": Layout("<f8", "II", required=False),
    "choice.utility": Layout("<f8", "I", required=False),
    "choice.pattern": Layout("<f8", "EI", required=False),
    "choice.usual": Layout("<f8", "E", required=False),
    "ranker.weights": Layout("<f8", "44Q", required=False),
    "ranker.constant": Layout("<f8", "44", required=False),
    "ranker.calibration": Layout("<f8", "442", required=False),
    "population.bgnbd": Layout("<f8", "C4", finite=False),
    "population.gap": Layout("<f8", "C", finite=False),
    "population.base_rate": Layout("<f8", "C"),
    "population.transitions": Layout("<f8", "CC"),
    "population.exposure": Layout("<f8", "CC"),
    "population.hazard": Layout("<f8", "CC"),
    "population.substitution": Layout("<f8", "CC"),
    "population.peer_first": Layout("<f8", "GC"),
    "population.peer_size": Layout("<f8", "G"),
    "population.peer_share": Layout("<f8", "C", finite=False),
    "population.usual": Layout("<f8", "C", finite=False),
}


class ArtifactError(ValueError):
    """The files are no whole, unaltered artifact of this format; the message says which and why."""


@dataclass(frozen=True, slots=True, eq=False)
class Artifact:
    """Arrays by name (`LAYOUTS`) and a manifest: model kinds and hyper-parameters, data window, goals, metrics."""

    arrays: Mapping[str, Array]
    manifest: Mapping[str, Any]

    def part(self, name: str) -> dict[str, Array]:
        """The arrays of one model, without its prefix."""
        return {key.partition(".")[2]: array for key, array in self.arrays.items() if key.startswith(f"{name}.")}


def dumps(artifact: Artifact) -> dict[str, bytes]:
    """File name -> content; equal artifacts give equal bytes. Raises ArtifactError for arrays that `loads` refuses."""
    _check(artifact.arrays)
    files = {f"{name}.npy": _to_npy(array) for name, array in sorted(artifact.arrays.items())}
    sums = {name: sha256(content).hexdigest() for name, content in files.items()}
    manifest = {**artifact.manifest, "format": FORMAT, "arrays": sums}
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return {**files, MANIFEST: text.encode()}


def loads(files: Mapping[str, bytes]) -> Artifact:
    """The artifact that `dumps` wrote. Raises ArtifactError for anything corrupt, incomplete or of another format."""
    manifest = manifest_of(files)
    sums = manifest["arrays"]
    arrays = {}
    for name in sorted(sums):
        content = files.get(name)
        if content is None:
            raise ArtifactError(f"{name}: missing")
        if sha256(content).hexdigest() != sums[name]:
            raise ArtifactError(f"{name}: its content is not what the manifest says (SHA-256)")
        arrays[name.removesuffix(".npy")] = _from_npy(name, content)
    _check(arrays)
    return Artifact(arrays, {key: value for key, value in manifest.items() if key not in OWN_KEYS})


def manifest_of(files: Mapping[str, bytes]) -> dict[str, Any]:
    """The manifest among an artifact's files. Raises ArtifactError for one of another format or without its keys."""
    if MANIFEST not in files:
        raise ArtifactError(f"{MANIFEST}: missing")
    try:
        manifest = json.loads(files[MANIFEST])
    except ValueError as error:
        raise ArtifactError(f"{MANIFEST}: not JSON") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        found = manifest.get("format") if isinstance(manifest, dict) else None
        raise ArtifactError(f"{MANIFEST}: format {found}, not {FORMAT}")
    if not isinstance(manifest.get("arrays"), dict):
        raise ArtifactError(f"{MANIFEST}: names no arrays")
    if not set(manifest) >= NEEDED_KEYS:
        raise ArtifactError(f"{MANIFEST}: lacks {', '.join(sorted(NEEDED_KEYS - set(manifest)))}")
    return manifest


def _to_npy(array: Array) -> bytes:
    buffer = BytesIO()
    np.lib.format.write_array(buffer, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


def _from_npy(name: str, content: bytes) -> Array:
    buffer = BytesIO(content)
    try:
        array: Array = np.lib.format.read_array(buffer, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ArtifactError(f"{name}: not a .npy file: {error}") from error
    if buffer.read(1):
        raise ArtifactError(f"{name}: has more than one array")
    return array


def _check(arrays: Mapping[str, Array]) -> None:
    missing = sorted(name for name, layout in LAYOUTS.items() if layout.required and name not in arrays)
    unknown = sorted(set(arrays) - set(LAYOUTS))
    if missing or unknown:
        raise ArtifactError(f"arrays missing: {', '.join(missing) or '-'}; not known: {', '.join(unknown) or '-'}")
    lengths: dict[str, int] = {}
    for name in sorted(arrays):
        fault = _fault(arrays[name], LAYOUTS[name], lengths)
        if fault:
            raise ArtifactError(f"{name}: {fault}")
    product = arrays["items.product"]
    if len(product) > 1 and not (np.diff(product) > 0).all():
        raise ArtifactError("items.product: not ascending")


def _fault(array: Array, layout: Layout, lengths: dict[str, int]) -> str | None:
    if array.dtype.str != layout.dtype:
        return f"dtype {array.dtype.str}, not {layout.dtype}"
    if array.ndim != len(layout.axes):
        return f"{array.ndim} axes, not {len(layout.axes)}"
    for axis, length in zip(layout.axes, array.shape, strict=True):
        wanted = int(axis) if axis.isdigit() else lengths.setdefault(axis, length)
        if length != wanted:
            return f"length {length} on axis {axis}, not {wanted}"
    if layout.finite and not np.isfinite(array).all():
        return "holds a number that is not finite"
    return None
