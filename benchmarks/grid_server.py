"""The grid's routes at 10,000 items, over HTTP, against the real server.

``python -m benchmarks.grid_server [--items 10000] [--out FOLDER] [--full]``

- a page of the grid: 240 stacks of one class leased and described, beside a queue of 200 items
- thumbnails: 240 in one POST /api/pack, beside 240 GET /media/thumb over six connections, as a
  browser opens them

Everything takes turns in one run. Pictures are 64 × 64 pixels of noise, 12 kB each.
"""

import asyncio
from itertools import cycle
from statistics import median
from typing import Any

import httpx

from benchmarks.browser import percentiles, served, workspace
from benchmarks.homes import workplace
from benchmarks.report import Cost, Figure, measured, parser, publish, ratio, take_turns
from labeling.workflows.thumbnails import MAX_PACK
from tests.app.seeding import CLASSES, seed

ROUNDS = {False: 7, True: 25}
SIDE = 64
CONNECTIONS = 6


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--items", type=int, default=10_000)
    arguments = made.parse_args()
    with workplace() as work:
        with workspace(work / "home") as ws:
            shas = seed(ws, work / "pictures", arguments.items, size=SIDE)[:MAX_PACK]
        with served(work / "home") as server:
            costs, leased = measure(server.url, shas, ROUNDS[arguments.full])
    publish("grid_server", arguments.out, figures(costs), {"items": arguments.items} | leased)


def figures(costs: dict[str, list[Cost]]) -> list[Figure]:
    made = []
    for way in ("grid", "pack"):
        p50, p95 = percentiles([1000 * cost.wall for cost in costs[way]])
        made += [Figure(f"{way} of 240, p50", p50, unit="ms")]
        made += [Figure(f"{way} of 240, p95", p95, unit="ms")]
    made += [
        Figure("240 thumbnails one by one / packed", ratio(costs, "one by one", "pack"), ">= 3"),
        Figure("queue of 200 / grid of 240", ratio(costs, "queue", "grid")),
    ]
    return made


def measure(url: str, shas: list[str], rounds: int) -> tuple[dict[str, list[Cost]], dict[str, Any]]:
    """What each way cost, and how many items a page of the grid had at the median."""
    sizes: list[int] = []
    labels = cycle(CLASSES)
    with httpx.Client(base_url=url, timeout=60) as client:
        client.get("/", headers={"accept": "text/html"})
        client.headers["x-prelabel-token"] = client.get("/api/session").json()["token"]

        def grid() -> None:
            query = {"project": "zoo", "limit": MAX_PACK, "client": "tab", "label": next(labels)}
            sizes.append(len(answered(client.get("/api/grid", params=query)).json()["items"]))

        def queue() -> None:
            query = {"project": "zoo", "limit": 200, "client": "other tab"}
            answered(client.get("/api/queue", params=query))

        def pack() -> None:
            answered(client.post("/api/pack", json={"shas": shas, "size": "thumb"}))

        ways = {"grid": grid, "queue": queue, "pack": pack}
        turns = {name: lambda way=way: measured(way) for name, way in ways.items()}
        cookies = dict(client.cookies)
        turns["one by one"] = lambda: measured(lambda: asyncio.run(singly(url, cookies, shas)))
        return take_turns(turns, rounds), {"stacks": median(sizes)}


async def singly(url: str, cookies: dict[str, str], shas: list[str]) -> None:
    """Fetch thumbnails one by one, six at a time."""
    limits = httpx.Limits(max_connections=CONNECTIONS)
    async with httpx.AsyncClient(base_url=url, limits=limits, cookies=cookies) as client:
        answers = await asyncio.gather(*(client.get(f"/media/thumb/{sha}") for sha in shas))
    for answer in answers:
        answered(answer)


def answered(answer: httpx.Response) -> httpx.Response:
    if answer.status_code != 200:
        raise SystemExit(f"{answer.url} answered {answer.status_code}: {answer.text[:300]}")
    return answer


if __name__ == "__main__":
    main()
