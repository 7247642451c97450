from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmplan.assessment import Answer, append_answer, last_words, latest_answers, read_answers
from crmplan.assessment.answers import ANSWER_COLUMNS
from crmplan.entered_text import clean_text
from crmplan.errors import AnswersError

HOSTILE = (
    'quoted "text"; a comma, \\ a\tb\nnew\r\nline \u2028 \u0000 =1+1 <script>alert(1)</script> {{x}} 日本 🙂 \x1b[31m'
    " שלום \u202eabc\u202c \ud83d"
)
CLEANED = HOSTILE.replace("\r\n", "\n").replace("\0", "").replace("\x1b", "").replace("\ud83d", "\ufffd")


def answer(**fields: Any) -> Answer:
    return Answer(
        **{"wave": 1, "question": "MK-CH-01", "revision": 1, "value": 2, "at": "2024-05-31T10:00:00", **fields}
    )


def test_nobody_asked_is_an_empty_frame_with_all_columns(tmp_path: Path) -> None:
    frame = read_answers(tmp_path / "answers")
    assert list(frame.columns) == list(ANSWER_COLUMNS)
    assert frame.empty
    assert latest_answers(frame).empty


def test_what_was_written_is_read_again_whole(tmp_path: Path) -> None:
    append_answer(tmp_path, "r1", answer(value=[1, 4], comment=HOSTILE, evidence=[HOSTILE], stated=0.125, confidence=3))
    row = read_answers(tmp_path).iloc[0]
    assert (row["comment"], row["evidence"]) == (CLEANED, CLEANED)
    assert (row["low"], row["high"], row["value"], row["kind"]) == (1.0, 4.0, 2.5, "range")
    assert (row["stated"], row["confidence"], row["respondent"]) == (0.125, 3, "r1")


