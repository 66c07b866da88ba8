"""Learning: refitted on decisions, never on audits; the recorded run survives every change."""

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from db import heads, learning, proposals
from db.ids import new_id
from db.tables import (
    AuditDraw,
    Decision,
    DuplicateGroup,
    Head,
    Item,
    ItemState,
    Job,
    Project,
    Purpose,
    QueueEntry,
    Recipe,
    Run,
)
from labeling.class_names import RawClass, clean
from labeling.quality.wording import useless_in_words
from labeling.samples.catalogue import load
from labeling.settings import Settings
from labeling.workflows import (
    classes,
    curves,
    jobs,
    learn,
    learning_due,
    learning_figures,
    projects,
    review,
    training,
)
from labeling.workflows import grid as grid_view
from labeling.workflows.accounts import local_user
from labeling.workflows.work import Runner
from labeling.workspace import Workspace, open_workspace
from tests.rows import NO_CHECKS
from tests.workflow.helpers import import_, prelabel_, run

pytestmark = pytest.mark.slow

COUNT = 240
NAME = "digits"
REVIEW = NO_CHECKS | {"audit_share": 0.15, "control_share": 0.3}


def names_in(archive: zipfile.ZipFile) -> list[str]:
    return sorted(name for name in archive.namelist() if not name.endswith("/"))[::3][:COUNT]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, encoder) -> Path:
    """A home with some of the digits in it, pre-labeled, to be copied.

    Each class is described as the next digit, so that zero-shot is wrong and has to be unlearned.
    """
    home = tmp_path_factory.mktemp("learn") / "home"
    ws = open_workspace(Settings(home=home))
    ws._encoders["embedded"] = encoder
    sample = load("digits")
    with zipfile.ZipFile(sample.pictures) as archive:
        archive.extractall(home.parent / "pictures", names_in(archive))
    shown = [c["display"] for c in sample.classes]
    specs = [
        RawClass(c["name"], "sample", display=display)
        for c, display in zip(sample.classes, [*shown[1:], shown[0]], strict=True)
    ]
    projects.create(ws, NAME, clean(specs))
    projects.configure(ws, NAME, review=REVIEW, policy="margin")
    import_(ws, NAME, home.parent / "pictures")
    prelabel_(ws, NAME)
    ws.close()
    return home


@pytest.fixture
def ws(prepared: Path, tmp_path: Path, encoder) -> Iterator[Workspace]:
    shutil.copytree(prepared, tmp_path / "home")
    workspace = open_workspace(Settings(home=tmp_path / "home"))
    workspace._encoders["embedded"] = encoder
    yield workspace
    workspace.close()


def project_of(ws: Workspace) -> Project:
    with ws.db.read() as session:
        return projects.find(session, NAME)


def queue(ws: Workspace, limit: int = 10, client: str = "", held=()) -> list[dict]:
    return review.queue(ws, local_user(ws), NAME, limit, held, client)["items"]


def truth_of(item: dict) -> list[str]:
    parts = Path(item["source"]).parts
    return list(load("digits").labels()["/".join(parts[-2:])])


def act(item: dict, **more) -> dict:
    """What a person who knows the truth answers to an item as it was offered."""
    labels = truth_of(item)
    kind = "none_of_these"
    if labels:
        kind = "confirm" if [item["proposal"]] == labels else "correct"
    told = {"kind": kind, "labels": labels, "shown_proposal": item["proposal"], "run": item["run"]}
    return {"id": new_id(), "item": item["item"], **told, **more}


def send(ws: Workspace, acts: list[dict]) -> None:
    answer = review.decide(ws, local_user(ws), NAME, acts)
    assert answer["rejected"] == []
    assert len(answer["acknowledged"]) == len(acts)


def decide(ws: Workspace, count: int) -> None:
    done = 0
    while done < count:
        items = queue(ws, min(20, count - done))
        assert items
        send(ws, [act(item) for item in items])
        done += len(items)


def learn_(ws: Workspace) -> dict:
    return run(ws, learn.enqueue(ws, NAME))


def newest_head(ws: Workspace) -> Head:
    return rows(ws, select(Head).where(Head.arm == heads.POLICY).order_by(Head.seq, Head.id))[-1]


