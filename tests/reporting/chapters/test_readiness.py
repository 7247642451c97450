from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from crmplan.assessment import (
    AgreedValue,
    Answer,
    Dissent,
    OnFile,
    Readiness,
    add_document,
    append_answer,
    assess,
    load_checklists,
    questions_by_id,
    read_answers,
    read_documents,
)
from crmplan.engagement import AREAS, Engagement, Respondent
from crmplan.metrics.registry import Measured, registry
from crmplan.reporting.blocks import Block, Chart, Findings, Note, Table
from crmplan.reporting.brand import standard_brand
from crmplan.reporting.chapters import readiness as chapter
from crmplan.reporting.chapters import readiness_perception, readiness_workshop
from crmplan.reporting.chapters.readiness_picture import levels_chart
from crmplan.reporting.charts import svg

PEOPLE = tuple(Respondent(id=f"r{n}", role="agent" if n < 4 else "buyer", leads=n > 3) for n in range(1, 7))
HOSTILE = "<script>alert(1)</script> =1+1 שלום 🙂 " + "long " * 100
WORST = {"lead_response_hours": 40.0, "duplicate_share": 0.2, "status_answer_minutes": 2.0}
GROWTH = pd.DataFrame({"group": ["Regulars", "Newcomers"], "value": [0.18, 0.05], "n": [40, 60]})


def measured(*, is_computed: bool = True) -> dict[str, Measured]:
    found = {}
    for id, one in registry().items():
        value = WORST.get(id, 0.18 if one.unit == "share" else 12.0)
        if not is_computed:
            found[id] = Measured(id, one.label, one.unit, "not_available", reason="needs `interactions`")
            continue
        found[id] = Measured(
            id, one.label, one.unit, "computed", value, 400, one.counts, value * 0.9, value * 1.1,
            breakdown=GROWTH if id == "fastest_segment_growth" else None,
        )  # fmt: skip
    return found


def result(
    engagement: Engagement, folder: Path | None = None, *, is_computed: bool = True, on_file: OnFile | None = None
) -> Readiness:
    return assess(
        load_checklists(), read_answers(folder or engagement.answers), measured(is_computed=is_computed),
        targets=engagement.targets, scope=engagement.scope, respondents=PEOPLE, on_file=on_file,
    )  # fmt: skip


@pytest.fixture
def engagement(small_client: Path) -> Engagement:
    return Engagement.open(small_client)


@pytest.fixture
def answered(engagement: Engagement, tmp_path: Path) -> Readiness:
    for number, person in enumerate(PEOPLE):
        for position, (id, (_, question)) in enumerate(questions_by_id(load_checklists()).items()):
            stated = 0.5 if question.states is not None else None
            value = "dk" if id == "OP-06" else min(5, (position + number) % 5 + 1)
            fields = {"question": id, "revision": question.rev, "value": value, "stated": stated}
            append_answer(tmp_path / "said", person.id, Answer(wave=1, at="2024-05-31T10:00:00", **fields))
    return result(engagement, tmp_path / "said")


def blocks(readiness: Readiness, engagement: Engagement) -> list[Block]:
    return [
        chapter.findings(readiness, engagement), *chapter.standing(readiness),
        *chapter.weightiest(readiness, engagement), *readiness_perception.perception(readiness, engagement),
        *readiness_workshop.workshop(readiness), *readiness_workshop.asking(readiness),
        *chapter.area_tables(readiness, engagement),
    ]  # fmt: skip


def test_the_chapter_opens_with_two_to_five_sentences_each_with_a_number(
    answered: Readiness, engagement: Engagement
) -> None:
    found = chapter.findings(answered, engagement)
    assert isinstance(found, Findings)
    assert 2 <= len(found.sentences) <= 5
    assert all(any(mark.isdigit() for mark in sentence) for sentence in found.sentences)
    assert "6 people gave 744 answers" in found.sentences[0]


