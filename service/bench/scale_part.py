"""Parts of the measurement of scale, each in a process of its own: making the bank, and training on it from cold."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from threadpoolctl import threadpool_info, threadpool_limits

from recommender.artifact import dumps
from recommender.train import fit
from recommender.training_data import TagQuality, Tags, TrainingData
from service.bench.large_bank import DAYS, Size, write_bank
from service.evaluation.asked import Asked
from service.evaluation.huojia import Huojia
from service.evaluation.reading import read_journal
from service.evaluation.request import Request
from service.simulate.chance import dice

_TAGGED, _QUALITY = 0.4, 0.6


def make(folder: Path, size: Size) -> dict[str, Any]:
    """Write the bank; the rows of each file."""
    return {"rows": write_bank(folder, size)}


def train(folder: Path, out: Path, request: Request) -> dict[str, Any]:
    """Train on everything before the split and write the artifact; wall seconds, its digest, and what was sampled.

    `threads` are those of BLAS around the training, which holds it to one by itself.
    The exchange format's tags are not read by an evaluation, so two customers of five get one here.
    """
    began = time.perf_counter()
    asked = Asked(request, read_journal(folder))
    data = with_tags(Huojia(asked.journal).training_data(asked.study.known), request.seed)
    read = time.perf_counter()
    artifact = fit(data)
    trained = time.perf_counter()
    files = dumps(artifact)
    out.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (out / name).write_bytes(content)
    manifest = artifact.manifest
    ranker = manifest["metrics"].get("ranker") or {}
    return {
        "threads": max((pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"), default=1),
        "read_s": read - began,
        "train_s": trained - read,
        "sha256": sha256(b"".join(name.encode() + files[name] for name in sorted(files))).hexdigest(),
        "bytes": sum(map(len, files.values())),
        "learnt_from": {"customers": manifest["customers"], "events": manifest["events"], "days": DAYS},
        "sampled": ranker.get("customers"),
        "rows": {name: one["rows"] for name, one in ranker.get("blends", {}).items()},
        "left_out": ranker.get("left_out"),
    }


def with_tags(data: TrainingData, seed: int) -> TrainingData:
    """A tag of the category of some event for two customers of five, from the day of that event on."""
    roll, events = dice(seed, "tags"), data.events
    some = roll.permutation(len(events.day))
    who, first = np.unique(events.customer[some], return_index=True)
    chosen = some[first][(roll.random(len(who)) < _TAGGED) & (events.category[some[first]] >= 0)]
    unremoved = np.full(len(chosen), -1)
    tags = Tags(
        events.customer[chosen], events.category[chosen], events.day[chosen], unremoved, roll.random(len(chosen))
    )
    return replace(data, tags=tags, tag_quality=TagQuality(values=np.full((1, data.categories), _QUALITY)))


def main(arguments: list[str]) -> int:
    """Do one part and write its report, JSON, to a file."""
    parser = argparse.ArgumentParser()
    parser.add_argument("part", choices=("make", "train"))
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--report", type=Path, required=True)
    for name in ("--customers", "--products", "--seed"):
        parser.add_argument(name, type=int, default=0)
    for name in ("--from", "--until"):
        parser.add_argument(name, default="")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    given = vars(parser.parse_args(arguments))
    if given["part"] == "make":
        told = make(given["folder"], Size(given["customers"], given["products"], given["seed"]))
    else:
        request = Request.of(given["folder"], since=given["from"], until=given["until"], k=10)
        with threadpool_limits(given["threads"]):  # no variable: the import of `service` sets those to one
            told = train(given["folder"], given["out"], request)
    given["report"].write_bytes(orjson.dumps(told))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
