"""`prelabel import | run | queue | decide | status | simulate | evaluate | export`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from app.commands.common import (
    AsJson,
    Home,
    ProjectName,
    follow,
    say,
    split,
    table,
    tell,
    workspace,
)
from labeling.quality.wording import error_in_words, in_words, useless_in_words

Truth = Annotated[
    Path, typer.Option(help="Labels: CSV image,label or any export format, also in an archive.")
]


def import_(
    name: ProjectName,
    sources: Annotated[
        list[str],
        typer.Argument(help="Files, folders, archives, manifests (.csv, .jsonl) or s3: URLs."),
    ],
    link: Annotated[
        bool, typer.Option("--link/--copy", help="Keep local files in place, or copy them.")
    ] = False,
    labels: Annotated[
        Path | None,
        typer.Option(
            help="CSV image,label, or a file, folder or archive in any format that exports have; "
            "kept as they came, not verified."
        ),
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Import pictures; what can't be taken is listed with its reason."""
    from labeling.workflows import accounts, ingest

    with workspace(home, as_json=as_json) as ws:
        user = accounts.local_user(ws)
        given = str(labels) if labels else None
        job = ingest.enqueue(ws, name, sources, link=link, labels=given, user_id=user)
        result = follow(ws, job, as_json=as_json)
        result |= {"job": job, "rejected": ingest.rejected_files(ws, result["batch"])}
        tell(result, as_json=as_json, words=lambda: _told_import(result))


