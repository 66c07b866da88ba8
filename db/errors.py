"""Errors of the store. The layer above turns them into messages for people.

StoreError
├── SchemaMismatch    the database belongs to another version of Prelabel
└── StoreUnavailable  the database can't be opened or reached
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
