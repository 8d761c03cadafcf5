"""The file `customers`: what the bank knows of each, with gaps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.simulate import tables
from service.simulate.chance import NONE, Bools, Ints, dice, pick
from service.simulate.exchange import CUSTOMER
from service.simulate.population import REGIONS, Population
from service.simulate.segments import SEGMENTS
from service.simulate.tables import Column

PURPOSES = ("wealth_growth", "retirement", "children", "home", "emergency", "travel")
HORIZONS = np.array([30, 90, 180, 365, 730, 1_095, 1_825, 3_650])
NEEDS = np.array([0, 1, 3, 7, 30, 90, 365])
GATES = ("fail", "pass")
GENDERS = ("male", "female")
MARITAL = ("single", "married", "divorced", "widowed")
EDUCATION = ("secondary", "college", "bachelor", "master")
OCCUPATIONS = ("student", "employee", "public_sector", "self_employed", "professional", "retired")
OCCUPATION_OF = {"student": 0, "retiree": 5, "affluent": 3, "investor": 4}
AGE_BANDS = ("under_18", "18_24", "25_34", "35_44", "45_54", "55_64", "65_plus")
CITY_TIERS = ("tier_1", "new_tier_1", "tier_2", "tier_3")
INCOME_BANDS = ("under_5k", "5k_10k", "10k_20k", "20k_plus")


def write_customers(people: Population, seed: int, folder: Path) -> int:
    """One row a customer, in the order of the ids."""
    return tables.write(folder / "customers.parquet", customer_columns(people, seed), people.size)


def customer_columns(people: Population, seed: int, first: int = 0) -> dict[str, Column]:
    """The columns of the file; `first` is the number of the first customer's id."""
    roll = dice(seed, "profiles")
    return {**_gate(people, first), **_goals(people, roll), **_attributes(people, roll)}


def _gate(people: Population, first: int) -> dict[str, Column]:
    return {
        "customer_id": tables.numbered(first + np.arange(people.size), CUSTOMER),
        "joined_at": tables.stamps(people.joined),
        "birth_year": tables.whole(people.birth_year),
        "region": tables.words(people.region, REGIONS),
        "risk_capacity": tables.words(people.capacity - 1, ("C1", "C2", "C3", "C4", "C5")),
        "risk_assessed_at": tables.stamps(people.assessed),
        "credit_gate": tables.words(people.credit_gate, GATES),
        "overdue": tables.flags(people.overdue),
        "fraud_flag": tables.flags(people.fraud),
    }


def _goals(people: Population, roll: np.random.Generator) -> dict[str, Column]:
    """Four in ten stated a purpose and a horizon, one in five how fast they may need their money."""
    size = people.size
    asked = roll.random(size) < 0.4
    hurried = roll.random(size) < 0.22
    purpose = pick(roll, np.array([0.3, 0.2, 0.16, 0.1, 0.16, 0.08]), size)
    horizon = HORIZONS[pick(roll, np.array([0.08, 0.12, 0.16, 0.2, 0.16, 0.14, 0.09, 0.05]), size)]
    need = NEEDS[pick(roll, np.array([0.06, 0.12, 0.14, 0.2, 0.22, 0.16, 0.1]), size)]
    return {
        "goal_purpose": tables.words(np.where(asked, purpose, NONE), PURPOSES),
        "goal_horizon_days": tables.whole(np.where(asked & (roll.random(size) < 0.85), horizon, NONE)),
        "goal_liquidity_days": tables.whole(np.where(hurried, need, NONE)),
    }


def _attributes(people: Population, roll: np.random.Generator) -> dict[str, Column]:
    size, age = people.size, people.age
    named: NDArray[np.int64] = np.array([OCCUPATION_OF.get(kind.name, 1) for kind in SEGMENTS])[people.segment]
    occupation = np.where(roll.random(size) < 0.35, roll.integers(1, 5, size), named)
    married = np.where(age < 26, 0, pick(roll, np.array([0.2, 0.68, 0.09, 0.03]), size))
    schooling = pick(roll, np.array([0.3, 0.26, 0.34, 0.1]), size)
    band = np.searchsorted([18, 25, 35, 45, 55, 65], age, side="right")
    pay = np.searchsorted([500_000, 1_000_000, 2_000_000], people.income, side="right")
    return {
        "attr_gender": tables.words(_gaps(roll, people.woman.astype(np.int64), 0.04), GENDERS),
        "attr_marital_status": tables.words(_gaps(roll, married, 0.15), MARITAL),
        "attr_education": tables.words(_gaps(roll, schooling, 0.2), EDUCATION),
        "attr_occupation": tables.words(_gaps(roll, occupation, 0.12), OCCUPATIONS),
        "attr_age_band": tables.words(np.where(people.birth_year == NONE, NONE, band), AGE_BANDS),
        "attr_city_tier": tables.words(
            _gaps(roll, pick(roll, np.array([0.3, 0.25, 0.25, 0.2]), size), 0.06), CITY_TIERS
        ),
        "attr_income_band": tables.words(_gaps(roll, pay, 0.25), INCOME_BANDS),
        "attr_children": tables.whole(_gaps(roll, np.where(married > 0, roll.integers(0, 3, size), 0), 0.3)),
    }


def _gaps(roll: np.random.Generator, values: Ints, share: float) -> Ints:
    """The values with a share of them unknown."""
    unknown: Bools = roll.random(values.size) < share
    return np.where(unknown, NONE, values)
