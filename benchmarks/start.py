"""How long it takes until something happens: import, help, one report cold and with nothing changed.

``python benchmarks/start.py [--json] [--size small|full] [--client NAME]``

Every figure is the median of several runs in fresh processes; import and help are given beside a bare
``python -c pass`` of the same run. ``small`` leaves the reports out.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from crmplan.engagement import find_client

CRMPLAN = [sys.executable, "-m", "crmplan.cli"]


def seconds(command: list[str], *, times: int) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def start_figures(times: int) -> list[dict[str, object]]:
    bare = seconds([sys.executable, "-c", "pass"], times=times)
    imported = seconds([sys.executable, "-c", "import crmplan"], times=times)
    helped = seconds([*CRMPLAN, "--help"], times=times)
    return [
        figure("python -c pass", bare, against="", other=bare),
        figure("import crmplan, beside bare python", imported - bare, against="0.15 s", other=0.15),
        figure("crmplan --help, beside bare python", helped - bare, against="0.4 s", other=0.4),
    ]


def report_figures(client: str) -> list[dict[str, object]]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / client
        shutil.copytree(find_client(client), folder, ignore=shutil.ignore_patterns(".crmplan"))
        command = [*CRMPLAN, "report", str(folder), "--out", str(Path(scratch) / "reports")]
        cold = seconds(command, times=1)
        again = seconds(command, times=3)
    return [
        figure(f"report of {client}, cold", cold, against="", other=cold),
        figure(f"report of {client}, nothing changed", again, against="cold", other=cold),
    ]


def figure(name: str, value: float, *, against: str, other: float) -> dict[str, object]:
    return {"name": name, "value": round(value, 3), "unit": "s", "against": against, "ratio": round(value / other, 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--size", choices=["small", "full"], default="full")
    parser.add_argument("--client", default="cdnow")
    options = parser.parse_args()
    figures = start_figures(times=5 if options.size == "small" else 11)
    if options.size == "full":
        figures += report_figures(options.client)
    for one in figures:
        print(json.dumps(one) if options.json else f"{one['name']:45} {one['value']:8} {one['unit']}  {one['against']}")


if __name__ == "__main__":
    main()
