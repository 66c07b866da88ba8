"""CVAT's own command line runs our function by the very commands of docs/cvat.md."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from labeling.cvat import function
from labeling.workspace import Workspace
from tests.cvat.helpers import decide, push
from tests.cvat.pulls import items, pull, shown
from tests.cvat.server import Server
from tests.cvat.state import TOKEN
from tests.workflow.helpers import create, import_, pictures, prelabel_

REPOSITORY = Path(__file__).parents[2]
BIN = Path(sys.executable).parent

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("login", "local_model")]


def documented(beginning: str) -> str:
    """The command of docs/cvat.md that begins so, in one line."""
    text = (REPOSITORY / "docs" / "cvat.md").read_text("utf-8").replace("\\\n", " ")
    (line,) = re.findall(rf"^cvat-cli [^\n]*{beginning}[^\n]*$", text, re.MULTILINE)
    return line


class CommandLine:
    """cvat-cli as somebody runs it who has a home and a token."""

    def __init__(self, ws: Workspace, server: Server) -> None:
        self._ws, self._server = ws, server

    def run(self, beginning: str, **given: str) -> str:
        """Run the documented command with our server, project and home; what it prints."""
        line = documented(beginning)
        swapped = {
            "https://cvat.example.org": self._server.url,
            "project=str:birds": "project=str:zoo",
            "~/prelabel": str(self._ws.settings.root),
            **given,
        }
        for old, new in swapped.items():
            assert old in line, (old, line)
            line = line.replace(old, new)
        environment = os.environ | {
            "CVAT_ACCESS_TOKEN": TOKEN,
            "PRELABEL_DATABASE_URL": self._ws.db.url,
            "XDG_CACHE_HOME": str(self._ws.settings.root / "cache"),
            "XDG_CONFIG_HOME": str(self._ws.settings.root / "config"),
            "PATH": f"{BIN}:{os.environ['PATH']}",
        }
        done = subprocess.run(
            shlex.split(line), env=environment, cwd=REPOSITORY, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def task(local_ws: Workspace, server: Server, tmp_path: Path) -> int:
    """A task of ours with proposals as tags, which are then taken away."""
    pictures(tmp_path / "in", 5)
    import_(local_ws, create(local_ws), tmp_path / "in")
    prelabel_(local_ws, "zoo")
    push(local_ws, server, states=["proposed"])
    (number,) = server.cvat.tasks
    return number


def tags(server: Server, task: int) -> list[tuple[int, str, str]]:
    cvat = server.cvat
    found = cvat.tags[task].values()
    return sorted((t["frame"], cvat.labels[t["label_id"]]["name"], t["source"]) for t in found)


@pytest.mark.parametrize("by_file", [False, True])
def test_a_task_is_annotated(local_ws: Workspace, server: Server, task: int, by_file: bool) -> None:
    pushed = tags(server, task)
    server.cvat.tags[task] = {}
    given = {" 42 ": f" {task} "}
    if by_file:
        file = f"--function-file {function.__file__}"
        given[f"--function-module {function.__name__}"] = file
    CommandLine(local_ws, server).run("task auto-annotate", **given)
    assert tags(server, task) == pushed
    assert {source for _, _, source in pushed} == {"auto"}
    assert push(local_ws, server)["unchanged"] == 5


def test_annotating_anew_decides_nothing(
    local_ws: Workspace, server: Server, tmp_path: Path
) -> None:
    paths = [str(path) for path in pictures(tmp_path / "in", 2)]
    import_(local_ws, create(local_ws, mode="multi"), tmp_path / "in")
    prelabel_(local_ws, "zoo")
    decide(local_ws, {paths[0]: "cat|dog|bird"})
    push(local_ws, server, states=["proposed", "verified"])
    (task,) = server.cvat.tasks
    line = CommandLine(local_ws, server)
    line.run("task auto-annotate", **{" 42 ": f" {task} --clear-existing "})
    told = pull(local_ws, server)
    assert (told["created"], told["updated"], told["conflicts"]) == (0, 0, 1)
    assert "a model replaced the tags of 1 picture in zoo 001" in told["problems"][0]
    first, second = (shown(local_ws, item) for item in items(local_ws, paths))
    assert sorted(first["labels"]) == ["bird", "cat", "dog"]
    assert second["state"] == "proposed"


def test_an_agent_answers_what_is_asked_of_it(
    local_ws: Workspace, server: Server, task: int
) -> None:
    pushed = tags(server, task)
    server.cvat.tags[task] = {}
    command = CommandLine(local_ws, server)
    number = int(command.run("function create-native"))
    labels = server.cvat.functions[number]["labels_v2"]
    assert [(label["name"], label["type"]) for label in labels] == [
        (name, "tag") for name in ("cat", "dog", "bird", "none_of_these")
    ]
    whole = server.cvat.ask(number, task)
    command.run("function run-agent", **{" 7 ": f" {number} --burst "})
    assert server.cvat.asked[whole]["state"] == "completed"
    assert tags(server, task) == pushed
    server.cvat.tags[task] = {}
    one = server.cvat.ask(number, task, frame=3)
    command.run("function run-agent", **{" 7 ": f" {number} --burst "})
    assert server.cvat.asked[one]["state"] == "completed"
    assert tags(server, task) == [tag for tag in pushed if tag[0] == 3]
