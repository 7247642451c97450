"""The workshop at the rehearsal firm: the first round is shown, people talk, answer again and sign what they agree."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from crmplan.assessment import (
    AgreedValue,
    Answer,
    Dissent,
    add_document,
    agree_on,
    append_answer,
    latest_answers,
    read_answers,
    reveal_round,
)
from crmplan.engagement import Engagement
from crmplan.rehearsal.drawing import generator

__all__ = ["DOCUMENTS", "hold_workshop"]

DOCUMENTS = (
    ("Service report of last month", 31, "Calls, waiting and answers by week.\nRead by the head of the call centre.\n"),
    ("Minutes of the pipeline review", 800, "Open deals were gone through one by one.\nNext review: not fixed.\n"),
    (
        "How a day of delivery is promised",
        300,
        "1. Look at stock.\n2. Name a day.\n3. Tell the customer when it moves.\n",
    ),
)
"""Title, age in days and text of the documents handed over; they get the ids EV-001 and so on."""

_WAVE = 1
_TALKED_ABOUT = 8
_SIGNED = 3
_MOVES = 0.65


def hold_workshop(engagement: Engagement, *, seed: int, as_of: date) -> None:
    """Add to a rehearsal's folder what a workshop leaves behind; the same arguments write the same bytes.

    Parameters
    ----------
    engagement
        The made-up client, with the answers of the first round in its folder.
    seed
        Same seed, same answers.
    as_of
        The workshop was held three days before.
    """
    folder, rule = engagement.folder, engagement.consensus
    answers, decisions = folder / "answers", folder / "decisions"
    began = datetime.combine(as_of - timedelta(days=3), time(9, 0))
    _hand_over(folder / "evidence", as_of)
    reveal_round(
        answers, decisions, wave=_WAVE, round=1, by="facilitator", at=began.isoformat(), rule=rule,
        respondents=engagement.respondents,
    )  # fmt: skip
    first = latest_answers(read_answers(answers))
    talked = _most_apart(first)
    for person, own in first[first["question"].isin(talked) & first["value"].notna()].groupby("respondent"):
        _answer_again(answers, str(person), own, first, seed=seed, began=began)
    second = latest_answers(read_answers(answers))
    for question in talked[:_SIGNED]:
        agree_on(decisions, _agreement_on(second[second["question"] == question], began))


def _hand_over(evidence: Path, as_of: date) -> None:
    at = datetime.combine(as_of - timedelta(days=14), time(11, 0)).isoformat()
    with TemporaryDirectory() as scratch:
        for title, age_days, text in DOCUMENTS:
            original = Path(scratch) / "document.txt"
            original.write_text(f"{title}\n\n{text}", encoding="utf-8", newline="\n")
            dated = as_of - timedelta(days=age_days)
            add_document(evidence, original, title=title, dated=dated, by="consultant", at=at)


def _most_apart(first: pd.DataFrame) -> list[str]:
    levels = first[first["value"].notna()]
    apart = (levels["value"] - levels.groupby("question")["value"].transform("median")).abs()
    by_question = apart.groupby(levels["question"]).agg(["mean", "size"]).reset_index()
    several = by_question[by_question["size"] >= 3].sort_values(["mean", "question"], ascending=[False, True])
    return [str(id) for id in several["question"][:_TALKED_ABOUT]]


def _answer_again(
    answers: Path, person: str, own: pd.DataFrame, first: pd.DataFrame, *, seed: int, began: datetime
) -> None:
    rng = generator(seed, f"second round {person}")
    at = began + timedelta(hours=3)
    for question, revision, before in zip(own["question"], own["revision"], own["value"], strict=True):
        middle = float(first.loc[first["question"] == question, "value"].median())
        moved = float(round((before + middle) / 2)) if rng.random() < _MOVES else before
        at += timedelta(seconds=30 + int(60 * rng.random()))
        said = Answer(
            wave=_WAVE, round=2, question=question, revision=int(revision), value=moved,
            confidence=2 + int(moved == before), comment="" if moved == before else "After hearing the others.",
            via="notebook", entered_by="facilitator", at=at.isoformat(),
        )  # fmt: skip
        append_answer(answers, person, said)


def _agreement_on(said: pd.DataFrame, began: datetime) -> AgreedValue:
    levels = said["value"].dropna()
    value = float(int(float(levels.median()) + 0.5))
    held = levels[(levels - value).abs() > 1]
    dissent: tuple[Dissent, ...] = ()
    if len(held):
        far = float(held.iloc[0])
        n_people = int((held == far).sum())
        why = "It is done every day where I work." if far > value else "I have not seen it done in my team."
        dissent = (Dissent(value=far, why=why, n_people=n_people),)
    return AgreedValue(
        wave=_WAVE, question=str(said["question"].iloc[0]), revision=int(said["revision"].iloc[0]), value=value,
        low=max(value - 1, 0.0), high=min(value + 1, 5.0), rule="facilitated",
        rationale="Teams do it in different ways; the level is what holds for all of them.", dissent=dissent,
        by="facilitator", at=(began + timedelta(hours=5)).isoformat(),
    )  # fmt: skip