def test_people_who_say_more_than_the_data_show_are_told_so(answered: Readiness, engagement: Engagement) -> None:
    text = chapter.findings(answered, engagement).text()
    assert "above what the data show; most so" in text
    rows = chapter.area_table(answered, "sales", engagement)
    assert isinstance(rows, Table)
    distances = [abs(float(row[6])) for row in rows.rows if row[6] != "–"]
    assert distances == sorted(distances, reverse=True)


def test_where_nobody_answered_the_data_are_shown_and_it_is_said(engagement: Engagement) -> None:
    readiness = result(engagement)
    assert "Nobody has been asked yet" in chapter.findings(readiness, engagement).text()
    table = chapter.area_table(readiness, "call_center", engagement)
    assert isinstance(table, Table)
    assert table.header == ("Question", "Target", "Data show", "Data's level")
    assert "nobody was asked" in table.caption
    assert isinstance(chapter.gaps(readiness), Table)
    areas = chapter.areas(readiness)
    assert isinstance(areas, Table)
    assert areas.header == ("Area", "Target", "Data show", "Questions with a figure")
    assert isinstance(levels_chart(readiness), Chart)


def test_targets_alone_are_no_picture(engagement: Engagement) -> None:
    assert isinstance(levels_chart(result(engagement, is_computed=False)), Note)
    without = assess((), read_answers(engagement.answers), {}, targets=engagement.targets)
    assert isinstance(levels_chart(without), Note)


def test_captions_count_the_questions_without_data(engagement: Engagement) -> None:
    found = measured()
    for id in list(found)[::2]:
        found[id] = Measured(id, "x", found[id].unit, "not_available", reason="needs `orders` (product_id); products")
    readiness = assess(
        load_checklists(), read_answers(engagement.answers), found,
        targets=engagement.targets, scope=engagement.scope, respondents=PEOPLE,
    )  # fmt: skip
    for area in AREAS[:4]:
        table = chapter.area_table(readiness, area, engagement)
        assert isinstance(table, Table)
        assert len(table.caption) < 350
        assert "product_id" not in table.caption
    assert "order lines (product number), products" in chapter.area_table(readiness, "sales", engagement).caption


def test_no_raw_name_of_a_question_or_group_is_shown(answered: Readiness, engagement: Engagement) -> None:
    ids = list(questions_by_id(load_checklists()))
    for readiness in (answered, result(engagement)):
        for block in blocks(readiness, engagement):
            text = json.dumps(block.facts()) + getattr(block, "caption", "")
            assert not any(id in text for id in ids)
            assert "order_status" not in text


def test_without_answers_and_figures_every_block_still_speaks(engagement: Engagement) -> None:
    readiness = result(engagement, is_computed=False)
    found = blocks(readiness, engagement)
    assert all(block.text() for block in found)
    assert isinstance(chapter.gaps(readiness), Note)
    assert isinstance(chapter.area_table(readiness, "sales", engagement), Note)


def test_without_answers_and_levels_the_chapter_is_what_is_known_and_whom_to_ask(engagement: Engagement) -> None:
    found = blocks(result(engagement, is_computed=False), engagement)
    assert [type(block) for block in found] == [Findings, Table]
    assert "Asking would give a level to the 124 of 124 questions" in found[0].text()
    assert found[1].text().startswith("Whom to ask first")


def test_answers_without_data_are_shown_without_columns_for_data(
    engagement: Engagement, answered: Readiness, tmp_path: Path
) -> None:
    readiness = result(engagement, tmp_path / "said", is_computed=False)
    assert "None of the answers can be checked by data yet" in chapter.findings(readiness, engagement).text()
    assert readiness_perception.perception(readiness, engagement) == ()
    for block in blocks(readiness, engagement):
        assert "not available" not in block.text()
        assert "Data show" not in getattr(block, "header", ())


