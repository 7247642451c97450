"""One question of a checklist: what is asked of whom, what each level looks like, and what a gap leads to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from crmplan.assessment import expressions, scales
from crmplan.assessment.scales import HIGHEST_LEVEL, NeedLevel, Scale
from crmplan.engagement import Area
from crmplan.entered_text import clean_text
from crmplan.metrics.registry import Unit
from crmplan.template_files import numbered_keys

__all__ = [
    "COMPONENTS",
    "Checklist",
    "Conflict",
    "LeadsTo",
    "Need",
    "Probe",
    "Question",
    "States",
    "Target",
    "Wanted",
    "Whom",
    "what_follows",
]

Component = Literal["segmentation", "channels", "processes", "skills", "technology"]
COMPONENTS: tuple[Component, ...] = ("segmentation", "channels", "processes", "skills", "technology")
"""The five components of a CRM initiative: a second cut through the same answers."""

Level = Annotated[float, Field(ge=0, le=HIGHEST_LEVEL)]


def _on_one_line(text: str) -> str:
    if not text or text != text.strip() or len(text.splitlines()) > 1:
        raise ValueError("one line of text without blanks around it")
    return text


Line = Annotated[str, AfterValidator(_on_one_line)]
Bands = Annotated[dict[int, Annotated[float, Field(allow_inf_nan=False)]], BeforeValidator(numbered_keys)]
Anchors = Annotated[dict[int, Annotated[str, Field(min_length=1)]], BeforeValidator(numbered_keys)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _cleaned(cls, given: Any) -> Any:
        # Texts nested deeper are cleaned by the models that hold them.
        if isinstance(given, dict):
            return {key: clean_text(value) for key, value in given.items()}
        return [clean_text(value) for value in given] if isinstance(given, list | tuple) else clean_text(given)


class Whom(_Strict):
    """Who should answer, and how many of them at least."""

    roles: tuple[Line, ...] = Field(min_length=1)
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


class Need(_Strict):
    """How much a capability is needed; another need for clients that sell to one kind of customer."""

    default: NeedLevel
    consumers: NeedLevel | None = None
    firms: NeedLevel | None = None

    def of(self, kind: str) -> NeedLevel:
        """Return the need of a client that serves ``consumers``, ``firms`` or ``both``."""
        return {"consumers": self.consumers, "firms": self.firms}.get(kind) or self.default


class LeadsTo(_Strict):
    """What to do about a gap, and which figures will show that it closes: ids of metrics, or of KPIs without one."""

    initiatives: tuple[Annotated[str, Field(pattern=r"^INI(-[A-Z0-9]+)+$")], ...] = ()
    kpis: tuple[Line, ...] = ()


class Wanted(_Strict):
    """What should back an answer from a level on: how it is looked at, what would do, and how old it may be."""

    needed_from: int = Field(3, ge=1, le=HIGHEST_LEVEL)
    methods: tuple[Literal["examine", "interview", "test"], ...] = ("examine",)
    examples: tuple[Annotated[Line, Field(min_length=4, max_length=120)], ...] = Field(min_length=1)
    max_age_days: int = Field(365, ge=1, le=3650)


class Conflict(_Strict):
    """Something that cannot be: a rule over answers and figures, and what to say when it holds."""

    when: Line
    say: Line = Field(min_length=10, max_length=300)

    @field_validator("when")
    @classmethod
    def _a_rule(cls, when: str) -> str:
        return expressions.parse(when).text

    @property
    def rule(self) -> expressions.Expression:
        """The rule, parsed."""
        return expressions.parse(self.when)


class Probe(_Strict):
    """The figure that stands beside the answer.

    With ``bands`` the figure shows a level: each band is the least figure that reaches the level, or the greatest one
    where less is better. Without bands the figure is context, as it is neither good nor bad by itself. ``or_else``
    is taken when ``metric`` cannot be computed for a client, ``also`` are further figures worth seeing. ``of_group``
    says that the figure is that of one group among several, which is then named.
    """

    metric: str
    or_else: Line | None = None
    also: tuple[Line, ...] = ()
    bands: Bands = Field(default_factory=dict)
    cap: int | None = Field(None, ge=1, le=HIGHEST_LEVEL)
    of_group: bool = False
    cannot_prove: str = Field(min_length=10)

    @property
    def direction(self) -> Literal["up", "down", "none"]:
        """Whether a greater figure reaches a higher level."""
        return scales.direction(self.bands)

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
        scales.check_bands(self.bands)
        if self.cap is None:
            raise ValueError("bands: say with 'cap' which level a figure can prove at most")
        if self.or_else:
            raise ValueError("'or_else' is for figures without bands; another figure needs its own bands")
        return self


class States(_Strict):
    """A figure that respondents may state themselves, so that what is believed can be set against what is measured.

    ``metric`` is empty where nothing of the kind can be computed.
    """

    metric: str = ""
    unit: Unit
    ask: str = Field(min_length=5)


def what_follows(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a question that need not be given, as they follow from its scale: ``anchors``, ``target``.

    Parameters
    ----------
    fields
        Fields of a question, of which ``scale``, ``bands`` and ``need`` are looked at.

    Examples
    --------
    >>> what_follows({"scale": "fit_gap", "need": {"default": "must", "firms": "could"}})["target"]
    {'default': 4.0, 'firms': 2.0}
    """
    scale, bands, need = fields.get("scale"), numbered_keys(fields.get("bands")), fields.get("need")
    made: dict[str, Any] = {}
    if scale == "fit_gap":
        made["anchors"] = dict(scales.CAPABILITY_LEVELS)
        if isinstance(need, dict):
            made["target"] = {kind: scales.NEED_TARGETS[of] for kind, of in need.items() if of in scales.NEEDS}
    elif scale in {"number", "share"} and isinstance(bands, dict):
        made["anchors"] = scales.banded_lines(bands, is_share=scale == "share")
    return made


