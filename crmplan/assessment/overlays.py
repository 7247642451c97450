"""A client's own ``overlay.yaml``: questions it hides, words its own way, or adds to the carried checklists."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from crmplan import _yaml, template_files
from crmplan.assessment.questions import Question
from crmplan.assessment.references import Placed
from crmplan.engagement import Area
from crmplan.errors import Problem, TemplateError, closest
from crmplan.template_files import Location

__all__ = ["Added", "Hidden", "Overlay", "Reworded", "overlaid", "read_overlay"]

_REWORDED_BY = 100


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Hidden(_Strict):
    """A question that is not asked of this client, and why.

    Where other questions build on it, ``is_met`` says that what it asks about is in place all the same.
    """

    id: str
    because: str = Field(min_length=5, max_length=200)
    is_met: bool = False


class Reworded(_Strict):
    """Other words for a question. Whatever is not given stays as it is.

    ``wording`` counts the wordings of this client, from 1: raise it when the words change again after people have
    answered. Answers given to other words are not counted, as they may have meant something else.
    """

    wording: int = Field(1, ge=1, le=99)
    title: str | None = None
    text: str | None = None
    interview: str | None = None
    help: str | None = None
    why: str | None = None
    gap: str | None = None
    anchors: Annotated[dict[int, str], BeforeValidator(template_files.numbered_keys)] | None = None


class Added(Question):
    """A question of the client's own, with the area in which it is asked."""

    area: Area


class Overlay(_Strict):
    """What a client's checklists have that the carried ones have not, and what they leave out."""

    hide: tuple[Hidden, ...] = ()
    reword: dict[str, Reworded] = Field(default_factory=dict)
    add: tuple[Added, ...] = ()


def read_overlay(file: Path) -> tuple[Overlay, _yaml.Document] | None:
    """Return a client's overlay with the document it stands in; None when there is no such file.

    Raises
    ------
    TemplateError
        When the file is no overlay, with every problem and its line.
    """
    if not file.is_file():
        return None
    document = _yaml.read(file, error=TemplateError)
    data = {} if document.data is None else document.data
    if not isinstance(data, dict):
        raise TemplateError([Problem(document.where(), "the keys 'hide', 'reword' and 'add'")])
    problems: list[Problem] = []
    overlay = template_files.checked(Overlay, data, document, (), problems)
    if overlay is None:
        raise TemplateError(problems)
    return overlay, document


def overlaid(
    placed: list[Placed], overlay: Overlay, document: _yaml.Document, problems: list[Problem]
) -> tuple[list[Placed], frozenset[str]]:
    """Return the questions that a client is asked, and the ids of those that are hidden.

    Parameters
    ----------
    placed
        The carried questions.
    overlay, document
        As from :func:`read_overlay`.
    problems
        What does not fit is added to it.
    """
    known = {one.question.id for one in placed}
    for position, one in enumerate(overlay.hide):
        problems += _stranger(one.id, known, document.where(("hide", position)))
    for id in overlay.reword:
        problems += _stranger(id, known, document.where(("reword", id)))
    hidden = frozenset(one.id for one in overlay.hide)
    kept = [entry for entry in placed if entry.question.id not in hidden]
    problems += _built_on_hidden(kept, overlay, document)
    kept = [_without_needs(entry, hidden) for entry in kept]
    kept = [
        _in_other_words(entry, overlay.reword[entry.question.id], document, problems)
        if entry.question.id in overlay.reword
        else entry
        for entry in kept
    ]
    added = [Placed(one.area, one, document, ("add", position)) for position, one in enumerate(overlay.add)]
    return [*kept, *added], hidden


def _stranger(id: str, known: set[str], where: str) -> list[Problem]:
    if id in known:
        return []
    close = closest(id, known)
    return [Problem(where, "a known question", id, f"did you mean {close}?" if close else "")]


def _built_on_hidden(kept: list[Placed], overlay: Overlay, document: _yaml.Document) -> list[Problem]:
    found = []
    for position, one in enumerate(overlay.hide):
        built = [entry.question.id for entry in kept if one.id in entry.question.needs]
        if built and not one.is_met:
            advice = f"if it is in place all the same, say is_met: true; if not, hide {', '.join(built)} as well"
            found.append(
                Problem(document.where(("hide", position)), "a question on which no other builds", one.id, advice)
            )
    return found


def _without_needs(entry: Placed, hidden: frozenset[str]) -> Placed:
    question = entry.question
    if not hidden & set(question.needs):
        return entry
    needs = tuple(id for id in question.needs if id not in hidden)
    return Placed(entry.area, question.model_copy(update={"needs": needs}), entry.document, entry.path)


def _in_other_words(entry: Placed, change: Reworded, document: _yaml.Document, problems: list[Problem]) -> Placed:
    question = entry.question
    words = change.model_dump(exclude={"wording"}, exclude_none=True)
    if "anchors" in words:
        words["anchors"] = {**question.anchors, **words["anchors"]}
    fields = {**question.model_dump(), **words, "rev": question.rev + _REWORDED_BY * change.wording}
    path: Location = ("reword", question.id)
    made = template_files.checked(Question, fields, document, path, problems)
    return entry if made is None else Placed(entry.area, made, entry.document, entry.path)