def test_one_person_is_one_view(engagement: Engagement, answered: Readiness, tmp_path: Path) -> None:
    for other in ("r2", "r3", "r4", "r5", "r6"):
        (tmp_path / "said" / f"{other}.jsonl").unlink()
    readiness = result(engagement, tmp_path / "said")
    told = chapter.findings(readiness, engagement).text()
    assert "1 person gave 124 answers, one view that nobody has confirmed yet" in told
    assert readiness_workshop.later_rounds(readiness) == ()


def test_a_view_of_one_person_is_one_view_where_it_reaches_the_target_too(
    engagement: Engagement, tmp_path: Path
) -> None:
    answer = Answer(wave=1, question="SM-FM-06", revision=1, value=5, at="2024-05-31T10:00:00")
    append_answer(tmp_path / "said", PEOPLE[0].id, answer)
    readiness = result(engagement, tmp_path / "said", is_computed=False)
    told = chapter.findings(readiness, engagement).text()
    assert "one view that nobody has confirmed yet: every area answered reaches its target" in told
    gaps = chapter.gaps(readiness)
    assert isinstance(gaps, Note)
    assert gaps.message == "No gaps to show: every question with a level reaches its target."


def test_where_nobody_knew_nothing_is_said_of_levels_and_targets(engagement: Engagement, tmp_path: Path) -> None:
    answer = Answer(wave=1, question="SM-FM-06", revision=1, value="dk", at="2024-05-31T10:00:00")
    append_answer(tmp_path / "said", PEOPLE[0].id, answer)
    readiness = result(engagement, tmp_path / "said", is_computed=False)
    told = chapter.findings(readiness, engagement).text()
    assert "1 person gave 1 answer, none of them a level." in told
    assert "what people believe" not in told
    assert chapter.gaps(readiness) == Note("No gaps to show: needs answers, or figures with levels.", "unavailable")


def test_areas_that_nobody_was_asked_about_show_what_data_show(engagement: Engagement, tmp_path: Path) -> None:
    answer = Answer(wave=1, question="SM-FM-06", revision=1, value=2, at="2024-05-31T10:00:00")
    append_answer(tmp_path / "said", PEOPLE[0].id, answer)
    readiness = result(engagement, tmp_path / "said")
    tables = [one for one in chapter.area_tables(readiness, engagement) if isinstance(one, Table)]
    headers = {table.title.split(":")[0]: table.header for table in tables}
    assert "People say" in headers["Sales"]
    assert "People say" not in headers["Call centre"]


def test_no_cell_reads_nan_or_none(answered: Readiness, engagement: Engagement) -> None:
    for readiness in (answered, result(engagement), result(engagement, is_computed=False)):
        for block in blocks(readiness, engagement):
            text = json.dumps(block.facts(), allow_nan=False)
            assert not re.search(r"\b(nan|NaN|None)\b|\b0\.0 %|-0\.0+\b", text)


def test_tables_stay_readable_and_lose_no_question(answered: Readiness, engagement: Engagement) -> None:
    titles = {question.title for _, question in questions_by_id(load_checklists()).values()}
    seen = set()
    for block in blocks(answered, engagement):
        if isinstance(block, Table):
            assert len(block.rows) <= 15
            assert len(block.header) <= 7
            seen |= {title for title in titles if title in block.text() + block.caption}
    assert seen == titles


def test_a_figure_of_one_group_names_the_group(answered: Readiness, engagement: Engagement) -> None:
    table = chapter.area_table(answered, "marketing", engagement)
    assert "Regulars: 18 % (16 % to 20 %; 400 " in table.text() + json.dumps(table.facts(), ensure_ascii=False)


def test_stated_figures_stand_beside_measured_ones(answered: Readiness, engagement: Engagement) -> None:
    table = readiness_perception.stated_figures(answered, engagement)
    assert isinstance(table, Table)
    figure = registry()["lead_response_hours"]
    row = next(row for row in table.rows if row[0] == figure.label)
    shown = f"40.0 hours (36.0 to 44.0 hours; 400 {figure.counts})"
    assert row[1:] == ("Sales", "0.5 hours", "6", shown, "-39.5 hours")


