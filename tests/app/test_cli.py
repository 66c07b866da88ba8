"""The command line, as a person or a script uses it: real files, a real model, no app."""

import csv
import importlib.metadata
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from PIL import Image, ImageDraw
from typer.testing import CliRunner

from app.cli import app

DIGITS = Path(__file__).parents[2] / "labeling/samples/digits"


class Cli:
    """Runs `prelabel` over one home folder."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(app, [*arguments, "--home", str(self.home)])

    def json(self, *arguments: str) -> Any:
        done = self.run(*arguments, "--json")
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def fails(self, *arguments: str, code: int = 1) -> str:
        done = self.run(*arguments)
        assert done.exit_code == code, done.output
        assert isinstance(done.exception, SystemExit)
        return done.stderr


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """A home with a project of own pictures that was imported, pre-labeled and decided in part."""
    folder = tmp_path_factory.mktemp("cli")
    pictures = folder / "pictures"
    pictures.mkdir()
    for number, (name, colour) in enumerate({"a": "red", "b": "blue", "c": "green"}.items()):
        picture = Image.new("RGB", (80 + number, 60), "white")
        ImageDraw.Draw(picture).ellipse((10, 10, 50, 50), fill=colour)
        picture.save(pictures / f"{name}.png")
    (pictures / "a copy.png").write_bytes((pictures / "a.png").read_bytes())
    (pictures / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    cli = Cli(folder / "home")
    cli.json("project", "create", "own", "--classes", "red circle,blue circle,green circle")
    imported = cli.json("import", "own", str(pictures))
    assert (imported["imported"], imported["duplicates"]) == (3, 1)
    assert [Path(r["path"]).name for r in imported["rejected"]] == ["broken.jpg"]
    assert set(imported["rejected"][0]) == {"path", "reason", "detail"}
    return cli


@pytest.mark.slow
def test_run_encodes_once_and_says_what_it_did(cli: Cli) -> None:
    first = cli.json("run", "own")
    second = cli.json("run", "own")
    assert (first["items"], first["encoded"], first["from_cache"]) == (3, 3, 0)
    assert (second["items"], second["encoded"], second["from_cache"]) == (3, 0, 3)
    assert first["recipe"] == second["recipe"]
    assert len(first["recipe"]) == 64
    assert second["seconds"] >= 0


def test_queue_gives_proposals_and_the_reason_for_each_rank(cli: Cli) -> None:
    cli.json("run", "own")
    ranked = cli.json("queue", "own", "--policy", "margin", "--limit", "3")
    picked = [row for row in ranked if row["reason"].startswith("margin")]
    drawn = {row["reason"] for row in ranked} - {row["reason"] for row in picked}
    assert len(ranked) == 3
    assert picked
    assert drawn <= {"random control", "audit: proposal hidden"}
    for row in picked:
        assert re.match(r"margin [01]\.\d\d: .* or ", row["reason"])
        assert {p["label"] for p in row["proposals"]} == {
            "red circle", "blue circle", "green circle",
        }  # fmt: skip
        assert all(0 <= p["score"] <= 1 for p in row["proposals"])


def test_decide_stores_once_and_names_what_it_refuses(cli: Cli, tmp_path: Path) -> None:
    decisions = tmp_path / "decisions.csv"
    decisions.write_text(
        "image,label\na.png,red circle\nb.png,nonsense\nzz.png,red circle\nc.png,\n"
    )
    first = cli.json("decide", "own", "--from", str(decisions), "--by", "ann")
    again = cli.json("decide", "own", "--from", str(decisions), "--by", "ann")
    assert (first["stored"], first["already_known"]) == (1, 0)
    assert (again["stored"], again["already_known"]) == (0, 1)
    assert [row["line"] for row in first["rejected"]] == [3, 4, 5]


def test_status_counts_by_state_and_class(cli: Cli, tmp_path: Path) -> None:
    decisions = tmp_path / "decisions.csv"
    decisions.write_text("image,label\nb.png,blue circle\n")
    cli.json("decide", "own", "--from", str(decisions), "--by", "bea")
    status = cli.json("status", "own")
    assert status["items"] == sum(status["by_state"].values()) == 3
    assert status["by_class"]["blue circle"]["verified"] == 1
    drawn = status["accuracy"]
    assert drawn is None or drawn["n"] == 1, "b.png is an audit item once in a while"


def test_export_holds_verified_items_only(cli: Cli, tmp_path: Path) -> None:
    decisions = tmp_path / "decisions.csv"
    decisions.write_text("image,label\nb.png,blue circle\n")
    cli.json("decide", "own", "--from", str(decisions), "--by", "bea")
    out = tmp_path / "out"
    written = cli.json("export", "own", "--format", "csv", "--out", str(out))
    [table] = [out / name for name in written["files"] if name.endswith(".csv")]
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert written["items"] == len(rows) > 0
    assert {row["state"] for row in rows} == {"verified"}
    assert "blue circle" in {row["label"] for row in rows}
    assert len(written["manifest_sha256"]) == 64


def test_multi_label_project(tmp_path: Path) -> None:
    cli = Cli(tmp_path / "home")
    picture = tmp_path / "one.png"
    Image.new("RGB", (64, 64), "red").save(picture)
    cli.json("project", "create", "many", "--classes", "red,blue", "--mode", "multi")
    cli.json("import", "many", str(picture))
    cli.json("run", "many")
    decisions = tmp_path / "decisions.csv"
    decisions.write_text("image,label\none.png,red|blue\n")
    assert cli.json("decide", "many", "--from", str(decisions), "--by", "ann")["stored"] == 1
    status = cli.json("status", "many")
    assert status["by_class"]["red"]["verified"] == status["by_class"]["blue"]["verified"] == 1


def test_classes_keep_their_ids_when_renamed(cli: Cli) -> None:
    cli.json("project", "create", "kinds", "--classes", "cat,dog")
    before = {c["name"]: c["id"] for c in cli.json("classes", "kinds")["classes"]}
    renamed = cli.json("classes", "kinds", "rename", "cat", "kitten")
    assert {c["name"]: c["id"] for c in renamed["classes"]} == {
        "kitten": before["cat"], "dog": before["dog"],
    }  # fmt: skip
    assert renamed["revision"] == 2
    assert "no class" in cli.fails("classes", "kinds", "rename", "horse", "pony")


def test_database_verifies_and_doctor_approves(cli: Cli) -> None:
    assert cli.json("db", "verify")["differing"] == []
    assert all(check["ok"] for check in cli.json("doctor"))


def test_jobs_are_listed_with_their_log(cli: Cli) -> None:
    newest = cli.json("jobs", "list", "--limit", "1")[0]
    assert "log" in cli.json("jobs", "show", newest["id"])
    assert cli.json("jobs", "cancel", newest["id"]) == {"cancelled": False}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("status", "nope"), "there is no project 'nope'"),
        (("import", "own", "/no/such/folder"), "does not exist"),
        (("run", "own", "--model", "no-such-model"), "no model called"),
        (("run", "own", "--templates", "no placeholder"), "is no set of templates"),
        (("queue", "own", "--policy", "guess"), "policy 'guess' is not known"),
        (("export", "own", "--format", "xml", "--out", "x"), 'No export format is called "xml"'),
        (("export", "own", "--format", "csv", "--out", "x", "--states", "done"), "state 'done'"),
        (("project", "create", "own", "--classes", "a"), "there is a project 'own' already"),
        (("project", "create", "x", "--classes", "Cat,cat "), "repeats"),
        (("project", "create", "x", "--classes", "a/b"), "slash"),
        (("project", "create", "a/b", "--classes", "a"), "project name"),
        (("project", "create", "x", "--classes", "a", "--mode", "some"), "mode 'some'"),
        (("decide", "own", "--from", "missing.csv", "--by", "ann"), "can't be read"),
        (("simulate", "own", "--truth", "missing.csv"), "can't be read"),
        (("serve", "--host", "0.0.0.0"), "accounts"),
    ],
)  # fmt: skip
def test_an_error_is_told_in_two_lines(cli: Cli, arguments: tuple[str, ...], told: str) -> None:
    assert told in cli.fails(*arguments)


@pytest.mark.parametrize("arguments", [("status",), ("nonsense",), ("classes", "own", "paint")])
def test_wrong_usage_exits_with_2(cli: Cli, arguments: tuple[str, ...]) -> None:
    cli.fails(*arguments, code=2)


def test_an_error_in_json_mode_is_json(cli: Cli) -> None:
    done = cli.run("status", "nope", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["error"]["what"] == "there is no project 'nope'"


def test_the_version_needs_no_command() -> None:
    done = CliRunner().invoke(app, ["--version"])
    assert (done.exit_code, done.stdout.strip()) == (0, importlib.metadata.version("prelabel"))


@pytest.mark.slow
def test_the_installed_command_tells_errors_without_a_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "app.cli", "status", "nope", "--home", str(tmp_path / "home")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "error: there is no project 'nope'", "Create it: prelabel project create NAME …",
    ]  # fmt: skip


@pytest.mark.slow
def test_an_unreachable_model_ends_the_job_before_torch_is_imported(tmp_path: Path) -> None:
    cli = Cli(tmp_path / "home")
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    cli.json("project", "create", "p", "--classes", "cat,dog")
    cli.json("import", "p", str(tmp_path / "a.png"))
    script = (
        "import sys; from app.cli import app\ntry: app()\nfinally: print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "run", "p", "--model", "hf-hub:org/none",
         "--home", str(tmp_path / "home")],
        env=os.environ | {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_CACHE": str(tmp_path)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "http://127.0.0.1:9 can't be reached" in done.stderr
    assert "open_clip_config.json" in done.stderr
    assert done.stdout.splitlines()[-1] == "False"


@pytest.mark.slow
def test_demo_prepares_and_replays_the_sample(tmp_path: Path) -> None:
    cli = Cli(tmp_path / "home")
    ready = cli.json("demo", "--no-serve")
    assert ready["items"] == ready["queued"] > 800
    assert cli.json("demo", "--no-serve")["recipe"] == ready["recipe"]
    replayed = cli.json(
        "simulate", "digits", "--truth", str(DIGITS / "truth.csv"),
        "--policy", "margin,random", "--budget", "200", "--batch", "50", "--seeds", "2",
    )  # fmt: skip
    assert replayed["items"] == ready["items"]
    for curve in replayed["policies"].values():
        assert [point["labels"] for point in curve["curve"]] == [0, 50, 100, 150, 200]
        assert set(curve["labels_to"]) == {"0.90", "0.95", "0.98"}
    found = cli.json("evaluate", "digits", "--truth", str(DIGITS / "truth.csv"), "--unseen", "7,8")
    assert found["accuracy"] >= 0.8
    assert found["harmonic_mean"] >= 0.8
    assert found["intervals"]["ece"]["low"] <= found["ece"] <= found["intervals"]["ece"]["high"]


def test_a_name_that_is_no_utf8_is_told_without_a_traceback(tmp_path: Path) -> None:
    told = Cli(tmp_path / "home").fails("project", "show", "caf\udce9")
    assert "UTF-8" in told
