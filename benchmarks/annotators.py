"""Twenty annotators at three decisions a second each, over HTTP, against the real server.

``python -m benchmarks.annotators [--people 20] [--rate 3] [--items N] [--out FOLDER] [--full]``

Each fetches its queue and posts its decisions one by one, as the page does, with pauses drawn at
random. Measured: milliseconds until a decision is committed, the share of one core that the
server needs, and its CPU a decision; in the same run one annotator alone, as the baseline.
``--items``: so many more items lie in the project, that nobody is offered.
"""

import asyncio
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks.browser import percentiles, served, workspace
from benchmarks.homes import project_id, workplace
from benchmarks.processes import cpu_seconds
from benchmarks.report import Figure, parser, publish
from benchmarks.rows import image_rows, item_rows, new_batch
from db import images
from db.ids import new_id
from labeling.workspace import Workspace
from tests.app.seeding import seed

SECONDS = {False: 15.0, True: 60.0}
AHEAD = 40


@dataclass(frozen=True)
class Outcome:
    """Milliseconds until committed, decisions stored, and cores that the server used."""

    p50: float
    p95: float
    stored: int
    cores: float
    cpu: float
    """Milliseconds of CPU of the server a decision, what the queue needs among them."""


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--people", type=int, default=20)
    made.add_argument("--rate", type=float, default=3.0, help="decisions a second each")
    made.add_argument("--items", type=int, default=0, help="more items in the project")
    arguments = made.parse_args()
    seconds = SECONDS[arguments.full]
    with workplace() as work:
        alone = at_work(work / "alone", 1, arguments.rate, seconds, arguments.items)
        ours = at_work(
            work / "together", arguments.people, arguments.rate, seconds, arguments.items
        )
    figures = [
        Figure(f"{arguments.people} people: committed, p95", ours.p95, "<= 300", "ms"),
        Figure(f"{arguments.people} people: server", ours.cores, "<= 0.3", "cores"),
        Figure("– CPU of the server a decision", ours.cpu, unit="ms"),
        Figure(f"{arguments.people} people / one alone, p95", ours.p95 / alone.p95),
        Figure("server: cores / those of one alone", ours.cores / max(alone.cores, 1e-3)),
    ]
    publish(
        "annotators",
        arguments.out,
        figures,
        {
            "people": arguments.people,
            "items": arguments.items,
            "together": vars(ours),
            "alone": vars(alone),
        },
    )


def at_work(home: Path, people: int, rate: float, seconds: float, more: int) -> Outcome:
    """Let ``people`` decide for ``seconds`` at ``rate`` decisions a second each."""
    count = int(people * rate * seconds * 1.3) + people * AHEAD
    with workspace(home) as ws:
        seed(ws, home.parent / f"{home.name}-pictures", count)
        if more:
            lay_down(ws, more)
    with served(home) as server:
        before, started = cpu_seconds(server.pid), time.monotonic()
        waits = asyncio.run(everybody(server.url, people, rate, seconds))
        used, took = cpu_seconds(server.pid) - before, time.monotonic() - started
    p50, p95 = percentiles(waits)
    return Outcome(p50, p95, len(waits), used / took, 1000 * used / len(waits))


def lay_down(ws: Workspace, count: int) -> None:
    """Add items that wait for nobody: rows without files."""
    pictures = image_rows(count)
    project = project_id(ws, "zoo")
    rows = item_rows(project, new_batch(ws, project), pictures)
    ws.db.write(lambda session: images.add_images(session, pictures))
    ws.db.write(lambda session: images.add_items(session, rows))


async def everybody(url: str, people: int, rate: float, seconds: float) -> list[float]:
    """All annotators at once; milliseconds until each decision was acknowledged."""
    tasks = [annotator(url, f"tab-{number}", rate, seconds) for number in range(people)]
    return [ms for waits in await asyncio.gather(*tasks) for ms in waits]


async def annotator(url: str, tab: str, rate: float, seconds: float) -> list[float]:
    rng, waits, held = random.Random(tab), [], []
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        session = (await client.get("/api/session")).json()
        client.headers["x-prelabel-token"] = session["token"]
        end, waiting = time.monotonic() + seconds, []
        while time.monotonic() < end:
            if len(waiting) < AHEAD // 2:
                waiting += await fetched(client, tab, [*held[-100:], *waiting])
            await asyncio.sleep(rng.expovariate(rate))
            item = waiting.pop(0)
            held.append(item)
            waits.append(await decided(client, item))
    return waits


async def fetched(client: httpx.AsyncClient, tab: str, held: list[str]) -> list[str]:
    query: dict[str, Any] = {"project": "zoo", "limit": AHEAD, "client": tab}
    answer = await client.get("/api/queue", params=query | {"held": ",".join(held)})
    return [item["item"] for item in answer.json()["items"]]


async def decided(client: httpx.AsyncClient, item: str) -> float:
    decision = {"id": new_id(), "item": item, "kind": "correct", "labels": ["cat"], "seconds": 0.3}
    started = time.perf_counter()
    body = {"project": "zoo", "decisions": [decision]}
    answer = (await client.post("/api/decisions", json=body)).json()
    if answer["acknowledged"] != [decision["id"]]:
        raise SystemExit(f"a decision was not taken: {answer}")
    return 1000 * (time.perf_counter() - started)


if __name__ == "__main__":
    main()
