"""Pre-label: let a model propose, see what it proposes, choose what is looked at first."""

from typing import Any

import streamlit as st

from app import session
from app.parts import (
    charts,
    empty,
    errors,
    features_form,
    job_progress,
    label_error,
    links,
    models,
    outdated,
    page,
    prompt_form,
    queue_table,
    useless_features,
)
from app.parts.wording import count, plain, when
from labeling.encoders.registry import DEFAULT
from labeling.selection import policies
from labeling.workflows import jobs, overview, prelabel, projects, status

SHOWN = 8
POLICY_NOTES = {
    "auto": "typical pictures first where texts say little, then the least certain, well mixed",
    "typical": "from every region of the pictures the most typical one first",
    "margin": "least difference between the two best classes first",
    "entropy": "most even spread over all classes first",
    "least_confidence": "lowest best score first",
    "random": "in random order, the honest yardstick",
}


def render() -> None:
    """Draw the page for the project in the address."""
    project = page.opened("Pre-label")
    if project is None:
        return
    at_work = _at_work(project["name"])
    if not project["items"] and not at_work:
        empty.no_pictures(project["name"])
        return
    run = overview.last_run(session.workspace(), project["name"])
    useless_features.draw(project["name"])
    with errors.shown():
        _form(project, busy=at_work, due=run is None or outdated.is_outdated(run))
    with st.expander("Further features"), errors.shown():
        features_form.draw(project, busy=at_work)
    if run is None:
        if not at_work:
            empty.nothing("No proposals yet", "Choose a model and press Pre-label.")
        return
    _run(project, run)
    with errors.shown():
        _queue(project)
    _charts(project, run)


def _at_work(name: str) -> bool:
    """Draw the jobs of the project that are not finished; whether a pre-labeling is among them."""
    ws = session.workspace()
    kinds = {kind: jobs.recent(ws, name, kind=kind) for kind in ("import", "prelabel", "rank")}
    for found in kinds.values():
        job_progress.follow(found)
    last = kinds["prelabel"][0] if kinds["prelabel"] else None
    if last and last["state"] in ("failed", "cancelled"):
        job_progress.outcome(last)
    return any(not job_progress.is_finished(job) for job in kinds["prelabel"])


def _form(project: dict[str, Any], *, busy: bool, due: bool) -> None:
    """Draw the choice of model and templates; ``due`` tells that a run would change something."""
    expanded = project["recipe"] is None and not busy
    with st.expander("Model and prompts", expanded=expanded):
        left, right = st.columns(2, gap="large")
        with left:
            model = models.choose(f"model-{project['id']}", project["model"])
        with right:
            templates = prompt_form.choose(project["templates"], f"run-{project['id']}")
            links.link("classes", "Classes, own prompts and none of these", project["name"])
    again = "Pre-label again" if project["recipe"] else "Pre-label"
    with st.container(horizontal=True, vertical_alignment="center"):
        start = st.button(again, type="primary" if due else "secondary", disabled=busy)
        if model == DEFAULT and not expanded:
            st.caption(models.DEMO_NOTE)
    if start:
        prelabel.enqueue(
            session.workspace(),
            project["name"],
            model=model,
            templates=templates,
            user_id=session.user_id(),
        )
        st.rerun()


def _run(project: dict[str, Any], run: dict[str, Any]) -> None:
    st.header("Proposals")
    st.caption(
        f"{count(run['items'], 'picture')} by the model {_code(run['model'])}, "
        f"{when(run['finished_at'])}: {run['encoded']:,} encoded, {run['from_cache']:,} from the "
        f"cache. Recipe `{run['recipe'][:12]}`. A proposal is no label before a person verified it."
    )
    outdated.draw(run)
    _warnings(project["name"])


def _charts(project: dict[str, Any], run: dict[str, Any]) -> None:
    st.header("By class")
    label_error.draw(project["name"])
    chart, spread = st.columns([3, 2], gap="large")
    found = status.status(session.workspace(), project["name"])
    with chart:
        charts.by_class(found["by_class"] | {"none of these": found["none_of_these"]})
    with spread:
        charts.histogram(run["scores"], "score of the best class")
        charts.histogram(run["margins"], "margin (small: unsure)")


def _warnings(name: str) -> None:
    """Draw what the last pre-labeling warned of, such as words that the model does not know."""
    ws = session.workspace()
    done = [job for job in jobs.recent(ws, name, kind="prelabel") if job["state"] == "done"]
    lines = jobs.log_lines(ws, done[0]["id"]) if done else []
    texts = [line["text"] for line in lines if line["level"] == "warning"]
    if not texts:
        return
    title = f":orange[:material/warning:] {count(len(texts), 'warning')} of the last run"
    with st.expander(title, expanded=len(texts) <= SHOWN):
        for text in texts[:SHOWN]:
            st.caption(plain(f"{text[:1].upper()}{text[1:]}."))
        if len(texts) > SHOWN:
            st.dataframe({"All warnings": texts}, hide_index=True, height=240)


def _queue(project: dict[str, Any]) -> None:
    st.header("What to look at first")
    ws, name = session.workspace(), project["name"]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        known = policies.known()
        policy = st.selectbox(
            "Policy",
            known,
            index=known.index(project["policy"]),
            format_func=lambda one: f"{one} – {POLICY_NOTES[one]}" if one in POLICY_NOTES else one,
            key=f"policy-{project['id']}",
            width=480,
        )
        again = st.button("Rank again", help="Takes the decisions so far into account.")
        if st.button("Review", type="primary", disabled=not project["queued"]):
            links.go("review", name)
    if again:
        projects.configure(ws, name, policy=policy)
        jobs.enqueue(ws, "rank", project["id"], user_id=session.user_id())
        st.rerun()
    queue_table.draw(projects.ranked_queue(ws, name, limit=SHOWN))


def _code(text: str) -> str:
    return f"`{text.replace('`', '')}`"