def rows(ws: Workspace, query):
    with ws.db.read() as session:
        return session.scalars(query).all()


def shown(ws: Workspace) -> Run:
    with ws.db.read() as session:
        return proposals.run(session, projects.find(session, NAME).run_id)


def test_heads_look_at_all_pictures_but_audits_and_excluded_ones(ws):
    project = project_of(ws)
    with ws.db.read() as session:
        kept = [place.item_id for place in learning.random_order(session, project.id)]
        audits = set(session.scalars(select(AuditDraw.item_id)))
        model = proposals.model(session, projects.shown_run(session, project).model_id)
        rows = {
            item: row for item, row, _ in proposals.embedded_items(session, project.id, model.id)
        }
    assert audits
    assert audits.isdisjoint(kept)
    out, *others = kept
    excluding = update(Item).where(Item.id == out).values(state=ItemState.EXCLUDED)
    ws.db.write(lambda session: session.execute(excluding))
    with ws.embeddings(model.id, model.dim, model.rows) as store:
        expected = store.read(np.array([rows[item] for item in others]))
    pool = training.read(ws, project.id).pool
    assert sorted(pool.tolist()) == sorted(expected.tolist())
    np.testing.assert_array_equal(training.read(ws, project.id).pool, pool)


def test_a_head_proposes_for_all_items_and_its_recipe_names_it(ws: Workspace) -> None:
    before = shown(ws)
    decide(ws, 60)
    result = learn_(ws)
    run_ = shown(ws)
    assert result["shown"]
    assert result["labels"] > 0
    assert run_.id != before.id
    assert run_.items == COUNT
    [head] = rows(ws, select(Head))
    assert run_.head_id == head.id
    spec = rows(ws, select(Recipe).where(Recipe.id == run_.recipe_id))[0].spec
    assert spec["head"] == {"kind": head.kind, "sha256": head.sha256}
    assert spec["zero_shot"] == before.recipe_id
    base = rows(ws, select(Recipe).where(Recipe.id == before.recipe_id))[0].spec
    assert base["head"] == "zero_shot"
    assert {k: v for k, v in spec.items() if k in base and k not in ("head", "calibration")} == {
        k: v for k, v in base.items() if k not in ("head", "calibration")
    }


def test_learning_again_from_the_same_labels_changes_nothing(ws: Workspace) -> None:
    decide(ws, 40)
    learn_(ws)
    first = shown(ws)
    learn_(ws)
    assert shown(ws).id == first.id
    assert len(rows(ws, select(Head.id))) == 1


