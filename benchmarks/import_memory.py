"""How far an import makes memory grow, in a process of its own, against reading all first.

``python -m benchmarks.import_memory [--pictures N] [--out FOLDER] [--full]``

The peak of the resident set over what the process held after importing its modules:

- ours: the import job over a folder, small pictures and every fiftieth of 12 megapixels;
  wanted: less than 300 MB at 10,000 pictures (``--full``)
- all first: every file read into a list, then taken in one by one, as tools do that get their
  files from an upload widget; measured at a tenth and a fifth of the pictures, and drawn on
  in a straight line

Linux only: the peak is read from /proc.
"""

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.homes import fresh_home, import_from, workplace
from benchmarks.report import Figure, parser, publish
from benchmarks.scenes import numbered, photograph
from labeling.images.prepare import ingest_picture

PICTURES = {False: 1_500, True: 10_000}
LARGE_EVERY = 50
WANTED = "<= 300"
STATUS = Path("/proc/self/status")


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--pictures", type=int, help="default: 1,500; 10,000 with --full")
    made.add_argument("--child", choices=sorted(CHILDREN), help=argparse.SUPPRESS)
    made.add_argument("--source", type=Path, help=argparse.SUPPRESS)
    arguments = made.parse_args()
    if arguments.child:
        print(peak_growth(lambda: CHILDREN[arguments.child](arguments.source)))
        return
    count = arguments.pictures or PICTURES[arguments.full]
    with workplace() as work:
        sizes = {count: work / "all", count // 5: work / "fifth", count // 10: work / "tenth"}
        megabytes = [generate(folder, size) for size, folder in sizes.items()]
        ours = growth_of("ours", work / "all")
        fifth, tenth = (growth_of("all_first", work / name) for name in ("fifth", "tenth"))
    all_first = tenth + (fifth - tenth) * 9
    figures = [
        Figure(f"memory growth, import of {count:,} pictures", ours, WANTED, "MB"),
        Figure("reading all first, from a fifth, extrapolated", all_first, unit="MB"),
        Figure("reading all first / our import", all_first / ours),
    ]
    details = {"pictures": count, "megabytes": round(megabytes[0], 1), "large_every": LARGE_EVERY}
    publish("import_memory", arguments.out, figures, details)


def generate(folder: Path, count: int) -> float:
    """Write pictures with bytes of their own; their megabytes."""
    small, large = photograph(320, 240), photograph(4000, 3000)
    size = 0
    for number in range(count):
        part = folder / f"{number // 1000:03}"
        part.mkdir(parents=True, exist_ok=True)
        data = numbered(large if number % LARGE_EVERY == 0 else small, number)
        (part / f"{number:06}.jpg").write_bytes(data)
        size += len(data)
    return size / 1e6


def growth_of(child: str, source: Path) -> float:
    command = [sys.executable, "-m", "benchmarks.import_memory", "--child", child]
    done = subprocess.run(
        [*command, "--source", str(source)], check=True, capture_output=True, text=True
    )
    return float(done.stdout)


def peak_growth(run: Callable[[], object]) -> float:
    """By how many MB the peak of the resident set exceeds what it was before."""
    before = resident("VmRSS")
    run()
    return (resident("VmHWM") - before) / 1e6


def resident(field: str) -> int:
    """A size from the status of this process, in bytes."""
    line = next(row for row in STATUS.read_text().splitlines() if row.startswith(field))
    return int(line.split()[1]) * 1024


def ours(source: Path) -> None:
    with fresh_home(source.parent) as ws:
        import_from(ws, source)


def all_first(source: Path) -> None:
    contents = [path.read_bytes() for path in sorted(source.rglob("*.jpg"))]
    for data in contents:
        ingest_picture(data)


CHILDREN: dict[str, Callable[[Path], None]] = {"ours": ours, "all_first": all_first}

if __name__ == "__main__":
    main()
