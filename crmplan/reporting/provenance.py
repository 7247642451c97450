"""Where a report comes from: which files, which software, which rules, how long it took, and what failed."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import crmplan
from crmplan.engagement import Engagement
from crmplan.errors import mask
from crmplan.kept import file_fingerprint
from crmplan.reporting.execute import Failure

__all__ = ["ChapterRun", "colophon", "provenance"]

_LIBRARIES = (
    "altair", "duckdb", "ibis-framework", "lifetimes", "nbclient", "numpy", "pandas", "papermill", "scikit-learn",
    "scipy", "typst", "vl-convert-python",
)  # fmt: skip
_WRITTEN = ("answers", "decisions")


@dataclass(frozen=True, slots=True)
class ChapterRun:
    """How one chapter went: its name and title, how long it took, whether it was kept from before, what failed."""

    name: str
    title: str
    seconds: float
    was_kept: bool
    failure: Failure | None = None


def provenance(
    engagement: Engagement,
    chapters: Sequence[ChapterRun],
    *,
    data: Mapping[str, str],
    run: str,
    formats: Sequence[str],
    remarks: Sequence[str],
) -> dict[str, Any]:
    """Return what report.json holds.

    Parameters
    ----------
    engagement
        The client; its engagement.yaml, answers and decisions are fingerprinted.
    chapters
        How each chapter went, in order.
    data
        SHA-256 of every raw file that the mapping names, by its path in the client's folder.
    run
        Name of the run.
    formats, remarks
        What was made, and what a consultant should know about it.
    """
    written = [path for name in _WRITTEN for path in (engagement.folder / name).rglob("*") if path.is_file()]
    return {
        "client": engagement.id,
        "run": run,
        "as_of": engagement.as_of.isoformat(),
        "is_complete": all(chapter.failure is None for chapter in chapters),
        "formats": list(formats),
        "remarks": list(remarks),
        "crmplan": crmplan.__version__,
        "python": platform.python_version(),
        "libraries": _versions(),
        "data": dict(data),
        "engagement": _hashed(engagement, [engagement.folder / "engagement.yaml", *written]),
        "parameters": {
            "currency": engagement.client.currency,
            "time_zone": engagement.time_zone,
            "scope": list(engagement.scope),
            "economics": engagement.economics.model_dump(mode="json"),
            "targets": engagement.targets.model_dump(mode="json"),
            "consensus": engagement.consensus.model_dump(mode="json"),
        },
        "chapters": [_chapter(chapter) for chapter in chapters],
        "seconds": round(sum(chapter.seconds for chapter in chapters), 2),
    }


def colophon(n_files: int) -> tuple[str, ...]:
    """Return how the report was made from so many raw files, one sentence each; the same for the same inputs.

    Examples
    --------
    >>> colophon(3)[0]
    'Made with crmplan 0.1.0 from 3 files of raw data.'
    """
    files = "1 file" if n_files == 1 else f"{n_files} files"
    made = f"Made with crmplan {crmplan.__version__} from {files} of raw data."
    return made, "The fingerprints of all files, the versions of the software and the rules applied are in report.json."


def _chapter(run: ChapterRun) -> dict[str, Any]:
    record: dict[str, Any] = {**asdict(run), "seconds": round(run.seconds, 2)}
    if run.failure is not None:
        # The traceback stays out of what is kept: it may quote what the client's data hold.
        failure = {key: value for key, value in asdict(run.failure).items() if key != "traceback"}
        record["failure"] = {**failure, "message": mask(run.failure.message)}
    return record


def _hashed(engagement: Engagement, files: Iterable[Path]) -> dict[str, str]:
    names = {path.relative_to(engagement.folder).as_posix(): path for path in files}
    return {name: file_fingerprint(names[name]) for name in sorted(names)}


def _versions() -> dict[str, str]:
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