class Question(_Strict):
    """One question of a checklist.

    ``text`` is for a questionnaire, ``interview`` for a talk, ``help`` says how to count. ``needs`` names questions
    whose subject must be in place first. While a ``critical`` question is answered low, its area cannot stand more than
    one level higher. ``conflicts`` are contradictions with other answers or with figures.

    Every answer is a level from 0 to 5, and ``anchors`` holds a line for each level that can be answered, something
    that can be seen. What they are depends on the ``scale``:

    - ``practice_0_5``: six lines of its own;
    - ``yes_no``: two lines, ``choice``: three to six, at the levels they deserve;
    - ``number`` and ``share``: a figure is stated (``states``), and ``bands`` turn it into a level; the lines are made;
    - ``fit_gap``: what is there of a capability, in lines common to all; ``need`` says how much it is needed.
    """

    id: str = Field(pattern=r"^[A-Z]{2,4}(-[A-Z]{2})?-[0-9]{2}$")
    rev: int = Field(ge=1, le=100_000)
    covers: tuple[Line, ...] = ()
    title: str = Field(min_length=3, max_length=60)
    theme: str
    asks_about: Literal["practice", "result", "culture", "fact"]
    text: str = Field(min_length=10)
    interview: str = Field(min_length=10)
    help: str = ""
    why: str = Field(min_length=10)
    scale: Scale
    anchors: Anchors = Field(default_factory=dict)
    bands: Bands = Field(default_factory=dict)
    need: Need | None = None
    ask: Whom
    na_reasons: tuple[Line, ...] = ("out of scope", "not our kind of business", "done by a partner")
    evidence: Wanted | None = None
    component: Component
    department: str
    weight: int = Field(ge=1, le=3)
    critical: bool
    needs: tuple[Line, ...] = ()
    target: Target = Target()
    gap: str = Field(min_length=10)
    leads_to: LeadsTo = LeadsTo()
    probe: Probe | None = None
    states: States | None = None
    conflicts: tuple[Conflict, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _made_lines(cls, given: Any) -> Any:
        """Fill in the lines and the target that follow from the scale."""
        return {**what_follows(given), **given} if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _fits_its_scale(self) -> Self:
        scales.check(self.scale, self.anchors, self.bands, unit=self.states.unit if self.states else "")
        if (self.scale == "fit_gap") is (self.need is None):
            raise ValueError("'need' (must, should, could or none) is for fit_gap, and fit_gap cannot do without it")
        return self

    @property
    def metrics(self) -> tuple[str, ...]:
        """Every metric the question names, each once."""
        probed = self.probe.metrics if self.probe else ()
        stated = (self.states.metric,) if self.states and self.states.metric else ()
        led_to = (id for id in self.leads_to.kpis if not id.startswith("KPI-"))
        return tuple(dict.fromkeys((*probed, *stated, *led_to)))

    def level_for(self, stated: float) -> float:
        """Return the level that a stated figure stands for, where the scale is a number or a share.

        Raises
        ------
        ValueError
            When the question is answered by choosing a line.
        """
        if not self.bands:
            raise ValueError(f"{self.id} is answered by choosing a line, not by a figure")
        return scales.level_reached(stated, self.bands)


class Checklist(_Strict):
    """The questions of one area."""

    checklist: Area
    title: str
    version: str = Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")
    introduction: str
    questions: tuple[Question, ...] = Field(min_length=1)
