"""What a panel decides, by the commands a facilitator runs: first shown, then signed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crmplan.assessment import Answer, append_answer, load_checklists, read_agreed, read_closed, read_reveals
from crmplan.cli import app

AT = "2024-05-31T10:00:00"


def run(*words: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, [str(word) for word in words])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def question() -> str:
    return load_checklists()[0].questions[0].id


@pytest.fixture
def client(small_client: Path, question: str) -> Path:
    """Return a client of which three heads of sales have answered one question, at 0, 4 and 4."""
    file = small_client / "engagement.yaml"
    people = "".join(f"  - {{id: r{n}, role: head_of_sales}}\n" for n in range(1, 4))
    file.write_text(f"{file.read_text('utf-8').split('respondents:')[0]}respondents:\n{people}", "utf-8")
    for who, level in {"r1": 0, "r2": 4, "r3": 4}.items():
        answer = Answer(wave=1, question=question, revision=1, value=level, at=AT)
        append_answer(small_client / "answers", who, answer)
    return small_client


def test_a_reveal_is_shown_first_and_signed_on_apply(client: Path) -> None:
    code, out, _ = run("decide", "reveal", client, "--by", "Lead")
    assert (code, out.splitlines()[0]) == (0, "wave 1, round 1: 3 answers of 3 people")
    assert read_reveals(client / "decisions") == ()

    assert "answers now go to round 2" in run("decide", "reveal", client, "--by", "Lead", "--apply")[1]
    (record,) = read_reveals(client / "decisions")
    assert (record.by, record.round, record.is_intact) == ("Lead", 1, True)
    code, _, err = run("decide", "reveal", client, "--by", "Lead", "--apply")
    assert (code, "expected at least one answer" in err) == (1, True)


def test_a_reveal_names_who_has_not_been_heard(client: Path) -> None:
    (client / "answers" / "r2.jsonl").unlink()

    assert "not heard yet: r2" in run("decide", "reveal", client, "--by", "Lead")[1]


def test_answers_of_people_whom_nobody_has_named_are_told_and_hold_up_the_closing(client: Path, question: str) -> None:
    append_answer(client / "answers", "visitor", Answer(wave=1, question=question, revision=1, value=5, at=AT))
    told = "not counted, as engagement.yaml does not name them: answers of visitor (1)"

    assert told in run("decide", "show", client)[1]
    out = run("decide", "reveal", client, "--by", "Lead", "--apply")[1]
    assert told in out
    assert "3 answers of 3 people" in out
    code, _, err = run("decide", "close", client, "--by", "Lead", "--apply")
    assert (code, "expected answers of named respondents only, got 'visitor'; name them under" in err) == (1, True)


def test_answers_of_people_whom_nobody_has_named_open_no_wave_and_are_no_round(client: Path, question: str) -> None:
    for wave in (1, 2):
        append_answer(client / "answers", "visitor", Answer(wave=wave, question=question, revision=1, value=5, at=AT))
    assert "wave 1, round 1" in run("decide", "show", client)[1]
    assert json.loads(run("decide", "show", client, "--json")[1])["not_named"] == {"visitor": 2}

    assert run("decide", "reveal", client, "--by", "Lead", "--apply")[0] == 0
    assert read_reveals(client / "decisions")[0].n_people == 3, "as many as are named"
    code, _, err = run("decide", "reveal", client, "--by", "Lead", "--apply")
    assert (code, "wave 1, round 2: expected at least one answer" in err) == (1, True)


def test_nothing_is_agreed_on_before_a_reveal(client: Path, question: str) -> None:
    code, _, err = run("decide", "agree", client, question, "3", "--because", "Talked over.", "--by", "Lead")

    assert (code, "expected a revealed round, got 'none yet'; run: crmplan decide reveal" in err) == (1, True)


@pytest.fixture
def revealed(client: Path) -> Path:
    assert run("decide", "reveal", client, "--by", "Lead", "--apply")[0] == 0
    return client


def test_an_agreed_value_is_signed_with_its_reason_and_dissent(revealed: Path, question: str) -> None:
    words = ("decide", "agree", revealed, question, "3", "--because", "Two of three teams do it.", "--by", "Lead")
    words += ("--low", "2", "--high", "4", "--dissent", "1 x 2: not at weekends", "--dissent", "5: it is done")
    code, out, _ = run(*words)
    assert code == 0
    assert "said: 3 people, median 4, from 0 to 4" in out
    assert "agreed (facilitated): 3" in out
    assert "not shared by 2: 1; not at weekends" in out
    assert read_agreed(revealed / "decisions") == ()

    assert run(*words, "--apply")[1].endswith("signed\n")
    (record,) = read_agreed(revealed / "decisions")
    assert (record.value, record.range, record.by, record.is_intact) == (3, (2, 4), "Lead", True)
    assert [(one.value, one.n_people, one.why) for one in record.dissent] == [
        (1, 2, "not at weekends"),
        (5, 1, "it is done"),
    ]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("XX-99", "3", "--because", "Talked over."), 2, "XX-99"),
        (("{id}", "3", "--because", ""), 1, "rationale: expected a text of at least 3 characters"),
        (("{id}", "3", "--because", "Talked over.", "--high", "2"), 1, "a range that holds the value"),
        (("{id}", "3", "--because", "Talked over.", "--rule", "dice"), 1, "rule: expected"),
        (("{id}", "3", "--because", "Talked over.", "--dissent", "none"), 1, "LEVEL: WHY"),
        (("{id}", "6", "--because", "Talked over."), 2, "less than or equal to 5"),
    ],
)
def test_what_cannot_be_agreed_on_is_told(
    words: tuple[str, ...], code: int, told: str, revealed: Path, question: str
) -> None:
    found = run("decide", "agree", revealed, *(one.format(id=question) for one in words), "--by", "Lead", "--apply")

    assert (found[0], told in found[2]) == (code, True), found[2]
    assert read_agreed(revealed / "decisions") == ()


def test_the_state_names_what_is_open_until_it_is_agreed_on(revealed: Path, question: str) -> None:
    code, out, _ = run("decide", "show", revealed)
    assert (code, question in out, "wave 1, round 2: 0 agreed values" in out) == (0, True, True)

    run("decide", "agree", revealed, question, "3", "--because", "Talked over.", "--by", "Lead", "--apply")
    state = json.loads(run("decide", "show", revealed, "--json")[1])
    assert (state["no_consensus"], state["agreed"], state["closed_waves"]) == ([], {question: 3.0}, [])


def test_a_closed_wave_makes_room_for_the_next(revealed: Path, question: str) -> None:
    code, out, _ = run("decide", "close", revealed, "--by", "Lead")
    assert (code, "3 answers of 3 people in 1 rounds" in out, "--apply closes it" in out) == (0, True, True)
    assert read_closed(revealed / "decisions") == ()

    assert "closed; wave 2 begins" in run("decide", "close", revealed, "--by", "Lead", "--apply")[1]
    assert json.loads(run("decide", "show", revealed, "--json")[1])["wave"] == 2
    code, _, err = run("decide", "agree", revealed, question, "3", "--because", "Talked over.", "--by", "Lead")
    assert (code, "expected a revealed round" in err) == (1, True)
    code, _, err = run("decide", "close", revealed, "--by", "Lead", "--apply")
    assert (code, "wave 2: expected at least one answer" in err) == (1, True)
