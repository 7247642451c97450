"""What people said of pairs of customer records: same, different or unsure; one line each, nothing ever overwritten.

A verdict that is thought over is given again; the later line counts. A line that was cut off when a machine stopped is
left where it is and passed over.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

import pandas as pd

from crmplan.durable import one_writer_in, write_durably
from crmplan.errors import LabelsError, Problem

__all__ = ["LABEL_COLUMNS", "PairLabel", "Verdict", "keep_label", "read_labels"]

Verdict = Literal["same", "different", "unsure"]
LABEL_COLUMNS = ("source_a", "customer_id_a", "source_b", "customer_id_b", "verdict", "by", "at")
_TEXTS = frozenset(LABEL_COLUMNS)


@dataclass(frozen=True, slots=True)
class PairLabel:
    """One verdict on two records.

    Parameters
    ----------
    source_a, customer_id_a, source_b, customer_id_b
        The two records.
    verdict
        same, different or unsure.
    by
        Who said so, as a pseudonym.
    at
        When, as ISO 8601 text.
    """

    source_a: str
    customer_id_a: str
    source_b: str
    customer_id_b: str
    verdict: Verdict
    by: str
    at: str


def keep_label(file: Path, label: PairLabel) -> None:
    """Add one verdict to a file, wholly or not at all; the file is made when it is missing.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "pairs.jsonl"
    >>> keep_label(file, PairLabel("crm", "1", "shop", "7", "same", "r01", "2024-05-31T14:30:00+00:00"))
    >>> read_labels(file)["verdict"].tolist()
    ['same']
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with one_writer_in(file.parent):
        before = file.read_bytes() if file.exists() else b""
        if before and not before.endswith(b"\n"):
            before += b"\n"
        write_durably(file, before + json.dumps(asdict(label), ensure_ascii=False).encode("utf-8") + b"\n")


def read_labels(file: Path) -> pd.DataFrame:
    """Return the last verdict on every pair.

    Parameters
    ----------
    file
        As :func:`keep_label` writes it; it may be missing.

    Returns
    -------
    pd.DataFrame
        :data:`LABEL_COLUMNS` as text, one row per pair, the record that comes first in the order of source and number
        as ``a``; sorted.

    Raises
    ------
    LabelsError
        With every line that is whole JSON but no verdict.
    """
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    problems = []
    lines = file.read_bytes().decode("utf-8", "replace").split("\n") if file.is_file() else []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if not _is_label(said):
            expected = f"texts {', '.join(LABEL_COLUMNS)}, verdict one of {', '.join(get_args(Verdict))}"
            problems.append(Problem(f"{file}:{number}", expected))
            continue
        a, b = sorted([(said["source_a"], said["customer_id_a"]), (said["source_b"], said["customer_id_b"])])
        if a != b:
            found[(*a, *b)] = (said["verdict"], said["by"], said["at"])
    if problems:
        raise LabelsError(problems)
    rows = [(*pair, *verdict) for pair, verdict in sorted(found.items())]
    return pd.DataFrame(rows, columns=list(LABEL_COLUMNS)).astype("str")


def _is_label(said: object) -> bool:
    return (
        isinstance(said, dict)
        and set(said) == _TEXTS
        and all(isinstance(text, str) for text in said.values())
        and said["verdict"] in get_args(Verdict)
    )