def test_a_claim_with_a_figure_far_from_the_measured_one_is_no_strength(
    answered: Readiness, engagement: Engagement
) -> None:
    far = answered.questions.query("stated_verdict == 'far' and gap <= 0")["title"].tolist()
    assert far
    shown = chapter.strengths(answered, engagement)
    assert isinstance(shown, Table)
    assert {row[0] for row in shown.rows}.isdisjoint(far)
    assert "more than a quarter from the measured one" in chapter.findings(answered, engagement).text()


def test_an_area_out_of_scope_is_named_as_such(engagement: Engagement) -> None:
    narrowed = engagement.model_copy(update={"scope": ("sales",)})
    found = chapter.area_table(result(narrowed), "operations", narrowed)
    assert found == Note("Operations is outside the scope of this engagement.")


def test_the_chart_can_be_drawn_and_described(answered: Readiness) -> None:
    found = levels_chart(answered)
    assert isinstance(found, Chart)
    assert "Call centre: people, all questions" in found.alt
    assert svg(found.spec, standard_brand(), title=found.title, alt=found.alt).startswith("<svg")


def test_nothing_in_scope_is_said(engagement: Engagement) -> None:
    empty = assess((), read_answers(engagement.answers), {}, targets=engagement.targets)
    for block in (chapter.findings(empty, engagement), chapter.areas(empty), levels_chart(empty)):
        assert isinstance(block, Note)
        assert block.tone == "unavailable"


def on_file(folder: Path) -> OnFile:
    original = folder / "report.txt"
    original.write_text("calls by week", "utf-8")
    fields = {"dated": date(2024, 5, 1), "by": "consultant", "at": "2024-05-31T10:00:00", "supports": ["CC-CM-04"]}
    add_document(folder / "evidence", original, title="Calls by week", **fields)
    agreed = AgreedValue(
        wave=1, question="CC-CM-04", revision=1, value=2, low=1, high=3, rule="facilitated", rationale=HOSTILE,
        dissent=(Dissent(value=5, why=HOSTILE),), by="facilitator", at="2024-06-07T15:00:00",
    ).sealed()  # fmt: skip
    return OnFile(agreed=(agreed,), documents=read_documents(folder / "evidence"))


def test_areas_are_ranges_with_their_reason(answered: Readiness) -> None:
    table = chapter.areas(answered)
    assert isinstance(table, Table)
    row = answered.areas.iloc[0]
    assert table.rows[0][1] == f"{row['level']:.1f} ({row['level_low']:.1f} to {row['level_high']:.1f})"
    assert table.rows[0][-1].startswith(f"6 people, {row['n_answered']} of {row['n_applicable']} questions; grade ")


def test_ways_to_add_up_are_told_where_they_lie_apart(answered: Readiness) -> None:
    assert "It matters" not in getattr(chapter.remarks(answered), "message", "")
    areas = answered.areas.assign(rollups_apart=[0.6, 0.4, 0.2, 0.1, *[0.0] * 7], weakest_critical=1.0)
    note = chapter.remarks(replace(answered, areas=areas))
    assert note is not None
    assert re.search(r"It matters how .* apart\): marketing 2\.9, 2\.\d and 1\.0\.$", note.message)


def test_groups_stand_beside_the_data(answered: Readiness, engagement: Engagement) -> None:
    table = readiness_perception.groups(answered)
    assert isinstance(table, Table)
    assert {row[0] for row in table.rows} == {
        "Everybody", "Agent", "Buyer", "Those who lead", "Those who do the work",
    }  # fmt: skip
    picture = readiness_perception.perception_chart(answered)
    assert isinstance(picture, Chart)
    assert "Groups are drawn" in picture.caption
    assert svg(picture.spec, standard_brand(), title=picture.title, alt=picture.alt).startswith("<svg")
    text = chapter.findings(answered, engagement).text()
    assert "see things" not in text or "people) see things" in text


