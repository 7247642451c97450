"""The installed wheel does what the clone does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from crmplan import carried

ROOT = Path(__file__).resolve().parents[1]


def _run(*command: str | Path, cwd: Path) -> str:
    clean = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=clean, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.mark.slow
def test_the_wheel_renders_a_report_in_an_empty_environment(tmp_path: Path) -> None:
    samples = carried.sample_clients()
    assert samples is not None
    source = tmp_path / "source"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".*", "reports", "dist", "data"))
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path / "dist", cwd=source)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    _run(sys.executable, "-m", "venv", tmp_path / "empty", cwd=tmp_path)
    python = tmp_path / "empty" / "bin" / "python"
    _run(python, "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt", wheel, cwd=tmp_path)
    shutil.copytree(samples / "cdnow", tmp_path / "cdnow", ignore=shutil.ignore_patterns(".crmplan"))

    _run(tmp_path / "empty" / "bin" / "crmplan", "report", tmp_path / "cdnow", "--out", tmp_path / "out", cwd=tmp_path)

    written = {path.name for path in (tmp_path / "out" / "cdnow").iterdir()}
    assert {"report.html", "report.pdf", "report.json"} <= written