@settings(max_examples=60, deadline=None)
@given(comment=st.text(st.characters(exclude_categories=[])))
def test_any_text_survives_once_it_is_cleaned(comment: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("answers")
    append_answer(folder, "r1", answer(comment=comment))
    assert read_answers(folder)["comment"].tolist() == [clean_text(comment)]


def test_a_hundred_kilobytes_of_text_stay_whole(tmp_path: Path) -> None:
    append_answer(tmp_path, "r1", answer(comment="<b>é 🙂 \n" * 12_500))
    assert read_answers(tmp_path)["comment"].iloc[0] == "<b>é 🙂 \n" * 12_500


def test_files_from_before_there_was_a_reason_are_still_read(tmp_path: Path) -> None:
    old = {
        "wave": 1, "round": 1, "question": "MK-CH-01", "revision": 1, "value": 2, "stated": None, "confidence": 2,
        "why": "It depends.", "evidence": ["monthly report"], "at": "2025-12-24T09:04:31",
    }  # fmt: skip
    lines = [json.dumps(old), json.dumps({**old, "value": "na", "why": "We sell no such thing."})]
    (tmp_path / "r1.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    found = read_answers(tmp_path)
    assert found["comment"].tolist() == ["It depends.", ""]
    assert found["reason"].tolist() == ["", "We sell no such thing."]
    assert (found["via"].tolist(), found["entered_by"].tolist()) == (["", ""], ["", ""])


def test_what_does_not_apply_needs_a_reason(tmp_path: Path) -> None:
    with pytest.raises(AnswersError, match='MK-CH-01: expected a reason with "does not apply"; say in `reason`'):
        append_answer(tmp_path, "r1", answer(value="na"))
    append_answer(tmp_path, "r1", answer(value="na", reason="We have no field sales."))
    assert read_answers(tmp_path)["reason"].tolist() == ["We have no field sales."]


def test_a_question_without_levels_is_answered_by_a_figure_or_an_option(tmp_path: Path) -> None:
    append_answer(tmp_path, "r1", answer(value=None, stated=0.4))
    append_answer(tmp_path, "r2", answer(value=None, choice="growth"))
    found = read_answers(tmp_path)
    assert found["kind"].tolist() == ["other", "other"]
    assert found["value"].isna().all()
    assert (found["stated"].iloc[0], found["choice"].iloc[1]) == (0.4, "growth")
    with pytest.raises(ValueError, match="a figure in 'stated' or an option in 'choice'"):
        answer(value=None)


def test_answers_are_added_and_never_replaced(tmp_path: Path) -> None:
    for value in (1, 2, "dk"):
        file = append_answer(tmp_path, "r1", answer(value=value))
    assert [json.loads(line)["value"] for line in file.read_text("utf-8").splitlines()] == [1.0, 2.0, "dk"]
    assert list(tmp_path.iterdir()) == [file]


def test_the_last_word_of_each_person_counts(tmp_path: Path) -> None:
    for value, turn in ((1, 2), (5, 1), (3, 2)):
        append_answer(tmp_path, "r1", answer(value=value, round=turn))
    append_answer(tmp_path, "r2", answer(value=4))
    latest = latest_answers(read_answers(tmp_path))
    assert dict(zip(latest["respondent"], latest["value"], strict=True)) == {"r1": 3.0, "r2": 4.0}


def test_each_round_keeps_its_own_last_word(tmp_path: Path) -> None:
    for value, turn in ((1, 1), (2, 1), (4, 2)):
        append_answer(tmp_path, "r1", answer(value=value, round=turn))
    answers = read_answers(tmp_path)
    assert last_words(answers)["value"].tolist() == [2.0, 4.0]
    assert latest_answers(answers, round=1)["value"].tolist() == [2.0]
    assert latest_answers(answers)["value"].tolist() == [4.0]


def test_only_one_wave_counts_the_latest_unless_said(tmp_path: Path) -> None:
    append_answer(tmp_path, "r1", answer(value=1, wave=1))
    append_answer(tmp_path, "r1", answer(value=4, wave=2))
    answers = read_answers(tmp_path)
    assert latest_answers(answers)["value"].tolist() == [4.0]
    assert latest_answers(answers, wave=1)["value"].tolist() == [1.0]


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_torn_last_line_is_reported_and_the_others_are_read(tmp_path: Path, cut: int) -> None:
    file = append_answer(tmp_path, "r1", answer(comment="né"))
    line = file.read_bytes()
    file.write_bytes(line + line[:cut])
    answers = read_answers(tmp_path)
    assert answers["kind"].tolist() == ["level", "torn"]
    assert "r1.jsonl:2: the line was cut off" in answers["problem"].iloc[1]
    assert len(latest_answers(answers)) == 1


def test_an_answer_after_a_torn_line_loses_neither(tmp_path: Path) -> None:
    file = append_answer(tmp_path, "r1", answer(value=1))
    line = file.read_bytes()
    file.write_bytes(line + line[:40])
    append_answer(tmp_path, "r1", answer(value=5))
    assert read_answers(tmp_path)["kind"].tolist() == ["level", "torn", "level"]
    assert line[:40].decode() in json.loads(file.read_bytes().split(b"\n")[1])["torn"]


def test_a_last_line_without_a_line_end_is_whole(tmp_path: Path) -> None:
    file = append_answer(tmp_path, "r1", answer(value=1))
    file.write_bytes(file.read_bytes().rstrip(b"\n"))
    append_answer(tmp_path, "r1", answer(value=5))
    assert read_answers(tmp_path)["kind"].tolist() == ["level", "level"]


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    writers = [
        threading.Thread(target=lambda: [append_answer(tmp_path, "r1", answer(value=2)) for _ in range(10)])
        for _ in range(4)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(read_answers(tmp_path)) == 40


def good_line(**fields: Any) -> str:
    return json.dumps({**json.loads(answer().as_line()), **fields})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (good_line(value=6), "value: a level from 0 to 5"),
        (good_line(value=True), "value: a level from 0 to 5"),
        (good_line(value=[4, 2]), "starts with its lower end"),
        (good_line(value="often"), 'a level from 0 to 5, .*"na" or "dk"'),
        (good_line(stated="10 %"), "stated: a number"),
        (good_line(confidence=4), "confidence"),
        (good_line(wave=0), "wave"),
        (good_line(at="yesterday"), "at: a time such as"),
        (good_line(mood="fine"), "only wave, round, question"),
        ('{"wave": 1}', "question: field required"),
        ('{"wave": 1, "wave": 2}', "'wave' stands twice"),
        (good_line().replace("2.0", "NaN"), "NaN is no number"),
        ("not json", "one answer as JSON"),
        ("[1, 2]", "answer: "),
    ],
)
def test_a_malformed_line_is_refused_with_its_place(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "r1.jsonl").write_text(good_line() + "\n" + line + "\n", "utf-8")
    with pytest.raises(AnswersError, match=rf"r1\.jsonl:2: .*{message}"):
        read_answers(tmp_path)


def test_all_malformed_lines_of_all_files_are_collected(tmp_path: Path) -> None:
    (tmp_path / "r1.jsonl").write_text("x\ny\n", "utf-8")
    (tmp_path / "r 2.jsonl").write_text("", "utf-8")
    with pytest.raises(AnswersError) as caught:
        read_answers(tmp_path)
    assert [problem.where for problem in caught.value.problems] == ["r 2.jsonl", "r1.jsonl:1", "r1.jsonl:2"]


@pytest.mark.parametrize("name", ["../r1", "r 1", "", ".r1", "r1/../../x"])
def test_a_respondent_id_that_is_no_file_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(AnswersError, match="a respondent id of letters"):
        append_answer(tmp_path, name, answer())


def test_a_file_that_cannot_be_read_is_a_problem_among_the_others(tmp_path: Path) -> None:
    (tmp_path / "r1.jsonl").mkdir()

    with pytest.raises(AnswersError, match=r"r1.jsonl: expected a file that can be read"):
        read_answers(tmp_path)


def test_a_file_where_the_folder_of_answers_belongs_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "answers").write_text("x", "utf-8")

    with pytest.raises(AnswersError, match="expected a folder with a file for each respondent"):
        read_answers(tmp_path / "answers")
