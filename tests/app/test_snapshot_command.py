"""`prelabel snapshot` and `prelabel export --snapshot` from the command line."""

import csv
import json
import re
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from app.cli import app
from tests.workflow.helpers import pictures

pytestmark = pytest.mark.slow


@pytest.fixture
def run(tmp_path: Path):
    """Runs `prelabel` over a home with three decided pictures."""

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(app, [*arguments, "--home", str(tmp_path / "home")])

    paths = pictures(tmp_path / "in", 3)
    with (tmp_path / "labels.csv").open("w") as file:
        lines = csv.writer(file)
        lines.writerow(["image", "label"])
        lines.writerows((path.name, label) for path, label in zip(paths, "aab", strict=True))
    for words in (
        ["project", "create", "own", "--classes", "a,b"],
        ["import", "own", str(tmp_path / "in")],
        ["decide", "own", "--from", str(tmp_path / "labels.csv"), "--by", "ann"],
    ):
        done = call(*words)
        assert done.exit_code == 0, done.output
    return call


def test_a_snapshot_is_taken_listed_checked_compared_and_exported(run, tmp_path: Path) -> None:
    made = json.loads(run("snapshot", "own", "create", "v1", "--seed", "1", "--json").stdout)
    assert made["items"] == 3
    run("snapshot", "own", "create", "v2")
    told = run("snapshot", "own", "create", "v3", "--note", "for the fair").stdout
    assert "error of its labels: unknown until 20 second looks" in told
    listed = run("snapshot", "own", "list").stdout
    assert "v1" in listed
    assert "for the fair" in listed
    assert "all as signed off" in run("snapshot", "own", "verify", "v1").stdout
    changes = json.loads(run("snapshot", "own", "diff", "v1", "v2", "--json").stdout)
    assert not any(changes.values())
    restored = json.loads(run("snapshot", "own", "restore", "v1", "--json").stdout)
    assert restored == {"restored": 0, "unchanged": 3, "failed": []}
    out = tmp_path / "out"
    done = run("export", "own", "--format", "csv", "--out", str(out), "--snapshot", "v1")
    assert done.exit_code == 0, done.output
    with (out / "labels.csv").open() as file:
        assert {row["label"] for row in csv.DictReader(file)} == {"a", "b"}


def test_a_tampered_snapshot_ends_with_the_name_of_the_file(run, tmp_path: Path) -> None:
    run("snapshot", "own", "create", "v1")
    [path] = (tmp_path / "home" / "snapshots").glob("*/labels.jsonl")
    path.write_text(path.read_text().replace('"verified"', '"reviewed"'))
    for words in (["snapshot", "own", "verify", "v1"], ["snapshot", "own", "restore", "v1"]):
        done = run(*words)
        assert done.exit_code == 1
        assert "labels.jsonl" in done.stderr.replace("\n", "")


def test_changes_are_named(run, tmp_path: Path) -> None:
    run("snapshot", "own", "create", "v1")
    table = tmp_path / "labels.csv"
    lines = table.read_text().splitlines()
    lines[1] = lines[1].rsplit(",", 1)[0] + (",b" if lines[1].endswith("a") else ",a")
    table.write_text("\n".join(lines[:2]))
    run("decide", "own", "--from", str(table), "--by", "ann")
    run("snapshot", "own", "create", "v2")
    told = run("snapshot", "own", "diff", "v1", "v2").stdout
    assert "1 relabelled" in told
    assert re.search(r"relabelled +[0-9a-f]{16} +[ab] +[ab]", told)


@pytest.mark.parametrize(
    "words", [["create"], ["diff", "v1"], ["burn", "v1"], ["create", "v1", "--shares", "half"]]
)
def test_wrong_usage_is_told(run, words: list[str]) -> None:
    assert run("snapshot", "own", *words).exit_code == 2
