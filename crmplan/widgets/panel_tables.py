"""The tables of the facilitator's screen: who has answered, and where people were apart in a revealed round.

Cells carry the name of their column, so that on a phone a row becomes a card and still says what each figure is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from crmplan.assessment.agreement import OTHER_ROLES
from crmplan.assessment.questionnaire.panel import Panel, SaidTo, Turnout
from crmplan.assessment.questions import Question
from crmplan.widgets.style import safe

__all__ = ["not_counted", "turnout_table", "where_apart"]

_TALLEST = 30
_MOST_NAMED = 8


def turnout_table(turnout: Iterable[Turnout], *, time_zone: str = "UTC") -> str:
    """Return who has answered how much, and when last.

    Parameters
    ----------
    turnout
        One entry a respondent.
    time_zone
        In which the clock is told, as in ``engagement.yaml``.
    """
    rows = "".join(
        f"<tr>{_cell('Who', safe(one.respondent), 'who')}{_cell('Role', safe(one.role.replace('_', ' ')))}"
        f"{_cell('Answered', f'{one.n_answered} of {one.n_asked}', 'n')}"
        f'<td class="bar"><div class="crm-bar"><i style="width:{_percent(one)}%"></i></div></td>'
        f"{_cell('Last answer', safe(_clock(one.last_at, time_zone)), 'n')}</tr>"
        for one in turnout
    )
    # A column of bars repeats the figure before it; a heading of its own would be read out for nothing.
    head = '<tr><th>Who</th><th>Role</th><th class="n">Answered</th><td></td><th class="n">Last answer</th></tr>'
    return f'<table class="crm-cards crm-turnout"><thead>{head}</thead><tbody>{rows}</tbody></table>'


def not_counted(panel: Panel) -> str:
    """Return what is in the files and counts nowhere: lines that were cut off, people whom the engagement lacks."""
    told = list(panel.torn)
    if panel.unnamed:
        who = ", ".join(f"{id} ({n})" for id, n in panel.unnamed.items())
        told.append(f"Answers of people whom the engagement does not name are not counted: {who}.")
    return "".join(f'<p class="crm-apart">{safe(one)}</p>' for one in told)


def where_apart(panel: Panel) -> str:
    """Return where people were apart in the last revealed round; before the first reveal, why nothing is shown."""
    if panel.revealed is None:
        return (
            "<h2>Where people are apart</h2><p>Nothing is shown while the first round is open, not even here, so "
            "that nobody leans on what others say. It appears with the reveal.</p>"
        )
    title = f"<h2>Where people were apart in round {panel.revealed.round}</h2>"
    changed = "" if panel.revealed.is_as_revealed else (
        '<p class="crm-apart">The answers of this round are not as they were when it was revealed.</p>'
    )  # fmt: skip
    return title + changed + _in_short(panel) + _apart_table(panel.questions) + _not_shown(panel)


def _in_short(panel: Panel) -> str:
    """Return the rule in words, and how many questions it leaves open."""
    rule = panel.rule
    levels = "level" if rule.within_levels == 1 else "levels"
    words = (
        f"The rule fixed before anybody answered: people agree when {100 * rule.share:.0f} % of the answers lie within "
        f"{rule.within_levels:g} {levels} of the middle one and the mean distance from it is at most "
        f"{rule.max_average_deviation:g}."
    )
    shown = [one for one in panel.questions if one.said is not None]
    n_open = sum(one.said is not None and one.said.is_agreed == "no" for one in shown)
    n_camps = sum(one.said is not None and bool(one.said.camps or one.is_split_by_unit) for one in shown)
    camps = f"; on {n_camps} they stand in two camps" if n_camps else ""
    return f"<p>{words}</p><p><b>No consensus on {n_open} of {len(shown)} questions{camps}.</b></p>" if shown else ""


def _apart_table(questions: Sequence[SaidTo]) -> str:
    shown = [row for one in questions if (row := _apart_row(one))]
    head = (
        '<tr><th>Question</th><th>Answers at 0 to 5</th><th class="n">Median</th>'
        '<th class="n">Mean distance<br>from it, levels</th><th>Consensus</th><th>Who stands where</th></tr>'
    )
    return f'<table class="crm-cards"><thead>{head}</thead><tbody>{"".join(shown)}</tbody></table>' if shown else ""


def _apart_row(one: SaidTo) -> str:
    if one.said is None or one.by_level is None:
        return ""
    said = one.said
    where = _who_stands_where(one)
    is_open = said.is_agreed == "no"
    unsure = f'<div class="crm-counted">{_do_not_know(one.n_dk)}</div>' if one.n_dk else ""
    cells = (
        _cell("", f"<b>{safe(one.question.id)}</b> {safe(one.question.title)}", "first"),
        _cell("Answers at 0 to 5", _bars(one.by_level) + unsure),
        _cell("Median", f"{said.value:g}", "n"),
        _cell("Mean distance from it, levels", f"{said.spread:.1f}", "n"),
        _cell("Consensus", "no" if is_open else "yes", "crm-apart" if is_open else ""),
        _cell("Who stands where", where or "–", "" if where else "nothing"),
    )
    return f"<tr>{''.join(cells)}</tr>"


def _cell(name: str, content: str, *classes: str) -> str:
    marks = " ".join(one for one in classes if one)
    shown = f' class="{marks}"' if marks else ""
    named = f' data-name="{name}"' if name else ""
    return f"<td{shown}{named}><div>{content}</div></td>"


def _who_stands_where(one: SaidTo) -> str:
    """Return the camps and the medians of roles, or of units, if any; neither holds a group of fewer than three."""
    if one.said is None:
        return ""
    said = one.said
    camps = {"by role": "two camps, by role", "across roles": "two camps", "": ""}[said.camps]
    groups = said.roles if said.camps == "by role" or (said.lowest_role and said.highest_role) else ()
    if one.is_split_by_unit:
        camps, groups = "two camps, by unit", one.units
    named = [
        f"{group.role.replace(OTHER_ROLES, 'others').replace('_', ' ')}: {group.value:g} ({group.n} people)"
        for group in groups
    ]
    told = [f"<b>{camps}</b>"] if camps else []
    return "<br>".join([*told, *(safe(name) for name in named)])


def _bars(by_level: tuple[int, ...]) -> str:
    most = max(by_level) or 1
    words = ", ".join(f"{n} at {level}" for level, n in enumerate(by_level) if n)
    bars = "".join(
        f'<span><i class="{"" if n else "none"}" style="height:{height}px"></i>{level}</span>'
        for level, (n, height) in enumerate((n, max(2, round(_TALLEST * n / most))) for n in by_level)
    )
    return f'<span class="crm-levels" role="img" aria-label="{safe(words)}">{bars}</span>'


def _not_shown(panel: Panel) -> str:
    """Return what the table leaves out: what too few gave a level to, what most do not know, what nobody answered."""
    left = [one for one in panel.questions if one.said is None]
    told = []
    if left:
        told.append(
            f"{len(left)} of {len(panel.questions)} questions {'is' if len(left) == 1 else 'are'} not shown: fewer "
            "than three people gave a level."
        )
    unknown = [f"{_titled(one.question)} ({one.n_dk} of {one.n_people})" for one in left if 2 * one.n_dk > one.n_people]
    if unknown:
        told.append(f"On {len(unknown)} of them most who answered do not know: {_listed(unknown)}.")
    if panel.unanswered:
        titles = [_titled(question) for question in panel.unanswered]
        told.append(
            f"Nobody answered {len(titles)} {'question' if len(titles) == 1 else 'questions'}: {_listed(titles)}."
        )
    return "".join(f"<p>{one}</p>" for one in told)


def _titled(question: Question) -> str:
    return f"<b>{safe(question.id)}</b> {safe(question.title)}"


def _listed(texts: Sequence[str]) -> str:
    more = len(texts) - _MOST_NAMED
    return ", ".join(texts[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _do_not_know(n: int) -> str:
    return f"{n} does not know" if n == 1 else f"{n} do not know"


def _percent(one: Turnout) -> int:
    return round(100 * one.n_answered / one.n_asked) if one.n_asked else 0


def _clock(at: str, time_zone: str) -> str:
    """Return a moment by the client's clock; one that bears no zone is taken as UTC."""
    try:
        moment = datetime.fromisoformat(at) if at else None
    except ValueError:
        return "–"
    if moment is None:
        return "–"
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(ZoneInfo(time_zone)).strftime("%d %b %H:%M")
