"""Device ids in a file of events, in the form in which events over HTTP store them."""

from __future__ import annotations

import re

import pyarrow as pa

from service.keyed import Secrets

_REFERENCE = re.compile(r"[0-9a-f]{32}")


def device_refs(devices: pa.StringArray, keyed: Secrets) -> pa.StringArray:
    """The keyed hashes of device ids; what has the form of one is taken for it: an export has hashes already."""
    if devices.null_count == len(devices):
        return devices
    encoded = devices.dictionary_encode()
    references = [
        device if _REFERENCE.fullmatch(device) else keyed.device_ref(device)
        for device in encoded.dictionary.to_pylist()
    ]
    return pa.array(references, pa.string()).take(encoded.indices)
