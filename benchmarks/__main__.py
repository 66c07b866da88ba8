"""Run every benchmark and print one table of ratios.

``python -m benchmarks [NAME …] [--out FOLDER] [--full]``

Without ``--full`` each takes about a minute on two free cores. Names choose some of them.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.report import Figure, line, parser

NAMES = (
    "prelabel_cpu",
    "ingest_photos",
    "insert_rows",
    "import_memory",
    "rescore",
    "decisions",
    "simulate_sample",
    "label_savings",
    "further_features",
    "total_actions",
    "rerank",
    "refit",
    "close_pairs",
    "calibration",
    "rare_classes",
    "auto_accept",
    "auto_accept_violations",
    "stop_signal",
    "grid_server",
    "review_keys",
    "annotators",
    "upload_memory",
    "grid_page",
    "actions",
    "many_sessions",
    "upload_browser",
)
PRELABEL_WANTED = {"stream_to_decode_cut_model": "<= 1.1", "one_a_call_to_stream": ">= 5"}


def main() -> None:
    made = parser(__doc__)
    made.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    arguments = made.parse_args()
    if unknown := set(arguments.names) - set(NAMES):
        made.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    names = arguments.names or list(NAMES)
    failed = [name for name in names if not run(name, arguments.out, full=arguments.full)]
    print("\n" + "\n".join(table(arguments.out, [name for name in names if name not in failed])))
    if failed:
        sys.exit(f"broke off: {', '.join(failed)}")


def run(name: str, out: Path, *, full: bool) -> bool:
    """Run one benchmark in a process of its own; whether it came to its end."""
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    if name == "prelabel_cpu":  # it takes a file, and models instead of --full
        command += ["--out", str(out / f"{name}.json")]
        command += [] if full else ["--models", "embedded", "--limit", "192"]
    else:
        command += ["--out", str(out), *(["--full"] if full else [])]
    return subprocess.run(command, check=False).returncode == 0


def table(out: Path, names: list[str]) -> list[str]:
    """The figures of reports, a line each."""
    lines = []
    for name in names:
        report = json.loads((out / f"{name}.json").read_text("utf-8"))
        figures = prelabel_figures(report) if name == "prelabel_cpu" else report["figures"]
        lines += [name, *(f"  {line(figure)}" for figure in figures)]
    return lines


def prelabel_figures(models: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The ratios of each model that prelabel_cpu measured, as figures."""
    found = [
        Figure(f"{of['model']}: {key}", of[key], PRELABEL_WANTED.get(key))
        for of in models
        for key in of
        if "_to_" in key
    ]
    return [figure.as_dict() for figure in found]


if __name__ == "__main__":
    main()
