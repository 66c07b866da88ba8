"""A refit begins its search where the one before ended: the optimum is the same, and it is near."""

from typing import Any

from sklearn.base import clone

from labeling.heads.columns import ColumnsHead

WARM = "warm_start"


def begun(head: Any, earlier: Any) -> Any:
    """Return an untaught head whose search begins where an earlier one of its kind ended.

    A head whose fit is no search, or has more than one optimum, is returned as it is; so is one
    whose earlier head had other classes or vectors of another length.

    Args:
        head: one of `candidates.candidates`; it stays as it is.
        earlier: a stored head, as `storage.load` returns it.
    """
    inner = head.head if isinstance(head, ColumnsHead) else head
    line = getattr(earlier, "line_", None)
    if WARM not in inner.get_params(deep=False) or type(earlier) is not type(inner) or line is None:
        return head
    beginning = clone(inner).set_params(**{WARM: True})
    if not beginning.can_begin_at(line):
        return head
    beginning.line_ = line
    if not isinstance(head, ColumnsHead):
        return beginning
    made = clone(head)
    made.head_ = beginning
    return made


def settled(head: Any) -> Any:
    """Return a taught head as one that began afresh would be stored."""
    inner = head.inner if isinstance(head, ColumnsHead) else head
    if WARM in inner.get_params(deep=False):
        inner.set_params(**{WARM: False})
    return head
