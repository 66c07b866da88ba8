"""What every benchmark shares: its arguments, taking turns, and the report of its ratios.

Seconds depend on the machine and on who else uses it; ratios between ways that took turns in one
run hardly do. So every figure here is a ratio against a baseline of the same run.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

OUT = Path("benchmarks/out")


class Cost(NamedTuple):
    """What a piece of work took, in seconds; CPU seconds of all threads together."""

    wall: float
    cpu: float


Way = Callable[[], Cost]
"""Does a piece of work once and returns what it cost; preparations don't count."""


@dataclass(frozen=True)
class Figure:
    """One figure of a benchmark.

    Args:
        what: what is compared with what.
        value: the ratio, or the quantity in `unit`.
        wanted: the target, such as ">= 3.5"; None where there is none.
        unit: "×" for a ratio.
    """

    what: str
    value: float
    wanted: str | None = None
    unit: str = "×"

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without a target."""
        if self.wanted is None:
            return None
        sign, bound = self.wanted.split()
        return self.value >= float(bound) if sign == ">=" else self.value <= float(bound)

    def as_dict(self) -> dict[str, Any]:
        """The figure with its verdict, for JSON."""
        return asdict(self) | {"met": self.met}


def parser(description: str | None) -> argparse.ArgumentParser:
    """The arguments that every benchmark takes: --out and --full."""
    made = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--out", type=Path, default=OUT, help="folder for the JSON file")
    made.add_argument("--full", action="store_true", help="more rounds, full sizes")
    return made


def take_turns(ways: Mapping[str, Way], rounds: int) -> dict[str, list[Cost]]:
    """What each way cost in each round; every other round runs them in reverse order."""
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    for turn in range(rounds):
        for name in list(ways) if turn % 2 == 0 else reversed(list(ways)):
            costs[name].append(ways[name]())
    return costs


def ratio(costs: Mapping[str, list[Cost]], baseline: str, ours: str, unit: str = "wall") -> float:
    """How many times the cost of `ours` the `baseline` took: the median over the rounds.

    Args:
        costs: from `take_turns`.
        baseline: the way to compare with.
        ours: the way that should cost less.
        unit: "wall" or "cpu".
    """
    pairs = zip(costs[baseline], costs[ours], strict=True)
    return median(getattr(b, unit) / getattr(o, unit) for b, o in pairs)


def measured(run: Callable[[], object]) -> Cost:
    """What one call costs."""
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu)


def as_json(costs: Mapping[str, list[Cost]]) -> dict[str, list[dict[str, float]]]:
    """Costs for the details of a report, in seconds."""
    return {
        way: [{"wall": round(c.wall, 3), "cpu": round(c.cpu, 3)} for c in found]
        for way, found in costs.items()
    }


def publish(name: str, out: Path, figures: list[Figure], details: Mapping[str, Any]) -> None:
    """Print the figures and write them, with the details, to `out/name.json`."""
    print(f"\n{name}")
    for figure in figures:
        print(f"  {line(figure.as_dict())}")
    out.mkdir(parents=True, exist_ok=True)
    report = {
        "name": name,
        "date": date.today().isoformat(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "figures": [figure.as_dict() for figure in figures],
        **details,
    }
    (out / f"{name}.json").write_text(json.dumps(report, indent=2) + "\n", "utf-8")


def line(figure: Mapping[str, Any]) -> str:
    """A figure of a report as a line of a table."""
    verdict = {None: "", True: "met", False: "MISSED"}[figure["met"]]
    wanted = f"wanted {figure['wanted']}" if figure["wanted"] else ""
    value = f"{figure['value']:.2f} {figure['unit']}"
    return f"{figure['what']:<58}{value:>12}  {wanted:<16}{verdict}".rstrip()
