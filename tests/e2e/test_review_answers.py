"""Answers other than a label, and items that are shown in another way."""

from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import func, select, update

from db.tables import Decision, Item, Lease, Purpose, QueueEntry, SecondLook, User
from labeling.workflows import accounts, guidelines, review, second_look
from labeling.workspace import Workspace
from tests.app.seeding import NO_CHECKS, seed
from tests.e2e.review_page import (
    IMAGE,
    advise_grid,
    all_saved,
    begin_advised,
    open_review,
    press_and_wait,
    sha_on_screen,
    stored,
)
from tests.e2e.server import Server, wait_for

HIDDEN = "audit: proposal hidden"


def scalar(ws: Workspace, statement):
    """The one value that a statement finds."""
    with ws.db.read() as session:
        return session.scalar(statement)


def make_blind(ws: Workspace, sha: str) -> None:
    """Give the entry of a picture the purpose that an audit draw gives it."""
    item = select(Item.id).where(Item.sha256 == sha).scalar_subquery()
    blind = {"purpose": Purpose.AUDIT, "reason": HIDDEN}
    ws.db.write(
        lambda session: session.execute(
            update(QueueEntry).where(QueueEntry.item_id == item).values(**blind)
        )
    )


def other_opinion(ws: Workspace, sha: str) -> None:
    """Let a colleague give the picture another label, after the one it has."""
    colleague = accounts.user(ws, "colleague", "lead").id
    item = scalar(ws, select(Item.id).where(Item.sha256 == sha))
    given = {"id": "018f4b3c-0000-7000-8000-000000000001", "item": item, "labels": ["owl"]}
    answer = review.decide(ws, colleague, "zoo", [given | {"kind": "review"}], reviewing=True)
    assert not answer["rejected"]


def test_a_blind_picture_hides_its_proposal(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    first, second, *_ = seed(workspace, tmp_path / "pictures", 6)
    make_blind(workspace, first)
    server.start()
    open_review(page, server)
    assert sha_on_screen(page) == first
    expect(page.get_by_test_id("blind")).to_contain_text("Blind")
    expect(page.get_by_test_id("reason")).to_contain_text(HIDDEN)
    expect(page.locator(IMAGE)).to_have_attribute("data-proposal", "")
    expect(page.get_by_test_id("proposal")).to_have_count(0)
    listed = page.get_by_test_id("classes").get_by_role("button")
    assert listed.all_inner_texts()[0].split() == ["1", "cat"]
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("review")).to_contain_text("Blind: choose a class")
    assert sha_on_screen(page) == first
    press_and_wait(page, "6")
    assert sha_on_screen(page) == second
    expect(page.get_by_test_id("blind")).to_have_count(0)
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_test_id("blind")).to_be_visible()
    expect(page.get_by_test_id("proposal")).to_have_count(0)
    all_saved(page)
    assert stored(workspace) == [(first, "correct", ("owl",))]
    assert scalar(workspace, select(Decision.blind))


def test_flag_ask_and_skip_to_somebody(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 8)
    accounts.user(workspace, "berta")
    server.start()
    open_review(page, server)
    page.keyboard.press("f")
    page.keyboard.type("half of it is cut off")
    flagged = press_and_wait(page, "Enter")
    page.keyboard.press("q")
    page.keyboard.type("is a plush cat a cat?")
    asked = press_and_wait(page, "Enter")
    page.keyboard.press("Shift+S")
    page.keyboard.type("she knows owls")
    page.get_by_test_id("reason-to").select_option("berta")
    page.get_by_test_id("reason-line").focus()
    handed = press_and_wait(page, "Enter")
    page.keyboard.press("s")
    skipped = press_and_wait(page, "s")
    all_saved(page)
    kinds = [
        (flagged, "flag", ()),
        (asked, "flag", ()),
        (handed, "skip", ()),
        (skipped, "skip", ()),
    ]
    assert stored(workspace) == kinds
    with workspace.db.read() as session:
        looks = session.execute(select(SecondLook.kind, SecondLook.reason)).tuples().all()
        addressed = select(User.name).join(QueueEntry, QueueEntry.assignee_id == User.id)
        assert session.scalars(addressed).all() == ["berta"]
    assert sorted(looks) == [("ask", "is a plush cat a cat?"), ("flag", "half of it is cut off")]
    page.keyboard.press("f")
    page.keyboard.press("Escape")
    press_and_wait(page, "Enter")
    all_saved(page)
    assert stored(workspace)[-1][1] == "confirm"


def test_a_second_stroke_says_why_a_picture_is_skipped(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 8)
    server.start()
    open_review(page, server)
    shown = sha_on_screen(page)
    page.keyboard.press("s")
    expect(page.get_by_role("dialog", name="Skip this picture")).to_contain_text("blurred")
    page.keyboard.press("9")
    page.keyboard.press("n")
    page.keyboard.press("Escape")
    assert sha_on_screen(page) == shown, "no key of the list ever labels"
    page.keyboard.press("s")
    press_and_wait(page, "2")
    page.keyboard.press("s")
    press_and_wait(page, "Enter")
    page.keyboard.press("s")
    page.keyboard.press("Shift+S")
    page.keyboard.type("ask a vet")
    press_and_wait(page, "Enter")
    press_and_wait(page, "Enter")
    page.keyboard.press("s")
    press_and_wait(page, "1")
    all_saved(page)
    with workspace.db.read() as session:
        query = select(Decision.kind, Decision.reason).order_by(Decision.seq)
        assert session.execute(query).tuples().all() == [
            ("skip", "blurred, damaged or cut off"),
            ("skip", None),
            ("skip", "ask a vet"),
            ("confirm", None),
            ("skip", "can't tell what it shows"),
        ]


