from __future__ import annotations

from pathlib import Path

import pytest

from crmplan.assessment import (
    Answer,
    append_answer,
    current_round,
    read_answers,
    read_reveals,
    reveal_round,
    round_state,
    visible_to,
)
from crmplan.assessment.rounds import ROUNDS_FILE
from crmplan.engagement import Consensus, Respondent
from crmplan.errors import AnswersError

AT = "2024-05-31T10:00:00"
PEOPLE = [Respondent(id=f"r{n}", role="agent") for n in range(1, 10)]


def say(client: Path, who: str, value: float, *, round: int = 1, question: str = "MK-CH-01", comment: str = "") -> None:
    answer = Answer(
        wave=1, round=round, question=question, revision=1, value=value, at=AT, comment=comment, via="web",
        entered_by="interviewer",
    )  # fmt: skip
    append_answer(client / "answers", who, answer, decisions=client / "decisions")


def reveal(client: Path, round: int = 1, rule: Consensus | None = None) -> None:
    reveal_round(
        client / "answers", client / "decisions", wave=1, round=round, by="facilitator", at=AT,
        rule=rule or Consensus(), respondents=PEOPLE,
    )  # fmt: skip


def seen(client: Path, who: str) -> list[tuple[str, float]]:
    shown = visible_to(who, read_answers(client / "answers"), read_reveals(client / "decisions"))
    return list(zip(shown["respondent"], shown["value"], strict=True))


@pytest.fixture
def client(tmp_path: Path) -> Path:
    for who, value in (("r1", 4), ("r2", 1), ("r3", 3)):
        say(tmp_path, who, value)
    return tmp_path


def test_before_a_round_is_revealed_everybody_sees_own_answers_only(client: Path) -> None:
    assert seen(client, "r1") == [("r1", 4.0)]
    assert seen(client, "nobody") == []


def test_after_it_all_see_what_others_said_but_not_who_said_it(client: Path) -> None:
    reveal(client)
    assert seen(client, "r1") == [("r1", 4.0), ("", 1.0), ("", 3.0)]
    shown = visible_to("r1", read_answers(client / "answers"), read_reveals(client / "decisions"))
    others = shown[shown["respondent"] == ""]
    assert (others[["entered_by", "via", "at"]] == "").all(axis=None)
    assert (others["line"] == 0).all()


def test_a_round_that_only_strangers_answered_cannot_be_revealed(client: Path) -> None:
    answers, decisions = client / "answers", client / "decisions"
    with pytest.raises(AnswersError, match="expected at least one answer of a named respondent"):
        reveal_round(
            answers, decisions, wave=1, round=1, by="f", at=AT, rule=Consensus(), respondents=PEOPLE[3:],
        )  # fmt: skip
    reveal_round(answers, decisions, wave=1, round=1, by="f", at=AT, rule=Consensus(), respondents=PEOPLE[:2])
    assert [(one.n_people, one.n_answers) for one in read_reveals(decisions)] == [(2, 2)]


def test_the_next_round_is_blind_again(client: Path) -> None:
    reveal(client)
    for who in ("r1", "r2", "r3"):
        say(client, who, 2, round=2)
    assert seen(client, "r2") == [("r2", 1.0), ("r2", 2.0), ("", 3.0), ("", 4.0)]


def test_answers_of_fewer_than_three_people_stay_hidden_after_the_reveal(client: Path) -> None:
    say(client, "r1", 5, question="MK-CH-02")
    say(client, "r2", 0, question="MK-CH-02")
    reveal(client)
    shown = visible_to("r1", read_answers(client / "answers"), read_reveals(client / "decisions"))
    assert shown.loc[shown["question"] == "MK-CH-02", "value"].tolist() == [5.0]


def test_a_revealed_round_takes_no_more_answers(client: Path) -> None:
    reveal(client)
    with pytest.raises(AnswersError, match=r"wave 1, round 1: expected a round that is still open.*answer in round 2"):
        say(client, "r1", 5)
    say(client, "r1", 5, round=2)


def test_a_round_goes_from_not_begun_by_open_to_revealed(client: Path) -> None:
    answers = read_answers(client / "answers")
    assert round_state(answers, (), wave=1, round=2).status == "not begun"
    state = round_state(answers, (), wave=1, round=1)
    assert (state.status, state.people, state.n_answers) == ("open", ("r1", "r2", "r3"), 3)
    assert current_round((), 1) == 1
    reveal(client)
    reveals = read_reveals(client / "decisions")
    state = round_state(answers, reveals, wave=1, round=1)
    assert (state.status, state.revealed_by, state.revealed_at, state.is_as_revealed) == (
        "revealed", "facilitator", AT, True,
    )  # fmt: skip
    assert current_round(reveals, 1) == 2
    assert current_round(reveals, 2) == 1


def test_the_record_of_a_reveal_holds_the_rule_that_was_fixed_before(client: Path) -> None:
    reveal(client, rule=Consensus(share=0.8))
    record = read_reveals(client / "decisions")[0]
    assert (record.rule.share, record.n_people, record.n_answers, record.is_intact) == (0.8, 3, 3, True)


def test_an_answer_that_slips_in_after_the_reveal_shows(client: Path) -> None:
    reveal(client)
    append_answer(client / "answers", "r1", Answer(wave=1, question="MK-CH-01", revision=1, value=0, at=AT))
    state = round_state(read_answers(client / "answers"), read_reveals(client / "decisions"), wave=1, round=1)
    assert not state.is_as_revealed


def test_a_record_changed_by_hand_shows(client: Path) -> None:
    reveal(client)
    file = client / "decisions" / ROUNDS_FILE
    file.write_text(file.read_text("utf-8").replace("share: 0.75", "share: 0.5"), "utf-8")
    file.write_text(file.read_text("utf-8").replace("by: facilitator", "by: somebody"), "utf-8")
    state = round_state(read_answers(client / "answers"), read_reveals(client / "decisions"), wave=1, round=1)
    assert (state.status, state.is_as_revealed) == ("revealed", False)


@pytest.mark.parametrize(("round", "message"), [(1, "it has been revealed already"), (3, "reveal round 2 first")])
def test_rounds_are_revealed_once_and_in_order(client: Path, round: int, message: str) -> None:
    reveal(client)
    with pytest.raises(AnswersError, match=message):
        reveal(client, round)


def test_a_round_without_answers_cannot_be_revealed(client: Path, tmp_path: Path) -> None:
    reveal(client)
    with pytest.raises(AnswersError, match="wave 1, round 2: expected at least one answer"):
        reveal(client, 2)
    with pytest.raises(AnswersError, match="expected at least one answer"):
        reveal(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("wave: 1", "rounds.yaml:1: expected a list of signed records"),
        ("- wave: 0\n  round: 1\n", "rounds.yaml:1: expected wave: "),
        ("- {by: a, at: yesterday}", "at: a time such as"),
        ("- 3", "record: "),
    ],
)
def test_a_malformed_record_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / ROUNDS_FILE).write_text(text, "utf-8")
    with pytest.raises(AnswersError, match=message):
        read_reveals(tmp_path)
