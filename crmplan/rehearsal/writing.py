"""The client folder of a rehearsal, written to disk; the only place here that touches files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from crmplan.engagement import Engagement
from crmplan.errors import ConfigError, Problem
from crmplan.rehearsal.agreement import engagement_text
from crmplan.rehearsal.answers import QuestionSlot, draw_answers
from crmplan.rehearsal.choices import OWN_FILES
from crmplan.rehearsal.drawing import Rehearsal, draw_rehearsal
from crmplan.rehearsal.sources import raw_exports
from crmplan.rehearsal.truth import truth_tables
from crmplan.rehearsal.workshop import hold_workshop

__all__ = ["make_rehearsal"]

_TRUTH_NOTE = """# The truth of this rehearsal

No step of the workbench reads this folder. It is here so that results can be held against what is true.

- `people.csv`: every customer number in every system, and the person or firm behind it.
- `customers.csv`: one row per person or firm: true segment, way of first hearing and its effect on the yearly number
  of orders, that number, first purchase, end of the relationship, bad experience, true sums up to the as-of date (and
  those of them that the exports can attribute), and what happens in the year after.
- `flaws.csv`: how many rows of the exports have which flaw.
"""


def make_rehearsal(
    folder: Path | str,
    *,
    n_customers: int = 2500,
    seed: int = 7,
    years: int = 3,
    as_of: date = date(2025, 12, 31),
    questions: Sequence[QuestionSlot] = (),
) -> Path:
    """Write a made-up client with data in every table and a known truth; the same arguments write the same bytes.

    Parameters
    ----------
    folder
        Folder of the client; must be empty or not exist.
    n_customers
        Customers who buy at least once.
    seed
        Any whole number from 0.
    years
        How many years of business there are.
    as_of
        The last day that counts.
    questions
        Questions of the checklists, which fifteen people then answer, talk over in a workshop and answer again; none,
        no answers.

    Returns
    -------
    Path
        The folder, with engagement.yaml, vendors.yaml, decision_rights.yaml, data/, truth/ and (when asked) answers/,
        decisions/ and evidence/.

    Raises
    ------
    ConfigError
        When there are files in the folder, or a number is out of range.
    """
    folder = Path(folder)
    _check(folder, n_customers, seed, years)
    world = draw_rehearsal(n_customers, seed=seed, years=years, as_of=as_of)
    exports = raw_exports(world)
    for export in exports:
        file = _room_for(folder / export.file)
        export.rows.to_csv(
            file, index=False, sep=export.delimiter, encoding=export.encoding, decimal=export.decimal,
            float_format="%.2f", lineterminator=export.line_end,
        )  # fmt: skip
    for name, rows in truth_tables(world, exports).items():
        rows.to_csv(_room_for(folder / "truth" / f"{name}.csv"), index=False, lineterminator="\n")
    _write(folder / "truth" / "README.md", _TRUTH_NOTE)
    for respondent, text in draw_answers(questions, seed=seed, as_of=as_of).items() if questions else ():
        _write(folder / "answers" / f"{respondent}.jsonl", text)
    for name, text in OWN_FILES.items():
        _write(folder / name, text)
    _write(folder / "engagement.yaml", engagement_text(world.start, as_of, sales_target=_target(world)))
    if questions:
        hold_workshop(Engagement.open(folder), seed=seed, as_of=as_of)
    return folder


def _target(world: Rehearsal) -> float:
    # Eight per cent above the year that ended; cancelled orders do not count.
    end = pd.Timestamp(world.as_of) + pd.Timedelta(days=1)
    orders = world.orders[world.orders["status"] != "cancelled"]
    last_year = orders.loc[orders["ordered_at"].between(end - pd.DateOffset(years=1), end, inclusive="left"), "order"]
    return float(round(1.08 * world.lines.loc[world.lines["order"].isin(last_year), "net_amount"].sum(), -4))


def _check(folder: Path, n_customers: int, seed: int, years: int) -> None:
    problems = []
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        problems.append(Problem(str(folder), "an empty folder or none", "", "choose another, or remove what is there"))
    for name, value, low, high in (
        ("n_customers", n_customers, 50, 1_000_000), ("years", years, 1, 10), ("seed", seed, 0, 2**32 - 1),
    ):  # fmt: skip
        if not low <= value <= high:
            problems.append(Problem(name, f"a whole number from {low:,} to {high:,}", str(value)))
    if problems:
        raise ConfigError(problems)


def _room_for(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def _write(file: Path, text: str) -> None:
    _room_for(file).write_text(text, encoding="utf-8", newline="\n")