def run(
    name: ProjectName,
    model: Annotated[str | None, typer.Option(help="Model; see: prelabel models list.")] = None,
    templates: Annotated[
        list[str] | None, typer.Option(help="A set by name, or own templates (repeat).")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Pre-label: encode what is missing, propose labels, rank the queue."""
    from labeling.workflows import prelabel

    with workspace(home, as_json=as_json) as ws:
        job = prelabel.enqueue(ws, name, model=model, templates=templates)
        result = follow(ws, job, as_json=as_json)
        tell(result | {"job": job}, as_json=as_json, words=lambda: _told_run(result))


def queue(
    name: ProjectName,
    policy: Annotated[str | None, typer.Option(help="Rank by this policy from now on.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many ranks to print.")] = 20,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show what waits for a person, first things first, with the reason for each rank."""
    from labeling.workflows import jobs, projects

    with workspace(home, as_json=as_json) as ws:
        if policy:
            project = projects.configure(ws, name, policy=policy)
            follow(ws, jobs.enqueue(ws, "rank", project["id"]), as_json=as_json)
        ranked = projects.ranked_queue(ws, name, limit)
        rows = [(n, r["image"], r["reason"]) for n, r in enumerate(ranked, 1)]
        tell(ranked, as_json=as_json, words=lambda: _told_queue(name, rows))


def decide(
    name: ProjectName,
    source: Annotated[
        Path,
        typer.Option(
            "--from",
            help="CSV: image (path or SHA-256), label; or a file, folder or archive in any format "
            "that exports have.",
        ),
    ],
    by: Annotated[str, typer.Option("--by", help="Whose decisions they are.")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Store somebody's decisions from a file; the same file again changes nothing.

    Exits with 1 where every row is rejected."""
    from labeling.workflows import accounts, decide_file

    with workspace(home, as_json=as_json) as ws:
        user = accounts.user(ws, by)
        answer = decide_file.decide_from(ws, user.id, name, source, accounts.local_user(ws))
        tell(answer, as_json=as_json, words=lambda: _told_decide(answer))
        if answer["rejected"] and not (answer["stored"] or answer["already_known"]):
            raise typer.Exit(1)


def status(name: ProjectName, home: Home = None, as_json: AsJson = False) -> None:
    """Show counts by state and class, and what is known of the accuracy."""
    from labeling.workflows import status as standing

    with workspace(home, as_json=as_json) as ws:
        found = standing.status(ws, name)
        tell(found, as_json=as_json, words=lambda: _told_status(found))


def simulate(
    name: ProjectName,
    truth: Truth,
    policy: Annotated[str, typer.Option(help="Policies, a,b,c.")] = "auto,random",
    budget: Annotated[int | None, typer.Option(min=1, help="Labels at most.")] = None,
    batch: Annotated[int, typer.Option(min=1, help="Labels between two refits.")] = 20,
    seeds: Annotated[int, typer.Option(min=1, help="Replays to average over.")] = 3,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Replay a project with the truth as the annotator: labels spent against accuracy."""
    from labeling.workflows import simulate as replay

    with workspace(home, as_json=as_json) as ws:
        job = replay.enqueue(
            ws, name, str(truth), split(policy), budget=budget, batch=batch, seeds=seeds
        )
        result = follow(ws, job, as_json=as_json)
        tell(result, as_json=as_json, words=lambda: _told_simulation(result))


def evaluate(
    name: ProjectName,
    truth: Truth,
    unseen: Annotated[
        str | None, typer.Option(help="Classes that the head was not trained on, a,b,c.")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Compare the proposals with the truth: accuracy, F1, calibration, by class; with intervals."""
    from labeling.workflows import evaluate as evaluation

    with workspace(home, as_json=as_json) as ws:
        found = evaluation.evaluate(ws, name, truth, split(unseen) if unseen else ())
        tell(found, as_json=as_json, words=lambda: _told_evaluation(found))


def export(
    name: ProjectName,
    fmt: Annotated[
        str,
        typer.Option(
            "--format",
            help="imagefolder, csv, jsonl, coco, parquet, datumaro, cvat, huggingface, fiftyone, "
            "label_studio.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder to write; must be new, empty or ours.")],
    states: Annotated[
        str, typer.Option(help="Item states that leave, a,b,c.")
    ] = "verified,reviewed",
    pictures: Annotated[
        str | None, typer.Option(help="copy, hardlink or symlink the pictures.")
    ] = None,
    several_labels: Annotated[
        str | None, typer.Option(help="imagefolder: refuse, or each (a copy a label).")
    ] = None,
    missing: Annotated[
        str | None, typer.Option(help="refuse, or skip pictures whose file is gone.")
    ] = None,
    snapshot: Annotated[
        str | None, typer.Option(help="This snapshot, as it was signed off.")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Export labels; only verified ones unless other states are asked for."""
    from labeling.workflows import exports

    given = {"pictures": pictures, "several_labels": several_labels, "missing": missing}
    options = {key: value for key, value in given.items() if value is not None}
    with workspace(home, as_json=as_json) as ws:
        job = exports.enqueue(
            ws, name, fmt, out, states=split(states), options=options, snapshot=snapshot
        )
        result = follow(ws, job, as_json=as_json)
        tell(
            result,
            as_json=as_json,
            words=lambda: say(
                f"{result['items']} items in {result['out']} (manifest {result['manifest_sha256']})"
            ),
        )


def _told_import(result: dict[str, Any]) -> None:
    say(
        f"{result['imported']} imported, {result['duplicates']} known already, "
        f"{len(result['rejected'])} rejected in {result['seconds']:.1f} s"
    )
    if result["rejected"]:
        rows = [(r["reason"], r["path"], r["detail"]) for r in result["rejected"]]
        table(("reason", "file", "detail"), rows)
    if labels := result.get("labels"):
        say(f"labels ({labels['format']}): {labels['attached']} kept, {labels['refused']} left out")
        _told_refused(labels["first_refused"], labels["unknown_labels"])


def _told_run(result: dict[str, Any]) -> None:
    say(
        f"{result['items']} items pre-labeled by {result['model']} in {result['seconds']:.1f} s: "
        f"{result['encoded']} encoded, {result['from_cache']} from the cache"
    )
    say(f"recipe {result['recipe']}")
    for model, reason in result["features_failed"].items():
        say(f"the features of {model} are not up to date: {reason}")


def _told_queue(name: str, rows: list[tuple[int, str, str]]) -> None:
    if rows:
        table(("rank", "picture", "reason"), rows)
    else:
        say(f"Nothing waits. Where pictures have no proposals yet: prelabel run {name}")


def _told_decide(answer: dict[str, Any]) -> None:
    say(f"{answer['stored']} stored, {answer['already_known']} known already")
    _told_refused(answer["rejected"], answer["unknown_labels"])


def _told_refused(refused: list[dict[str, Any]], unknown: dict[str, int]) -> None:
    from labeling.workflows.label_rows import unknown_in_words

    if refused:
        rows = [(r["where"], r["image"], r["why"]) for r in refused]
        table(("row", "picture", "left out because"), rows)
    for line in unknown_in_words(unknown):
        say(line)


def _told_status(found: dict[str, Any]) -> None:
    say(f"{found['project']}: {found['items']} items, {found['decisions']} decisions")
    table(("state", "items"), sorted(found["by_state"].items()))
    rows = [(name, c["verified"], c["proposed"]) for name, c in found["by_class"].items()]
    none = found["none_of_these"]
    rows.append(("(none of these)", none["verified"], none["proposed"]))
    table(("class", "verified", "proposed"), rows)
    say(f"proposals right, by blind audit: {in_words(found['accuracy'])}")
    say(f"error of verified labels: {error_in_words(found['human_error'])}")
    told = found["learning"]["separability"]
    if told and told["verdict"] == "do_not_separate":
        say(useless_in_words(told))
    for row in (found["drift"] or {"imports": []})["imports"]:
        if row["different"] and not row["covered"]:
            say(
                f"the import of {row['created_at'][:16]} ({row['items']} pictures) looks different "
                "from those before it: their audits and acceptances do not cover it"
            )


def _told_simulation(result: dict[str, Any]) -> None:
    rows = []
    for name, curve in result["policies"].items():
        first, last = curve["curve"][0], curve["curve"][-1]
        to = [curve["labels_to"][target] for target in ("0.90", "0.95", "0.98")]
        rows.append((name, first["dataset_accuracy"], *to, last["dataset_accuracy"]))
    table(("policy", "zero-shot", "labels to 90 %", "95 %", "98 %", "at the end"), rows)


def _told_evaluation(found: dict[str, Any]) -> None:
    say(f"{found['project']}: {found['n']} pictures, head {found['head']}")
    rows = []
    for key in ("accuracy", "macro_f1", "ece", "brier"):
        within = found["intervals"].get(key)
        between = f"{within['low']:.3f} to {within['high']:.3f}" if within else ""
        rows.append((key, found[key], between))
    table(("", "", found["intervals"]["method"]), rows)
    if "seen_and_unseen" in found:
        table(("mean over the classes", "accuracy"), list(found["seen_and_unseen"].items()))
    columns = ("precision", "recall", "f1", "mcc", "auc", "ece", "support")
    each = found["per_class"].items()
    table(("class", *columns), [(name, *(c[key] for key in columns)) for name, c in each])
