"""The law in force as data: consents, suitability matrix, protected groups, incentive matrix, categories."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from shelf_rules.document import Section

REGIMES = ("none", "insurance", "credit", "bank", "csrc", "nfra")
EXITS = ("any_day", "windows", "maturity", "renewal", "never")
CONDITIONS = ("learn", "assess", "compare", "configure", "visit", "social_edu", "funds_in", "purchase", "balance")
TAG_BASES, TAG_RIGHTS = ("consent", "separate_consent", "contract"), ("delete", "withdraw", "switch_off")
CAPACITIES = {f"C{capacity}": capacity for capacity in range(1, 6)}
GRADES = {f"R{grade}": grade for grade in range(1, 6)}


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


@dataclass(frozen=True, slots=True)
class YieldRule:
    """How a kind of yield may be shown: prominences allowed (empty: any) and what must stand beside it."""

    prominence: frozenset[str]
    require: frozenset[str]


@dataclass(frozen=True, slots=True)
class Ground:
    """What is told of a basis or a right, in words and by its article (empty: none is known), each (zh, en)."""

    text: tuple[str, str]
    legal_ref: tuple[str, str]


OUTSIDE = Category("", "", "", "", "", half_life=180, attribution_days=14, cooling_off=7, exit="any_day")


@dataclass(frozen=True, slots=True, eq=False)
class Regime:
    """A compliance profile, built from `regimes/<name>.toml`; no policy can change it.

    `needs` says per regime code whether (an assessment, a grade) is needed, `grades` per capacity 1..5 which grades
    match it.
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
    private_zones: frozenset[str] = frozenset()  # whatever stands in them is a private offering
    outside: Category = OUTSIDE  # days and exit of a category that the taxonomy lacks
    yields: Mapping[str, YieldRule] = field(default_factory=dict)
    tag_bases: Mapping[str, Ground] = field(default_factory=dict)  # by the word of a tag's definition
    tag_rights: Mapping[str, Ground] = field(default_factory=dict)
    ranking_forbidden: frozenset[str] = frozenset()
    exempt_fields: frozenset[str] = frozenset()  # structured texts that the lint leaves alone
    referral_depth: int = 1
    share_content: frozenset[str] = frozenset()

    @classmethod
    def from_mapping(cls, document: Mapping[str, object]) -> Regime:
        """The regime that a document states; an unknown, missing or ill-typed key is a ValueError with its path."""
        top = Section(document)
        _statements(top)
        zone_names, disclosures = _zones(top)
        zones = tuple(zone_names)
        suitability, senior, minor = top.section("suitability"), top.section("senior"), top.section("minor")
        lint, funds, referral = top.section("text_lint"), top.section("funds"), top.section("referral")
        categories = _categories(top.sections("categories"), zones)
        regime = cls(
            name=top.text("name"),
            consent_defaults=_texts(top.section("consent_scopes"), ("on", "off", "ask")),
            tombstone_days=top.section("personalisation").whole("tag_tombstone_days"),
            grades=_matrix(suitability.section("matrix")),
            assessment_valid_days=suitability.whole("assessment_valid_days"),
            senior_age=senior.whole("age"),
            senior_max_grade=GRADES[senior.text("max_grade_tiers_2_3", GRADES)],
            minor_age=minor.whole("age"),
            minor_zones=frozenset(minor.texts("exclude_zones", zones)),
            minor_categories=frozenset(minor.texts("exclude_categories", {row.code for row in categories})),
            needs=_needs(suitability.section("needs")),
            scopes_needed=_texts(suitability.section("scopes_needed"), top.section("consent_scopes").names),
            ungated_zones=frozenset(suitability.texts("ungated_zones", zones)),
            incentives=_incentives(top.section("incentives"), zones),
            banned_words=lint.texts("banned"),
            linted_fields=frozenset(lint.texts("fields")),
            funded_exempt=frozenset(funds.texts("exempt_zones", zones)),
            aum_zones=frozenset(funds.texts("aum_zones", zones)),
            families=_families(top.section("families"), zones),
            zones=zones,
            zone_names=zone_names,
            categories=categories,
            disclosures=disclosures,
            action_hosts=top.texts("action_hosts"),
            loan_invest_separation=top.flag("loan_invest_separation"),
            private_zones=frozenset(suitability.texts("private_zones")),
            outside=_outside(top.section("category_default")),
            yields=_yields(top.section("yield")),
            tag_bases=_grounds(top.section("tag_bases"), TAG_BASES),
            tag_rights=_grounds(top.section("tag_rights"), TAG_RIGHTS),
            ranking_forbidden=frozenset(top.section("ranking").texts("forbidden_features")),
            exempt_fields=frozenset(lint.texts("exempt_fields")),
            referral_depth=referral.whole("max_depth"),
            share_content=frozenset(referral.texts("share_content")),
        )
        top.done()
        return regime


