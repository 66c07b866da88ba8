"""Ids sort in the order in which they were made, whichever thread made them."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

from db.ids import is_id, new_id


def test_an_id_is_a_uuid_of_version_7_that_bears_the_time() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid.UUID(new_id())
    after = time.time_ns() // 1_000_000
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert before <= made.int >> 80 <= after


def test_ids_made_within_a_millisecond_keep_their_order() -> None:
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_threads_make_different_ids() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = [
            one
            for part in pool.map(lambda _: [new_id() for _ in range(500)], range(8))
            for one in part
        ]
    assert len(set(made)) == 4_000


def test_only_canonical_uuids_are_ids() -> None:
    good = new_id()
    assert is_id(good)
    for bad in (good.upper(), good[:-1], good.replace("-", ""), "", "\0", None, 7, [good], {}):
        assert not is_id(bad)
