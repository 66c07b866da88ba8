"""The grid under many hands: one holder an item, nothing decided twice, nothing blind told."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from db.tables import Decision, Lease, QueueEntry, QueueState
from labeling.workflows import review
from labeling.workspace import Workspace
from tests.rows import PEOPLE, Seeded, seed
from tests.workflow.test_grid import audit, decide, group, later, offered, page, shown
from tests.workflow.test_review import act

pytestmark = pytest.mark.slow


def test_people_who_open_the_grid_at_once_get_different_items(ws: Workspace) -> None:
    seeded = seed(ws.db, 60)

    def turn(number: int) -> tuple[str, set[str]]:
        person = PEOPLE[number % len(PEOPLE)]
        if number % 4 == 3:
            queue = review.queue(ws, seeded.people[person], seeded.name, 5, client=f"q {number}")
            return person, {item["item"] for item in queue["items"]}
        return person, offered(page(ws, seeded, person, limit=5, client=f"tab {number}"))

    with ThreadPoolExecutor(6) as pool:
        offers = list(pool.map(turn, range(12)))
    holders: dict[str, str] = {}
    for person, items in offers:
        for item in items:
            assert holders.setdefault(item, person) == person
    with ws.db.read() as session:
        leases = dict(session.execute(select(Lease.item_id, Lease.user_id)).tuples().all())
    assert leases == {item: seeded.people[person] for item, person in holders.items()}


def test_pages_while_people_decide_offer_nothing_that_is_decided(ws: Workspace) -> None:
    seeded = seed(ws.db, 48)

    def work(person: str) -> list[str]:
        done: list[str] = []
        while items := shown(page(ws, seeded, person, limit=4)):
            decide(ws, seeded, person, *(act(item, view="grid") for item in items))
            done += items
        return done

    with ThreadPoolExecutor(3) as pool:
        done = [item for items in pool.map(work, PEOPLE) for item in items]
    assert sorted(done) == seeded.items
    with ws.db.read() as session:
        states = session.scalars(select(QueueEntry.state)).all()
        standings = session.scalars(select(Decision.standing)).all()
    assert set(states) == {QueueState.DONE}
    assert set(standings) == {"in_force"}


def living(ws: Workspace, seeded: Seeded) -> dict[str, str]:
    """Who holds what now."""
    with ws.db.read() as session:
        own = (Lease.project_id == seeded.id, Lease.expires_at > ws.clock())
        query = select(Lease.item_id, Lease.user_id).where(*own)
        return dict(session.execute(query).tuples().all())


steps = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE),
        st.sampled_from(["grid", "single", "decide", "skip", "leave", "wait"]),
        st.integers(1, 6),
    ),
    max_size=12,
)


@settings(max_examples=20)
@given(steps)
def test_no_item_has_two_holders_and_nothing_blind_is_in_the_grid(
    local_ws: Workspace, taken: list[tuple[str, str, int]]
) -> None:
    seeded = seed(local_ws.db, 9)
    audited, *near = seeded.items[:3]
    group(local_ws, seeded, [audited, *near])
    group(local_ws, seeded, seeded.items[3:5])
    audit(local_ws, seeded, audited)
    ws, minutes, blind = local_ws, 0, {audited, *near}
    for person, what, number in taken:
        me, before = seeded.people[person], living(ws, seeded)
        if what == "wait":
            minutes += 4 * number
            ws = later(local_ws, minutes)
        elif what in ("decide", "skip"):
            mine = [item for item, who in before.items() if who == me][:number]
            kind = "correct" if what == "decide" else "skip"
            decide(ws, seeded, person, *(act(item, kind) for item in mine))
            blind = set() if what == "decide" and audited in mine else blind
        elif what == "single":
            answer = review.queue(ws, me, seeded.name, number, client=person)
            assert all(before.get(item["item"], me) == me for item in answer["items"])
        else:
            label = "dog" if what == "leave" else "cat"
            items = offered(page(ws, seeded, person, label, limit=number, client=person))
            assert all(before.get(item, me) == me for item in items), "offered to two people"
            assert not items & blind