def _statements(top: Section) -> None:
    """What the code keeps in one way only: a profile cannot promise anything else."""
    top.says("layout", "tiers_then_zones")
    top.says("price_or_reward_depends_on_profile", False)
    personalisation = top.section("personalisation")
    personalisation.says("default", top.section("consent_scopes").text("personalisation", ("on", "off", "ask")))
    personalisation.says("off_effective", "next_request")
    personalisation.says("tag_delete", True)
    personalisation.says("notice", "required")
    suitability = top.section("suitability")
    suitability.says("effective_grade", "max(issuer,distributor)")
    suitability.says("missing_or_expired", "replace_with_assessment_card")
    suitability.says("inferred_risk_may_only_lower", True)
    top.section("senior").says("layout", "senior")
    top.section("referral").says("share_product_cards", False)


def _texts(section: Section, among: Collection[str]) -> dict[str, str]:
    return {key: section.text(key, among) for key in section.names}


def _matrix(section: Section) -> dict[int, frozenset[int]]:
    return {
        number: frozenset(GRADES[grade] for grade in section.texts(code, GRADES)) for code, number in CAPACITIES.items()
    }


def _needs(section: Section) -> dict[str, tuple[bool, bool]]:
    listed = {code: section.texts(code, ("assessment", "grade")) for code in REGIMES}
    return {code: ("assessment" in needs, "grade" in needs) for code, needs in listed.items()}


def _zones(top: Section) -> tuple[dict[str, tuple[str, str]], dict[str, tuple[str, str]]]:
    names: dict[str, tuple[str, str]] = {}
    disclosures: dict[str, tuple[str, str]] = {}
    for row in top.sections("zones"):
        code = row.text("code")
        if code in names:
            raise ValueError(f"{row.path('code')}: {code!r} stands twice")
        names[code] = (row.text("zh"), row.text("en"))
        disclosures[code] = (row.text("disclosure_zh"), row.text("disclosure_en"))
    return names, disclosures


def _categories(rows: Sequence[Section], zones: Collection[str]) -> tuple[Category, ...]:
    categories: dict[str, Category] = {}
    for row in rows:
        code = row.text("code")
        if code in categories:
            raise ValueError(f"{row.path('code')}: {code!r} stands twice")
        categories[code] = _category(row, zones)
    return tuple(categories.values())


def _category(row: Section, zones: Collection[str]) -> Category:
    return Category(
        code=row.text("code"),
        zone=row.text("zone", zones),
        name_zh=row.text("zh"),
        name_en=row.text("en"),
        regime=row.text("regime", REGIMES),
        half_life=row.whole("half_life"),
        attribution_days=row.whole("attribution_days"),
        cooling_off=row.whole("cooling_off"),
        exit=row.text("exit", EXITS),
    )


def _outside(row: Section) -> Category:
    return replace(
        OUTSIDE,
        half_life=row.whole("half_life"),
        attribution_days=row.whole("attribution_days"),
        cooling_off=row.whole("cooling_off"),
        exit=row.text("exit", EXITS),
    )


def _incentives(section: Section, zones: Collection[str]) -> dict[str, frozenset[str]]:
    """Per zone the conditions that are allowed; each condition stands in one list of a zone at most."""
    allowed: dict[str, frozenset[str]] = {}
    for zone in section.names:
        if zone not in zones:
            raise ValueError(f"{section.path(zone)}: unknown zone")
        row = section.section(zone)
        lists = [row.texts(verdict, CONDITIONS) for verdict in ("allow", "review", "forbid")]
        if len(set().union(*lists)) < sum(map(len, lists)):
            raise ValueError(f"{section.path(zone)}: a condition has two verdicts")
        allowed[zone] = frozenset(lists[0])
    return allowed


def _families(section: Section, zones: Collection[str]) -> dict[str, str]:
    families: dict[str, str] = {}
    for family in section.names:
        for zone in section.texts(family, zones):
            if zone in families:
                raise ValueError(f"{section.path(family)}: {zone!r} has two families")
            families[zone] = family
    return families


def _grounds(section: Section, names: Sequence[str]) -> dict[str, Ground]:
    """All of the names; both languages name an article, or neither does."""
    found = {}
    for name in names:
        row = section.section(name)
        law = row.text("legal_ref_zh"), row.text("legal_ref_en")
        if bool(law[0]) != bool(law[1]):
            raise ValueError(f"{row.path('legal_ref_en')}: an article in one language only")
        found[name] = Ground((row.text("zh"), row.text("en")), law)
    return found


def _yields(section: Section) -> dict[str, YieldRule]:
    return {
        kind: YieldRule(
            prominence=frozenset(section.section(kind).texts("prominence")),
            require=frozenset(section.section(kind).texts("require")),
        )
        for kind in section.names
    }
