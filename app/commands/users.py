"""`prelabel users …`: accounts, roles and passwords."""

import sys
from typing import Annotated, Any

import typer

from app.commands.common import AsJson, Home, say, table, tell, workspace
from labeling.roles import Role

users_app = typer.Typer(no_args_is_help=True, help="Add people, give them roles and passwords.")

UserName = Annotated[str, typer.Argument(metavar="USER", help="Name of the person.")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the first line of stdin.")
]


@users_app.command("add")
def add(
    name: UserName,
    role: Annotated[
        str, typer.Option(help="guest, annotator, reviewer, lead, admin or none.")
    ] = Role.ANNOTATOR,
    display: Annotated[str, typer.Option(help="The name that others see.")] = "",
    no_password: Annotated[
        bool, typer.Option("--no-password", help="For a person who is only named, such as by CVAT.")
    ] = False,
    password_stdin: FromStdin = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Add a person; asks for a password. From the first one on, everybody must log in."""
    from labeling.workflows import people

    with workspace(home, as_json=as_json) as ws:
        password = None if no_password else _password(from_stdin=password_stdin)
        added = people.add(ws, name, role, display=display, password=password)
        tell(added, as_json=as_json, words=lambda: say(f"{name} is added as {role}"))


@users_app.command("list")
def list_(home: Home = None, as_json: AsJson = False) -> None:
    """List everybody with their roles."""
    from labeling.workflows import people

    with workspace(home, as_json=as_json) as ws:
        found = people.everybody(ws)
        rows = [(p["name"], p["display"], p["role"], _login(p), _projects(p)) for p in found]
        columns = ("user", "shown as", "role", "login", "roles in projects")
        tell(found, as_json=as_json, words=lambda: table(columns, rows))


@users_app.command("role")
def role(
    name: UserName,
    role: Annotated[str, typer.Argument(help="guest, annotator, reviewer, lead, admin or none.")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Change the role that a person has everywhere."""
    from labeling.workflows import people

    with workspace(home, as_json=as_json) as ws:
        people.set_role(ws, name, role)
        tell({"user": name, "role": role}, as_json=as_json, words=lambda: say(f"{name}: {role}"))


@users_app.command("membership")
def membership(
    name: UserName,
    project: Annotated[str, typer.Argument(metavar="PROJECT", help="Name of the project.")],
    role: Annotated[
        str, typer.Argument(help="guest, annotator, reviewer, lead, none; own: as elsewhere.")
    ],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Give a person a role in one project in place of the one they have elsewhere."""
    from labeling.workflows import people

    with workspace(home, as_json=as_json) as ws:
        people.set_membership(ws, name, project, None if role == "own" else role)
        answer = {"user": name, "project": project, "role": role}
        tell(answer, as_json=as_json, words=lambda: say(f"{name} in {project}: {role}"))


@users_app.command("password")
def password(
    name: UserName, password_stdin: FromStdin = False, home: Home = None, as_json: AsJson = False
) -> None:
    """Give a person a new password and end their logins."""
    from labeling.workflows import people

    with workspace(home, as_json=as_json) as ws:
        people.set_password(ws, name, _password(from_stdin=password_stdin))
        words = f"{name} has a new password and must log in again"
        tell({"user": name}, as_json=as_json, words=lambda: say(words))


@users_app.command("disable")
def disable(name: UserName, home: Home = None, as_json: AsJson = False) -> None:
    """Close an account and end its logins at once; decisions stay."""
    from labeling.workflows import people

    with workspace(home, as_json=as_json) as ws:
        people.disable(ws, name)
        answer = {"user": name, "disabled": True}
        tell(answer, as_json=as_json, words=lambda: say(f"{name} is disabled and logged out"))


@users_app.command("enable")
def enable(name: UserName, home: Home = None, as_json: AsJson = False) -> None:
    """Open a closed account again."""
    from labeling.workflows import people

    with workspace(home, as_json=as_json) as ws:
        people.enable(ws, name)
        answer = {"user": name, "disabled": False}
        tell(answer, as_json=as_json, words=lambda: say(f"{name} can log in again"))


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    given: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return given


def _login(person: dict[str, Any]) -> str:
    ways = [way for way in ("password", "external") if person[way]]
    return "disabled" if person["disabled"] else " and ".join(ways) or "none"


def _projects(person: dict[str, Any]) -> str:
    return ", ".join(f"{name}: {role}" for name, role in sorted(person["projects"].items()))
