"""Computes the rows of customers anew from everything that is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import batched
from typing import NamedTuple

from service.stores.protocols import Store
