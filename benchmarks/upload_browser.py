"""2,000 files through the drop zone of the browser, cancelled and resumed after a reload.

``python -m benchmarks.upload_browser [--files N] [--out FOLDER] [--full]``

A folder of made-up files of 50 kB is chosen in Chromium; when a third has arrived the upload is
cancelled and the page loaded again, then the same folder is chosen once more. Checked: what is
shown as sent only grows, what had arrived is not sent again, and everything is there in the end.
The baseline, in the same run: ``st.file_uploader`` with the same files, whose server keeps them in
memory; it is given up when it has taken ten times as long. Without ``--full``: 500 files.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from benchmarks.browser import VIEWPORT, chromium, served, workspace
from benchmarks.homes import workplace
from benchmarks.processes import resident_mb
from benchmarks.report import Figure, parser, publish
from tests.app.seeding import seed

FILES = {False: 500, True: 2_000}
FILE_BYTES = 50_000
OURS = Path(__file__).parents[1] / "tests/e2e/upload_page.py"
PLAIN = Path(__file__).with_name("file_uploader_page.py")
FOLDER = "[data-testid=upload-folder]"
PROGRESS = re.compile(r"([\d,]+) of [\d,]+ files? sent")
WITHIN_MS = 900_000
PATIENCE, SHORTEST = (
    10,
    60.0,
)  # times our seconds, and seconds, after which the baseline is given up


@dataclass(frozen=True)
class Outcome:
    """What an upload took and did.

    Args:
        seconds: from the choice of the files until all are there, without the reload.
        grew: memory of the server at its highest over that before, in MB.
        sent: requests that carried a file to its end.
        shown: what the progress said, figure by figure, before the cancel and after it.
        arrived: files that are there, byte for byte, in the end.
        ended: whether all files arrived before it was given up.
    """

    seconds: float
    grew: float
    sent: int = 0
    shown: tuple[list[int], list[int]] = ([], [])
    arrived: int = 0
    ended: bool = True


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--files", type=int)
    arguments = made.parse_args()
    files = arguments.files or FILES[arguments.full]
    with workplace() as work, chromium() as browser:
        folder = draw(work / "folder", files)
        ours = cancelled_and_resumed(browser, work / "ours", folder)
        within = max(SHORTEST, PATIENCE * ours.seconds)
        plain = sent_plainly(browser, work / "plain", folder, within)
    before, after = ours.shown
    figures = [
        Figure(f"{files:,} files arrived, byte for byte", ours.arrived, f">= {files}", ""),
        Figure("files sent, the cancelled ones again", ours.sent, f"<= {files + 4}", ""),
        Figure(
            "progress only grew, and went on after the reload (1: yes)",
            grew(before, after),
            ">= 1",
            "",
        ),
        Figure("memory of the server grew by", ours.grew, "<= 150", "MB"),
        Figure("– by st.file_uploader", plain.grew, unit="MB"),
        Figure("files a second", files / ours.seconds, unit=""),
        Figure(
            f"seconds of st.file_uploader{'' if plain.ended else ', given up,'} / ours",
            plain.seconds / ours.seconds,
        ),
    ]
    details = {"files": files, "ours": asdict(ours), "plain": asdict(plain)}
    publish("upload_browser", arguments.out, figures, details)


def grew(before: list[int], after: list[int]) -> float:
    """1 where the figures never fell, nor fell behind the cancel; else 0."""
    figures = [*before, *after]
    return float(len(before) > 1 and len(after) > 1 and figures == sorted(figures))


def draw(folder: Path, files: int) -> Path:
    """Write files of noise, in ten folders."""
    noise = np.random.default_rng(5)
    for number in range(files):
        path = folder / f"day {number % 10}" / f"shot {number:05d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(noise.bytes(FILE_BYTES))
    return folder


@contextmanager
def opened(browser: Browser, home: Path, main: Path) -> Iterator[tuple[Page, int]]:
    """A page of the script ``main`` over a new home, and the id of its server's process."""
    with workspace(home) as ws:
        seed(ws, home, 0)
    with served(home, main) as server:
        page = browser.new_page(viewport=VIEWPORT)
        page.set_default_timeout(WITHIN_MS)
        page.goto(server.url)
        yield page, server.pid
        page.close()


def sent_plainly(browser: Browser, home: Path, folder: Path, within: float) -> Outcome:
    """Upload through ``st.file_uploader``, in one go, for at most ``within`` seconds."""
    files = sorted(path for path in folder.rglob("*.jpg"))
    with opened(browser, home, PLAIN) as (page, pid):
        page.get_by_text("0 files are here").wait_for()
        before, started = resident_mb(pid), time.monotonic()
        page.set_input_files("input[type=file]", files)
        ended = True
        try:
            page.get_by_text(f"{len(files)} files are here").wait_for(timeout=1000 * within)
        except PlaywrightTimeout:
            ended = False
        seconds = time.monotonic() - started
        return Outcome(seconds, resident_mb(pid, peak=True) - before, ended=ended)


def cancelled_and_resumed(browser: Browser, home: Path, folder: Path) -> Outcome:
    """Upload through our drop zone: cancel after a third, load the page again, go on."""
    with opened(browser, home, OURS) as (page, pid):
        sent: list[str] = []
        page.on("requestfinished", lambda one: one.method == "PUT" and sent.append(one.url))
        zone = page.get_by_test_id("upload")
        zone.wait_for()
        memory, started = resident_mb(pid), time.monotonic()
        page.set_input_files(FOLDER, folder)
        before = progress(page, len(list(folder.rglob("*.jpg"))) // 3)
        page.get_by_role("button", name="Cancel").click()
        seconds = time.monotonic() - started
        expect(zone).to_contain_text("The upload was interrupted")
        page.reload()
        expect(zone).to_contain_text("Choose the same files again", timeout=WITHIN_MS)
        started = time.monotonic()
        page.set_input_files(FOLDER, folder)
        after = progress(page)
        page.get_by_text("The import is job").wait_for()
        seconds += time.monotonic() - started
        growth = resident_mb(pid, peak=True) - memory
    return Outcome(seconds, growth, len(sent), (before, after), arrived(home, folder))


def progress(page: Page, until: int | None = None) -> list[int]:
    """What the progress says, whenever it changes, until ``until`` files or the end."""
    shown: list[int] = []
    while page.get_by_role("button", name="Cancel").count() or not shown:
        found = PROGRESS.search(page.get_by_test_id("upload").text_content() or "")
        count = int(found[1].replace(",", "")) if found else None
        if count is not None and shown[-1:] != [count]:
            shown.append(count)
        if until is not None and shown and shown[-1] >= until:
            break
        page.wait_for_timeout(50)
    return shown


def arrived(home: Path, folder: Path) -> int:
    """How many files of the folder the server has, byte for byte."""
    [staging] = [path for path in (home / "uploads").iterdir() if path.is_dir()]
    pairs = (
        (path, staging / folder.name / path.relative_to(folder)) for path in folder.rglob("*.jpg")
    )
    return sum(kept.is_file() and kept.read_bytes() == path.read_bytes() for path, kept in pairs)


if __name__ == "__main__":
    main()
