"""`prelabel serve | worker | demo | models | jobs | db | doctor`."""

from typing import Annotated, Any

import typer

from app.commands.common import (
    AsJson,
    Home,
    errors_told,
    follow,
    say,
    settings_for,
    table,
    tell,
    workspace,
)

models_app = typer.Typer(no_args_is_help=True, help="List, test and add models.")
jobs_app = typer.Typer(no_args_is_help=True, help="List, follow and cancel jobs.")
db_app = typer.Typer(no_args_is_help=True, help="Upgrade and verify the database.")

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8501,
    workers: Annotated[
        int, typer.Option(min=0, max=1, help="1: run jobs too; 0: a worker runs elsewhere.")
    ] = 1,
    home: Home = None,
) -> None:
    """Serve the app, with a worker beside it."""
    from app.serving import serve_with_worker

    with errors_told(as_json=False):
        serve_with_worker(settings_for(home), host, port, with_worker=workers > 0)


def worker(home: Home = None) -> None:
    """Run jobs until told to stop."""
    from app.worker import work

    with errors_told(as_json=False):
        work(settings_for(home))


def demo(
    no_serve: Annotated[
        bool, typer.Option("--no-serve", help="Prepare the sample project, then end.")
    ] = False,
    sample: Annotated[str, typer.Option(help="digits, shapes or drawings.")] = "digits",
    host: Host = "127.0.0.1",
    port: Port = 8501,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Prepare a sample project: imported, pre-labeled, ranked; then serve it."""
    from labeling.workflows import projects
    from labeling.workflows.demo import add_sample

    with workspace(home, as_json=as_json) as ws:
        for job in add_sample(ws, sample):
            follow(ws, job, as_json=as_json)
        found = projects.show(ws, sample)
        told = {key: found[key] for key in ("name", "items", "verified", "queued", "recipe")}
        tell(told | {"home": str(ws.settings.root)}, as_json=as_json, words=lambda: _ready(found))
    if not no_serve:
        say(f"Open http://{host}:{port}/review?project={sample} (Ctrl+C ends it)")
        serve(host=host, port=port, workers=1, home=home)


@models_app.command("list")
def models_list(home: Home = None, as_json: AsJson = False) -> None:
    """List the models that have a name; any name of open_clip or timm works as well."""
    from labeling.encoders.registry import known

    with errors_told(as_json=as_json):
        specs = list(known(settings_for(home).models_dir).values())
        found = [
            {"name": s.name, "title": s.title, "source": s.source, "licence": s.licence,
             "note": s.note, "parameters_m": s.parameters_m, "texts": s.has_texts}
            for s in specs
        ]  # fmt: skip
        columns = ("model", "title", "texts", "licence", "note")
        rows = [
            (m["name"], m["title"], "yes" if m["texts"] else "no", m["licence"], m["note"])
            for m in found
        ]
        tell(found, as_json=as_json, words=lambda: table(columns, rows))


@models_app.command("test")
def models_test(
    name: Annotated[str, typer.Argument(metavar="MODEL")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Load a model and run its self-test."""
    from labeling.encoders.base import NO_TEXTS

    with workspace(home, as_json=as_json) as ws:
        encoder = ws.image_encoder(name)
        found = {
            "model": encoder.name,
            "ok": True,
            "dim": encoder.dim,
            "image_size": encoder.image_size,
            "objective": getattr(encoder, "objective", NO_TEXTS),
            "device": encoder.device,
            "dtype": encoder.dtype,
            "weights_hash": encoder.weights_hash,
            "preprocessing": encoder.preprocessing,
        }
        tell(found, as_json=as_json, words=lambda: table(("", ""), list(found.items())))


@models_app.command("add")
def models_add(
    name: Annotated[str, typer.Argument(metavar="MODEL")],
    source: Annotated[
        str,
        typer.Argument(
            help="ARCH/tag, ARCH:/path/ckpt, hf-hub:… or local-dir:…; timm:NAME.TAG or timm-dir:…"
        ),
    ],
    title: Annotated[str, typer.Option(help="One line for menus.")] = "",
    licence: Annotated[str, typer.Option(help="Licence of the weights.")] = "unknown",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Give a model a name of your own."""
    from labeling.encoders.registry import ModelSpec, add

    with errors_told(as_json=as_json):
        spec = ModelSpec(name, source, title=title or name, licence=licence)
        add(settings_for(home).models_dir, spec)
        tell({"added": name}, as_json=as_json, words=lambda: say(f"{name} is added"))


@jobs_app.command("list")
def jobs_list(
    project: Annotated[str | None, typer.Option(help="Only this project's.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many.")] = 20,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """List the newest jobs."""
    from labeling.workflows import jobs

    with workspace(home, as_json=as_json) as ws:
        found = jobs.recent(ws, project, limit=limit)
        rows = [(j["id"], j["kind"], j["state"], _share(j), j["message"]) for j in found]
        columns = ("job", "kind", "state", "done", "message")
        tell(found, as_json=as_json, words=lambda: table(columns, rows))


@jobs_app.command("show")
def jobs_show(
    job: Annotated[str, typer.Argument(metavar="JOB")], home: Home = None, as_json: AsJson = False
) -> None:
    """Show a job with its log."""
    from labeling.workflows import jobs

    with workspace(home, as_json=as_json) as ws:
        found = jobs.show(ws, job) | {"log": jobs.log_lines(ws, job)}
        tell(found, as_json=as_json, words=lambda: _told_job(found))


@jobs_app.command("cancel")
def jobs_cancel(
    job: Annotated[str, typer.Argument(metavar="JOB")], home: Home = None, as_json: AsJson = False
) -> None:
    """Stop a job; what it has finished is kept."""
    from labeling.workflows import jobs

    with workspace(home, as_json=as_json) as ws:
        jobs.show(ws, job)
        asked = jobs.cancel(ws, job)
        words = "it will stop within seconds" if asked else "it is finished already"
        tell({"cancelled": asked}, as_json=as_json, words=lambda: say(words))


@db_app.command("upgrade")
def db_upgrade(home: Home = None, as_json: AsJson = False) -> None:
    """Bring the database to this version's schema; make a backup first."""
    from labeling.workflows import store

    with errors_told(as_json=as_json):
        found = store.upgrade(settings_for(home))
        words = f"schema {found['before'] or 'none'} → {found['after']}"
        tell(found, as_json=as_json, words=lambda: say(words))


@db_app.command("verify")
def db_verify(
    repair: Annotated[
        bool, typer.Option("--repair", help="Derive what differs from the log anew.")
    ] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Compare every item with what its decision log says; exit 1 where one differs."""
    from labeling.workflows import store

    with workspace(home, as_json=as_json) as ws:
        found = store.verify(ws, repair=repair)
        words = f"{found['items']} items, {len(found['differing'])} differ from their log"
        if found["orphans"]:
            words += f"; {found['orphans']} decisions are on items that are gone and not erased"
        tell(found, as_json=as_json, words=lambda: say(words))
        if (found["differing"] and not repair) or found["orphans"]:
            raise typer.Exit(1)


def doctor(home: Home = None, as_json: AsJson = False) -> None:
    """Check this installation: home folder, database, worker, model."""
    from labeling.workflows import store

    with errors_told(as_json=as_json):
        found = store.examine(settings_for(home))
        rows = [(c["check"], "ok" if c["ok"] else "WRONG", c["detail"]) for c in found]
        tell(found, as_json=as_json, words=lambda: table(("check", "", "detail"), rows))
        if not all(check["ok"] for check in found):
            raise typer.Exit(1)


def _ready(found: dict[str, Any]) -> None:
    say(
        f"{found['name']}: {found['items']} pictures, {found['queued']} ranked for review, "
        f"{found['verified']} verified"
    )


def _share(job: dict[str, Any]) -> str:
    return f"{job['done']}/{job['total']}" if job["total"] else str(job["done"])


def _told_job(found: dict[str, Any]) -> None:
    shown = ("kind", "state", "message", "seconds", "eta_seconds")
    table(("", ""), [(key, str(found[key])) for key in shown])
    if found["error"]:
        say(f"error: {found['error']['what']}. {found['error']['fix'] or ''}")
    table(("at", "level", "log"), [(e["at"], e["level"], e["text"]) for e in found["log"]])