def test_a_generative_model_competes_where_a_lead_wants_it(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labeling.heads.generator.STEPS", 5)
    decide(ws, 60)
    learn_(ws)
    assert "generated" not in told_candidates(ws)
    projects.configure(ws, NAME, review={"generate_rare": True})
    learn_(ws)
    assert "generated" in told_candidates(ws)
    assert newest_head(ws).figures["generates"]


def told_candidates(ws: Workspace) -> dict[str, float]:
    """Macro F1 of each kind of head that competed at the last choice."""
    head = learning_figures.of_project(ws, NAME)["head"]
    return {one["name"]: one["macro_f1"] for one in head["candidates"]}


def test_a_choice_holds_while_labels_are_hardly_more(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(ws, 60)
    learn_(ws)
    first = newest_head(ws)
    decide(ws, 20)
    with monkeypatch.context() as patch:
        patch.setattr("labeling.heads.choice.STEP", 1_000)
        patch.setattr("labeling.heads.choice.choose", None)
        learn_(ws)
    second = newest_head(ws)
    assert second.labels > first.labels
    assert second.sha256 != first.sha256, "it learned from what came since"
    assert second.kind == first.kind
    assert [second.figures[name] for name in learn.CHOICE] == [
        first.figures[name] for name in learn.CHOICE
    ]
    told = learning_figures.of_project(ws, NAME)["head"]
    assert (told["labels"], told["chosen_at"]) == (second.labels, first.labels)
    projects.configure(ws, NAME, templates=["a sketch of {}"])
    prelabel_(ws, NAME)
    decide(ws, 20)
    with monkeypatch.context() as patch:
        patch.setattr("labeling.heads.choice.STEP", 1_000)
        learn_(ws)
    third = newest_head(ws)
    assert third.figures["labels"] == third.labels, "other prompts begin anew"


def test_a_lead_is_told_early_that_no_queue_will_help(ws: Workspace) -> None:
    chance, names = np.random.default_rng(0), [c["name"] for c in load("digits").classes]
    assert learning_figures.useless_features(ws, NAME) is None, "before the first refit"
    often = [0.7, *[0.3 / 9] * 9]
    for _ in range(8):
        guesses = [act(item) | {"kind": "correct"} for item in queue(ws, 20)]
        send(ws, [guess | {"labels": [str(chance.choice(names, p=often))]} for guess in guesses])
    learn_(ws)
    told = learning_figures.useless_features(ws, NAME)
    assert told is not None, learning_figures.of_project(ws, NAME)["separability"]
    assert told["high"] < 0.1
    assert learning_figures.of_project(ws, NAME)["separability"] == told
    assert f"names {told['right']} right" in useless_in_words(told)


def test_features_that_tell_classes_apart_are_not_asked_again(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(ws, 40)
    learn_(ws)
    told = learning_figures.of_project(ws, NAME)["separability"]
    assert told["verdict"] == "separate"
    assert learning_figures.useless_features(ws, NAME) is None
    decide(ws, 40)
    monkeypatch.setattr("labeling.heads.separability.separability", None)
    learn_(ws)
    assert learning_figures.of_project(ws, NAME)["separability"] == told


def test_without_labels_zero_shot_stays(ws: Workspace) -> None:
    before = shown(ws)
    result = learn_(ws)
    assert (result["head"], result["labels"]) == ("zero_shot", 0)
    assert shown(ws).id == before.id
    figures = learning_figures.of_project(ws, NAME)
    assert figures["head"]["kind"] == "zero_shot"
    assert not figures["head"]["shown"]


def test_a_refit_compares_the_two_views_by_what_it_proposes(ws: Workspace) -> None:
    decide(ws, 30)
    learn_(ws)
    [figures] = rows(ws, select(Head.figures))
    assert figures["views"]["run"] == shown(ws).id
    assert 0 < figures["views"]["errors"] < COUNT - 30
    assert figures["views"]["page"] is None, "after so few labels"


def test_audits_and_what_is_near_them_never_train(ws: Workspace) -> None:
    drawn = set(rows(ws, select(AuditDraw.item_id)))
    assert drawn
    others = [i for i in rows(ws, select(Item.id).order_by(Item.id)) if i not in drawn]
    near = others[:3]

    def group(session) -> None:
        row = DuplicateGroup(project_id=project_of(ws).id, method="test")
        session.add(row)
        session.flush()
        members = [*near, min(drawn)]
        session.execute(update(Item).where(Item.id.in_(members)).values(duplicate_group_id=row.id))

    ws.db.write(group)
    decide(ws, 120)
    taught = set(training.read(ws, project_of(ws).id).taught.items)
    decided = set(rows(ws, select(Item.id).where(Item.decision_id.is_not(None))))
    assert taught
    assert not taught & (drawn | set(near))
    assert taught == decided - drawn - set(near)


def test_answers_to_audits_move_no_weight(ws: Workspace) -> None:
    decide(ws, 60)
    learn_(ws)
    [before] = rows(ws, select(Head.sha256))

    def lie(session) -> None:
        audited = select(AuditDraw.item_id)
        session.execute(update(Decision).where(Decision.item_id.in_(audited)).values(labels=[]))

    ws.db.write(lie)
    learn_(ws)
    assert {before} == set(rows(ws, select(Head.sha256)))


def test_superseded_runs_lose_their_proposals_but_the_last_and_the_zero_shot_ones(
    ws: Workspace,
) -> None:
    zero_shot = shown(ws).id
    seen = [zero_shot]
    for _ in range(3):
        decide(ws, 25)
        learn_(ws)
        seen.append(shown(ws).id)
    assert len(set(seen)) == 4
    with ws.db.read() as session:
        left = {run_id: proposals.count(session, run_id) for run_id in seen}
    assert left == {seen[0]: COUNT, seen[1]: 0, seen[2]: COUNT, seen[3]: COUNT}
    assert len(rows(ws, select(Head.id))) == 3, "heads stay"


def test_decisions_keep_the_run_that_was_shown_when_another_is_shown_since(ws: Workspace) -> None:
    zero_shot = shown(ws)
    held = queue(ws, 30, "tab")
    decide_other = [act(item) for item in held[:25]]
    send(ws, decide_other)
    learn_(ws)
    learned = shown(ws)
    assert learned.id != zero_shot.id
    late = [act(item) for item in held[25:]]
    send(ws, late)
    fresh = [act(item) for item in queue(ws, 5, "tab")]
    send(ws, fresh)
    open_late = [a for a in late if a["run"]]
    by_id = {d.id: d for d in rows(ws, select(Decision))}
    assert open_late
    assert {by_id[a["id"]].recipe_id for a in open_late} == {zero_shot.recipe_id}
    assert {by_id[a["id"]].recipe_id for a in fresh if a["run"]} == {learned.recipe_id}
    assert all(by_id[a["id"]].shown_proposal == a["shown_proposal"] for a in open_late)


def test_a_run_that_is_not_the_projects_is_not_believed(ws: Workspace) -> None:
    one, two = [item for item in queue(ws, 10) if item["run"]][:2]
    send(ws, [act(one, run=new_id()), act(two, run=None)])
    by_item = {d.item_id: d.recipe_id for d in rows(ws, select(Decision))}
    assert by_item[one["item"]] is None
    assert by_item[two["item"]] == shown(ws).recipe_id


def test_an_open_grid_outlives_a_change_of_run(ws: Workspace) -> None:
    zero_shot = shown(ws)
    page = grid_view.page(ws, local_user(ws), NAME, limit=12, client="grid")
    decide(ws, 40)
    learn_(ws)
    acts = [
        {
            "id": new_id(),
            "item": tile["item"],
            "kind": "confirm",
            "labels": tile["labels"],
            "view": "grid",
            "run": tile["run"],
            "shown_proposal": tile["labels"][0],
        }
        for tile in page["items"]
        if tile["labels"]
    ]
    assert acts
    send(ws, acts)
    stored = {d.id: d for d in rows(ws, select(Decision))}
    for one in acts:
        decision = stored[one["id"]]
        assert decision.recipe_id == zero_shot.recipe_id
        assert (decision.policy, decision.pick_rank) == ("grid", None)
        assert decision.standing == "in_force"
    again = grid_view.page(ws, local_user(ws), NAME, limit=240, client="grid")
    assert not {tile["item"] for tile in again["items"]} & {one["item"] for one in acts}
    assert {tile["run"] for tile in again["items"]} == {shown(ws).id}


def test_an_undo_across_a_change_of_run_gives_the_item_back_once(ws: Workspace) -> None:
    decide(ws, 30)
    item = next(item for item in queue(ws, 5, "tab") if item["run"])
    first = act(item)
    send(ws, [first])
    learn_(ws)
    undo = {"id": new_id(), "item": item["item"], "kind": "undo", "supersedes": first["id"]}
    send(ws, [undo])
    again = [i for i in queue(ws, 200, "tab") if i["item"] == item["item"]]
    assert [i["run"] for i in again] == [shown(ws).id]
    second = act(again[0])
    send(ws, [second])
    kept = {d.id: d.recipe_id for d in rows(ws, select(Decision))}
    assert kept[first["id"]] != kept[second["id"]] == shown(ws).recipe_id


def test_each_decision_tells_by_which_policy_and_rank_it_came(ws: Workspace) -> None:
    items = queue(ws, 60)
    entries = {e.item_id: e for e in rows(ws, select(QueueEntry))}
    send(ws, [act(item) for item in items])
    for decision in rows(ws, select(Decision)):
        entry = entries[decision.item_id]
        assert (decision.policy, decision.pick_rank) == (entry.policy, entry.rank)
        assert decision.purpose == entry.purpose
    told = {(d.purpose, d.policy) for d in rows(ws, select(Decision))}
    assert told == {("work", "margin"), ("control", "control"), ("audit", "audit")}


def test_a_share_of_the_queue_follows_the_permanent_random_order(ws: Workspace) -> None:
    entries = rows(ws, select(QueueEntry).order_by(QueueEntry.rank))
    control = [e for e in entries if e.purpose == Purpose.CONTROL]
    waiting = [e for e in entries if e.purpose != Purpose.AUDIT]
    assert abs(len(control) - 0.3 * len(waiting)) < 1
    order = {i.id: i.random_rank for i in rows(ws, select(Item))}
    ranks = [order[e.item_id] for e in control]
    assert ranks == sorted(ranks)
    kept_back = [order[e.item_id] for e in waiting if e.purpose == Purpose.WORK]
    assert max(ranks) < min(kept_back), "the first of the order are those that come as control"


def test_labels_of_the_decided_beginning_of_the_random_order_count_as_random(
    ws: Workspace,
) -> None:
    decide(ws, 100)
    lesson = training.read(ws, project_of(ws).id)
    with ws.db.read() as session:
        order = [p.item_id for p in learning.random_order(session, project_of(ws).id)]
    decided = set(lesson.taught.items)
    beginning = []
    for item in order:
        if item not in decided:
            break
        beginning.append(item)
    assert beginning
    assert [lesson.taught.items[row] for row in lesson.control] == beginning


def test_curves_have_points_of_both_arms_on_the_same_audits(ws: Workspace) -> None:
    decide(ws, 150)
    learn_(ws)
    told = learning_figures.of_project(ws, NAME)
    arms = told["curves"]
    assert [p["labels"] for p in arms["policy"]][:3] == [0, 20, 40]
    assert [p["labels"] for p in arms["control"]][:2] == [0, 20]
    assert len({p["n"] for arm in ("policy", "control") for p in arms[arm]}) == 1
    assert arms["policy"][0] == arms["control"][0]
    assert all(p["low"] <= p["estimate"] <= p["high"] for p in arms["policy"])
    assert learn_(ws)["points"] == 0, "nothing to score anew"
    assert told["waiting"] == 0


def test_a_refit_that_was_overtaken_by_new_classes_shows_nothing(ws: Workspace) -> None:
    decide(ws, 40)
    runner = Runner(ws, only=learn.enqueue(ws, NAME))
    for _ in range(3):
        assert runner.step()
    classes.rename(ws, NAME, "3", "three")
    prelabel_(ws, NAME)
    base = shown(ws)
    while runner.step():
        pass
    runner.close()
    assert shown(ws).id == base.id
    waiting = [job["kind"] for job in jobs.recent(ws, NAME) if job["state"] == "queued"]
    assert "learn" in waiting


def test_a_refit_that_was_overtaken_by_a_later_one_shows_nothing(ws: Workspace) -> None:
    decide(ws, 40)
    early = Runner(ws, only=learn.enqueue(ws, NAME))
    for _ in range(4):
        assert early.step()
    decide(ws, 20)
    assert learn_(ws)["shown"]
    newest = shown(ws).id
    while early.step():
        pass
    early.close()
    assert shown(ws).id == newest
    assert learning_figures.of_project(ws, NAME)["head"]["labels"] > 40


def test_new_classes_are_proposed_by_zero_shot_until_the_next_refit(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from labeling.class_names import parse

    # The new texts are right: on ten labels it is chance whether a taught head beats zero-shot.
    monkeypatch.setattr("labeling.heads.choice.FEWEST_RANDOM", 1_000)
    decide(ws, 40)
    learn_(ws)
    with ws.db.read() as session:
        names = [c.name for c in projects.projects.classes(session, project_of(ws).id)]
    classes.set_classes(ws, NAME, parse(",".join([*names, "letter"])))
    prelabel_(ws, NAME)
    assert shown(ws).head_id is None
    assert "learn" in [j["kind"] for j in jobs.recent(ws, NAME) if j["state"] == "queued"]
    result = learn_(ws)
    assert shown(ws).head_id is not None
    assert result["shown"]


def test_new_pictures_are_proposed_for_by_the_head_that_is_shown(
    ws: Workspace, tmp_path: Path
) -> None:
    from tests.workflow.helpers import pictures

    decide(ws, 40)
    learn_(ws)
    learned = shown(ws)
    pictures(tmp_path / "more", 5)
    import_(ws, NAME, tmp_path / "more")
    prelabel_(ws, NAME)
    assert shown(ws).id == learned.id
    with ws.db.read() as session:
        assert proposals.count(session, learned.id) == COUNT + 5


def test_a_refit_that_stopped_midway_goes_on_and_ends_the_same(ws: Workspace) -> None:
    decide(ws, 40)
    job = learn.enqueue(ws, NAME)
    for steps in range(1, 12):
        runner = Runner(ws, only=job)
        for _ in range(steps):
            if not runner.step():
                break
        runner.close()
    assert run(ws, job)["shown"]
    assert len(rows(ws, select(Head.id))) == 1
    assert shown(ws).items == COUNT


def test_a_cancelled_refit_leaves_what_was_shown(ws: Workspace) -> None:
    before = shown(ws).id
    decide(ws, 40)
    job = learn.enqueue(ws, NAME)
    runner = Runner(ws, only=job)
    for _ in range(3):
        runner.step()
    jobs.cancel(ws, job)
    while runner.step():
        pass
    assert shown(ws).id == before
    assert learn_(ws)["shown"]


def test_a_batch_is_counted_without_audits(ws: Workspace) -> None:
    def kinds() -> list[str]:
        return rows(ws, select(Job.kind).where(Job.state == "queued"))

    sent = 0
    while "learn" not in kinds():
        sent += 1
        assert sent < 60
        decide(ws, 1)
    with ws.db.read() as session:
        trained = len(learning.training(session, project_of(ws).id))
    assert learning_due.BATCH <= trained < learning_due.BATCH + learning_due.COUNTED_EVERY


@pytest.mark.parametrize(
    ("items", "labels", "batch"),
    [(900, 0, 20), (100_000, 40, 40), (900, 2_000, 20), (9_000, 5_000, 50), (100_000, 9_000, 90)],
)
def test_batches_grow_with_the_project(items: int, labels: int, batch: int) -> None:
    assert learning_due.batch_of(items, labels) == batch


@settings(max_examples=60)
@given(available=st.integers(0, 3000))
def test_points_stand_at_whole_batches_and_stay_where_they_are(available: int) -> None:
    counts = curves.label_counts(available)
    assert counts[0] == 0
    assert counts == sorted(set(counts))
    assert all(count % learning_due.BATCH == 0 and count <= available for count in counts)
    more = curves.label_counts(available + 500)
    assert more[: len(counts)] == counts
    used = curves.audit_count(available)
    assert used <= available
    assert used == 0 or used >= available / (curves.GROWTH + 0.2)


def test_a_multi_label_project_learns_too(local_ws: Workspace, tmp_path: Path, encoder) -> None:
    local_ws._encoders["embedded"] = encoder
    sample = load("shapes")
    with zipfile.ZipFile(sample.pictures) as archive:
        archive.extractall(tmp_path / "pictures", names_in(archive)[:90])
    specs = [RawClass(c["name"], "sample", display=c["display"]) for c in sample.classes]
    projects.create(local_ws, "shapes", clean(specs), mode="multi")
    projects.configure(local_ws, "shapes", review=NO_CHECKS | {"control_share": 0.5})
    import_(local_ws, "shapes", tmp_path / "pictures")
    prelabel_(local_ws, "shapes")
    truth, me = sample.labels(), local_user(local_ws)
    acts = []
    for item in review.queue(local_ws, me, "shapes", 40)["items"]:
        labels = list(
            truth["/".join(Path(item["source"]).relative_to(tmp_path / "pictures").parts)]
        )
        kind = "correct" if labels else "none_of_these"
        told = {"item": item["item"], "kind": kind, "labels": labels, "run": item["run"]}
        acts.append({"id": new_id(), **told})
    assert review.decide(local_ws, me, "shapes", acts)["rejected"] == []
    result = run(local_ws, learn.enqueue(local_ws, "shapes"))
    assert (result["labels"], result["shown"], result["ranked"]) == (40, True, 50)
    head = learning_figures.of_project(local_ws, "shapes")["head"]
    assert {one["name"] for one in head["candidates"]} == {"linear", "probe", "zero_shot"}
    assert head["kind"] in ("linear", "zero_shot", "calibrated_zero_shot")
