"""`python -m tests.oracle.quality EXPORT_FOLDER`: the quality of tags from exported files alone."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.oracle.quality.files import read_folder
from tests.oracle.quality.measure import measure
from tests.oracle.quality.report import against_service, against_truth, as_json, lines_of, read_quality, table


def main() -> int:
    """Measure, print, compare."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracle.quality", description=__doc__)
    parser.add_argument("folder", type=Path, help="what `huojia export` wrote")
    parser.add_argument("--as-of", help="instant; else that of --quality, else the last of the folder")
    parser.add_argument("--truth", type=Path, help="a simulated bank's truth: folder with tags.parquet")
    parser.add_argument("--quality", type=Path, help="what `huojia tags quality --json` printed")
    parser.add_argument("--json", type=Path, help="file to write everything to")
    asked = parser.parse_args()
    for needed in (asked.folder / "manifest.json", asked.truth and asked.truth / "tags.parquet", asked.quality):
        if needed and not needed.is_file():
            parser.error(f"{needed}: not there")
    quality: dict[str, Any] = read_quality(asked.quality) if asked.quality else {"tags": []}
    measured = [row["measured_at"] for row in quality["tags"] if row["measured_at"]]
    at = asked.as_of or max(measured, default=None)
    folder = read_folder(asked.folder, None if at is None else micros(at))
    found = measure(folder)
    document = as_json(found, datetime.fromtimestamp(folder.at / 1_000_000, UTC).isoformat())
    parts = [table(found)]
    if asked.truth:
        document["truth"] = against_truth(found, asked.truth)
        parts.append(lines_of("against the truth", document["truth"]))
    if asked.quality:
        document["service"] = against_service(found, quality)
        parts.append(lines_of("against the service", document["service"]))
    if asked.json:
        asked.json.write_text(json.dumps(document, ensure_ascii=False, indent=1), "utf-8")
    sys.stdout.write("\n\n".join(parts) + "\n")
    return 0


def micros(instant: str) -> int:
    """Microseconds UTC of an ISO 8601 instant."""
    moment = datetime.fromisoformat(instant)
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000_000)


sys.exit(main())
