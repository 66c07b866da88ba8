"""Errors of the store. The layer above turns them into messages for people.

StoreError
├── SchemaMismatch    the database belongs to another version of Prelabel
├── StoreUnavailable  the database can't be opened or reached
└── UnknownRow        no such row
"""


class StoreError(Exception):
    """Something is wrong with the store."""


class SchemaMismatch(StoreError):  # noqa: N818 - named for what is wrong
    """The database belongs to another version of Prelabel.

    Args:
        found: the revision that the database is at, None when it has tables but no revision.
        expected: the revision that this version needs.
    """

    def __init__(self, found: str | None, expected: str) -> None:
        self.found = found
        self.expected = expected
        super().__init__(f"database at schema {found}, expected {expected}")


class StoreUnavailable(StoreError):  # noqa: N818
    """The database can't be opened or reached."""


class UnknownRow(StoreError):  # noqa: N818
    """No such row.

    Args:
        kind: what was looked for, such as "project".
        key: the name or id it was looked for by.
    """

    def __init__(self, kind: str, key: str) -> None:
        self.kind = kind
        self.key = key
        super().__init__(f"no {kind} {key!r}")
