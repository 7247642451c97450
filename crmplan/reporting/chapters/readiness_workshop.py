"""How far people agree and what to do about it: decisions on record, contradictions, the agenda, what to ask next."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from crmplan.assessment import Readiness
from crmplan.reporting import wording
from crmplan.reporting.blocks import Block, Note, Table
from crmplan.reporting.chapters.readiness_cells import NAMES, level_text, rows_of, signed_text
from crmplan.reporting.chapters.readiness_perception import group_words
from crmplan.reporting.chapters.readiness_sentences import MINUTES_A_QUESTION

__all__ = [
    "agenda",
    "agreed",
    "agreement",
    "asking",
    "ask_next",
    "conflicts",
    "documents",
    "later_rounds",
    "later_waves",
    "whom_to_ask",
    "workshop",
]

_MOST_ROWS = 12
_NONE = "–"
_REASONS = {
    "people apart": "people differ", "people and data apart": "people and data differ",
    "both": "people differ, and from the data",
}  # fmt: skip
_RULES = {
    "median": "the median was taken", "facilitated": "talked over", "adjudicated": "decided by one",
    "data": "decided by data",
}  # fmt: skip
_HOWS = {
    "ask": "Ask the question", "settle": "Settle it in the workshop", "document": "Ask for a document that proves it",
}  # fmt: skip


def workshop(readiness: Readiness) -> tuple[Block, ...]:
    """Return what a facilitator needs: agreement, decisions, contradictions and agenda; nothing without answers."""
    if not readiness.has_answers:
        return ()
    found: list[Block] = [*later_waves(readiness), agreement(readiness), *later_rounds(readiness)]
    if len(readiness.agreed):
        found.append(agreed(readiness))
    if len(readiness.documents):
        found.append(documents(readiness))
    return (*found, conflicts(readiness), agenda(readiness))


def asking(readiness: Readiness) -> tuple[Block, ...]:
    """Return what to find out next; where nobody has been asked yet, whom to ask."""
    return (ask_next(readiness) if readiness.has_answers else whom_to_ask(readiness),)


def agreement(readiness: Readiness) -> Table | Note:
    """Return how far the people of each area agree."""
    rows = [row for row in rows_of(readiness.panels) if not math.isnan(row["share_within"])]
    if not rows:
        return Note("Agreement needs a question that two people or more have answered.", tone="unavailable")
    apart = dict(zip(readiness.areas["area"], readiness.areas["n_apart"], strict=True))
    return Table(
        title="How far people agree, by area",
        header=("Area", "People, questions", "Within one level", "Mean distance", "Alpha", "Same order (W)", "Open"),
        rows=tuple(
            (
                NAMES[str(row["area"])], f"{row['n_people']}, {row['n_questions']}",
                wording.share(row["share_within"], 0), level_text(row["average_deviation"]),
                _with_range(row, "alpha"), _order(row), wording.plural(apart[row["area"]], "question"),
            )
            for row in rows
        ),
        align=("left", "right", "right", "right", "right", "right", "right"),
        caption="Within one level: share of answers that close to the middle one of their question; mean distance in "
        "levels. Alpha (Krippendorff, ordered levels, with 90 % interval) is 1 for full agreement and 0 for chance; "
        "where nearly all answers are alike it says little, so read it beside the share. W (Kendall): whether people "
        "put the questions in the same order, over those that three people or more answered without a gap. Open: "
        "without consensus by the rule fixed beforehand.",
        widths=(1.3, 1.2, 1.1, 1, 1.6, 1.6, 1.3),
    )  # fmt: skip


def later_rounds(readiness: Readiness) -> tuple[Note, ...]:
    """Return what each round after the first changed; nothing for one round, or for one person alone."""
    if readiness.n_respondents < 2:
        return ()
    return tuple(
        Note(
            f"In round {row['round']}, {wording.plural(row['n_answers'], 'answer')} to "
            f"{wording.plural(row['n_questions'], 'question')} were given again: "
            f"{wording.share(row['moved_share'], 0)} changed, {wording.share(row['stable_share'], 0)} stayed within "
            f"one level, and the mean distance from the middle answer went from "
            f"{level_text(row['deviation_before'])} to {level_text(row['deviation_after'])} levels."
        )
        for row in rows_of(readiness.rounds)
    )


def later_waves(readiness: Readiness) -> tuple[Block, ...]:
    """Return what changed since the wave before, like for like; nothing for a first wave."""
    rows = rows_of(readiness.waves)
    if not rows:
        return ()
    titles = dict(zip(readiness.questions["question"], readiness.questions["title"], strict=True))
    before = int(rows[0]["wave_before"])
    return (
        Table(
            title=f"What changed since wave {before}",
            header=("Area", f"Wave {before}", "Now", "Change", "Compared", "Rose most", "Fell most", "Not compared"),
            rows=tuple(
                (
                    NAMES[str(row["area"])], level_text(row["level_before"]), level_text(row["level"]),
                    signed_text(row["change"]), wording.plural(row["n_compared"], "question"),
                    titles.get(str(row["most_risen"]), _NONE), titles.get(str(row["most_fallen"]), _NONE),
                    _not_compared(row),
                )
                for row in rows
            ),
            align=("left", "right", "right", "right", "right", "left", "left", "left"),
            caption="Only questions that were asked in the same words and answered in both waves are compared, so that "
            "a change is one of the company, not of the questionnaire. These levels are therefore not those of the "
            "first table.",
            widths=(1.3, 0.8, 0.6, 0.8, 1.1, 1.7, 1.7, 1.7),
        ),
    )  # fmt: skip


def _not_compared(row: dict[str, Any]) -> str:
    kinds = (("n_reworded", "worded anew"), ("n_only_now", "answered only now"), ("n_only_before", "only before"))
    return ", ".join(f"{row[name]} {words}" for name, words in kinds if row[name]) or _NONE


def agreed(readiness: Readiness) -> Table:
    """Return what was agreed on, with its reason and what was not shared."""
    return Table(
        title="What was agreed on, and who sees it differently",
        header=("Question", "Middle answer", "Agreed", "How", "Why", "Not shared"),
        rows=tuple(
            (
                str(row["title"]), level_text(row["said"]), _agreed_level(row), _RULES[str(row["rule"])],
                _short(str(row["rationale"])), _short(str(row["dissent"])) or _NONE,
            )
            for row in rows_of(readiness.agreed)[:_MOST_ROWS]
        ),
        align=("left", "right", "right", "left", "left", "left"),
        caption=f"Signed by {_signers(readiness)}. An agreed level takes the place of the middle answer.",
        widths=(2, 0.9, 1.6, 1.2, 2.6, 1.9),
    )  # fmt: skip


def documents(readiness: Readiness) -> Table:
    """Return the documents on file, with day and fingerprint."""
    used = {id for ids in readiness.questions["documents"] for id in str(ids).split(", ")}
    n_questions = {
        id: int(readiness.questions["documents"].map(lambda ids, id=id: id in str(ids).split(", ")).sum())
        for id in used
    }
    return Table(
        title="Documents on file",
        header=("Document", "Title", "Dated", "Revisions", "State", "Speaks to", "Fingerprint"),
        rows=tuple(
            (
                str(row["document"]), str(row["title"]), str(row["dated"]), wording.count(row["n_revisions"]),
                str(row["status"]), wording.plural(n_questions.get(row["document"], 0), "question"),
                str(row["fingerprint"])[:8],
            )
            for row in rows_of(readiness.documents)[:_MOST_ROWS]
        ),
        align=("left", "left", "right", "right", "left", "right", "left"),
        caption="A document counts while the file is the one that was recorded (fingerprint: the first eight digits "
        "of its SHA-256), and for less with each year of its age.",
        widths=(0.9, 2.4, 1, 0.9, 0.8, 1, 1.2),
    )  # fmt: skip


def conflicts(readiness: Readiness) -> Table | Note:
    """Return what cannot both be true, the weightiest first."""
    rows = rows_of(readiness.contradictions)
    if not rows:
        return Note("No answer contradicts another one, or what the data show.")
    return Table(
        title="What cannot both be true",
        header=("What stands against what", "Between", "Area", "Weight"),
        rows=tuple(
            (f"{row['says']}.", str(row["kind"]), NAMES[str(row["area"])], str(row["severity"]))
            for row in rows[:_MOST_ROWS]
        ),
        align=("left", "left", "left", "left"),
        caption="Ordered by levels apart times weight of the question."
        + (f" {len(rows) - _MOST_ROWS} lighter ones are left out." if len(rows) > _MOST_ROWS else ""),
        widths=(4.6, 1.8, 1.2, 0.9),
    )  # fmt: skip


def agenda(readiness: Readiness) -> Table | Note:
    """Return the agenda of the workshop, with minutes."""
    rows = rows_of(readiness.agenda)
    if not rows:
        return Note("There is no question left on which people, or people and data, differ and which falls short.")
    minutes = sum(int(row["minutes"]) for row in rows)
    return Table(
        title=f"Agenda for a workshop of {minutes} minutes",
        header=("", "Question", "Area", "Why talk about it", "Apart", "Short of target", "Minutes"),
        rows=tuple(
            (
                str(place), str(row["title"]), NAMES[str(row["area"])], _REASONS[str(row["reason"])],
                level_text(row["disagreement"]), level_text(row["stake"]), wording.count(row["minutes"]),
            )
            for place, row in enumerate(rows[:_MOST_ROWS], 1)
        ),
        align=("right", "left", "left", "left", "right", "right", "right"),
        caption="Ordered by levels apart × weight × levels short of the target, taking the lower of what people say "
        "and data show. Questions on which all agree, or that were settled, are left out.",
        widths=(0.4, 2.6, 1.2, 2, 0.7, 1, 0.8),
    )  # fmt: skip


def ask_next(readiness: Readiness) -> Table | Note:
    """Return the questions and documents that would most change the gaps that weigh most."""
    rows = rows_of(readiness.next_steps)[:5]
    if not rows:
        return Note("No further answer or document would change the five gaps that weigh most: asking can end here.")
    roles = dict(zip(readiness.questions["question"], readiness.questions["roles"], strict=True))
    return Table(
        title="What to find out next",
        header=("What", "Question", "Area", "Level now", "Of the top five gaps", "Whom to ask"),
        rows=tuple(
            (
                _HOWS[str(row["how"])], str(row["title"]), NAMES[str(row["area"])], level_text(row["now"]),
                f"{row['changed']:.1f} would change", _roles(str(roles[row["question"]])),
            )
            for row in rows
        ),
        align=("left", "left", "left", "right", "right", "left"),
        caption="How many of the five gaps that weigh most are expected to give way to others, all outcomes that are "
        "possible today being taken as equally likely.",
        widths=(1.8, 2.2, 1.1, 0.8, 1.4, 2),
    )  # fmt: skip


def whom_to_ask(readiness: Readiness) -> Table | Note:
    """Return which roles to ask, how many questions each, and how long that takes."""
    if readiness.unavailable:
        return Note(f"Whom to ask: not available; {readiness.unavailable}.", tone="unavailable")
    counts: Counter[str] = Counter()
    where: dict[str, set[str]] = {}
    for row in rows_of(readiness.questions):
        for role in str(row["roles"]).split(", "):
            counts[role] += 1
            where.setdefault(role, set()).add(NAMES[str(row["area"])])
    alone = int(readiness.questions["shown"].isna().sum())
    least, most = readiness.questions["min_people"].min(), readiness.questions["min_people"].max()
    wanted = f"{least} to {most} people" if least < most else wording.plural(most, "person", "people")
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return Table(
        title="Whom to ask first",
        header=("Role", "Questions", "Minutes", "Areas"),
        rows=tuple(
            (group_words(role), wording.count(n), wording.count(math.ceil(n * MINUTES_A_QUESTION)),
             ", ".join(sorted(where[role])))
            for role, n in ranked[:_MOST_ROWS]
        ),
        align=("left", "right", "right", "left"),
        caption=f"To {alone} of {len(readiness.questions)} questions data show no level: only people can give one. "
        f"Each question wants {wanted}; reckoned with {MINUTES_A_QUESTION:g} minutes a question.",
        widths=(2, 1, 1, 4),
    )  # fmt: skip


def _with_range(row: dict[str, Any], name: str) -> str:
    if math.isnan(row[name]):
        return _NONE
    if math.isnan(row[f"{name}_low"]):
        return _two_places(row[name])
    return f"{_two_places(row[name])} ({_two_places(row[f'{name}_low'])} to {_two_places(row[f'{name}_high'])})"


def _two_places(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}"  # adding 0.0 makes -0.0 a plain 0


def _order(row: dict[str, Any]) -> str:
    if math.isnan(row["w"]):
        return _NONE
    return f"{row['w']:.2f} ({row['n_rankers']} people, {row['n_ranked']} questions)"


def _agreed_level(row: dict[str, Any]) -> str:
    if row["low"] == row["high"]:
        return level_text(row["value"])
    return f"{level_text(row['value'])} ({level_text(row['low'])} to {level_text(row['high'])})"


def _signers(readiness: Readiness) -> str:
    pairs = sorted({(str(row["by"]), str(row["at"])[:10]) for row in rows_of(readiness.agreed)})
    return "; ".join(f"{_short(by)} on {day}" for by, day in pairs[:3])


def _roles(ids: str) -> str:
    return ", ".join(group_words(role).lower() for role in ids.split(", "))


def _short(text: str, most: int = 160) -> str:
    words = " ".join(text.split())
    return words if len(words) <= most else words[: most - 1] + "…"
