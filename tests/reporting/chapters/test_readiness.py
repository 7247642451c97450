from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from crmplan.assessment import Answer, Readiness, append_answer, assess, load_checklists, questions_by_id, read_answers
from crmplan.engagement import AREAS, Engagement, Respondent
from crmplan.metrics.registry import Measured, registry
from crmplan.reporting.blocks import Block, Chart, Findings, Note, Table
from crmplan.reporting.brand import standard_brand
from crmplan.reporting.chapters import readiness as chapter
from crmplan.reporting.charts import svg

PEOPLE = tuple(Respondent(id=f"r{n}", role="agent") for n in range(1, 5))
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


def result(engagement: Engagement, folder: Path | None = None, *, is_computed: bool = True) -> Readiness:
    return assess(
        load_checklists(), read_answers(folder or engagement.answers), measured(is_computed=is_computed),
        targets=engagement.targets, scope=engagement.scope, respondents=PEOPLE,
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
            append_answer(
                tmp_path / "said", person.id,
                Answer(wave=1, question=id, revision=1, value=value, stated=stated, at="2024-05-31T10:00:00"),
            )  # fmt: skip
    return result(engagement, tmp_path / "said")


def blocks(readiness: Readiness, engagement: Engagement) -> list[Block]:
    return [
        chapter.findings(readiness, engagement), chapter.areas(readiness), chapter.levels_chart(readiness),
        chapter.gaps(readiness), chapter.strengths(readiness, engagement),
        chapter.stated_figures(readiness, engagement),
        *(chapter.area_table(readiness, area, engagement) for area in AREAS),
    ]  # fmt: skip


def test_the_chapter_opens_with_two_to_five_sentences_each_with_a_number(
    answered: Readiness, engagement: Engagement
) -> None:
    found = chapter.findings(answered, engagement)
    assert isinstance(found, Findings)
    assert 2 <= len(found.sentences) <= 5
    assert all(any(mark.isdigit() for mark in sentence) for sentence in found.sentences)
    assert "4 people gave 496 answers" in found.sentences[0]


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
    assert "Nobody has been asked yet" in table.caption
    assert isinstance(chapter.gaps(readiness), Table)
    areas = chapter.areas(readiness)
    assert isinstance(areas, Table)
    assert areas.header == ("Area", "Target", "Data show", "Questions with a figure")
    assert isinstance(chapter.levels_chart(readiness), Chart)


def test_targets_alone_are_no_picture(engagement: Engagement) -> None:
    assert isinstance(chapter.levels_chart(result(engagement, is_computed=False)), Note)
    without = assess((), read_answers(engagement.answers), {}, targets=engagement.targets)
    assert isinstance(chapter.levels_chart(without), Note)


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


def test_no_cell_reads_nan_or_none(answered: Readiness, engagement: Engagement) -> None:
    for readiness in (answered, result(engagement), result(engagement, is_computed=False)):
        for block in blocks(readiness, engagement):
            text = json.dumps(block.facts(), allow_nan=False)
            assert not any(word in text for word in ("nan", "NaN", "None", "0.0 %", "-0.0"))


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
    table = chapter.stated_figures(answered, engagement)
    assert isinstance(table, Table)
    figure = registry()["lead_response_hours"]
    row = next(row for row in table.rows if row[0] == figure.label)
    shown = f"40.0 hours (36.0 to 44.0 hours; 400 {figure.counts})"
    assert row[1:] == ("Sales", "0.5 hours", "4", shown, "-39.5 hours")


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
    found = chapter.levels_chart(answered)
    assert isinstance(found, Chart)
    assert "Call centre: people, all questions" in found.alt
    assert svg(found.spec, standard_brand(), title=found.title, alt=found.alt).startswith("<svg")


def test_nothing_in_scope_is_said(engagement: Engagement) -> None:
    empty = assess((), read_answers(engagement.answers), {}, targets=engagement.targets)
    for block in (chapter.findings(empty, engagement), chapter.areas(empty), chapter.levels_chart(empty)):
        assert isinstance(block, Note)
        assert block.tone == "unavailable"
