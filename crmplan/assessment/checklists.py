"""The readiness checklists: what is asked, what each level looks like, and which figure can check the answer."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from crmplan import _yaml, carried, method
from crmplan.engagement import Area
from crmplan.errors import Problem, TemplateError, closest
from crmplan.metrics.registry import Metric, Unit, registry

__all__ = [
    "COMPONENTS",
    "HIGHEST_LEVEL",
    "Checklist",
    "LeadsTo",
    "Probe",
    "Question",
    "States",
    "Target",
    "Whom",
    "load_checklists",
    "questions_by_id",
]

Component = Literal["segmentation", "channels", "processes", "skills", "technology"]
COMPONENTS: tuple[Component, ...] = ("segmentation", "channels", "processes", "skills", "technology")
"""The five components of a CRM initiative: a second cut through the same answers."""

HIGHEST_LEVEL = 5
Level = Annotated[float, Field(ge=0, le=HIGHEST_LEVEL)]


def _numbered(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {int(key) if str(key).isdigit() else key: entry for key, entry in value.items()}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Whom(_Strict):
    """Who should answer, and how many of them at least."""

    roles: tuple[str, ...] = Field(min_length=1)
    min_people: int = Field(1, ge=1, le=20)


class Target(_Strict):
    """The level a question should reach where the area aims at 3; another one for clients that sell to one kind."""

    default: Level = 3
    consumers: Level | None = None
    firms: Level | None = None

    def of(self, kind: str) -> float:
        """Return the level for a client that serves ``consumers``, ``firms`` or ``both``."""
        own = {"consumers": self.consumers, "firms": self.firms}.get(kind)
        return self.default if own is None else own


class LeadsTo(_Strict):
    """What to do about a gap, and which figures will show that it closes."""

    initiatives: tuple[Annotated[str, Field(pattern=r"^INI(-[A-Z0-9]+)+$")], ...] = ()
    kpis: tuple[str, ...] = ()


class Probe(_Strict):
    """The figure that stands beside the answer.

    With ``bands`` the figure shows a level: each band is the least figure that reaches the level, or the greatest one
    where less is better. Without bands the figure is context, as it is neither good nor bad by itself. ``or_else``
    is taken when ``metric`` cannot be computed for a client, ``also`` are further figures worth seeing. ``of_group``
    says that the figure is that of one group among several, which is then named.
    """

    metric: str
    or_else: str | None = None
    also: tuple[str, ...] = ()
    bands: Annotated[dict[int, float], BeforeValidator(_numbered)] = Field(default_factory=dict)
    cap: int | None = Field(None, ge=1, le=HIGHEST_LEVEL)
    of_group: bool = False
    cannot_prove: str = Field(min_length=10)

    @property
    def direction(self) -> Literal["up", "down", "none"]:
        """Whether a greater figure reaches a higher level."""
        if len(self.bands) < 2:
            return "none"
        values = [self.bands[level] for level in sorted(self.bands)]
        return "up" if values[0] < values[-1] else "down"

    @property
    def metrics(self) -> tuple[str, ...]:
        """Every metric named."""
        return (self.metric, *((self.or_else,) if self.or_else else ()), *self.also)

    @model_validator(mode="after")
    def _bands_in_order(self) -> Self:
        if not self.bands:
            if self.cap is not None:
                raise ValueError("'cap' needs 'bands'")
            return self
        levels = sorted(self.bands)
        if levels != list(range(1, len(levels) + 1)) or len(levels) < 2:
            raise ValueError("bands: name the levels 1, 2, ... without a gap, two at least")
        values = [self.bands[level] for level in levels]
        steps = [after - before for before, after in itertools.pairwise(values)]
        if not (all(step > 0 for step in steps) or all(step < 0 for step in steps)):
            raise ValueError("bands: figures must rise, or fall, from level to level")
        if self.cap is None:
            raise ValueError("bands: say with 'cap' which level a figure can prove at most")
        if self.or_else:
            raise ValueError("'or_else' is for figures without bands; another figure needs its own bands")
        return self


class States(_Strict):
    """A figure that respondents may state themselves, so that what is believed can be set against what is measured."""

    metric: str
    unit: Unit
    ask: str = Field(min_length=5)


class Question(_Strict):
    """One question of a checklist.

    ``text`` is for a questionnaire, ``interview`` for a talk. ``anchors`` hold one line per level, each something that
    can be seen. ``needs`` names questions whose subject must be in place first. While a ``critical`` question is
    answered low, its area cannot stand more than one level higher.
    """

    id: str = Field(pattern=r"^[A-Z]{2}(-[A-Z]{2})?-[0-9]{2}$")
    rev: int = Field(ge=1)
    covers: tuple[str, ...] = Field(min_length=1)
    title: str = Field(min_length=3, max_length=60)
    theme: str
    asks_about: Literal["practice", "result", "culture", "fact"]
    text: str = Field(min_length=10)
    interview: str = Field(min_length=10)
    why: str = Field(min_length=10)
    scale: Literal["practice_0_5"]
    anchors: Annotated[dict[int, str], BeforeValidator(_numbered)]
    ask: Whom
    component: Component
    department: str
    weight: int = Field(ge=1, le=3)
    critical: bool
    needs: tuple[str, ...] = ()
    target: Target = Target()
    gap: str = Field(min_length=10)
    leads_to: LeadsTo = LeadsTo()
    probe: Probe | None = None
    states: States | None = None

    @field_validator("anchors")
    @classmethod
    def _six_lines(cls, anchors: dict[int, str]) -> dict[int, str]:
        if sorted(anchors) != list(range(HIGHEST_LEVEL + 1)):
            raise ValueError("give one line for each of the levels 0 to 5")
        if len({line.strip().casefold() for line in anchors.values()}) <= HIGHEST_LEVEL:
            raise ValueError("two levels have the same line; say what differs")
        return anchors

    @property
    def metrics(self) -> tuple[str, ...]:
        """Every metric the question names, each once."""
        named = (*(self.probe.metrics if self.probe else ()), *((self.states.metric,) if self.states else ()))
        return tuple(dict.fromkeys((*named, *self.leads_to.kpis)))


class Checklist(_Strict):
    """The questions of one area."""

    checklist: Area
    title: str
    version: str = Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")
    introduction: str
    questions: tuple[Question, ...] = Field(min_length=1)


def load_checklists(
    folder: Path | None = None, *, metrics: Mapping[str, Metric] | None = None
) -> tuple[Checklist, ...]:
    """Return the checklists in a folder, in the order of the areas.

    Parameters
    ----------
    folder
        A folder of ``*.yaml`` checklists; those that crmplan carries when it is not given.
    metrics
        The metrics that may be cited; the registry when it is not given.

    Raises
    ------
    TemplateError
        With every problem of every file, each with file and line.

    Examples
    --------
    >>> [(one.checklist, len(one.questions)) for one in load_checklists()]
    [('marketing', 19), ('sales', 13), ('call_center', 16), ('operations', 6)]
    """
    folder = folder or carried.templates() / "checklists"
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise TemplateError([Problem(str(folder), "a folder with checklists (*.yaml)")])
    problems: list[Problem] = []
    loaded: list[tuple[Checklist, _yaml.Document]] = []
    for file in files:
        try:
            document = _yaml.read(file, error=TemplateError)
            loaded.append((Checklist.model_validate(document.data), document))
        except TemplateError as cause:
            problems.extend(cause.problems)
        except ValidationError as cause:
            problems.extend(_wrong_fields(cause, document))
    problems.extend(_wrong_references(loaded, registry() if metrics is None else metrics))
    if problems:
        raise TemplateError(problems)
    order = list(Area.__args__)  # type: ignore[attr-defined]
    return tuple(sorted((one for one, _ in loaded), key=lambda one: order.index(one.checklist)))


def questions_by_id(checklists: Iterable[Checklist]) -> dict[str, tuple[str, Question]]:
    """Return (area, question) by the id of the question, in the order of the checklists."""
    return {question.id: (one.checklist, question) for one in checklists for question in one.questions}


def _wrong_fields(cause: ValidationError, document: _yaml.Document) -> list[Problem]:
    found = []
    for error in cause.errors():
        place = tuple(error["loc"])
        where = document.where(place)
        name = ".".join(str(part) for part in place) or "checklist"
        if error["type"] == "extra_forbidden":
            close = closest(str(place[-1]), sorted(Question.model_fields | Probe.model_fields | Checklist.model_fields))
            found.append(Problem(where, "a known key", name, f"did you mean {close}?" if close else ""))
            continue
        message = error["msg"].removeprefix("Value error, ")
        got = "" if isinstance(error["input"], dict | list | tuple) else str(error["input"])
        found.append(Problem(where, f"{name}: {message[0].lower()}{message[1:]}", got))
    return found


def _wrong_references(
    loaded: Iterable[tuple[Checklist, _yaml.Document]], metrics: Mapping[str, Metric]
) -> list[Problem]:
    loaded = list(loaded)
    known_items = {item.id for item in method.items()}
    ids = [question.id for one, _ in loaded for question in one.questions]
    problems: list[Problem] = []
    seen: dict[str, str] = {}
    for one, document in loaded:
        for position, question in enumerate(one.questions):
            path = ("questions", position)
            here = document.where((*path, "id"))
            if question.id in seen:
                problems.append(Problem(here, "every id once", question.id, f"it stands at {seen[question.id]}"))
            seen.setdefault(question.id, here)
            problems.extend(_unknown(question.covers, known_items, "item", document.where((*path, "covers"))))
            problems.extend(_unknown(question.needs, ids, "question", document.where((*path, "needs"))))
            problems.extend(_unknown(question.metrics, metrics, "metric", document.where((*path, "leads_to"))))
            problems.extend(_wrong_direction(question, metrics, document.where((*path, "probe"))))
            problems.extend(_wrong_unit(question, metrics, document.where((*path, "states"))))
    return problems + _circles({q.id: q.needs for one, _ in loaded for q in one.questions}, seen)


def _unknown(named: Iterable[str], known: Collection[str], kind: str, where: str) -> list[Problem]:
    found = []
    for name in named:
        if name not in known:
            close = closest(name, known)
            found.append(Problem(where, f"a known {kind}", name, f"did you mean {close}?" if close else ""))
    return found


def _wrong_direction(question: Question, metrics: Mapping[str, Metric], where: str) -> list[Problem]:
    probe = question.probe
    if probe is None or not probe.bands or probe.metric not in metrics:
        return []
    direction = metrics[probe.metric].direction
    if direction in {"neutral", probe.direction}:
        return []
    better = "rise" if direction == "up" else "fall"
    return [
        Problem(where, f"bands that {better}, as '{probe.metric}' is better that way", f"bands go {probe.direction}")
    ]


def _wrong_unit(question: Question, metrics: Mapping[str, Metric], where: str) -> list[Problem]:
    states = question.states
    if states is None or states.metric not in metrics or metrics[states.metric].unit == states.unit:
        return []
    return [Problem(where, f"the unit of '{states.metric}': {metrics[states.metric].unit}", states.unit)]


def _circles(needs: Mapping[str, tuple[str, ...]], where: Mapping[str, str]) -> list[Problem]:
    settled: set[str] = set()
    found = []
    while True:
        ready = [id for id in needs if id not in settled and all(n in settled or n not in needs for n in needs[id])]
        if not ready:
            break
        settled.update(ready)
    left = sorted(set(needs) - settled)
    if left:
        advice = "a question cannot need, by way of others, itself"
        found.append(Problem(where[left[0]], "'needs' without a circle", ", ".join(left), advice))
    return found
