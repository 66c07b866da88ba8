"""Every error that Prelabel raises for a person to read.

PrelabelError                 what happened, and what to do
├── InputError                a value given by a person can't be used
│   ├── ClassNameError        a class name can't be used
│   └── NotFoundError         no such project, item, job …
├── SettingsError             a setting or environment variable can't be used
├── SourceError               a whole import source can't be read
├── ImageRejected             one picture is refused; the import goes on
├── EncoderError              a model can't be used
│   ├── ModelUnreachableError its files are not on this machine and can't be fetched
│   └── ModelSelfTestError    it loads, but gives senseless similarities
├── ExportError               an export can't be written
├── CvatError                 CVAT refuses, or answers what can't be understood
│   ├── CvatLoginError        it accepts no such name, password or token
│   ├── CvatGoneError         what was there is there no more
│   └── CvatAwayError         it does not answer just now; whether a write arrived is unknown
├── SchemaVersionError        the database belongs to another version of Prelabel
├── BusyError                 another process holds what is needed
│   └── StoreBusyError        the database does not answer just now
└── ForbiddenError            this person may not do this

A ``ValueError`` that escapes is a bug of ours, never a message to a person.
"""

from enum import StrEnum


class PrelabelError(Exception):
    """An error meant for a person.

    Args:
        what: what happened, naming the file, row or setting.
        fix: what the person can do about it.
    """

    def __init__(self, what: str, fix: str | None = None) -> None:
        self.what = what
        self.fix = fix
        super().__init__(f"{what.rstrip('.')}. {fix}" if fix else what)


class InputError(PrelabelError):
    """A value given by a person can't be used."""


class ClassNameError(InputError):
    """A class name can't be used."""


class NotFoundError(InputError):
    """What was named does not exist."""


class SettingsError(PrelabelError):
    """A setting or environment variable can't be used."""


class SourceError(PrelabelError):
    """A whole import source can't be read."""


class RejectReason(StrEnum):
    """Why a file of an import was refused."""

    TRUNCATED = "truncated"
    NOT_A_PICTURE = "not_a_picture"
    TOO_LARGE = "too_large"
    DECOMPRESSION_BOMB = "decompression_bomb"
    UNSAFE_PATH = "unsafe_path"
    UNREADABLE = "unreadable"
    ENCRYPTED_ARCHIVE = "encrypted_archive"
    MISSING = "missing"
    UNSUPPORTED = "unsupported"
    EMPTY = "empty"
    ERASED = "erased"


class ImageRejected(PrelabelError):  # noqa: N818 - a verdict on a picture, not a fault
    """One picture is refused; the import goes on.

    Args:
        reason: the kind of fault, stored with the file.
        detail: what exactly was seen.
    """

    def __init__(self, reason: RejectReason, detail: str) -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(f"{reason.value}: {detail}")


class EncoderError(PrelabelError):
    """A model can't be used."""


class ModelUnreachableError(EncoderError):
    """The files of a model are not on this machine and can't be fetched."""


class ModelSelfTestError(EncoderError):
    """A model loads, but its similarities make no sense."""


class ExportError(PrelabelError):
    """An export can't be written."""


class CvatError(PrelabelError):
    """A CVAT server refuses what was asked, or its answer can't be understood."""


class CvatLoginError(CvatError):
    """A CVAT server accepts no such name, password or token, or it may not do this."""


class CvatGoneError(CvatError):
    """A project, task or job that was at a CVAT server is there no more."""


class CvatAwayError(CvatError):
    """A CVAT server does not answer just now; whether a write has arrived is unknown."""


class SchemaVersionError(PrelabelError):
    """The database belongs to another version of Prelabel."""


class BusyError(PrelabelError):
    """Another process holds what is needed."""


class StoreBusyError(BusyError):
    """The database does not answer just now; the same may be tried again."""


class ForbiddenError(PrelabelError):
    """This person may not do this."""