def test_a_refused_undo_says_why_and_the_decision_stands(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 6)
    server.start()
    open_review(page, server)
    sha = press_and_wait(page, "Enter")
    all_saved(page)
    other_opinion(workspace, sha)
    present = sha_on_screen(page)
    page.reload()
    page.wait_for_selector(IMAGE, timeout=60_000)
    expect(page.get_by_test_id("decision-state")).to_have_count(1)
    page.keyboard.press("Control+z")
    expect(page.get_by_test_id("review")).to_contain_text("a later decision stands on it")
    expect(page.locator(IMAGE)).to_have_attribute("data-sha", present)
    expect(page.get_by_test_id("decision-state")).to_have_count(1)
    expect(page.get_by_test_id("refused")).to_have_count(0)


def test_a_shortest_viewing_time_and_a_reminder_to_rest(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    settings = NO_CHECKS | {"shortest_seconds": 3.0, "rest_minutes": 1}
    seed(workspace, tmp_path / "pictures", 6, review=settings)
    page.clock.install()
    server.start()
    open_review(page, server)
    first = sha_on_screen(page)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("review")).to_contain_text("look for at least 3 s")
    assert sha_on_screen(page) == first
    expect(page.get_by_test_id("rest")).to_be_hidden()
    page.clock.fast_forward(59_000)
    press_and_wait(page, "Enter")
    page.clock.fast_forward(5_000)
    press_and_wait(page, "Enter")
    expect(page.get_by_test_id("rest")).to_be_visible()
    all_saved(page)
    page.reload()
    expect(page.get_by_test_id("rest")).to_be_visible(timeout=60_000)
    page.get_by_test_id("rest").get_by_role("button").click()
    expect(page.get_by_test_id("rest")).to_be_hidden()
    all_saved(page)
    assert [kind for _, kind, _ in stored(workspace)] == ["confirm", "confirm"]


def test_guidelines_are_one_key_away(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 4)
    lead = accounts.local_user(workspace)
    said = {"instructions": "Any <b>cat</b>.", "do": ["kittens"], "dont": ["lions"]}
    guidelines.save(workspace, lead, "zoo", "cat", **said)
    server.start()
    open_review(page, server)
    page.keyboard.press("g")
    text = page.get_by_test_id("guideline-text")
    for line in ("Any <b>cat</b>.", "kittens", "lions", "Version 1"):
        expect(text).to_contain_text(line)
    before = sha_on_screen(page)
    page.keyboard.press("1")
    page.keyboard.press("Escape")
    assert sha_on_screen(page) == before
    press_and_wait(page, "1")
    all_saved(page)
    assert scalar(workspace, select(Decision.guideline_revision)) == 1


def test_what_was_fetched_goes_back_when_the_page_is_left(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 30)
    server.start()
    open_review(page, server)
    press_and_wait(page, "Enter")
    all_saved(page)
    held = select(func.count()).select_from(Lease)
    assert scalar(workspace, held)
    page.goto(f"{server.url}/healthz")
    wait_for(lambda: not scalar(workspace, held), 20)


def test_a_picture_that_was_sent_back_tells_why(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    seed(workspace, tmp_path / "pictures", 6)
    server.start()
    open_review(page, server)
    sha = press_and_wait(page, "Enter")
    all_saved(page)
    reviewer, me = accounts.user(workspace, "rita", "reviewer").id, accounts.local_user(workspace)
    item = scalar(workspace, select(Item.id).where(Item.sha256 == sha))
    name = scalar(workspace, select(User.name).where(User.id == me))
    seen = scalar(workspace, select(func.max(Decision.seq)))
    note = "look at the <i>ears</i>"
    second_look.send_back(workspace, reviewer, "zoo", item, name, note, seen=seen)
    open_review(page, server)
    assert sha_on_screen(page) == sha
    expect(page.get_by_test_id("sent-back")).to_contain_text(f"Sent back: {note}")
    press_and_wait(page, "2")
    expect(page.get_by_test_id("sent-back")).to_have_count(0)
    all_saved(page)
    assert stored(workspace)[-1][:2] == (sha, "correct")


def test_where_the_grid_pays_more_it_is_a_click_away_but_for_a_blind_picture(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    first, *_ = seed(workspace, tmp_path / "pictures", 30)
    make_blind(workspace, first)
    advise_grid(workspace, "dog", pictures=5, wrong=2.2)
    server.start()
    open_review(page, server)
    advice = page.get_by_test_id("grid-pays")
    assert sha_on_screen(page) == first
    expect(advice).to_have_count(0)
    press_and_wait(page, "1")
    expect(advice).to_contain_text("5 pictures proposed as dog; the model expects about 2 wrong.")
    advice.get_by_role("link").click()
    page.wait_for_selector("[data-testid=grid-item]", timeout=60_000)
    expect(page.get_by_test_id("grid-title")).to_contain_text("dog")
    page.wait_for_url("**/review?*view=grid*label=dog*")
    page.go_back()
    page.wait_for_selector(IMAGE, timeout=60_000)
    expect(advice).to_be_visible()


def test_the_advice_moves_no_button(
    page: Page, server: Server, workspace: Workspace, tmp_path: Path
) -> None:
    begin_advised(page, server, workspace, tmp_path, count=12, wrong=0.4)
    advice, skip = page.get_by_test_id("grid-pays"), page.get_by_test_id("skip")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        expect(advice).to_contain_text("fewer than 1 wrong.")
        place = skip.bounding_box()
        advice.evaluate("(line) => (line.style.display = 'none')")
        assert skip.bounding_box() == place
        advice.evaluate("(line) => (line.style.display = '')")
