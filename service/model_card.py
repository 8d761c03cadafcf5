"""The model card: what an artifact learnt from, what it is worth, why it went into force, as data and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from recommender.comparison import GROUPS
from recommender.generators import regime_of
from service.calendar import date_of_day

OURS = "ranker"
_PLAIN = ("popularity", "popularity 60 d")
_ABLATION = f"{OURS} "
_TESTED_ON = {"window": "the last window", "occasion": "the last purchase of each of others"}
_MEASURED_ON = {
    "window": "Measured from {tested_from} on (protocol `window`, windows of {window_days} days): days that first "
    "stage and weights have not seen.",
    "occasion": "Measured on the last purchase of each customer who was kept for it, the earliest of them no earlier "
    "than {tested_from} (protocol `occasion`). Others' purchases of the same days were learnt from: the weights "
    "are those of other customers, what leads from one purchase to the next of the other half of the customers.",
}
"""By protocol, what the figures are of."""
Line = Sequence[object]


def card_of(
    manifest: Mapping[str, Any], verdict: Mapping[str, Any] | None, version: Mapping[str, Any]
) -> dict[str, Any]:
    """Everything the card says, from an artifact's manifest, the verdict it went into force on, and its version."""
    metrics, window = manifest.get("metrics", {}), manifest["window"]
    ranker = metrics.get("ranker") or {}
    products = manifest.get("products")
    return {
        "version": version,
        "data": {
            "from": _date(window["from_day"]),
            "to": _date(window["as_of"]),
            **{name: manifest.get(name) for name in ("customers", "events", "products")},
            "goals": manifest["goals"],
        },
        "catalogue": None if products is None else regime_of(products),
        "generators": manifest.get("generators", {}),
        "sampled": {
            "factors": metrics.get("customers"),
            OURS: ranker.get("customers"),
            "rows_tested": {name: one["rows"] for name, one in ranker.get("blends", {}).items()},
        },
        "protocol": {name: ranker.get(name) for name in ("protocol", "window_days")}
        | {"tested_from": None if "from_day" not in ranker else _date(ranker["from_day"])},
        "blends": {name: _blend(one) for name, one in ranker.get("blends", {}).items()},
        "leaning": _leaning(ranker.get("leaning")),
        "left_out": ranker.get("left_out", {}),
        "verdict": verdict,
        "versions": manifest.get("versions", {}),
    }


def _blend(one: Mapping[str, Any]) -> dict[str, Any]:
    models = one["models"]
    known = [name for name in _PLAIN if name in models]
    plain = max(known, key=lambda name: float(models[name]["ndcg"]), default=None)  # None: nothing bought to order by
    ablations = {
        name.removeprefix(_ABLATION): {"ndcg": found["ndcg"], "loses": found.get("less_than_ranker")}
        for name, found in models.items()
        if name.startswith(_ABLATION)
    }
    return {
        "rankings": one["rankings"],
        "ndcg": models[OURS]["ndcg"],
        "recall": models[OURS]["recall"],
        "coverage": models[OURS]["coverage"],
        "popularity": {"which": plain, "ndcg": None if plain is None else models[plain]["ndcg"]},
        "over_popularity": one["over_popularity"],
        "groups": {
            group: _group(found, [models[name]["groups"][group]["ndcg"] for name in known])
            for group, found in models[OURS]["groups"].items()
        },
        "baselines": {
            name: found["ndcg"] for name, found in models.items() if name != OURS and not name.startswith(_ABLATION)
        },
        "calibration": {name: one.get(name) for name in ("ece", "ece_by_chance", "log_loss_saved")},
        "evidence": one["evidence"],
        "cut_share": one["cut_share"],
        "ablations": ablations,
    }


def _group(found: Mapping[str, Any], plain: Sequence[float]) -> dict[str, Any]:
    """A group beside the popularity that is best in it; no figures where nobody was ranked."""
    if not found["rankings"]:
        return {"rankings": 0, "ndcg": None, "popularity": None}
    return {**found, "popularity": max(plain, default=None)}


