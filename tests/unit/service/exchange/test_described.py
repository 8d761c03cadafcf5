"""The exchange format as told names what there is, and nothing else."""

from __future__ import annotations

from typing import get_args

import pytest

from service.exchange import says, schema
from service.exchange.described import described, limits
from service.exchange.schema import Column

BY_NAME = {file.name: file for file in schema.FILES}


def test_every_file_and_type_is_explained_and_no_other() -> None:
    assert says.FILES.keys() == BY_NAME.keys()
    assert says.TYPES.keys() == set(get_args(schema.Type))


def test_what_is_said_of_columns_is_said_of_columns_that_there_are() -> None:
    for name, columns in says.COLUMNS.items():
        assert columns.keys() <= {column.name for column in BY_NAME[name].columns}, name


def test_every_column_is_told_with_all_that_it_is_judged_by() -> None:
    told = {file["name"]: file for file in described()["files"]}
    assert told.keys() == BY_NAME.keys()
    for name, file in BY_NAME.items():
        columns = told[name]["columns"]
        assert told[name]["key"] == list(file.key)
        assert [(one["name"], one["type"], one["required"], tuple(one["values"])) for one in columns] == [
            (column.name, column.type, column.required, column.values) for column in file.columns
        ]
    own = {one["name"]: one["says"] for one in (*told["tags"]["columns"], *told["tag_definitions"]["columns"])}
    assert own["one_of"]
    assert own["removed_by"]


@pytest.mark.parametrize(
    ("column", "told"),
    [
        (Column("x", "enum", values=("a", "b")), "a, b"),
        (Column("x", "number", low=0, high=1), "from 0 to 1"),
        (Column("x", "int", low=0, high=2**31 - 1), "from 0 to 2147483647"),
        (Column("x", "money", low=0), "from 0"),
        (Column("x", "tag", high=256), "at most 256 characters"),
        (Column("x", "time", ahead=False), "not ahead of the clock"),
        (Column("x", "time"), ""),
    ],
)
def test_limits_are_told_in_words(column: Column, told: str) -> None:
    assert limits(column) == told
