"""The tags bought in from profile systems: what each claims, and how good it truly is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from service.simulate.chance import dice
from service.simulate.taxonomy import CATEGORIES, INDEX

OWN, BOUGHT, FOREIGN = ("profile", "crm"), ("scorecard", "澄目数据"), ("panel", "汇川洞察")
COPIED: tuple[str, ...] = (
    "cash.mmf",
    "cash.wealth",
    "deposit.term",
    "deposit.cd",
    "wealth.fixed_income",
    "wealth.fi_plus",
    "fund.bond",
)
COPIED += ("fund.mixed", "fund.equity", "fund.index", "ins.health", "card.credit", "loan.consumer", "pay.bill")
NEGATIVE = ("fund.equity", "wealth.derivative", "loan.consumer", "ins.annuity", "card.instalment_bill")
ZONE_NAMES = {"deposit": "存款", "cash": "现金管理", "wealth": "理财", "fund": "基金", "insurance": "保险"}
ZONE_NAMES |= {"pension": "养老", "credit": "信贷", "payment": "支付", "bond": "债券"}
PLAIN = (
    ("habit.night", "habit", "夜间活跃", 0.12),
    ("habit.weekend", "habit", "周末活跃", 0.2),
    ("habit.branch", "habit", "偏好网点", 0.09),
    ("habit.salary_day", "habit", "发薪日活跃", 0.15),
    ("attr.car_owner", "attribute", "有车", 0.28),
    ("attr.parent", "attribute", "有子女", 0.3),
    ("attr.home_owner", "attribute", "有房", 0.26),
    ("attr.business", "attribute", "个体经营", 0.05),
    ("latent.price_aware", "latent", "价格敏感", 0.11),
    ("latent.early_adopter", "latent", "尝新", 0.04),
)


@dataclass(frozen=True)
class Tag:
    """A definition with its true parameters; `categories` are what it claims a preference for.

    `precision` is aimed at among the tagged, `copied` the share of another tag's bits taken over, `of` that tag.
    """

    tag: str
    kind: str
    name: str
    source: tuple[str, str]
    coverage: float
    precision: float = 0.0
    category: str = ""
    zone: str = ""
    polarity: int = 1
    copied: float = 0.0
    of: str = ""
    half_life: int = 0

    @property
    def categories(self) -> list[int]:
        """The places of the claimed categories."""
        if self.category:
            return [INDEX[self.category]]
        return [index for index, kind in enumerate(CATEGORIES) if kind.zone == self.zone]


def _spread(roll: np.random.Generator, low: float, high: float, size: int) -> list[float]:
    """`size` values evenly from low to high, shuffled."""
    values: list[float] = roll.permutation(np.linspace(low, high, size)).tolist()
    return values


def _stated_half_life(roll: np.random.Generator, life: float) -> int:
    """What the provider says of its half-life, if anything."""
    return int(np.clip(life * np.exp(roll.normal(-0.4, 0.5)), 14, 1_095)) if roll.random() < 0.35 else 0


def define(seed: int) -> list[Tag]:
    """All definitions: one a category, copies by other providers, zones, aversions and plain attributes.

    No provider contradicts itself: the likes and the aversions of a category come from different ones.
    """
    roll = dice(seed, "tag definitions")
    kinds = [kind for kind in CATEGORIES if kind.zone != "trust_private"]
    precisions = _spread(roll, 0.15, 0.97, len(kinds))
    # Rare and common tags alike; a tag cannot reach more customers than its category interests.
    reach = np.exp(_spread(roll, float(np.log(0.005)), float(np.log(0.3)), len(kinds)))
    tags = []
    for kind, precision, wide in zip(kinds, precisions, reach.tolist(), strict=True):
        coverage = max(0.005, min(wide, 2.0 * kind.interested / precision))
        name, half_life = f"偏好·{kind.name}", _stated_half_life(roll, kind.life)
        tag = Tag(f"pref.{kind.code}", "preference", name, OWN, coverage, precision, kind.code, half_life=half_life)
        tags.append(tag)
    own = {tag.category: tag for tag in tags}
    for place, (code, copied) in enumerate(zip(COPIED, _spread(roll, 0.15, 0.92, len(COPIED)), strict=True)):
        source, first = (BOUGHT, FOREIGN)[place % 2], own[code]
        name = f"{first.name}({source[1]})"
        tags.append(
            Tag(
                f"{source[0]}.{code}",
                "preference",
                name,
                source,
                first.coverage,
                0.35,
                code,
                copied=copied,
                of=first.tag,
            )
        )
    for zone, precision in zip(ZONE_NAMES, _spread(roll, 0.3, 0.85, len(ZONE_NAMES)), strict=True):
        tags.append(Tag(f"zone.{zone}", "preference", f"常用·{ZONE_NAMES[zone]}", OWN, 0.08, precision, zone=zone))
    for code in NEGATIVE:
        name = f"回避·{CATEGORIES[INDEX[code]].name}"
        tags.append(Tag(f"avoid.{code}", "preference", name, FOREIGN, 0.05, 0.9, code, polarity=-1))
    return tags + [Tag(tag, kind, name, OWN, coverage) for tag, kind, name, coverage in PLAIN]