def _leaning(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What the order by probability shows, with conviction, and with the handicap too; None without such a tier."""
    if found is None:
        return None
    chosen = {
        name: next(tried for tried in of["tried"] if tried["strength"] == of["strength"]) for name, of in found.items()
    }
    return {"without": found["conviction"]["tried"][0], **chosen}


def markdown(card: Mapping[str, Any]) -> str:
    """The card as a document."""
    return "\n".join(_lines(card)) + "\n"


def _lines(card: Mapping[str, Any]) -> Iterator[str]:
    version, data = card["version"], card["data"]
    yield f"# Model card 模型卡 {version['version']}"
    in_force = "in force" if version["in_force"] else "not in force"
    yield f"\nTrained {version['trained_at']}, promoted {version['promoted_at']}, {in_force}."
    yield f"\nSHA-256 of its manifest 校验和: {version['sha256']}"
    yield "\n## Data 数据\n"
    yield f"- days 日期: {data['from']} to {data['to']}"
    named = (("customers 客户", "customers"), ("events 事件", "events"), ("products 产品", "products"))
    yield from (f"- {name}: {_count(data[key])}" for name, key in named)
    yield from _sampling(card["sampled"], card["protocol"]["protocol"])
    yield "\n## Catalogue and candidate generation 目录与召回\n"
    yield f"{card['catalogue'] or 'not recorded: trained by an earlier release'}\n"
    kept = [(name, "yes" if one["kept"] else "no", one["why"]) for name, one in card["generators"].items()]
    yield from _table(("generator", "kept", "how, or why not"), kept)
    yield "\n## Ranking 排序\n"
    yield from _protocol(card)
    yield from _ranking(card["blends"])
    yield from _leant(card["leaning"])
    yield "\n## Evidence 证据\n"
    yield from _evidence(card["blends"])
    yield "\n## Calibration 校准\n"
    yield from _calibration(card["blends"])
    yield "\n## Ablations 消融\n"
    yield from _ablations(card["blends"])
    yield "\n## Promotion 晋级\n"
    yield from _verdict(card)
    yield "\n## Versions 版本\n"
    yield from (f"- {name}: {number}" for name, number in card["versions"].items())


def _sampling(sampled: Mapping[str, Any], protocol: str | None) -> Iterator[str]:
    factors, ranker = sampled["factors"], sampled[OURS]
    if factors:
        yield (
            f"- sampled 抽样: factors' settings tried on {factors['fit']:,} of {factors['all']:,} customers, "
            f"compared on {factors['test']:,} who bought"
        )
    if ranker:
        tested = ", ".join(f"{name} {count:,}" for name, count in ranker["test"].items())
        where = _TESTED_ON[protocol or "window"]
        yield f"- weights learnt from {ranker['fit']:,} customers; chosen and measured on {where}: {tested}"
    yield "- negatives are never sampled: every candidate of a customer is a row"


def _protocol(card: Mapping[str, Any]) -> Iterator[str]:
    protocol = card["protocol"]
    if protocol["protocol"]:
        yield (
            f"{_MEASURED_ON[protocol['protocol']].format_map(protocol)} Penalty, share of cut histories, "
            "calibration and the order's leaning were chosen on the very rows measured.\n"
        )
        if card["generators"].get("eligibility", {}).get("kept"):
            yield (
                "Where enough of the last 60 days have an eligibility, the list over all products is measured on them: "
                "its weights are those of other customers on the same days, its choices of the other half of them.\n"
            )
        if protocol["protocol"] == "occasion" or card["generators"].get("eligibility", {}).get("kept"):
            yield (
                "The list that is served learnt from everybody once it had been judged, is calibrated crosswise, and "
                "expects at least one product; the figures are those of before.\n"
            )


def _ranking(blends: Mapping[str, Any]) -> Iterator[str]:
    heads = ("tier", "rankings", "nDCG@10", "popularity", "difference [95 %]", "recall@10", "coverage")
    yield from _table(
        heads,
        [
            (name, f"{one['rankings']:,}", _part(one["ndcg"]), _part(one["popularity"]["ndcg"]),
             _interval(one["over_popularity"]), _part(one["recall"]), _part(one["coverage"]))
            for name, one in blends.items()
        ],
    )  # fmt: skip
    names = sorted({name for one in blends.values() for name in one["baselines"]})
    yield "\nBaselines 基线, nDCG@10\n"
    yield from _table(
        ("tier", OURS, *names),
        [
            (name, _part(one["ndcg"]), *(_part(one["baselines"].get(base)) for base in names))
            for name, one in blends.items()
        ],
    )


def _leant(leaning: Mapping[str, Any] | None) -> Iterator[str]:
    if leaning is None:
        return
    yield "\nOrder of the transferable tier 可转移排序: it leans to what tags claim and from what is popular\n"
    named = {"without": "by probability", "conviction": "with conviction", "handicap": "and with the handicap"}
    rows = [
        (named[name], _part(one["strength"]), *(_part(one[key]) for key in ("recall", "coverage", "long_tail")))
        for name, one in leaning.items()
    ]
    yield from _table(("order", "strength", "recall@10", "coverage@10", "long-tail share"), rows)
    yield "\nThe gains above are those of the order by probability."


def _evidence(blends: Mapping[str, Any]) -> Iterator[str]:
    yield "By events and holdings known 按已知事件数: nDCG@10 (popularity; rankings)\n"
    names = [name for name, _, _ in GROUPS]

    def cell(found: Mapping[str, Any]) -> str:
        if not found["rankings"]:
            return ""
        plain = "" if found["popularity"] is None else f"{_part(found['popularity'])}; "
        return f"{_part(found['ndcg'])} ({plain}{found['rankings']:,})"

    yield from _table(
        ("tier", *names), [(name, *(cell(one["groups"][group]) for group in names)) for name, one in blends.items()]
    )
    yield "\nHistories cut short 截短历史: nDCG@10 against popularity\n"
    rows = [
        (
            name,
            point["events"],
            f"{point['rankings']:,}",
            _part(point["own"]),
            _part(point["popularity"]),
            _interval(point),
        )
        for name, one in blends.items()
        for point in one["evidence"]
    ]
    yield from _table(("tier", "events kept", "rankings", "nDCG@10", "popularity", "difference [95 %]"), rows)


def _calibration(blends: Mapping[str, Any]) -> Iterator[str]:
    rows = [
        (name, f"{found['ece']:.5f}", f"{found['ece_by_chance']:.5f}", _interval(found["log_loss_saved"], 5))
        for name, found in ((name, one["calibration"]) for name, one in blends.items())
    ]
    yield from _table(("tier", "ECE", "by chance", "log loss saved against popularity [95 %]"), rows)


def _ablations(blends: Mapping[str, Any]) -> Iterator[str]:
    yield "The weights fitted again without a family of features: nDCG@10, and what is lost by that.\n"
    rows = [
        (name, what, _part(found["ndcg"]), _interval(found["loses"]))
        for name, one in blends.items()
        for what, found in one["ablations"].items()
    ]
    yield from _table(("tier", "ablation", "nDCG@10", "lost [95 %]"), rows)


def _verdict(card: Mapping[str, Any]) -> Iterator[str]:
    for name, reason in card["left_out"].items():
        yield f"- {name} left out 未采用: {reason}"
    verdict = card["verdict"]
    if verdict is None:
        yield "- no verdict is recorded of this artifact: put in force by hand, or before verdicts were kept"
        return
    yield "- promoted 晋级" if verdict["promote"] else "- refused 拒绝"
    yield from (f"- against it 反对: {reason}" for reason in verdict["against"])
    yield from (f"- note 说明: {note}" for note in verdict["notes"] if note.split(":")[0] not in card["left_out"])
    rows = [
        (tier, group, f"{one['rankings']:,}", _part(one["incumbent"]), _interval(one))
        for tier, groups in verdict["compared"].items()
        for group, one in groups.items()
    ]
    if rows:
        yield "\nAgainst the model that was in force 对比现行模型, nDCG@10\n"
        yield from _table(("tier", "events", "rankings", "in force", "difference [95 %]"), rows)


def _table(heads: Sequence[str], rows: Sequence[Line]) -> Iterator[str]:
    if not rows:
        yield "nothing 无"
        return
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    yield from ("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)


def _interval(found: Mapping[str, float] | None, digits: int = 4) -> str:
    if found is None:
        return ""
    return f"{found['mean']:+.{digits}f} [{found['low']:+.{digits}f}, {found['high']:+.{digits}f}]"


def _part(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _count(number: int | None) -> str:
    return "not recorded" if number is None else f"{number:,}"


def _date(day: int) -> str:
    return date_of_day(day).isoformat()
