"""The workshop without a browser: what is typed into widgets is what is kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import ipywidgets
import pytest

from crmplan.assessment import close_wave, read_answers
from crmplan.assessment.access import FACILITATOR
from crmplan.assessment.answer_files import answers_of
from crmplan.assessment.checklists import checklists_of
from crmplan.assessment.questionnaire.answering import Answering
from crmplan.assessment.questionnaire.panel import Turnout
from crmplan.engagement import Engagement
from crmplan.entered_text import clean_text
from crmplan.widgets.answering_page import AnsweringPage
from crmplan.widgets.facilitator import FacilitatorPage
from crmplan.widgets.form import QuestionForm, RowForm
from crmplan.widgets.panel_tables import turnout_table
from crmplan.widgets.style import safe
from crmplan.widgets.workshop import Workshop

HOSTILE = (
    "<script>alert(1)</script>",
    '=HYPERLINK("http://example.org","click")',
    "<img src=x onerror=alert(1)>",
    "x" * 100_000,
    "🙂 \u202e\u0634\u0643\u0631\u0627",
    "a\x00b",
)


@pytest.fixture
def page(engagement: Engagement) -> AnsweringPage:
    return AnsweringPage(Answering(engagement, "r1"))


def form_of(page: AnsweringPage) -> QuestionForm:
    (form,) = page.forms
    assert isinstance(form, QuestionForm)
    return form


def line(form: QuestionForm | RowForm, level: int) -> str:
    options = [one[1] if isinstance(one, tuple) else one for one in form.fields["answer"].options]
    return next(one for one in options if one.startswith(f"{level} "))


def every_text(box: ipywidgets.Box) -> str:
    """Return all markup on a page."""
    found = [box.value] if isinstance(box, ipywidgets.HTML) else []
    return "".join([*found, *(every_text(child) for child in getattr(box, "children", ()))])


def test_a_wrong_token_sees_nothing(client: Path, tokens: dict[str, str]) -> None:
    workshop = Workshop(client)
    before = every_text(workshop.box)

    workshop.token.value = "abcd-efgh-jkmn-pqrs"
    workshop.door.click()

    assert workshop.page is None
    assert "This token opens nothing" in workshop.said.value
    seen = every_text(workshop.box).replace(workshop.said.value, "")
    assert seen == before
    assert "Example Trading" not in seen
    assert "Why we ask" not in seen


def test_a_token_opens_the_page_of_its_holder(client: Path, tokens: dict[str, str]) -> None:
    workshop = Workshop(client)
    workshop.token.value = tokens["r2"]

    assert isinstance(workshop.page, AnsweringPage)
    assert workshop.page.who == "r2, agent · round 1"
    assert workshop.token.value == ""
    workshop.enter(tokens["r1"])
    assert workshop.page.who == "r2, agent · round 1", "nobody changes places once inside"


def test_the_facilitators_token_opens_the_live_screen(client: Path, tokens: dict[str, str]) -> None:
    workshop = Workshop(client)
    workshop.enter(tokens[FACILITATOR])

    assert isinstance(workshop.page, FacilitatorPage)


def test_every_change_is_kept_at_once(page: AnsweringPage, engagement: Engagement) -> None:
    form = form_of(page)
    form.fields["answer"].value = line(form, 2)
    assert "✓ Saved at" in page.status.value
    assert "1 of 5 questions answered" in page.progress.value
    form.fields["comment"].value = "as seen"
    form.fields["confidence"].value = "3 - sure, I could show it"
    form.fields["evidence"].value = "report\n\n plan "

    kept = answers_of(engagement.answers)["r1"]
    assert len(kept) == 4
    last = kept[-1]
    assert (last.value, last.comment, last.confidence, last.evidence) == ((2.0, 2.0), "as seen", 3, ("report", "plan"))
    assert (last.via, last.wave, last.round) == ("web", 1, 1)


def test_a_comment_without_an_answer_is_said_not_to_be_saved(page: AnsweringPage, engagement: Engagement) -> None:
    form = form_of(page)
    form.fields["comment"].value = "first the comment"
    assert "Not saved yet" in page.status.value
    assert read_answers(engagement.answers).empty

    form.fields["answer"].value = line(form, 3)
    assert answers_of(engagement.answers)["r1"][-1].comment == "first the comment"


def test_does_not_apply_waits_for_its_reason(page: AnsweringPage, engagement: Engagement) -> None:
    form = form_of(page)
    assert form.fields["reason"].layout.display == "none"
    form.fields["answer"].value = "NA - does not apply here"
    assert form.fields["reason"].layout.display == ""
    assert "why the question does not apply" in page.status.value
    form.fields["reason"].value = "done by a partner"

    (kept,) = answers_of(engagement.answers)["r1"]
    assert (kept.value, kept.reason) == ("na", "done by a partner")


def test_a_page_opened_again_goes_on_where_one_left_off(page: AnsweringPage, engagement: Engagement) -> None:
    first = form_of(page)
    first.fields["answer"].value = line(first, 2)
    page.next.click()
    second = form_of(page)
    second.fields["answer"].value = line(second, 1)

    again = AnsweringPage(Answering(engagement, "r1"))
    assert form_of(again).question == engagement_ids(engagement)[2]
    again.goto.value = first.question
    assert form_of(again).fields["answer"].value == line(first, 2)


def engagement_ids(engagement: Engagement) -> tuple[str, ...]:
    return Answering(engagement, "r1").ids


def test_two_people_at_once_keep_their_own(engagement: Engagement) -> None:
    pages = {who: AnsweringPage(Answering(engagement, who)) for who in ("r1", "r2")}
    for level in (1, 2, 3):
        for shift, page in enumerate(pages.values()):
            form = form_of(page)
            form.fields["answer"].value = line(form, level - shift)

    last = {who: given[-1].value for who, given in answers_of(engagement.answers).items()}
    assert last == {"r1": (3.0, 3.0), "r2": (2.0, 2.0)}


def test_two_windows_of_one_person_do_not_undo_each_other(engagement: Engagement) -> None:
    one, other = (form_of(AnsweringPage(Answering(engagement, "r1"))) for _ in range(2))
    one.fields["answer"].value = line(one, 4)
    one.fields["comment"].value = "from the first window"
    other.fields["confidence"].value = "1 - a guess"

    last = answers_of(engagement.answers)["r1"][-1]
    assert (last.value, last.comment, last.confidence) == ((4.0, 4.0), "from the first window", 1)


def test_the_table_and_the_single_question_are_one_answer(page: AnsweringPage, engagement: Engagement) -> None:
    form = form_of(page)
    form.fields["answer"].value = line(form, 2)
    page.mode.value = "Table"
    rows = {row.question: row for row in page.forms}
    assert set(rows) == set(engagement_ids(engagement))
    row = rows[form.question]
    assert row.fields["answer"].value == line(row, 2)
    row.fields["answer"].value = line(row, 5)

    page.mode.value = "One at a time"
    assert form_of(page).fields["answer"].value.startswith("5 ")


def test_in_the_table_the_chosen_line_stands_in_full_where_a_list_cuts_it_off(
    page: AnsweringPage, engagement: Engagement
) -> None:
    page.mode.value = "Table"
    row = page.forms[0]
    assert isinstance(row, RowForm)
    assert row.chosen.value == ""
    longest = max((option[1] for option in row.fields["answer"].options), key=len)
    row.fields["answer"].value = longest
    assert row.chosen.value == safe(longest)
    row.fields["answer"].value = "DK - I do not know"
    assert row.chosen.value == ""


def test_in_the_table_it_is_said_in_the_row_what_became_of_a_change(page: AnsweringPage) -> None:
    page.mode.value = "Table"
    first, second = page.forms[:2]
    assert isinstance(first, RowForm)
    assert isinstance(second, RowForm)
    second.fields["answer"].value = line(second, 2)

    assert "✓ Saved at" in second.said.value
    assert (first.said.value, page.status.value.count("Saved")) == ("", 0)


def test_in_the_table_an_earlier_answer_is_kept_by_one_click(
    engagement: Engagement, answered: Callable[..., str]
) -> None:
    id = answered(r1=2, r2=2, r3=2)
    facilitate(engagement).reveal.click()
    page = AnsweringPage(Answering(engagement, "r1"))
    page.mode.value = "Table"
    rows = {form.question: form for form in page.forms if isinstance(form, RowForm)}
    assert [one for one, row in rows.items() if row.stays.layout.display == ""] == [id]
    assert "all 3 people who gave a level answered 2" in every_text(rows[id].box)

    rows[id].stays.click()
    assert rows[id].stays.layout.display == "none"
    assert [(one.round, one.value) for one in answers_of(engagement.answers)["r1"]] == [
        (1, (2.0, 2.0)),
        (2, (2.0, 2.0)),
    ]
    rows[id].stays.click()
    assert len(answers_of(engagement.answers)["r1"]) == 2


def test_who_has_answered_everything_is_thanked(page: AnsweringPage) -> None:
    page.mode.value = "Table"
    for form in page.forms:
        assert "Thank you" not in page.progress.value
        form.fields["answer"].value = "DK - I do not know"

    assert "✓ 5 of 5 questions answered. Thank you." in page.progress.value


def test_after_a_wave_is_closed_the_page_says_that_answers_belong_to_the_next(
    engagement: Engagement, answered: Callable[..., str]
) -> None:
    id = answered(r1=2, r2=2, r3=2)
    late = form_of(AnsweringPage(Answering(engagement, "r4")))
    facilitate(engagement).reveal.click()
    close_wave(
        engagement.answers, engagement.folder / "decisions", wave=1, by="F", at="2026-02-01T10:00:00+00:00",
        checklists=checklists_of(engagement), respondents=engagement.respondents,
    )  # fmt: skip
    page = AnsweringPage(Answering(engagement, "r1"))

    assert page.who == "r1, agent · wave 2, round 1"
    assert "The assessment before is closed" in page.progress.value
    assert "<h1>Wave 2, round 1</h1>" in FacilitatorPage(engagement).turnout.value
    late.fields["answer"].value = line(late, 1)
    assert set(answers_of(engagement.answers)) == {"r1", "r2", "r3"}, "a page of the closed wave takes nothing any more"
    form = form_of(page)
    assert (form.question, form.fields["answer"].value) == (id, None)
    form.fields["answer"].value = line(form, 3)
    assert answers_of(engagement.answers)["r1"][-1].wave == 2
    assert "closed" not in page.progress.value


def test_previous_and_next_stop_at_the_ends(page: AnsweringPage) -> None:
    assert page.back.disabled
    for _ in range(10):
        page.next.click()
    assert page.next.disabled
    assert not page.back.disabled


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_kept_whole_and_shown_as_text(text: str, engagement: Engagement) -> None:
    page = AnsweringPage(Answering(engagement, "r1"))
    form = form_of(page)
    form.fields["answer"].value = line(form, 2)
    form.fields["comment"].value = text

    assert answers_of(engagement.answers)["r1"][-1].comment == clean_text(text)
    again = AnsweringPage(Answering(engagement, "r1"))
    again.goto.value = form.question
    assert form_of(again).fields["comment"].value == clean_text(text)
    assert "<script" not in every_text(again.box)
    assert "onerror" not in every_text(again.box)


def test_hostile_checklist_and_client_are_text_on_the_page(client: Path, tokens: dict[str, str]) -> None:
    evil = "<img src=x onerror=alert(1)> how is it?"
    engagement = Engagement.open(client)
    id = engagement_ids(engagement)[0]
    overlay = client / "overlay.yaml"
    overlay.write_text(f"{overlay.read_text('utf-8')}reword:\n  {id}: {{text: '{evil}'}}\n", "utf-8")
    settings = client / "engagement.yaml"
    settings.write_text(settings.read_text("utf-8").replace("Example Trading", "'<b>Firm'"), "utf-8")

    workshop = Workshop(client)
    workshop.enter(tokens["r1"])
    seen = every_text(workshop.box)
    assert safe(evil) in seen
    assert evil not in seen
    assert "<b>&lt;b&gt;Firm</b>" in seen


def test_a_round_revealed_meanwhile_is_told(page: AnsweringPage, engagement: Engagement) -> None:
    other = form_of(AnsweringPage(Answering(engagement, "r2")))
    other.fields["answer"].value = line(other, 2)
    facilitate(engagement).reveal.click()
    form = form_of(page)
    form.fields["answer"].value = line(form, 2)

    assert "Could not be saved" in page.status.value
    assert "round 2" in page.status.value
    assert set(answers_of(engagement.answers)) == {"r2"}


def facilitate(engagement: Engagement) -> FacilitatorPage:
    page = FacilitatorPage(engagement)
    page.name.value = "Facilitator"
    page.sure.value = True
    return page


@pytest.fixture
def answered(engagement: Engagement) -> Callable[..., str]:
    """Return a function by which people answer the first question, each with a level, and which returns its id."""

    def answer(**levels: int) -> str:
        for who, level in levels.items():
            form = form_of(AnsweringPage(Answering(engagement, who)))
            form.fields["answer"].value = line(form, level)
        return form.question

    return answer


def test_the_facilitator_sees_who_has_answered_and_not_what(
    engagement: Engagement, answered: Callable[..., str]
) -> None:
    answered(r1=0, r2=5, r3=5)
    page = FacilitatorPage(engagement)

    assert page.turnout.value.count("1 of 5") == 3
    assert page.turnout.value.count("0 of 5") == 2
    assert "Nothing is shown while the first round is open" in page.apart.value
    assert "crm-levels" not in page.apart.value


def test_after_the_reveal_disagreement_is_shown_without_names(
    engagement: Engagement, answered: Callable[..., str]
) -> None:
    id = answered(r1=0, r2=0, r3=1, r4=5, r5=5)
    page = facilitate(engagement)
    page.reveal.click()

    assert "is revealed; answers now go to round 2" in page.said.value
    assert f"<b>{id}</b>" in page.apart.value
    assert 'aria-label="2 at 0, 1 at 1, 2 at 5"' in page.apart.value
    assert "apart" in page.apart.value
    assert not any(who in page.apart.value for who in ("r1", "r2", "r3", "r4", "r5"))
    assert "call center manager" not in page.apart.value, "a role of two people is not shown apart"
    assert page.reveal.disabled


def test_what_fewer_than_three_said_is_not_shown(engagement: Engagement, answered: Callable[..., str]) -> None:
    answered(r1=0, r2=5)
    page = facilitate(engagement)
    page.reveal.click()

    assert "1 of 1 questions is not shown: fewer than three people gave a level" in page.apart.value
    assert "crm-levels" not in page.apart.value


def test_nothing_is_revealed_without_a_name_and_a_yes(engagement: Engagement, answered: Callable[..., str]) -> None:
    answered(r1=0)
    page = FacilitatorPage(engagement)
    assert page.reveal.disabled
    page.name.value = "F"
    assert page.reveal.disabled
    page.reveal.click()
    assert not (engagement.folder / "decisions" / "rounds.yaml").exists()


def test_in_the_second_round_one_sees_what_the_group_said_and_ones_own(
    engagement: Engagement, answered: Callable[..., str]
) -> None:
    id = answered(r1=0, r2=2, r3=5)
    facilitate(engagement).reveal.click()

    page = AnsweringPage(Answering(engagement, "r1"))
    page.goto.value = id
    seen = every_text(page.box)
    assert "3 people answered from 0 to 5" in seen
    form = form_of(page)
    assert form.fields["answer"].value == line(form, 0)
    form.fields["answer"].value = line(form, 1)
    assert [(one.round, one.value) for one in answers_of(engagement.answers)["r1"]] == [
        (1, (0.0, 0.0)),
        (2, (1.0, 1.0)),
    ]


def test_an_earlier_answer_is_kept_by_one_click_and_the_next_question_comes(
    engagement: Engagement, answered: Callable[..., str]
) -> None:
    id = answered(r1=0, r2=2, r3=5)
    facilitate(engagement).reveal.click()
    page = AnsweringPage(Answering(engagement, "r1"))
    assert page.goto.value == id, "what was answered in the first round is open again in the second"
    assert page.keep.layout.display == ""
    assert "0 of 5 questions answered in round 2" in page.progress.value

    page.keep.click()
    assert [(one.round, one.value) for one in answers_of(engagement.answers)["r1"]] == [
        (1, (0.0, 0.0)),
        (2, (0.0, 0.0)),
    ]
    assert "✓ Saved at" in page.status.value
    assert "1 of 5 questions answered in round 2" in page.progress.value
    assert page.goto.value != id
    assert page.keep.layout.display == "none", "where nothing was said before there is nothing to keep"
    page.back.click()
    assert page.keep.layout.display == "none"
    page.keep.click()
    assert len(answers_of(engagement.answers)["r1"]) == 2


def test_there_is_nothing_to_keep_in_the_first_round(page: AnsweringPage) -> None:
    form = form_of(page)
    form.fields["answer"].value = line(form, 2)

    assert page.keep.layout.display == "none"


def test_the_screen_judges_by_the_clients_rule_and_puts_what_is_open_first(
    engagement: Engagement, answered: Callable[..., str]
) -> None:
    """Three answers at 2 and one at 4: the usual rule calls that agreed (3 of 4 within a level), this one does not."""
    settings = engagement.folder / "engagement.yaml"
    settings.write_text(settings.read_text("utf-8") + "consensus: {within_levels: 1, share: 0.8}\n", "utf-8")
    engagement = Engagement.open(engagement.folder)
    answered(r1=2, r2=2, r3=2, r4=4)
    page = facilitate(engagement)
    page.reveal.click()

    assert "people agree when 80 % of the answers lie within 1 level of the middle one" in page.apart.value
    assert "No consensus on 1 of 1 questions." in page.apart.value
    assert '<td class="crm-apart" data-name="Consensus"><div>no</div></td>' in page.apart.value
    settings.write_text(settings.read_text("utf-8").replace("share: 0.8", "share: 0.5"), "utf-8")
    assert "80 %" in FacilitatorPage(Engagement.open(engagement.folder)).apart.value, "it stays as it was fixed"


def test_two_camps_are_shown_by_role_where_three_people_stand_for_each(
    engagement: Engagement, answered: Callable[..., str]
) -> None:
    settings = engagement.folder / "engagement.yaml"
    settings.write_text(settings.read_text("utf-8") + "  - {id: r6, role: call_center_manager}\n", "utf-8")
    engagement = Engagement.open(engagement.folder)
    for who, level in {"r1": 1, "r2": 1, "r3": 2, "r4": 4, "r5": 4, "r6": 5}.items():
        form = form_of(AnsweringPage(Answering(engagement, who)))
        form.fields["answer"].value = line(form, level)
    page = facilitate(engagement)
    page.reveal.click()

    assert "<b>two camps, by role</b><br>agent: 1 (3 people)<br>call center manager: 4 (3 people)" in page.apart.value
    assert "on 1 they stand in two camps" in page.apart.value


def people_of(engagement: Engagement, **people: str) -> Engagement:
    """Return the engagement with other respondents, each with role and unit, as in ``agent/north``."""
    settings = engagement.folder / "engagement.yaml"
    lines = "".join(
        f"  - {{id: {id}, role: {role}, unit: {unit}}}\n"
        for id, (role, unit) in ((id, one.split("/")) for id, one in people.items())
    )
    settings.write_text(f"{settings.read_text('utf-8').split('respondents:')[0]}respondents:\n{lines}", "utf-8")
    return Engagement.open(engagement.folder)


def say(engagement: Engagement, **levels: int) -> None:
    for who, level in levels.items():
        form = form_of(AnsweringPage(Answering(engagement, who)))
        form.fields["answer"].value = line(form, level)


def test_where_no_role_has_three_people_camps_are_shown_by_unit(engagement: Engagement) -> None:
    roles = ("agent", "agent", "call_center_manager")
    north = {f"n{place}": f"{role}/north" for place, role in enumerate(roles)}
    south = {f"s{place}": f"{role}/south_bank" for place, role in enumerate(("call_center_manager", "team_lead", "x"))}
    engagement = people_of(engagement, **north, **south)
    say(engagement, n0=1, n1=1, n2=2, s0=4, s1=5, s2=4)
    page = facilitate(engagement)
    page.reveal.click()

    assert "<b>two camps, by unit</b><br>north: 1 (3 people)<br>south bank: 4 (3 people)" in page.apart.value
    assert "on 1 they stand in two camps" in page.apart.value


def test_where_a_role_is_shown_units_are_not_so_that_nobody_is_found_by_subtraction(engagement: Engagement) -> None:
    north = {f"n{place}": "agent/north" for place in range(3)}
    south = {"n3": "call_center_manager/north"} | {f"s{place}": "call_center_manager/south" for place in range(3)}
    engagement = people_of(engagement, **north, **south)
    say(engagement, n0=1, n1=1, n2=2, n3=5, s0=4, s1=5, s2=4)
    page = facilitate(engagement)
    page.reveal.click()

    assert "<b>two camps, by role</b><br>agent: 1 (3 people)" in page.apart.value
    assert "north" not in page.apart.value


def test_units_of_two_people_are_not_shown_apart(engagement: Engagement) -> None:
    engagement = people_of(
        engagement, n0="agent/north", n1="call_center_manager/north", s0="agent/south", s1="call_center_manager/south"
    )
    say(engagement, n0=1, n1=1, s0=5, s1=5)
    page = facilitate(engagement)
    page.reveal.click()

    assert "<b>two camps</b>" in page.apart.value
    assert "north" not in page.apart.value


def test_camps_of_small_roles_are_told_without_saying_whose(
    engagement: Engagement, answered: Callable[..., str]
) -> None:
    answered(r1=0, r2=0, r3=0, r4=5, r5=5)
    page = facilitate(engagement)
    page.reveal.click()

    assert "<b>two camps</b></div></td>" in page.apart.value
    assert "agent" not in page.apart.value


def test_answers_of_people_whom_the_engagement_does_not_name_are_told(
    engagement: Engagement, answered: Callable[..., str]
) -> None:
    answered(r1=2, r2=2)
    (engagement.answers / "r2.jsonl").rename(engagement.answers / "guest.jsonl")

    assert "not counted: guest (1)" in FacilitatorPage(engagement).turnout.value
    assert FacilitatorPage(engagement).turnout.value.count("1 of 5") == 1


def test_what_nobody_knows_and_what_nobody_answered_is_told(
    engagement: Engagement, answered: Callable[..., str]
) -> None:
    id = answered(r1=2)
    for who in ("r1", "r2", "r3", "r4"):
        form = form_of(AnsweringPage(Answering(engagement, who)))
        if who == "r1":
            continue
        form.fields["answer"].value = "DK - I do not know"
    page = facilitate(engagement)
    page.reveal.click()

    assert f"On 1 of them most who answered do not know: <b>{id}</b>" in page.apart.value
    assert "(3 of 4)" in page.apart.value
    assert "Nobody answered 4 questions: " in page.apart.value
    assert "crm-levels" not in page.apart.value, "one person's level is not shown"


def test_how_many_do_not_know_stands_beside_the_levels(engagement: Engagement, answered: Callable[..., str]) -> None:
    answered(r1=2, r2=2, r3=3)
    form_of(AnsweringPage(Answering(engagement, "r4"))).fields["answer"].value = "DK - I do not know"
    page = facilitate(engagement)
    page.reveal.click()

    assert "1 does not know" in page.apart.value


def test_times_are_told_by_the_clients_clock() -> None:
    turnout = [
        Turnout("r1", "agent", 4, 1, "2026-01-05T23:30:00+00:00"),
        Turnout("r2", "agent", 0, 0, ""),
        Turnout("r3", "agent", 4, 2, "2026-07-05T10:00:00"),
        Turnout("r4", "agent", 4, 2, "some day"),
    ]
    table = turnout_table(turnout, time_zone="Europe/Berlin")

    assert "<div>06 Jan 00:30</div>" in table
    assert "<div>05 Jul 12:00</div>" in table
    assert table.count("<div>–</div>") == 2
    assert [f"width:{percent}%" in table for percent in (25, 0, 50)] == [True, True, True]


def test_every_column_with_figures_has_a_heading() -> None:
    table = turnout_table([Turnout("r1", "agent", 4, 1, "")])

    assert "<th></th>" not in table
    assert re.findall(r"<th[^>]*>([^<]*)</th>", table) == re.findall(r'data-name="([^"]*)"', table)


def test_the_live_screen_tells_when_answers_cannot_be_read(
    engagement: Engagement, answered: Callable[..., str]
) -> None:
    answered(r1=0)
    page = FacilitatorPage(engagement)
    (engagement.answers / "r2.jsonl").write_text("nonsense\n", "utf-8")
    page.look()

    assert "The answers cannot be read" in page.said.value
    (engagement.answers / "r2.jsonl").unlink()
    page.look()
    assert "cannot be read" not in page.said.value, "once it is mended nothing is said any more"


@pytest.mark.parametrize("share", [0.3, 0.5, 0.95])
def test_a_file_cut_off_in_the_middle_of_a_line_keeps_the_rest_and_is_told(
    share: float, page: AnsweringPage, engagement: Engagement
) -> None:
    first = form_of(page)
    first.fields["answer"].value = line(first, 2)
    page.next.click()
    second = form_of(page)
    second.fields["answer"].value = line(second, 3)
    file = engagement.answers / "r1.jsonl"
    whole, cut = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(whole + cut[: int(share * len(cut))])

    screen = FacilitatorPage(engagement)
    assert "r1.jsonl:2: the line was cut off while it was being written and is not counted" in screen.turnout.value
    assert screen.turnout.value.count("1 of 5") == 1
    second.fields["answer"].value = line(second, 4)
    assert "✓ Saved at" in page.status.value
    again = AnsweringPage(Answering(engagement, "r1"))
    for id, level in ((first.question, 2), (second.question, 4)):
        again.goto.value = id
        assert form_of(again).fields["answer"].value.startswith(f"{level} ")


def test_an_engagement_that_asks_nothing_says_so(client: Path) -> None:
    settings = client / "engagement.yaml"
    settings.write_text(settings.read_text("utf-8").replace("[call_center]", "[]"), "utf-8")

    page = AnsweringPage(Answering(Engagement.open(client), "r1"))
    assert "There is nothing to ask you at present." in page.progress.value
