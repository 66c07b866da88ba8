"""`prelabel users …` as an admin types it."""

import json
from pathlib import Path

from click.testing import Result
from typer.testing import CliRunner

from app.cli import app

PASSWORD = "correct horse battery\n"


def run(home: Path, *arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(app, ["users", *arguments, "--home", str(home)], input=given)


def test_people_are_added_and_changed(tmp_path: Path) -> None:
    first = run(tmp_path, "add", "ann", "--password-stdin", given=PASSWORD)
    assert first.exit_code == 1
    assert "no admin who can log in" in first.stderr
    typed = run(tmp_path, "add", "ada", "--role", "admin", given=PASSWORD * 2)
    assert typed.exit_code == 0, typed.output
    assert PASSWORD.strip() not in typed.output
    for arguments in (
        ("add", "ann", "--password-stdin"),
        ("role", "ann", "reviewer"),
        ("password", "ann", "--password-stdin"),
        ("disable", "ann"),
    ):
        done = run(tmp_path, *arguments, given=PASSWORD)
        assert done.exit_code == 0, done.output
    listed = json.loads(run(tmp_path, "list", "--json").stdout)
    ann = next(one for one in listed if one["name"] == "ann")
    assert (ann["role"], ann["password"], ann["disabled"]) == ("reviewer", True, True)
    assert "password_hash" not in ann
    assert run(tmp_path, "enable", "ann").exit_code == 0
    assert "there is no project" in run(tmp_path, "membership", "ann", "zoo", "lead").stderr
    assert "there would be no admin" in run(tmp_path, "disable", "ada").stderr
