"""Policies from documents and back: a document says only what differs from its base, and every fault of it is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

from shelf_rules.policy import Policy
from shelf_rules.policy_bounds import MOST_FAULTS, Fault, instant_text
from shelf_rules.policy_check import check_policy
from shelf_rules.policy_read import PolicyReader, key_of, kinds_of
from shelf_rules.policy_rules import Instant

DEFAULT = Policy()


class PolicyError(ValueError):
    """A policy document that cannot be used; `faults` are its (dotted path, message) pairs, all of them."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{path}: {message}" if path else message for path, message in self.faults))


def load_policy(document: Mapping[str, object], base: Policy = DEFAULT) -> Policy:
    """The policy that differs from `base` by what the document says; keys left out keep their value.

    Lists, and the tables of categories in `wallet.shares`, are replaced as a whole. Raises PolicyError with all faults
    at once: unknown keys, values of another kind, values out of range, rules that contradict each other.
    """
    reader = PolicyReader()
    policy = reader.record(Policy, document, base, "")
    if not isinstance(policy, Policy):
        raise PolicyError(reader.faults)
    faults = [*reader.faults, *check_policy(policy, [path for path, _ in reader.faults])]
    if len(faults) > MOST_FAULTS:
        faults = [*faults[:MOST_FAULTS], ("", "there are more faults: mend these first")]
    if faults:
        raise PolicyError(faults)
    return policy


def dump_policy(policy: Policy) -> dict[str, object]:
    """The whole policy as a document, keys in the order of the code: load_policy(dump_policy(p)) == p.

    Members of lists leave out what says nothing. Instants are in UTC.
    """
    return {key_of(each.name): _plain(getattr(policy, each.name), None, sparse=False) for each in fields(policy)}


def _plain(value: object, hint: object, *, sparse: bool) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return dict(_members(value, sparse=sparse))
    if isinstance(value, Mapping):
        return {key: _plain(inner, None, sparse=sparse) for key, inner in value.items()}
    if isinstance(value, tuple):
        return [_plain(inner, None, sparse=True) for inner in value]
    return instant_text(value) if isinstance(value, int) and hint == Instant | None else value


def _members(value: Any, *, sparse: bool) -> Iterator[tuple[str, object]]:  # noqa: ANN401 - any dataclass
    hints = kinds_of(value.__class__)
    for each in fields(value):
        plain = _plain(getattr(value, each.name), hints[each.name], sparse=sparse)
        says_nothing = plain is None or (isinstance(plain, list | dict) and not plain)
        if not (sparse and says_nothing and _needless(each)):
            yield key_of(each.name), plain


def _needless(each: Field[object]) -> bool:
    """Whether a field may be left out where it says nothing."""
    return each.default is not MISSING or each.default_factory is not MISSING
