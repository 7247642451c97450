"""Commands for what a panel decides and somebody signs: revealing a round, a value agreed on, closing a wave."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from crmplan.signing import Apply, By, engagement_of, now, question_named
from crmplan.terminal import AsJson, Client, print_json, print_table, shortened, told

if TYPE_CHECKING:
    from crmplan.assessment import AgreedValue
    from crmplan.assessment.questionnaire.panel import Panel, SaidTo
    from crmplan.assessment.questions import Question

__all__ = ["decide"]

decide = typer.Typer(
    help="Reveal a round, sign what was agreed on, close a wave. Each shows first what it would do; --apply signs it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Dissents = Annotated[
    list[str] | None,
    typer.Option(metavar="LEVEL:WHY", help="A view not shared: '1: not at weekends'; of two people: '1 x 2: ...'."),
]
_DISSENT = re.compile(r"^\s*([0-5](?:\.[0-9]+)?)\s*(?:x\s*([1-9][0-9]*))?\s*:\s*(.+)$", re.DOTALL)


@decide.command()
@told
def show(client: Client, as_json: AsJson = False) -> int:
    """Show where the assessment stands: wave and round, who has answered, what is open, what was agreed on."""
    from crmplan.assessment import read_agreed, read_closed
    from crmplan.assessment.questionnaire.panel import panel_of

    engagement = engagement_of(client)
    panel = panel_of(engagement)
    closed = [one.wave for one in read_closed(engagement.folder / "decisions")]
    agreed = [one for one in read_agreed(engagement.folder / "decisions") if one.wave == panel.open_round.wave]
    unsettled = _unsettled(panel, {one.question for one in agreed})
    if as_json:
        print_json(
            {
                "wave": panel.open_round.wave, "round": panel.open_round.round, "closed_waves": closed,
                "answered": {one.respondent: one.n_answered for one in panel.turnout},
                "no_consensus": [one.question.id for one in unsettled],
                "agreed": {one.question: one.value for one in agreed}, "not_named": dict(panel.unnamed),
            }
        )  # fmt: skip
        return 0
    rows = [(one.respondent, one.role.replace("_", " "), f"{one.n_answered} of {one.n_asked}") for one in panel.turnout]
    print_table(("Who", "Role", f"Answered in round {panel.open_round.round}"), rows, right=(2,))
    if unsettled:
        header = ("No consensus on", "Title", "Median", "Distance", "Camps")
        print_table(header, [_unsettled_row(one) for one in unsettled], right=(2, 3))
    _tell_unnamed(panel)
    before = f"; closed before: {', '.join(map(str, closed))}" if closed else ""
    typer.echo(f"wave {panel.open_round.wave}, round {panel.open_round.round}: {len(agreed)} agreed values{before}")
    return 0


@decide.command()
@told
def reveal(client: Client, *, by: By, apply: Apply = False) -> int:
    """Reveal the open round: everybody sees what was said in it, and nobody can answer it any more."""
    from crmplan.assessment import reveal_round
    from crmplan.assessment.questionnaire.panel import panel_of
    from crmplan.errors import AnswersError, Problem

    engagement = engagement_of(client)
    panel = panel_of(engagement)
    here = panel.open_round
    if not here.n_answers:
        raise AnswersError([Problem(f"wave {here.wave}, round {here.round}", "at least one answer")])
    missing = [one.respondent for one in panel.turnout if not one.n_answered]
    typer.echo(f"wave {here.wave}, round {here.round}: {here.n_answers} answers of {len(here.people)} people")
    if missing:
        typer.echo(f"not heard yet: {', '.join(missing)}")
    _tell_unnamed(panel)
    if apply:
        reveal_round(
            engagement.answers, engagement.folder / "decisions", wave=here.wave, round=here.round, by=by, at=now(),
            rule=engagement.consensus, respondents=engagement.respondents,
        )  # fmt: skip
        typer.echo(f"revealed; answers now go to round {here.round + 1}")
    else:
        typer.echo("--apply reveals it; after that nobody can answer this round")
    return 0


@decide.command()
@told
def agree(
    client: Client,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="Id of the question.")],
    level: Annotated[float, typer.Argument(min=0, max=5, help="The level agreed on, 0 to 5.")],
    *,
    by: By,
    because: Annotated[str, typer.Option("--because", metavar="TEXT", help="The reason, as agreed in the room.")],
    rule: Annotated[
        str, typer.Option("--rule", help="How it came about: median, facilitated, adjudicated or data.")
    ] = "facilitated",
    low: Annotated[float | None, typer.Option(min=0, max=5, help="Lowest level the panel can live with.")] = None,
    high: Annotated[float | None, typer.Option(min=0, max=5, help="Highest level the panel can live with.")] = None,
    dissent: Dissents = None,
    apply: Apply = False,
) -> int:
    """Sign the value that a panel agreed on after a round was revealed, with its reason and what was not shared."""
    from crmplan.assessment import AgreedValue, agree_on
    from crmplan.assessment.questionnaire.panel import panel_of
    from crmplan.assessment.signed import record_of

    engagement = engagement_of(client)
    asked = question_named(engagement, question)
    panel = panel_of(engagement)
    _refuse_unrevealed(panel)
    record = record_of(
        AgreedValue, wave=panel.open_round.wave, question=question, revision=asked.rev, value=level, low=low, high=high,
        rule=rule, rationale=because, dissent=[_dissent(text) for text in dissent or ()], by=by, at=now(),
    )  # fmt: skip
    _tell_agreed(asked, record, next((one for one in panel.questions if one.question.id == question), None))
    if apply:
        agree_on(engagement.folder / "decisions", record)
    typer.echo("signed" if apply else "--apply signs it")
    return 0


@decide.command()
@told
def close(client: Client, *, by: By, apply: Apply = False) -> int:
    """Close the wave: nothing in it changes any more, and answers from now on belong to the next one."""
    from crmplan.assessment import close_wave
    from crmplan.assessment.checklists import checklists_of
    from crmplan.assessment.closing import closing_of
    from crmplan.assessment.questionnaire.panel import panel_of

    engagement = engagement_of(client)
    wave = panel_of(engagement).open_round.wave
    make = close_wave if apply else closing_of
    record = make(
        engagement.answers, engagement.folder / "decisions", wave=wave, by=by, at=now(),
        checklists=checklists_of(engagement), respondents=engagement.respondents,
    )  # fmt: skip
    typer.echo(
        f"wave {wave}: {record.n_answers} answers of {record.n_people} people in {record.n_rounds} rounds, "
        f"{record.n_agreed} agreed values"
    )
    typer.echo(f"closed; wave {wave + 1} begins" if apply else f"--apply closes it; then wave {wave + 1} begins")
    return 0


def _tell_unnamed(panel: Panel) -> None:
    if panel.unnamed:
        told = ", ".join(f"{who} ({n})" for who, n in panel.unnamed.items())
        typer.echo(f"not counted, as engagement.yaml does not name them: answers of {told}")


def _refuse_unrevealed(panel: Panel) -> None:
    from crmplan.errors import AnswersError, Problem

    if panel.revealed is None:
        advice = "run: crmplan decide reveal; before that nobody knows what others said"
        raise AnswersError([Problem(f"wave {panel.open_round.wave}", "a revealed round", "none yet", advice)])


def _dissent(text: str) -> dict[str, object]:
    from crmplan.errors import AnswersError, Problem

    found = _DISSENT.match(text)
    if found is None:
        raise AnswersError([Problem("--dissent", "LEVEL: WHY, as '1: not at weekends'", text)])
    return {"value": float(found[1]), "n_people": int(found[2] or 1), "why": found[3]}


def _tell_agreed(question: Question, record: AgreedValue, said: SaidTo | None) -> None:
    typer.echo(f"{question.id} {question.title}")
    if said is not None and said.said is not None:
        one = said.said
        typer.echo(f"said: {one.n} people, median {one.value:g}, from {one.lowest:g} to {one.highest:g}")
    else:
        typer.echo("said: fewer than three people gave a level in the revealed round")
    low, high = record.range
    line = question.anchors.get(int(record.value), "") if float(record.value).is_integer() else "between two lines"
    span = f", can live with {low:g} to {high:g}" if low != high else ""
    typer.echo(f"agreed ({record.rule}): {record.value:g} ({line}){span}; {shortened(record.rationale)}")
    for view in record.dissent:
        typer.echo(f"not shared by {view.n_people}: {view.value:g}; {shortened(view.why)}")


def _unsettled(panel: Panel, settled: set[str]) -> list[SaidTo]:
    return [
        one
        for one in panel.questions
        if one.said is not None and one.said.is_agreed == "no" and one.question.id not in settled
    ]


def _unsettled_row(one: SaidTo) -> tuple[str, ...]:
    said = one.said
    if said is None:
        return (one.question.id, one.question.title, "", "", "")
    return (one.question.id, one.question.title, f"{said.value:g}", f"{said.spread:.1f}", said.camps)
