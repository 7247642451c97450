from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from crmplan.assessment import Answer, Checklist, append_answer, reveal_round
from crmplan.assessment.questionnaire.asked import Questionnaire, asked_of
from crmplan.assessment.questionnaire.reply import Reply
from crmplan.engagement import Engagement
from crmplan.errors import UnknownNameError

from .conftest import AT, every_scale, question


def test_somebody_is_asked_what_the_role_is_asked(engagement: Engagement) -> None:
    questions = [question("MK-CH-01"), question("MK-CH-02", ask={"roles": ["agent"]})]
    fields = {"checklist": "marketing", "title": "M", "version": "1.0.0", "introduction": "i", "questions": questions}

    asked = asked_of(engagement, "r1", checklists=[Checklist.model_validate(fields)])

    assert [one.question.id for one in asked.asked] == ["MK-CH-01"]


def test_somebody_whose_role_is_named_nowhere_is_asked_everything(small_client: Path) -> None:
    file = small_client / "engagement.yaml"
    file.write_text(file.read_text("utf-8").replace("head_of_sales", "chairman"), "utf-8")

    asked = asked_of(Engagement.open(small_client), "r1", checklists=[every_scale()])

    assert len(asked.asked) == len(every_scale().questions)


def test_only_areas_in_scope_are_asked(small_client: Path) -> None:
    file = small_client / "engagement.yaml"
    file.write_text(file.read_text("utf-8") + "scope: [sales]\n", "utf-8")

    assert asked_of(Engagement.open(small_client), "r1", checklists=[every_scale()]).asked == ()


def test_the_last_word_counts_and_all_words_are_kept(
    say: Callable[..., None], asked: Callable[[], Questionnaire]
) -> None:
    say("MK-CH-01", 2)
    say("MK-CH-01", 3, comment="on reflection")

    first = asked().asked[0]
    assert first.reply == Reply(value=(3.0, 3.0), comment="on reflection")
    assert [one.value for one in first.history] == [(2.0, 2.0), (3.0, 3.0)]
    assert asked().n_answered == 1


def test_a_question_reworded_since_is_open_again(say: Callable[..., None], engagement: Engagement) -> None:
    say("MK-CH-01", 2)
    reworded = every_scale().model_copy(update={"questions": every_scale().questions})
    newer = reworded.questions[0].model_copy(update={"rev": 2})

    asked = asked_of(
        engagement, "r1", checklists=[reworded.model_copy(update={"questions": (newer, *reworded.questions[1:])})]
    )

    assert not asked.asked[0].reply.is_answer


def test_after_a_reveal_the_next_round_begins_with_what_was_said(
    say: Callable[..., None], asked: Callable[[], Questionnaire], engagement: Engagement
) -> None:
    say("MK-CH-01", 2)
    reveal_round(
        engagement.answers, engagement.folder / "decisions", wave=1, round=1, by="f", at=AT, rule=engagement.consensus,
        respondents=engagement.respondents,
    )  # fmt: skip

    assert (asked().wave, asked().round) == (1, 2)
    assert asked().asked[0].reply.value == (2.0, 2.0)


def test_the_content_changes_with_every_word_a_respondent_reads_and_with_nothing_else(engagement: Engagement) -> None:
    def content(**fields: object) -> str:
        changed = every_scale().questions[0].model_copy(update=fields)
        checklist = every_scale().model_copy(update={"questions": (changed, *every_scale().questions[1:])})
        return asked_of(engagement, "r1", checklists=[checklist]).content

    assert content() == content(weight=3) == content(gap="Something else is missing.")
    assert (
        len({content(), content(text="How is it done, really?"), content(rev=2), content(why="Money, that is.")}) == 4
    )


def test_answers_of_people_whom_the_engagement_does_not_name_open_no_wave(
    asked: Callable[[], Questionnaire], engagement: Engagement
) -> None:
    answer = Answer(wave=2, question="MK-CH-01", revision=1, value=2, at=AT)
    append_answer(engagement.answers, "visitor", answer)
    assert asked().wave == 1


def test_an_unknown_respondent_is_refused(engagement: Engagement) -> None:
    with pytest.raises(UnknownNameError, match="no respondent 'r9'"):
        asked_of(engagement, "r9", checklists=[every_scale()])
