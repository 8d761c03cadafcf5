"""The law in force as data: consents, suitability matrix, protected groups, incentive matrix, categories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Category:
    """One row of the taxonomy (domain model §14)."""

    code: str
    zone: str
    name_zh: str
    name_en: str
    regime: str
    half_life: int
    attribution_days: int
    cooling_off: int
    exit: str


@dataclass(frozen=True, slots=True, eq=False)
class Regime:
    """A compliance profile, built from `regimes/<name>.toml`; no policy can change it.

    `needs` says per regime code whether (an assessment, a grade) is needed; `grades` per capacity 1..5 the grades that match.
    """

    name: str
    consent_defaults: Mapping[str, str]  # scope -> on | off | ask
    tombstone_days: int
    grades: Mapping[int, frozenset[int]]
    assessment_valid_days: int
    senior_age: int
    senior_max_grade: int
    minor_age: int
    minor_zones: frozenset[str]
    minor_categories: frozenset[str]
    needs: Mapping[str, tuple[bool, bool]]
    scopes_needed: Mapping[str, str]  # category -> consent scope
    ungated_zones: frozenset[str]  # zones in which regime `none` counts for categories outside the taxonomy
    incentives: Mapping[str, frozenset[str]]  # zone -> task kinds allowed
    banned_words: tuple[str, ...]
    linted_fields: frozenset[str]
    funded_exempt: frozenset[str]  # zones whose categories need no funds: ν = 1 (§5)
    aum_zones: frozenset[str]
    families: Mapping[str, str]  # zone -> competing family (§11)
    zones: tuple[str, ...]  # in display order
    zone_names: Mapping[str, tuple[str, str]]  # zone -> (zh, en)
    categories: tuple[Category, ...]
    disclosures: Mapping[str, tuple[str, str]]  # zone -> (zh, en)
    action_hosts: tuple[str, ...]  # hosts an action may lead to; a leading "*." matches subdomains and the host itself
    loan_invest_separation: bool = True
