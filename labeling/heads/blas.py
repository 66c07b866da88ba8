"""One thread for linear algebra: a fit is many small products, and threads wait for each other."""

from contextlib import AbstractContextManager
from functools import cache

import scipy.linalg  # noqa: F401  the controller sees only what is loaded
from threadpoolctl import ThreadpoolController


def one_thread() -> AbstractContextManager[object]:
    """While it is entered, the BLAS of numpy and scipy work in one thread, in the whole process.

    On two cores that made a choice among the kinds of head 2 to 4 times as fast, with a quarter to
    a ninth of the CPU. Where contexts of several threads overlap, one thread may be left: slower
    for large products, never wrong.
    """
    return _controller().limit(limits=1, user_api="blas")


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