def test_what_was_agreed_on_is_shown_with_reason_and_dissent_and_harmless(
    engagement: Engagement, answered: Readiness, tmp_path: Path
) -> None:
    readiness = result(engagement, tmp_path / "said", on_file=on_file(tmp_path))
    table = readiness_workshop.agreed(readiness)
    title, middle, level, how, why, dissent = table.rows[0]
    assert (title, level, how) == ("Calls received a day", "2.0 (1.0 to 3.0)", "talked over")
    assert middle != level
    assert why.startswith("<script>alert(1)</script> =1+1 שלום 🙂")
    assert dissent.startswith("1 at 5: <script>")
    assert len(why) <= 160
    html = table._repr_mimebundle_()["text/html"]
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    documents = readiness_workshop.documents(readiness)
    assert documents.rows[0][:6] == ("EV-001", "Calls by week", "2024-05-01", "1", "on file", "1 question")
    asked = chapter.area_table(readiness, "call_center", engagement)
    assert isinstance(asked, Table)
    assert any("agreed 2.0" in row[1] for row in asked.rows) or "agreed 2.0" in asked.caption


def test_a_workshop_is_prepared(answered: Readiness) -> None:
    agreement, conflicts, agenda, following = (
        readiness_workshop.agreement(answered), readiness_workshop.conflicts(answered),
        readiness_workshop.agenda(answered), readiness_workshop.ask_next(answered),
    )  # fmt: skip
    assert isinstance(agreement, Table)
    assert isinstance(conflicts, Table)
    assert isinstance(agenda, Table)
    assert sum(int(row[-1]) for row in agenda.rows) <= 120
    assert isinstance(following, Table | Note)


def test_a_second_round_is_told_with_what_it_changed(engagement: Engagement, tmp_path: Path) -> None:
    for turn, levels in ((1, (0, 2, 4)), (2, (2, 2, 3))):
        for number, value in enumerate(levels, start=1):
            said = Answer(
                wave=1, round=turn, question="CC-CM-04", revision=1, value=value, at=f"2024-05-3{turn - 1}T10:00:00"
            )
            append_answer(tmp_path / "twice", f"r{number}", said)
    (note,) = readiness_workshop.later_rounds(result(engagement, tmp_path / "twice"))
    assert note.message == (
        "In round 2, 3 answers to 1 question were given again: 67 % changed, 67 % stayed within one level, and the "
        "mean distance from the middle answer went from 1.3 to 0.3 levels."
    )


def test_roles_to_be_asked_are_written_in_words(answered: Readiness) -> None:
    table = readiness_workshop.ask_next(answered)
    assert isinstance(table, Table)
    assert not any("_" in row[-1] or "center" in row[-1] for row in table.rows)


def test_where_nobody_was_asked_it_is_said_whom_to_ask(engagement: Engagement) -> None:
    (table,) = readiness_workshop.asking(result(engagement))
    assert isinstance(table, Table)
    assert table.title == "Whom to ask first"
    roles = {role: (int(n), int(minutes)) for role, n, minutes, _ in table.rows}
    assert roles["Head of marketing"][0] >= 19
    assert all(minutes >= n for n, minutes in roles.values())


def test_nobody_is_shown_apart_among_fewer_than_three(engagement: Engagement, tmp_path: Path) -> None:
    for person in ("r1", "r2", "r4"):
        for id in questions_by_id(load_checklists()):
            said = Answer(wave=1, question=id, revision=1, value=3 if person == "r4" else 1, at="2024-05-31T10:00:00")
            append_answer(tmp_path / "few", person, said)
    readiness = result(engagement, tmp_path / "few")
    text = "".join(block.text() for block in blocks(readiness, engagement))
    for name in ("Agent", "Buyer", "Those who lead", "agent:", "buyer:"):
        assert name not in text
