"""`python -m tests.bench.renamed DATA`: the public data sets and copies of them in which everything has another name.

Whether the ranker reads names shows in the difference: whoever recognises a folder, a product or a category in order to
choose settings by it loses it on the copy. Ids order the last ties, and customers are divided into those that weights
are learnt from and those that settings are chosen on by the order of their ids, so figures move a little; 1 is the exit
code where a figure that the ranker is judged by moves by more than .003.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from service.commands.output import say_table
from service.evaluation.benchmarks import BENCHMARKS, Benchmark, asked
from service.evaluation.memory import Memory
from service.evaluation.reading import TEST_CUSTOMERS
from service.evaluation.report import MEASURES, Report
from service.exchange import schema
from service.jobs.evaluate import evaluate
from service.progress import progress_bar

MOST = 0.003
RANKER = "huojia"
JUDGED = {"santander": ("map",), "insurance": ("hr", "mrr"), "tafeng": ("recall", "ndcg")}
"""The measures for which each data set is there; elsewhere all of them."""
MODELS = (RANKER, "popularity", "popularity_60d", "personal_frequency", "ridge")
MEANT = {
    **dict.fromkeys(("customer_id", "invited_by"), "customer"),
    **dict.fromkeys(("event_id", "refers_to"), "event"),
    "product_id": "product",
    "category": "category",
    **dict.fromkeys(("name", "sale_name", "issuer", "distributor", "series_id"), "name"),
}
"""What the text of a column names: the same text gets the same other name wherever the same is meant."""


def renamed(source: Path, into: Path, seed: int = 0) -> Path:
    """A copy of a folder of the exchange format below `into`: other names for all, and the rows in another order."""
    folder = into / _other("folder", source.resolve().name, seed)
    folder.mkdir()
    known = {file.name for file in schema.FILES} | {TEST_CUSTOMERS}
    for path in sorted(source.iterdir()):
        if path.stem not in known:
            continue
        table = pq.read_table(path) if path.suffix == ".parquet" else _csv(path)
        for place, column in enumerate(table.column_names):
            if column in MEANT:
                table = table.set_column(place, column, _named(table.column(column), MEANT[column], seed))
        table = table.take(np.random.default_rng(seed).permutation(table.num_rows))
        if path.suffix == ".parquet":
            pq.write_table(table, folder / path.name)
        else:
            pacsv.write_csv(table, folder / path.name)
    return folder


def _csv(path: Path) -> pa.Table:
    names = pacsv.open_csv(path).schema.names
    return pacsv.read_csv(path, convert_options=pacsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())))


def _named(column: pa.ChunkedArray, meaning: str, seed: int) -> pa.Array:
    encoded = column.cast(pa.string()).combine_chunks().dictionary_encode()
    others = [_other(meaning, text, seed) if text else text for text in encoded.dictionary.to_pylist()]
    return pa.DictionaryArray.from_arrays(encoded.indices, pa.array(others, pa.string())).cast(pa.string())


def _other(meaning: str, text: str, seed: int) -> str:
    return "x" + blake2b(f"{seed} {meaning} {text}".encode(), digest_size=6).hexdigest()


def tables(benchmark: Benchmark, folder: Path) -> Iterator[Report]:
    """The reports of a benchmark's tables on a folder; every model is fitted once a split."""
    memory = Memory()
    for options in benchmark.tables:
        request = replace(asked(folder, options), models=MODELS, evidence=False)
        with progress_bar() as progress:
            yield evaluate(request, progress=progress, memory=memory)


def moved(one: Report, other: Report) -> dict[str, Mapping[str, float]]:
    """By model and measure, the other report's mean less the first one's."""
    means = [{row.contender.row: row.outcome.measures.means() for row in report.rows} for report in (one, other)]
    return {
        model: {measure: means[1][model][measure] - figures[measure] for measure in MEASURES}
        for model, figures in means[0].items()
    }


def main(arguments: Sequence[str]) -> int:
    """Print every table twice with the differences; 1 where the ranker moved by more than `MOST`."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.renamed", description=__doc__)
    parser.add_argument("data", type=Path, help="the folder of the data sets")
    parser.add_argument("names", nargs="*", help="only these of them")
    asked = parser.parse_args(arguments)
    there = [one for one in BENCHMARKS if one.bank is None and (asked.data / one.folder).is_dir()]
    wanted = [one for one in there if not asked.names or one.folder in asked.names]
    if not wanted:
        parser.error(f"{asked.data} holds none of {', '.join(asked.names) or 'the public data sets'}")
    worst = 0.0
    for benchmark in wanted:
        with tempfile.TemporaryDirectory(prefix="renamed-") as name:
            copy = renamed(asked.data / benchmark.folder, Path(name))
            pairs = zip(tables(benchmark, asked.data / benchmark.folder), tables(benchmark, copy), strict=True)
            worst = max([worst, *(_shown(one, other) for one, other in pairs)])
    print(f"{RANKER}: largest difference of a figure that it is judged by {worst:.4f}, at most {MOST} allowed")
    return int(worst > MOST)


def _shown(one: Report, other: Report) -> float:
    """Prints both and gives the ranker's largest difference of what it is judged by."""
    changes = moved(one, other)
    means = {row.contender.row: row.outcome.measures.means() for row in one.rows}
    say_table(
        f"{one.title()}; the copy is called {other.dataset}",
        ("model", *MEASURES),
        [
            (model, *(f"{means[model][name]:.4f} {change[name]:+.4f}" for name in MEASURES))
            for model, change in changes.items()
        ],
    )
    return max(abs(changes[RANKER][measure]) for measure in JUDGED.get(one.dataset, MEASURES))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
