"""Uploading 10,000 files of 5 GB in all: how much the server's memory grows.

``python -m benchmarks.upload_memory [--files N] [--out FOLDER] [--full]``

Files are made up while they are sent, eight at a time, as the page sends them. The baseline, in
the same run: one file at a time, a tenth as many. Without ``--full``: 1,000 files of 500 MB.
"""

import asyncio
import secrets
import time
from pathlib import Path
from typing import Any

import httpx

from benchmarks.browser import served, workspace
from benchmarks.homes import workplace
from benchmarks.processes import resident_mb
from benchmarks.report import Figure, parser, publish
from tests.app.seeding import seed

FILES = {False: 1_000, True: 10_000}
FILE_BYTES = 500_000
AT_ONCE = 8


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--files", type=int)
    arguments = made.parse_args()
    files = arguments.files or FILES[arguments.full]
    with workplace() as work:
        alone = uploaded(work / "alone", files // 10, 1)
        ours = uploaded(work / "together", files, AT_ONCE)
    gigabytes = files * FILE_BYTES / 1e9
    figures = [
        Figure(
            f"{gigabytes:.1f} GB in {files:,} files: memory grew by", ours["grew"], "<= 150", "MB"
        ),
        Figure("files a second / one at a time", ours["rate"] / alone["rate"]),
        Figure("rate", ours["rate"] * FILE_BYTES / 1e6, unit="MB/s"),
    ]
    publish("upload_memory", arguments.out, figures, {"together": ours, "alone": alone})


def uploaded(home: Path, files: int, at_once: int) -> dict[str, float]:
    """Upload ``files`` made-up files; growth of resident memory in MB, files a second."""
    with workspace(home) as ws:
        seed(ws, home.parent / f"{home.name}-pictures", 1)
    with served(home) as server:
        asyncio.run(send(server.url, 50, 1))
        before, started = resident_mb(server.pid), time.monotonic()
        asyncio.run(send(server.url, files, at_once))
        seconds = time.monotonic() - started
        grew = resident_mb(server.pid, peak=True) - before
    return {"grew": grew, "rate": files / seconds, "before": before}


async def send(url: str, files: int, at_once: int) -> None:
    upload, body = secrets.token_hex(8), secrets.token_bytes(FILE_BYTES)
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        token = (await client.get("/api/session")).json()["token"]
        client.headers["x-prelabel-token"] = token
        numbers = iter(range(files))

        async def sender() -> None:
            for number in numbers:
                content = number.to_bytes(8, "big") + body[8:]
                name = f"/api/upload/{upload}/folder/file_{number:05d}.jpg"
                answer = await client.put(name, content=content, params={"project": "zoo"})
                check(answer)

        await asyncio.gather(*(sender() for _ in range(at_once)))


def check(answer: httpx.Response) -> None:
    stored: Any = answer.json()
    if answer.status_code != 200 or stored.get("bytes") != FILE_BYTES:
        raise SystemExit(f"a file was not taken: {answer.status_code} {stored}")


if __name__ == "__main__":
    main()
