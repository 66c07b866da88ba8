"""Jobs: the urgent ones first, cancelled ones keep their work, failures say what happened."""

import logging
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from db.tables import Job, JobState
from labeling.errors import BusyError, NotFoundError, PrelabelError
from labeling.workflows import ingest, jobs, prelabel, projects
from labeling.workflows.jobs import BACKGROUND, INTERACTIVE
from labeling.workflows.work import Runner, run_to_end
from labeling.workflows.worker_lock import worker_is_alive, worker_lock
from labeling.workspace import Workspace
from tests.rows import seed
from tests.workflow.helpers import create, import_, job, pictures

CLASSES = "zero,one"


def long_import(ws: Workspace, folder: Path, count: int = 450) -> str:
    """An import of three chunks, in line."""
    pictures(folder, count)
    return ingest.enqueue(ws, create(ws, "long", CLASSES), [str(folder)])


def test_a_person_who_waits_comes_before_long_work(
    local_ws: Workspace, local_model, tmp_path: Path
) -> None:
    long = long_import(local_ws, tmp_path / "in")
    runner = Runner(local_ws)
    while not 0 < job(local_ws, long)["done"] < 450:
        assert runner.step()
    done = job(local_ws, long)["done"]
    urgent = prelabel.enqueue_texts(local_ws, "long")
    while job(local_ws, urgent)["state"] != JobState.DONE:
        assert runner.step()
    assert job(local_ws, long)["done"] == done, "nothing else went on meanwhile"
    assert job(local_ws, long)["state"] == JobState.RUNNING
    while runner.step():
        pass
    assert job(local_ws, long)["result"]["imported"] == 450
    assert INTERACTIVE < BACKGROUND


def test_jobs_of_one_urgency_run_in_the_order_they_came(local_ws: Workspace) -> None:
    seeded = seed(local_ws.db, 0)
    waiting = [jobs.enqueue(local_ws, "rank", seeded.id) for _ in range(3)]
    first = jobs.enqueue(local_ws, "rank", seeded.id, priority=INTERACTIVE)
    runner = Runner(local_ws)
    ended = []
    while runner.step():
        ended += [
            j for j in [first, *waiting] if job(local_ws, j)["finished_at"] and j not in ended
        ]
    assert ended == [first, *waiting]


def test_a_job_of_the_background_waits_once(local_ws: Workspace) -> None:
    seeded = seed(local_ws.db, 1)
    for _ in range(3):
        jobs.enqueue_once(local_ws, "rank", seeded.id)
    assert len(jobs.recent(local_ws)) == 1


def test_a_cancelled_job_keeps_what_is_finished(ws: Workspace, tmp_path: Path) -> None:
    long = long_import(ws, tmp_path / "in")
    runner = Runner(ws)
    while not job(ws, long)["done"]:
        runner.step()
    assert jobs.cancel(ws, long)
    while runner.step():
        pass
    told = job(ws, long)
    assert told["state"] == JobState.CANCELLED
    assert "kept" in told["message"]
    assert projects.show(ws, "long")["items"] == told["done"] < 450
    assert not jobs.cancel(ws, long), "it is finished already"
    again = import_(ws, "long", tmp_path / "in")
    assert again["imported"] + told["done"] == 450
    assert again["duplicates"] == told["done"]


def test_a_job_cancelled_before_it_began_does_nothing(local_ws: Workspace, tmp_path: Path) -> None:
    long = long_import(local_ws, tmp_path / "in", 3)
    jobs.cancel(local_ws, long)
    with pytest.raises(PrelabelError, match="cancelled"):
        run_to_end(local_ws, long, lambda _job: None)
    assert projects.show(local_ws, "long")["items"] == 0


def test_a_failure_says_what_happened_and_what_to_do(ws: Workspace) -> None:
    seeded = seed(ws.db, 1, proposed=False)
    failing = jobs.enqueue(ws, "rank", seeded.id)
    with pytest.raises(PrelabelError, match="prelabel run"):
        run_to_end(ws, failing, lambda _job: None)
    told = job(ws, failing)
    assert told["state"] == JobState.FAILED
    assert "no proposals" in told["error"]["what"]
    assert "prelabel run" in told["error"]["fix"]
    assert told["finished_at"]


