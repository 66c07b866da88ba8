"""Writing: many threads, each piece on its own, nothing lost, nothing half done."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from db.engine import Database, insert_new
from db.tables import Setting, utc_now
from db.writer import LOG_ROWS


def keys(db: Database) -> set[str]:
    with db.read() as session:
        return {row.key for row in session.query(Setting)}


def put(session: Session, key: str, value: int = 0) -> None:
    session.merge(Setting(key=key, value={"value": value}))


def in_one_group(db: Database, works: list) -> list:
    """Run ``works`` so that they wait together and are written together; results or errors."""
    entered, go_on = threading.Event(), threading.Event()

    def block(_session) -> None:
        entered.set()
        go_on.wait(10)

    def attempt(work):
        try:
            return db.write(work)
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(works) + 1) as pool:
        blocked = pool.submit(db.write, block)
        entered.wait(10)
        futures = []
        for work in works:
            futures.append(pool.submit(attempt, work))
            while db.is_sqlite and db._writer._waiting.qsize() < len(futures):
                pass
        go_on.set()
        blocked.result(10)
        return [future.result(10) for future in futures]


def test_what_is_written_is_read_at_once(db: Database) -> None:
    db.write(lambda session: put(session, "a", 7))
    with db.read() as session:
        row = session.get_one(Setting, "a")
    assert row.value == {"value": 7}
    assert row.updated_at.tzinfo is not None
    assert row.updated_at <= utc_now()


def test_an_exception_undoes_its_own_piece_only(db: Database) -> None:
    def fails(session) -> None:
        put(session, "lost")
        session.flush()
        raise KeyError("own")

    works = [
        lambda s: put(s, "a"),
        fails,
        lambda s: put(s, "b"),
        fails,
        lambda s: put(s, "c"),
    ]
    answers = in_one_group(db, works)
    assert [isinstance(answer, KeyError) for answer in answers] == [False, True, False, True, False]
    assert keys(db) == {"a", "b", "c"}


def test_a_statement_the_database_refuses_fails_alone(db: Database) -> None:
    works = [
        lambda s: put(s, "a"),
        lambda s: s.execute(text("SELECT * FROM no_such_table")),
        lambda s: s.execute(text("INSERT INTO setting (key) VALUES (NULL)")),
        lambda s: put(s, "b"),
    ]
    answers = in_one_group(db, works)
    assert answers[0] is None
    assert answers[3] is None
    assert isinstance(answers[1], DBAPIError)
    assert isinstance(answers[2], DBAPIError)
    assert keys(db) == {"a", "b"}


def test_a_transaction_that_sqlite_gave_up_fails_as_a_whole(new_sqlite_url) -> None:
    db = Database(new_sqlite_url())
    works = [
        lambda s: put(s, "a"),
        lambda s: s.connection().exec_driver_sql("ROLLBACK"),
        lambda s: put(s, "b"),
    ]
    answers = in_one_group(db, works)
    assert all(isinstance(answer, OperationalError) for answer in answers)
    assert keys(db) == set()
    db.write(lambda session: put(session, "after"))
    assert keys(db) == {"after"}
    db.close()


def test_pieces_of_one_thread_keep_their_order(db: Database) -> None:
    order: list[int] = []
    for number in range(50):
        db.write(lambda _session, number=number: order.append(number))
    assert order == list(range(50))


def test_a_piece_sees_what_the_one_before_it_wrote(new_sqlite_url) -> None:
    db = Database(new_sqlite_url())
    first, second = in_one_group(
        db,
        [
            lambda s: put(s, "shared", 1),
            lambda s: s.get_one(Setting, "shared").value["value"],
        ],
    )
    assert (first, second) == (None, 1)
    db.close()


@pytest.mark.parametrize("threads", [16])
def test_many_threads_lose_nothing(db: Database, threads: int) -> None:
    each = 25

    def work(thread: int) -> None:
        for number in range(each):
            db.write(lambda session, number=number: put(session, f"{thread}/{number}"))

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))
    assert keys(db) == {f"{t}/{n}" for t in range(threads) for n in range(each)}


def test_a_counter_is_never_read_before_another_has_written_it(db: Database) -> None:
    db.write(lambda session: put(session, "counter"))

    def add_one(session) -> None:
        row = session.query(Setting).filter_by(key="counter").with_for_update().one()
        row.value = {"value": row.value["value"] + 1}

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: db.write(add_one), range(80)))
    with db.read() as session:
        assert session.get_one(Setting, "counter").value == {"value": 80}


def test_two_programs_share_one_file(new_sqlite_url) -> None:
    url = new_sqlite_url()
    first, second = Database(url), Database(url)

    def write(number: int) -> None:
        (first, second)[number % 2].write(lambda session: put(session, str(number)))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(100)))
    assert keys(first) == {str(n) for n in range(100)}
    first.close()
    second.close()


def test_a_write_inside_a_write_is_a_bug_told_at_once(new_sqlite_url) -> None:
    db = Database(new_sqlite_url())
    with pytest.raises(RuntimeError, match="inside a write"):
        db.write(lambda _outer: db.write(lambda session: put(session, "inner")))
    db.write(lambda session: put(session, "after"))
    assert keys(db) == {"after"}
    db.close()


def test_closing_finishes_what_waits(new_sqlite_url) -> None:
    url = new_sqlite_url()
    db = Database(url)
    entered, go_on = threading.Event(), threading.Event()

    def block(_session) -> None:
        entered.set()
        go_on.wait(10)

    with ThreadPoolExecutor(42) as pool:
        pool.submit(db.write, block)
        entered.wait(10)
        for number in range(40):
            pool.submit(db.write, lambda session, key=str(number): put(session, key))
        while db._writer._waiting.qsize() < 40:
            pass
        closing = pool.submit(db.close)
        while db._writer._waiting.qsize() < 41:
            pass
        go_on.set()
        closing.result(10)
    again = Database(url)
    assert keys(again) == {str(n) for n in range(40)}
    again.close()


@pytest.mark.parametrize("count", [1, 2, 1000])
def test_inserting_counts_only_what_is_new(db: Database, count: int) -> None:
    rows = [{"key": str(n), "value": {}, "updated_at": utc_now()} for n in range(count)]
    assert db.write(lambda s: insert_new(s, Setting, rows)) == count
    assert db.write(lambda s: insert_new(s, Setting, rows)) == 0
    more = [*rows, {"key": "new", "value": {}, "updated_at": utc_now()}]
    assert db.write(lambda s: insert_new(s, Setting, more)) == 1
    assert db.write(lambda s: insert_new(s, Setting, [])) == 0
    assert db.write(lambda s: insert_new(s, Setting, [more[-1] | {"key": "x"}] * 2)) == 1


def test_the_log_is_copied_back_and_stays_short(new_sqlite_url) -> None:
    db = Database(new_sqlite_url())
    file = Path(db.engine.url.database or "")
    log = file.with_name(f"{file.name}-wal")
    for part in range(20):
        rows = [
            {"key": f"{part}/{n}", "value": {"text": "x" * 200}, "updated_at": utc_now()}
            for n in range(LOG_ROWS)
        ]
        db.write(lambda session, rows=rows: insert_new(session, Setting, rows))
    db.write(lambda _session: None)  # after the copying that follows the last part
    assert file.stat().st_size > 20 * LOG_ROWS * 200
    assert log.stat().st_size < file.stat().st_size / 4
    db.close()


def test_a_reader_of_an_old_state_holds_up_neither_writing_nor_copying(new_sqlite_url) -> None:
    db = Database(new_sqlite_url())
    db.write(lambda session: put(session, "before"))
    rows = [{"key": str(n), "value": {}, "updated_at": utc_now()} for n in range(2 * LOG_ROWS)]
    with db.read() as session:
        seen = session.query(Setting).count()
        db.write(lambda writing: insert_new(writing, Setting, rows))
        db.write(lambda writing: put(writing, "after"))
        assert session.query(Setting).count() == seen == 1
    assert len(keys(db)) == 2 * LOG_ROWS + 2
    db.close()
