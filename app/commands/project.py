"""`prelabel project …`."""

from typing import Annotated, Any

import typer

from app.commands.classes import read_classes, told_classes
from app.commands.common import AsJson, Home, ProjectName, say, table, tell, workspace

project_app = typer.Typer(no_args_is_help=True, help="Create, list, show and delete projects.")


@project_app.command("create")
def create(
    name: ProjectName,
    classes: Annotated[
        str, typer.Option(help="Class names a,b,c, or a .txt, .csv or .yaml file of them.")
    ],
    mode: Annotated[str, typer.Option(help="single (one label a picture) or multi.")] = "single",
    model: Annotated[str, typer.Option(help="Model; see: prelabel models list.")] = "embedded",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Create a project with its classes."""
    from labeling.workflows import projects

    with workspace(home, as_json=as_json) as ws:
        specs = read_classes(classes)
        created = projects.create(ws, name, specs, mode=mode, model=model)
        warnings = [warning for spec in specs for warning in spec.warnings]
        tell(
            created | {"warnings": warnings},
            as_json=as_json,
            words=lambda: _told_created(created, warnings),
        )


@project_app.command("list")
def list_(home: Home = None, as_json: AsJson = False) -> None:
    """List all projects."""
    from labeling.workflows import projects

    with workspace(home, as_json=as_json) as ws:
        found = projects.all_projects(ws)
        tell(found, as_json=as_json, words=lambda: _told_list(found))


@project_app.command("show")
def show(name: ProjectName, home: Home = None, as_json: AsJson = False) -> None:
    """Show a project and its classes."""
    from labeling.workflows import projects

    with workspace(home, as_json=as_json) as ws:
        found = projects.show(ws, name)
        tell(found, as_json=as_json, words=lambda: _told_project(found))


@project_app.command("delete")
def delete(
    name: ProjectName,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Delete a project with its items and decisions."""
    from labeling.workflows import projects

    with workspace(home, as_json=as_json) as ws:
        found = projects.show(ws, name)
        if not yes:
            question = f"Delete {name!r} with {found['verified']} verified items?"
            typer.confirm(question, abort=True, err=True)
        projects.delete(ws, name)
        tell({"deleted": name}, as_json=as_json, words=lambda: say(f"{name} is deleted"))


@project_app.command("set")
def set_(
    name: ProjectName,
    model: Annotated[str | None, typer.Option(help="Model of the next run.")] = None,
    templates: Annotated[
        list[str] | None, typer.Option(help="A set by name, or own templates (repeat).")
    ] = None,
    policy: Annotated[str | None, typer.Option(help="Policy of the queue.")] = None,
    none_threshold: Annotated[
        float | None, typer.Option(help="Below this score none of these is proposed.")
    ] = None,
    background: Annotated[
        list[str] | None, typer.Option(help="Texts for none of these (repeat).")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Change settings of a project."""
    from labeling.workflows import projects

    values = {
        "model": model,
        "templates": templates,
        "policy": policy,
        "none_threshold": none_threshold,
        "background": background,
    }
    with workspace(home, as_json=as_json) as ws:
        given = {key: value for key, value in values.items() if value is not None}
        projects.configure(ws, name, **given)
        found = projects.show(ws, name)
        tell(found, as_json=as_json, words=lambda: _told_project(found))


def _told_created(created: dict[str, Any], warnings: list[str]) -> None:
    say(f"{created['name']}: {created['class_count']} classes, {created['mode']}-label")
    for warning in warnings:
        say(f"note: {warning}")
    say(f"Next: prelabel import {created['name']} FOLDER")


def _told_list(found: list[dict[str, Any]]) -> None:
    if not found:
        say("There is no project yet. Create one: prelabel project create NAME --classes a,b,c")
        return
    rows = [
        (p["name"], p["mode"], p["class_count"], p["items"], p["verified"], p["model"])
        for p in found
    ]
    table(("project", "mode", "classes", "items", "verified", "model"), rows)


def _told_project(found: dict[str, Any]) -> None:
    shown = ("name", "mode", "model", "policy", "items", "verified", "revision")
    table(("", ""), [(key, str(found[key])) for key in shown])
    say("templates: " + " | ".join(found["templates"]))
    if found["features"]:
        say("further features: " + ", ".join(found["features"]))
    told_classes(found)