def test_something_unexpected_goes_to_the_log_and_not_to_the_person(
    ws: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    broken = jobs.enqueue(ws, "import", seed(ws.db, 1).id, {"batch": "no such batch"})
    follows = jobs.enqueue(ws, "no such kind", None)
    runner = Runner(ws)
    with caplog.at_level(logging.ERROR):
        while runner.step():
            pass
    for job_id in (broken, follows):
        told = job(ws, job_id)
        assert told["state"] == JobState.FAILED
        text = f"{told['error']} {told['message']} {told['result']}"
        assert "Traceback" not in text
        assert "sqlalchemy" not in text.lower()
        number = told["error"]["what"].split("error ")[1].rstrip(")")
        [record] = [r for r in caplog.records if number in r.getMessage()]
        assert record.exc_info


def test_a_runner_that_was_closed_leaves_its_job_to_the_next(
    local_ws: Workspace, tmp_path: Path
) -> None:
    long = long_import(local_ws, tmp_path / "in")
    first = Runner(local_ws)
    while not job(local_ws, long)["done"]:
        first.step()
    first.close()
    assert job(local_ws, long)["state"] == JobState.RUNNING
    second = Runner(local_ws)
    while second.step():
        pass
    assert job(local_ws, long)["result"]["imported"] == 450


def test_a_job_taken_up_again_goes_on_from_its_stored_progress(
    local_ws: Workspace, local_model, tmp_path: Path
) -> None:
    pictures(tmp_path / "in", 450)
    import_(local_ws, create(local_ws, "long", CLASSES), tmp_path / "in")
    long = prelabel.enqueue(local_ws, "long")
    first = Runner(local_ws)
    while not job(local_ws, long)["done"]:
        first.step()
    first.close()
    before = job(local_ws, long)
    assert 0 < before["done"] < before["total"] == 450
    second = Runner(local_ws)
    second.step()
    told = job(local_ws, long)
    assert told["message"] == jobs.CONTINUING
    assert (told["done"], told["total"]) == (before["done"], 450)
    assert told["eta_seconds"] is None
    second.step()
    told = job(local_ws, long)
    assert told["message"] != jobs.CONTINUING
    assert told["done"] > before["done"]
    assert told["total"] == 450


def test_what_came_before_the_first_counted_item_is_no_pace() -> None:
    counted = {"state": JobState.RUNNING, "done": 100, "total": 300}
    loaded = Job(**counted, seconds=70.0, cursor={"seconds": 60.0, "done": 0})
    assert jobs.eta_seconds(loaded) == 20.0
    continued = Job(**counted, seconds=70.0, cursor={"seconds": 60.0, "done": 50})
    assert jobs.eta_seconds(continued) == 40.0
    not_moved = Job(**counted, seconds=70.0, cursor={"seconds": 60.0, "done": 100})
    assert jobs.eta_seconds(not_moved) is None


def test_progress_only_grows_and_ends_at_the_total(local_ws: Workspace, tmp_path: Path) -> None:
    long = long_import(local_ws, tmp_path / "in")
    seen: list[dict] = []
    run_to_end(local_ws, long, seen.append)
    done = [told["done"] for told in seen]
    assert done == sorted(done)
    assert seen[-1]["done"] == seen[-1]["total"] == 450
    running = [told for told in seen if 0 < told["done"] < 450 and told["total"]]
    assert running
    assert all(told["eta_seconds"] >= 0 for told in running)
    assert seen[-1]["eta_seconds"] is None


def test_only_one_worker_holds_a_home(local_ws: Workspace) -> None:
    settings = local_ws.settings
    assert not worker_is_alive(settings)
    with worker_lock(settings):
        assert worker_is_alive(settings)
        with pytest.raises(BusyError), worker_lock(settings):
            pass
    assert not worker_is_alive(settings)
    assert jobs.health(local_ws)["worker"] == "absent"


def test_a_worker_that_was_killed_frees_its_home(local_ws: Workspace) -> None:
    code = (
        "import sys, time; from labeling.settings import Settings; "
        "from labeling.workflows.worker_lock import worker_lock\n"
        "with worker_lock(Settings(home=sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    given = [sys.executable, "-c", code, str(local_ws.settings.root)]
    process = subprocess.Popen(given, stdout=subprocess.PIPE)
    assert process.stdout
    assert process.stdout.readline() == b"held\n"
    assert worker_is_alive(local_ws.settings)
    process.kill()
    process.wait()
    process.stdout.close()
    with worker_lock(local_ws.settings):
        pass


def test_a_command_follows_a_worker_that_is_there(local_ws: Workspace, tmp_path: Path) -> None:
    long = long_import(local_ws, tmp_path / "in", 30)
    seen: list[dict] = []
    followed: list = []
    with worker_lock(local_ws.settings):
        command = threading.Thread(
            target=lambda: followed.append(run_to_end(local_ws, long, seen.append))
        )
        command.start()
        while not seen:
            time.sleep(0.01)
        assert job(local_ws, long)["state"] == JobState.QUEUED, "it waits for the worker"
        runner = Runner(local_ws)
        while runner.step():
            pass
        command.join(30)
    assert followed[0].result["imported"] == 30


def test_an_unknown_job_is_told(local_ws: Workspace) -> None:
    with pytest.raises(NotFoundError):
        jobs.show(local_ws, "nothing")
    assert not jobs.cancel(local_ws, "nothing")
