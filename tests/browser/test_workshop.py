"""What the workshop must stand in a browser: reloads, killed kernels, people at once, strangers."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crmplan.assessment.access import FACILITATOR

from .conftest import Served, enter, kept, until, without_key

pytestmark = pytest.mark.slow


def choose(page: Any, level: int) -> None:
    """Choose a line by keyboard and wait until the page says that it is kept."""
    radio = page.get_by_role("radio", name=re.compile(f"^{level} - "))
    before = page.locator(".crm-said").inner_text()
    radio.focus()
    page.keyboard.press("Space")
    wait_saved(page, before)


def wait_saved(page: Any, before: str = "") -> None:
    page.wait_for_function(
        "before => [...document.querySelectorAll('.crm-said')].some(e => e.innerText.includes('Saved at')"
        " && e.innerText !== before)",
        arg=before,
    )


def question(page: Any) -> str:
    return str(page.locator(".crm-over").first.inner_text()).split(" ")[0]


def picture(page: Any, tmp_path: Path, name: str) -> None:
    folder = Path(os.environ.get("CRMPLAN_PICTURES", tmp_path))
    page.screenshot(path=folder / f"{name}.png")


def test_answering_is_kept_at_once_whole_and_stands_after_a_reload(
    visit: Callable[..., Any], served: Served, tmp_path: Path
) -> None:
    evil = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>=1+1 \u202e🙂"
    page = visit("r04")
    choose(page, 2)
    page.get_by_label("Comment").fill(evil)
    until(lambda: kept(served, "r04")[-1]["comment"] == evil)
    wait_saved(page)
    last = kept(served, "r04")[-1]
    assert (last["value"], last["comment"], last["via"]) == (2, evil, "web")
    picture(page, tmp_path, "answering")

    page.reload()
    enter(page, served.tokens["r04"])
    assert "1 of " in page.locator(".crm-counted").inner_text()
    page.get_by_role("button", name="Previous").click()
    page.get_by_role("radio", name=re.compile("^2 - "), checked=True).wait_for()
    assert page.get_by_label("Comment").input_value() == evil
    assert page.title() == "Readiness questionnaire"
    outside = [
        url for url in page.asked_for if not url.startswith((served.address.partition("?")[0], "data:", "blob:"))
    ]
    assert outside == []

    page.get_by_role("button", name="Table").click()
    row = page.locator(".crm-row").first
    row.get_by_label("Answer", exact=True).select_option(index=4)
    until(lambda: kept(served, "r04")[-1]["value"] == 3)
    wait_saved(page)
    picture(page, tmp_path, "table")


def test_the_keyboard_alone_is_enough(visit: Callable[..., Any], served: Served) -> None:
    page = visit("r05")
    first = question(page)
    choose(page, 1)
    page.keyboard.press("ArrowDown")
    page.get_by_role("radio", name=re.compile("^2 - "), checked=True).wait_for()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText") == "Next question":
            break
    page.keyboard.press("Enter")
    page.wait_for_function("first => !document.querySelector('.crm-over').innerText.startsWith(first)", arg=first)
    page.wait_for_function("document.activeElement.tagName === 'H1'")
    page.keyboard.press("Tab")
    page.wait_for_function("document.activeElement.type === 'radio' || document.activeElement.type === 'text'")
    assert [one["value"] for one in kept(served, "r05")] == [1, 2]


def test_the_keys_that_the_page_names_choose_lines_and_only_while_the_keyboard_is_in_the_question(
    visit: Callable[..., Any], served: Served
) -> None:
    page = visit("r07")
    page.wait_for_function("document.activeElement.tagName === 'H1'")
    assert "0 to 5, N or D choose the line that begins so" in page.locator(".crm-keys").inner_text()
    for key, line in (("3", "3 - "), ("0", "0 - "), ("d", "DK - ")):
        before = page.locator(".crm-said").inner_text()
        page.keyboard.press(key)
        page.get_by_role("radio", name=re.compile(f"^{line}"), checked=True).wait_for()
        until(lambda key=key: len(kept(served, "r07")) == ("3", "0", "d").index(key) + 1)
        wait_saved(page, before if key == "3" else "")
    page.keyboard.press("n")
    page.get_by_label("Why does it not apply here?").wait_for()
    page.get_by_text("Not saved yet").wait_for()
    page.keyboard.press("7")
    page.get_by_label("Comment").click()
    page.keyboard.type("2 of 5, not done")
    page.get_by_role("radio", name=re.compile("^NA - "), checked=True).wait_for()
    assert page.get_by_label("Comment").input_value() == "2 of 5, not done"
    page.get_by_role("button", name="Next question").focus()
    page.keyboard.press("1")
    page.get_by_role("radio", name=re.compile("^NA - "), checked=True).wait_for()
    assert [one["value"] for one in kept(served, "r07")] == [3, 0, "dk"]


def test_every_field_button_and_group_has_a_name_and_the_page_its_landmark(
    visit: Callable[..., Any], served: Served
) -> None:
    for holder, is_table in (("", False), ("r03", False), ("r03", True), (FACILITATOR, False)):
        page = visit(holder)
        page.locator(".crm[role=main]").wait_for()
        if is_table:
            page.get_by_role("button", name="Table").click()
            page.locator(".crm-row").first.wait_for()
        nameless = page.evaluate(
            "() => [...document.querySelectorAll('.crm input, .crm select, .crm textarea, .crm button,"
            " .crm [role=radiogroup], .crm [role=group], .crm [role=progressbar], .crm [role=img]')]"
            ".filter(e => e.offsetParent !== null && !(e.labels && [...e.labels].some(l => l.innerText.trim()))"
            " && !e.getAttribute('aria-label') && !(e.tagName === 'BUTTON' && e.innerText.trim()))"
            ".map(e => e.outerHTML.slice(0, 200))"
        )
        assert nameless == [], (holder, is_table)
        assert page.evaluate("document.documentElement.lang") == "en"
        assert page.locator("th:visible", has_not_text=re.compile(r"\S")).count() == 0


def test_nothing_is_wider_than_the_screen_of_a_phone(visit: Callable[..., Any], served: Served, tmp_path: Path) -> None:
    for holder, is_table in (("", False), ("r03", False), ("r03", True), (FACILITATOR, False)):
        page = visit(holder, width=390)
        if is_table:
            page.get_by_role("button", name="Table").click()
            page.locator(".crm-row").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, (holder, is_table)
        picture(page, tmp_path, f"phone-{holder or 'door'}{'-table' if is_table else ''}".replace(":", ""))


def test_a_killed_kernel_loses_no_answer_and_the_page_says_that_it_is_gone(
    visit: Callable[..., Any], served: Served, tmp_path: Path
) -> None:
    before = set(served.kernels())
    page = visit("r06")
    choose(page, 3)
    for kernel in set(served.kernels()) - before:
        os.kill(kernel, signal.SIGKILL)
    page.get_by_label("Comment").fill("typed into the void")
    page.get_by_text("What you typed last is not saved").wait_for()
    picture(page, tmp_path, "gone")

    page.get_by_role("link", name="Load the page again").click()
    enter(page, served.tokens["r06"])
    page.get_by_role("button", name="Previous").click()
    page.get_by_role("radio", name=re.compile("^3 - "), checked=True).wait_for()
    assert [one["value"] for one in kept(served, "r06")] == [3]


def test_a_file_cut_off_while_the_page_is_open_loses_no_whole_line_and_the_facilitator_is_told(
    visit: Callable[..., Any], served: Served
) -> None:
    page = visit("r09")
    choose(page, 2)
    page.get_by_role("button", name="Next question").click()
    page.wait_for_function("document.querySelectorAll('.crm-content input:checked').length === 0")
    choose(page, 3)
    file = served.engagement.answers / "r09.jsonl"
    file.write_bytes(file.read_bytes()[:-60])
    screen = visit(FACILITATOR)
    screen.get_by_text("r09.jsonl:2: the line was cut off").wait_for()

    choose(page, 5)
    assert [one.get("value") for one in kept(served, "r09")] == [2, None, 5]
    page.reload()
    enter(page, served.tokens["r09"])
    assert page.locator(".crm-counted").inner_text().startswith("2 of ")
    for level in (5, 2):
        page.get_by_role("button", name="Previous").click()
        page.get_by_role("radio", name=re.compile(f"^{level} - "), checked=True).wait_for()


def test_two_people_at_once_lose_nothing(visit: Callable[..., Any], served: Served) -> None:
    pages = {who: visit(who) for who in ("r01", "r02")}
    for turn, level in enumerate((1, 4, 2)):
        for shift, page in enumerate(pages.values()):
            choose(page, level + shift)
            page.get_by_role("button", name="Next question").click()
            page.wait_for_timeout(500)
        assert [len(kept(served, who)) for who in pages] == [turn + 1, turn + 1]

    assert [one["value"] for one in kept(served, "r01")] == [1, 4, 2]
    assert [one["value"] for one in kept(served, "r02")] == [2, 5, 3]


def test_a_wrong_token_sees_nothing(visit: Callable[..., Any], served: Served, tmp_path: Path) -> None:
    page = visit()
    page.get_by_label("Your token").fill("abcd-efgh-jkmn-pqrs")
    page.get_by_text("This token opens nothing").wait_for()
    page.get_by_role("button", name="Enter").click()
    page.wait_for_timeout(500)
    picture(page, tmp_path, "stranger")

    seen = page.content()
    assert served.engagement.client.name not in seen
    assert "Why we ask" not in seen
    assert page.get_by_role("radio").count() == 0


def test_without_its_key_the_server_shows_no_page(served: Served) -> None:
    status, target = without_key(served)

    assert status == 302
    assert target.startswith("/login")


def test_the_facilitator_watches_live_and_sees_disagreement_only_after_the_reveal(
    visit: Callable[..., Any], served: Served, tmp_path: Path
) -> None:
    """Runs last: it ends the first round."""
    screen = visit(FACILITATOR)
    row = screen.get_by_role("row").filter(has_text="r08")
    assert row.get_by_role("cell").nth(2).inner_text().strip().startswith("0 of")
    person = visit("r08")
    choose(person, 4)
    screen.wait_for_function("[...document.querySelectorAll('tr')].some(e => /r08.*1 of/s.test(e.innerText))")
    assert screen.locator(".crm-levels").count() == 0
    picture(screen, tmp_path, "facilitator-blind")

    screen.get_by_label("Revealed by").fill("Facilitator")
    screen.get_by_label("Everybody has answered").check()
    screen.get_by_role("button", name="Reveal round 1 to all").click()
    screen.get_by_text("Where people were apart in round 1").wait_for()
    picture(screen, tmp_path, "facilitator")

    choose_after = person.get_by_role("radio", name=re.compile("^1 - "))
    choose_after.check()
    person.get_by_text("Could not be saved").wait_for()
    assert [one["value"] for one in kept(served, "r08")] == [4]

    person.reload()
    enter(person, served.tokens["r08"])
    asked = question(person)
    person.locator("button.crm-keep[aria-keyshortcuts='Alt+K']").wait_for()
    person.keyboard.press("Alt+k")
    until(lambda: [(one["round"], one["value"]) for one in kept(served, "r08")] == [(1, 4), (2, 4)])
    person.wait_for_function("asked => !document.querySelector('.crm-over').innerText.startsWith(asked)", arg=asked)
    person.get_by_role("button", name="Keep my answer").wait_for(state="hidden")
    person.get_by_role("button", name="Table").click()
    person.locator(".crm-row").first.wait_for()
    assert person.get_by_role("button", name="Keep this answer").count() == 0
