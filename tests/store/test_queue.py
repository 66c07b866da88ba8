"""The queue: no item is offered to two people, leases expire, nothing is lost from it."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event

import pytest
from sqlalchemy import select

from db import leases, queue
from db.engine import Database
from db.tables import Item, Lease, QueueEntry, QueueState, utc_now
from tests.rows import Seeded, entry, seed

NOW = utc_now()
LEASE = timedelta(minutes=10)


def take(
    db: Database,
    seeded: Seeded,
    person: str,
    limit: int,
    *,
    at: datetime = NOW,
    client: str = "tab",
    held: tuple[str, ...] = (),
) -> list[str]:
    user = seeded.people[person]
    return db.write(
        lambda s: [
            e.item_id for e in leases.take(s, seeded.id, user, client, limit, held, at, at + LEASE)
        ]
    )


def states(db: Database, seeded: Seeded) -> dict[str, str]:
    with db.read() as session:
        rows = session.scalars(select(QueueEntry).where(QueueEntry.project_id == seeded.id))
        return {row.item_id: row.state for row in rows}


def test_items_come_in_the_order_of_their_rank(db: Database) -> None:
    seeded = seed(db, 10)
    assert take(db, seeded, "ann", 4) == seeded.items[:4]
    assert take(db, seeded, "bob", 4) == seeded.items[4:8]
    assert take(db, seeded, "cem", 4) == seeded.items[8:]


def test_a_tab_gets_what_it_holds_first_and_leaves_out_what_it_names(db: Database) -> None:
    seeded = seed(db, 6)
    first = take(db, seeded, "ann", 3)
    assert take(db, seeded, "ann", 3) == first
    assert take(db, seeded, "ann", 3, held=tuple(first)) == seeded.items[3:]
    assert take(db, seeded, "bob", 3) == []


def test_a_lease_expires_and_the_item_goes_to_somebody_else(db: Database) -> None:
    seeded = seed(db, 3)
    assert take(db, seeded, "ann", 3) == seeded.items
    assert take(db, seeded, "bob", 3, at=NOW + LEASE - timedelta(seconds=1)) == []
    assert take(db, seeded, "bob", 3, at=NOW + LEASE) == seeded.items


def test_a_tab_that_comes_back_late_keeps_what_nobody_took(db: Database) -> None:
    """It was cut off for longer than a lease, with decisions on ``held`` in its outbox."""
    seeded = seed(db, 4)
    first = take(db, seeded, "ann", 2)
    late = NOW + 3 * LEASE
    assert take(db, seeded, "ann", 4, at=late, held=tuple(first)) == seeded.items[2:]
    assert take(db, seeded, "bob", 4, at=late) == []


def test_what_another_took_meanwhile_is_not_taken_back(db: Database) -> None:
    seeded = seed(db, 2)
    take(db, seeded, "ann", 2)
    assert take(db, seeded, "bob", 2, at=NOW + LEASE) == seeded.items
    assert take(db, seeded, "ann", 2, at=NOW + LEASE, held=tuple(seeded.items)) == []


def test_a_second_tab_takes_over_only_when_nothing_else_is_left(db: Database) -> None:
    seeded = seed(db, 4)
    assert take(db, seeded, "ann", 2, client="one") == seeded.items[:2]
    assert take(db, seeded, "ann", 2, client="two") == seeded.items[2:]
    assert take(db, seeded, "ann", 4, client="two") == seeded.items[2:] + seeded.items[:2]
    assert take(db, seeded, "ann", 2, client="one", held=tuple(seeded.items)) == []
    assert take(db, seeded, "bob", 4) == []


def test_closing_takes_an_item_out_and_ends_its_lease(db: Database) -> None:
    seeded = seed(db, 2)
    take(db, seeded, "ann", 2)
    db.write(lambda s: queue.close(s, seeded.id, seeded.items[0]))
    assert states(db, seeded) == dict(zip(seeded.items, ("done", "leased"), strict=True))
    assert take(db, seeded, "bob", 2, at=NOW + LEASE) == seeded.items[1:]
    with db.read() as session:
        assert queue.count_waiting(session, seeded.id) == 1


def test_a_skipped_item_comes_last(db: Database) -> None:
    seeded = seed(db, 3)
    take(db, seeded, "ann", 1)
    db.write(lambda s: queue.send_to_end(s, seeded.id, seeded.items[0], "skipped earlier"))
    assert take(db, seeded, "ann", 3) == [*seeded.items[1:], seeded.items[0]]


@pytest.mark.parametrize("queued", [True, False])
def test_an_undone_item_goes_back_to_who_undid_it(db: Database, queued: bool) -> None:
    seeded = seed(db, 3, queued=queued)
    item = seeded.items[1]
    db.write(lambda s: queue.close(s, seeded.id, item))
    ann = seeded.people["ann"]
    db.write(lambda s: queue.reopen(s, seeded.id, item, ann, NOW + LEASE))
    with db.read() as session:
        assert leases.holder(session, seeded.id, item, NOW) == ann
    assert item not in take(db, seeded, "bob", 3)
    assert take(db, seeded, "ann", 1) == [item]


def test_ranking_anew_keeps_leases_and_drops_what_was_decided_meanwhile(db: Database) -> None:
    seeded = seed(db, 4)
    take(db, seeded, "ann", 1)
    decided = seeded.items[1]
    db.write(lambda s: setattr(s.get_one(Item, decided), "state", "verified"))
    db.write(lambda s: queue.close(s, seeded.id, decided))
    rows = [entry(seeded.id, item, 9 - n) for n, item in enumerate(seeded.items)]
    db.write(lambda s: queue.replace(s, seeded.id, rows))
    assert states(db, seeded)[seeded.items[0]] == QueueState.LEASED
    assert decided not in states(db, seeded)
    with db.read() as session:
        leased = session.get_one(QueueEntry, (seeded.id, seeded.items[0], 0))
    assert (leased.rank, leased.reason) == (9, "rank 9")
    assert take(db, seeded, "bob", 4) == [seeded.items[3], seeded.items[2]]


@pytest.mark.parametrize("expired", [False, True])
def test_people_who_fetch_at_once_never_get_the_same_item(db: Database, expired: bool) -> None:
    """With ``expired`` they all find leases of somebody who left, and race to release them."""
    seeded = seed(db, 60)
    if expired:
        take(db, seeded, "ann", 60, at=NOW - 2 * LEASE, client="gone")
    people = ["bob", "cem"] if expired else list(seeded.people)

    def fetch(turn: int) -> tuple[str, list[str]]:
        person = people[turn % len(people)]
        return person, take(db, seeded, person, 5, client=f"{person} {turn}")

    with ThreadPoolExecutor(8) as pool:
        offers = list(pool.map(fetch, range(16)))
    holders: dict[str, str] = {}
    for person, items in offers:
        for item in items:
            assert holders.setdefault(item, person) == person
    with db.read() as session:
        leases = dict(session.execute(select(Lease.item_id, Lease.user_id)).tuples().all())
    assert leases == {item: seeded.people[person] for item, person in holders.items()}
    assert len(leases) == 60


def test_ranking_anew_while_people_fetch_and_decide_offers_nothing_twice(db: Database) -> None:
    seeded = seed(db, 60)
    rows = [entry(seeded.id, item, n) for n, item in enumerate(seeded.items)]

    def decide(person: str) -> list[str]:
        done = []
        while items := take(db, seeded, person, 3, client=person):
            for item in items:

                def work(session, item=item) -> None:
                    row = session.get_one(Item, item, with_for_update=True)
                    assert row.state == "proposed", "offered although it is decided"
                    row.state = "verified"
                    session.flush()
                    queue.close(session, seeded.id, item)

                db.write(work)
                done.append(item)
        return done

    def rank(_turn: int) -> None:
        db.write(lambda s: queue.replace(s, seeded.id, rows))

    with ThreadPoolExecutor(5) as pool:
        deciding = [pool.submit(decide, person) for person in seeded.people]
        list(pool.map(rank, range(10)))
        done = [item for future in deciding for item in future.result(60)]
    rank(0)
    assert len(done) == len(set(done))
    assert set(done) | set(take(db, seeded, "ann", 60)) == set(seeded.items)


@pytest.mark.parametrize("leave", [queue.close, queue.send_to_end])
def test_an_entry_that_leaves_while_it_is_offered_keeps_no_lease(db: Database, leave) -> None:
    """A lease that stayed behind would stand in everybody's way until it expires."""
    seeded = seed(db, 1)
    [item] = seeded.items
    offering = Event()

    def offer(session) -> None:
        until = NOW + LEASE
        leases.take(session, seeded.id, seeded.people["ann"], "tab", 1, (), NOW, until)
        offering.set()
        time.sleep(0.3)

    def go(session) -> None:
        reason = () if leave is queue.close else ("skipped earlier",)
        leave(session, seeded.id, item, *reason)

    with ThreadPoolExecutor(2) as pool:
        offered = pool.submit(db.write, offer)
        assert offering.wait(20)
        pool.submit(db.write, go).result(20)
        offered.result(20)
    with db.read() as session:
        assert session.scalars(select(Lease)).all() == []
    waits = leave is queue.send_to_end
    assert take(db, seeded, "bob", 1) == (seeded.items if waits else [])
