"""What becomes of work that the database can't take just now."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from db.engine import is_passing
from labeling.errors import StoreBusyError


@contextmanager
def answering() -> Iterator[None]:
    """Tell a database that is busy or away from work that is at fault.

    Raises:
        StoreBusyError: it is busy or away; nothing of the work is kept.
    """
    try:
        yield
    except DBAPIError as error:
        if not is_passing(error):
            raise
        raise StoreBusyError("the database does not answer just now", "Try again.") from error
