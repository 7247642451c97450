"""Waves: once closed, a wave stays as it was; the next one is compared with it like for like."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from crmplan.assessment import (
    AgreedValue,
    Answer,
    Checklist,
    OnFile,
    agree_on,
    append_answer,
    assess,
    close_wave,
    read_answers,
    read_closed,
    read_on_file,
    reveal_round,
)
from crmplan.assessment.wave_changes import wave_changes
from crmplan.assessment.waves import WAVES_FILE
from crmplan.engagement import Consensus, Respondent, Targets
from crmplan.errors import AnswersError

AT = "2024-05-31T10:00:00"
PEOPLE = [Respondent(id=f"r{n}", role="agent") for n in (1, 2, 3, 9)]


def say(client: Path, who: str, value: float, *, wave: int = 1, round: int = 1, question: str = "MK-CH-01") -> None:
    answer = Answer(wave=wave, round=round, question=question, revision=1, value=value, at=AT)
    append_answer(client / "answers", who, answer, decisions=client / "decisions")


def reveal(client: Path, *, wave: int = 1, round: int = 1) -> None:
    reveal_round(
        client / "answers", client / "decisions", wave=wave, round=round, by="facilitator", at=AT,
        rule=Consensus(), respondents=PEOPLE,
    )  # fmt: skip


def agreed(wave: int = 1, **fields: Any) -> AgreedValue:
    told = {"rule": "facilitated", "rationale": "Talked over.", "by": "facilitator", "at": AT, "value": 3}
    return AgreedValue(wave=wave, question="MK-CH-01", revision=1, **{**told, **fields})


@pytest.fixture
def closed(tmp_path: Path, checklists: tuple[Checklist, ...]) -> Path:
    """Return the folder of a client whose first wave was answered, revealed, agreed on and closed."""
    for who, value in {"r1": 2, "r2": 3, "r3": 4}.items():
        say(tmp_path, who, value)
    reveal(tmp_path)
    agree_on(tmp_path / "decisions", agreed())
    close(tmp_path, checklists)
    return tmp_path


def close(client: Path, checklists: tuple[Checklist, ...], wave: int = 1, people: list[Respondent] = PEOPLE) -> None:
    close_wave(
        client / "answers", client / "decisions", wave=wave, by="lead", at=AT, checklists=checklists, respondents=people
    )


def test_the_record_says_what_was_answered_agreed_and_asked(closed: Path) -> None:
    (record,) = read_closed(closed / "decisions")

    assert record.is_intact
    assert (record.wave, record.n_rounds, record.n_people, record.n_answers, record.n_agreed) == (1, 1, 3, 3, 1)
    assert record.versions == "marketing 1.0.0"


@pytest.mark.parametrize(
    "change",
    [
        lambda client: say(client, "r1", 5, round=2),
        lambda client: reveal(client, round=2),
        lambda client: agree_on(client / "decisions", agreed(value=4)),
    ],
    ids=["answer", "reveal", "agree"],
)
def test_a_closed_wave_cannot_be_changed(change: Callable[[Path], Any], closed: Path) -> None:
    before = {file.name: file.read_bytes() for file in closed.rglob("*.*")}

    with pytest.raises(AnswersError, match="wave 1: expected a wave that is open, got 'one that was closed'"):
        change(closed)
    assert {file.name: file.read_bytes() for file in closed.rglob("*.*")} == before


def test_a_wave_is_closed_once_and_only_when_all_was_revealed(closed: Path, checklists: tuple[Checklist, ...]) -> None:
    with pytest.raises(AnswersError, match="got 'one that was closed'"):
        close(closed, checklists)
    with pytest.raises(AnswersError, match="wave 2: expected at least one answer"):
        close(closed, checklists, wave=2)
    say(closed, "r1", 5, wave=2)
    with pytest.raises(AnswersError, match="expected every round revealed, got 'round 1 still open'; reveal round 1"):
        close(closed, checklists, wave=2)


def findings_of(client: Path, checklists: tuple[Checklist, ...]) -> list[str]:
    on_file: OnFile = read_on_file(client / "decisions", client / "evidence")
    found = assess(
        checklists, read_answers(client / "answers"), {}, targets=Targets(), scope=["marketing"], respondents=PEOPLE,
        on_file=on_file,
    )  # fmt: skip
    return [one.code for one in found.findings]


def test_a_wave_is_not_closed_over_answers_of_people_whom_nobody_has_named(
    tmp_path: Path, checklists: tuple[Checklist, ...]
) -> None:
    say(tmp_path, "r1", 2)
    say(tmp_path, "visitor", 5)
    reveal(tmp_path)
    with pytest.raises(AnswersError, match="wave 1: expected answers of named respondents only, got 'visitor'"):
        close(tmp_path, checklists)

    close(tmp_path, checklists, people=[*PEOPLE, Respondent(id="visitor", role="agent")])
    assert read_closed(tmp_path / "decisions")[0].n_people == 2


def test_a_closed_wave_counts_people_who_have_left_the_list_since(
    closed: Path, checklists: tuple[Checklist, ...]
) -> None:
    on_file = read_on_file(closed / "decisions", closed / "evidence")
    found = assess(checklists, read_answers(closed / "answers"), {}, targets=Targets(), scope=["marketing"],
                   respondents=PEOPLE[:1], on_file=on_file)  # fmt: skip
    assert found.n_respondents == 3
    assert "unlisted_respondent" not in [one.code for one in found.findings]


def test_a_change_behind_the_back_of_a_closed_wave_is_told(closed: Path, checklists: tuple[Checklist, ...]) -> None:
    assert "wave_changed" not in findings_of(closed, checklists)
    file = closed / "answers" / "r1.jsonl"
    file.write_text(file.read_text("utf-8").replace('"value": 2', '"value": 5'), "utf-8")

    assert "wave_changed" in findings_of(closed, checklists)


@pytest.mark.parametrize("change", ["added", "changed", "taken away"])
def test_a_change_to_the_answers_of_a_revealed_round_is_told(
    tmp_path: Path, checklists: tuple[Checklist, ...], change: str
) -> None:
    for who in ("r1", "r2"):
        say(tmp_path, who, 2)
    reveal(tmp_path)
    assert "round_changed" not in findings_of(tmp_path, checklists)
    file = tmp_path / "answers" / "r1.jsonl"
    if change == "added":
        (tmp_path / "answers" / "r3.jsonl").write_bytes(file.read_bytes())
    elif change == "changed":
        file.write_text(file.read_text("utf-8").replace('"value": 2', '"value": 5'), "utf-8")
    else:
        file.unlink()

    assert "round_changed" in findings_of(tmp_path, checklists)


def test_a_record_that_was_changed_is_told(closed: Path, checklists: tuple[Checklist, ...]) -> None:
    file = closed / "decisions" / WAVES_FILE
    file.write_text(file.read_text("utf-8").replace("n_people: 3", "n_people: 30"), "utf-8")

    assert "wave_changed" in findings_of(closed, checklists)


def two_waves(said: Callable[..., pd.DataFrame], now: tuple[Any, ...], **same: Any) -> pd.DataFrame:
    before = said(("r1", "MK-CH-01", 1), ("r2", "MK-CH-01", 3), ("r1", "MK-CH-02", 4), ("r1", "MK-CH-03", 0))
    return pd.concat([before, said(*now, wave=2, **same)], ignore_index=True)


def test_waves_are_compared_like_for_like(checklists: tuple[Checklist, ...], said: Callable[..., pd.DataFrame]) -> None:
    """MK-CH-01 (weight 3) goes from median 2 to 4, MK-CH-02 (weight 1) from 4 to 3: (3*2+4)/4 = 2.5 to (12+3)/4."""
    answers = two_waves(said, (("r1", "MK-CH-01", 4), ("r9", "MK-CH-02", 3)))
    asked = [("marketing", question) for question in checklists[0].questions]

    (row,) = wave_changes(asked, answers, (), wave=2).to_dict("records")
    assert (row["wave_before"], row["level_before"], row["level"], row["change"]) == (1, 2.5, 3.75, 1.25)
    assert (row["n_compared"], row["n_reworded"], row["n_only_before"], row["n_only_now"]) == (2, 0, 1, 0)
    assert (row["n_risen"], row["n_fallen"], row["most_risen"], row["most_fallen"]) == (1, 1, "MK-CH-01", "MK-CH-02")
    assert wave_changes(asked, answers, (), wave=1).empty


def test_a_question_worded_anew_is_not_compared(
    checklists: tuple[Checklist, ...], said: Callable[..., pd.DataFrame]
) -> None:
    answers = two_waves(said, (("r1", "MK-CH-02", 3),))
    reworded = said(("r1", "MK-CH-01", 5), wave=2, revision=2)
    first = checklists[0].questions[0].model_copy(update={"rev": 2})
    asked = [("marketing", one) for one in (first, *checklists[0].questions[1:])]

    (row,) = wave_changes(asked, pd.concat([answers, reworded]), (), wave=2).to_dict("records")
    assert (row["n_compared"], row["n_reworded"], row["change"]) == (1, 1, -1.0)


def test_an_agreed_value_takes_the_place_of_the_median_in_both_waves(
    checklists: tuple[Checklist, ...], said: Callable[..., pd.DataFrame]
) -> None:
    answers = two_waves(said, (("r1", "MK-CH-01", 4),))
    settled = [agreed(1, value=1).sealed(), agreed(2, value=5).sealed(), agreed(2, value=0)]

    (row,) = wave_changes([("marketing", checklists[0].questions[0])], answers, settled, wave=2).to_dict("records")
    assert (row["level_before"], row["level"]) == (1.0, 5.0), "a record without its seal does not count"
