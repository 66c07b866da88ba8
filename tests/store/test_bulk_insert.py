"""Rows that go in by groups: the same as by the ORM, counted, and checked as strictly."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from db import images
from db.bulk_insert import GROUP_SIZES, _order
from db.engine import Database, insert_all, insert_new
from db.tables import Image, Item, Setting
from tests.rows import seed

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
COUNTS = [1, 2, *(size + extra for size in GROUP_SIZES for extra in (0, 1)), 641]

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=16)
zones = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
times = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=zones)
pictures = st.fixed_dictionaries(
    {
        "phash": st.sampled_from(["0" * 16, "f" * 16]),
        "width": st.integers(1, 2**31 - 1),
        "height": st.just(480),
        "bytes": st.integers(0, 2**63 - 1),
        "format": st.sampled_from(["JPEG", "'); DROP"]),
        "note": st.none() | texts,
        "link": st.none() | texts,
        "link_mtime_ns": st.none() | st.integers(0, 2**63 - 1),
        "missing_since": st.none() | times,
        "has_screen": st.booleans(),
        "created_at": times,
    }
)


def picture(number: int) -> dict:
    return {
        "sha256": f"{number:064x}",
        "phash": "0" * 16,
        "width": 1,
        "height": 1,
        "bytes": 1,
        "format": "PNG",
        "has_screen": False,
        "created_at": NOW,
    }


def stored(db: Database, table: str = "image", key: str = "sha256") -> list[tuple]:
    """The rows of a table as they lie in the database."""
    with db.read() as session:
        return [
            tuple(row) for row in session.execute(text(f"SELECT * FROM {table} ORDER BY {key}"))
        ]


@given(st.lists(pictures, min_size=1, max_size=30))
@settings(max_examples=40)
def test_rows_are_the_same_as_by_the_orm(db: Database, found: list[dict]) -> None:
    rows = [{"sha256": f"{number:064x}", **row} for number, row in enumerate(found)]
    ways = (
        lambda session: insert_new(session, Image, rows),
        lambda session: insert_all(session, Image, rows),
        lambda session: session.add_all([Image(**row) for row in rows]),
    )
    results = []
    for way in ways:
        db.write(way)
        results.append(stored(db))
        db.write(lambda session: session.execute(delete(Image)))
    assert len(results[0]) == len(rows)
    assert results[0] == results[1] == results[2]


@pytest.mark.parametrize("value", [{}, {"a": [None, "ü", 1.5]}, [], "text", True, 2**60])
def test_json_is_the_same_as_by_the_orm(db: Database, value: object) -> None:
    row = {"value": value, "updated_at": NOW}
    db.write(lambda session: insert_new(session, Setting, [{"key": "quick", **row}]))
    db.write(lambda session: session.add(Setting(key="orm", **row)))
    orm, quick = stored(db, "setting", "key")
    assert orm[1:] == quick[1:]


@pytest.mark.parametrize("count", COUNTS)
def test_known_rows_are_passed_over_wherever_they_stand(db: Database, count: int) -> None:
    known = [picture(number) for number in range(0, count, 3)]
    rows = [picture(number) for number in range(count)]
    assert db.write(lambda session: images.add_images(session, known)) == len(known)
    assert db.write(lambda session: images.add_images(session, rows * 2)) == count - len(known)
    assert len(stored(db)) == count


@pytest.mark.parametrize("place", [0, 250, 440])
def test_an_unknown_picture_is_refused_and_nothing_stays(db: Database, place: int) -> None:
    seeded = seed(db, 1, proposed=False, queued=False)
    with db.read() as session:
        one = session.get_one(Item, seeded.items[0])
    numbers = range(441)
    rows = [
        {
            "id": f"item {number}",
            "project_id": seeded.id,
            "sha256": f"{number:064x}",
            "batch_id": one.batch_id,
            "state": "unlabeled",
            "random_rank": 0.5,
            "created_at": NOW,
        }
        for number in numbers
    ]

    def work(session) -> None:
        images.add_images(session, [picture(number) for number in numbers if number != place])
        images.add_items(session, rows)

    with pytest.raises(IntegrityError):
        db.write(work)
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(Item)) == 1
        assert session.scalar(select(func.count()).select_from(Image)) == 1


def test_a_missing_value_is_refused(db: Database) -> None:
    rows = [picture(number) | {"format": None} for number in range(2)]
    with pytest.raises(IntegrityError):
        db.write(lambda session: insert_new(session, Image, rows))
    assert stored(db) == []


def test_a_time_without_zone_is_refused(db: Database) -> None:
    rows = [picture(number) | {"created_at": datetime(2026, 1, 1)} for number in range(2)]
    with pytest.raises((ValueError, StatementError), match="without a zone"):
        db.write(lambda session: insert_new(session, Image, rows))
    assert stored(db) == []


def test_a_known_key_is_refused_where_none_may_be_known(db: Database) -> None:
    with pytest.raises(IntegrityError):
        db.write(lambda session: insert_all(session, Image, [picture(1), picture(1)]))
    assert stored(db) == []


def test_defaults_of_the_schema_fill_what_rows_leave_out(db: Database) -> None:
    rows = [{"key": str(number)} for number in range(3)]
    assert db.write(lambda session: insert_new(session, Setting, rows)) == 3
    with db.read() as session:
        assert [s.value for s in session.scalars(select(Setting))] == [{}] * 3


@given(st.lists(st.text(st.characters(max_codepoint=127, exclude_characters="\0"), max_size=6)))
def test_rows_are_ordered_by_beginnings_and_stay_in_turn_where_these_are_the_same(
    texts: list[str],
) -> None:
    places = _order(texts * 40)
    assert places == sorted(range(len(places)), key=lambda place: (texts * 40)[place][:4])


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 99)), min_size=1, max_size=30))
@settings(max_examples=40)
def test_rows_that_go_in_by_a_column_are_the_same_the_first_of_a_key_wins(
    db: Database, found: list[tuple[int, int]]
) -> None:
    rows = [picture(number) | {"width": width} for number, width in found]
    results = []
    for by in (None, "sha256", "phash"):
        count = db.write(lambda session, by=by: insert_new(session, Image, rows, by=by))
        results.append((count, stored(db)))
        db.write(lambda session: session.execute(delete(Image)))
    assert results[0] == results[1] == results[2]
    assert results[0][0] == len(dict(found))
