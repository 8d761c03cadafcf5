"""Policies as texts: what is read, and the line of everything that is wrong."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.policies.document import DEEPEST, LONGEST, TextFault, read_text, with_lines
from shelf_rules.policy_load import PolicyError

SCALARS = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(-1e9, 1e9) | st.text(max_size=20)
TABLES = st.dictionaries(
    st.text(max_size=8),
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
        max_leaves=20,
    ),
    max_size=5,
)


def fault_of(text: str) -> tuple[int | None, str, str]:
    with pytest.raises(PolicyError) as caught:
        read_text(text)
    (fault,) = with_lines(caught.value.faults, {})
    return fault["line"], fault["path"], fault["detail"]


@given(TABLES)
def test_json_is_read_as_json(document: dict[str, object]) -> None:
    assert read_text(json.dumps(document)).document == document


@given(TABLES, st.integers(1, 4) | st.just("\t"))
def test_json_in_many_lines_is_read_as_json(document: dict[str, object], indent: int | str) -> None:
    assert read_text(json.dumps(document, indent=indent)).document == document


@given(st.text(alphabet=st.sampled_from("ab:-{}[],'\"&*!|>#%@\t\n 1.~?"), max_size=60) | st.text(max_size=60))
def test_any_text_is_a_document_or_has_a_fault_with_a_line(text: str) -> None:
    try:
        read = read_text(text)
    except PolicyError as error:
        lines = [each["line"] for each in with_lines(error.faults, {})]
        assert lines
        assert all(1 <= line <= max(len(text.splitlines()), text.count("\n") + 1) for line in lines)
    else:
        assert isinstance(read.document, dict)


@pytest.mark.parametrize(
    ("plain", "value"),
    [
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("no", "no"),
        ("on", "on"),
        ("010", "010"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("2026-11-24", "2026-11-24"),
        ("2026-11-24T00:00:00+08:00", "2026-11-24T00:00:00+08:00"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("9" * 40, 1e40),
    ],
)
def test_a_word_without_quotes_is_what_yaml_1_2_says(plain: str, value: object) -> None:
    found = read_text(f"key: {plain}").document["key"]
    assert found == value
    assert type(found) is type(value)


def test_lines_are_those_of_keys_and_members() -> None:
    text = "name: x\nrules:\n  - name: a\n    when: {age: {below: 3},\n      stage: [value]}\n  -\n    name: b\n"
    assert read_text(text).lines == {
        "": 1,
        "name": 1,
        "rules": 2,
        "rules[0]": 3,
        "rules[0].name": 3,
        "rules[0].when": 4,
        "rules[0].when.age": 4,
        "rules[0].when.age.below": 4,
        "rules[0].when.stage": 5,
        "rules[0].when.stage[0]": 5,
        "rules[1]": 7,
        "rules[1].name": 7,
    }


def test_a_fault_where_nothing_stands_has_the_line_of_what_is_around_it() -> None:
    lines = {"": 1, "rules": 4, "rules[0]": 5, "wallet.shares.bank": 9}
    faults = [
        ("rules[0].then.pin", "x"),
        ("rules[3].name", "x"),
        ("wallet.shares.bank.deposit.term", "x"),
        ("name", "x"),
    ]
    assert [one["line"] for one in with_lines(faults, lines)] == [5, 4, 9, 1]
    assert with_lines([("name", "x")], {}) == [{"path": "name", "line": None, "detail": "x"}]


def test_a_fault_of_the_text_knows_its_line_itself() -> None:
    assert with_lines([TextFault("name", "x", 7)], {"name": 3}) == [{"path": "name", "line": 7, "detail": "x"}]


def test_a_key_that_stands_twice_is_told_with_both_lines() -> None:
    assert fault_of("a:\n  b: 1\nc: 2\na: 3") == (4, "a", "'a' stands twice, first on line 1: write it once")


def test_a_table_cannot_be_nested_without_end() -> None:
    line, _, told = fault_of("a: " + "[" * 100_000)
    assert (line, told) == (1, f"nested more than {DEEPEST} levels deep: write it flatter")


def test_a_text_cannot_be_of_any_length() -> None:
    assert fault_of("#" * (LONGEST + 1))[2].startswith(f"{LONGEST + 1} characters are too many")


@pytest.mark.parametrize("laughs", ["a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]", "a: {<<: *b}"])
def test_what_would_unfold_is_refused_before_it_unfolds(laughs: str) -> None:
    assert "is not read" in fault_of(laughs)[2]


@pytest.mark.parametrize("key", ["1", "true", "null", "~", "1.5"])
def test_a_key_is_a_text(key: str) -> None:
    assert fault_of(f"{key}: 1")[2] == f"the key {key} is not a text: write it in quotes, '{key}'"


def test_a_mark_of_the_order_of_bytes_is_no_part_of_the_document() -> None:
    assert read_text("\ufeffname: x").document == {"name": "x"}
    assert read_text('\ufeff{\n\t"name": "\\ud83d\\ude00"}').document == {"name": "😀"}
