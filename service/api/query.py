"""The parameters of a query: each known and given once, a mistake named with its rule."""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import QueryParams

from service.errors import Invalid


def given_once(parameters: QueryParams, known: Collection[str]) -> dict[str, str]:
    """The parameters by name; raises Invalid where one is not known or is given twice."""
    names = [name for name, _ in parameters.multi_items()]
    for name in names:
        if name not in known:
            raise bad_query(name[:64], f"no such parameter; there are {', '.join(known)}")
        if names.count(name) > 1:
            raise bad_query(name, "given more than once")
    return dict(parameters)


def bad_query(field: str, rule: str, code: str = "bad_query") -> Invalid:
    """The answer to a parameter that breaks its rule."""
    return Invalid("bad_query", f"{field}: {rule}", [{"loc": f"query.{field}", "code": code, "detail": rule}])
