"""What the service keeps for itself: rows of customers, versions, decisions and keys."""

from __future__ import annotations

from sqlmodel import Field

from service.stores._columns import Table, big, key, number_key, octets, octets_or_none


class CustomerRows(Table, table=True):
    """What a shelf reads of a customer, with one keyed statement."""

    customer_id: str = key()
    version: int
    personal: bool
    schema_no: int
    gate: bytes = octets()
    state: bytes | None = octets_or_none()
    derived: bytes | None = octets_or_none()


class RowVersions(Table, table=True):
    """Rows as decisions read them."""

    customer_id: str = key()
    version: int = number_key()
    personal: bool
    gate: bytes = octets()
    state: bytes | None = octets_or_none()
    derived: bytes | None = octets_or_none()


class Versions(Table, table=True):
    """One row: what is in force."""

    one: int = number_key()
    generation: int = 0
    catalogue: int = 0
    model: int = 0
    tags: int = 0
    suspended: str = "[]"  # JSON list of product numbers


class CatalogueVersions(Table, table=True):
    """Every catalogue as it was: compressed product records and categories."""

    version: int = number_key()
    created_us: int = big()
    content: bytes = octets()


class Models(Table, table=True):
    """Trained artifacts; promotion sets `versions.model`."""

    version: int = number_key()
    path: str
    sha256: str
    created_us: int = big()


class TagVersions(Table, table=True):
    """Tag definitions with what was measured on them."""

    version: int = number_key()
    created_us: int = big()
    content: bytes = octets()


class Decisions(Table, table=True):
    """The decision log."""

    decision_id: str = key()
    customer_id: str = Field(index=True)
    decided_us: int = big()
    row_version: int | None = None
    document: bytes = octets()


class ApiKeys(Table, table=True):
    """Service keys: the SHA-256 of a secret, never the secret."""

    key_id: str = key()
    owner: str  # who acts with it: two keys of one owner are one person
    secret_sha256: str
    scopes: str  # JSON list
    created_us: int = big()
