"""What a panel agreed on after talking: one signed value per question and wave, with its reason and who holds out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from crmplan.assessment.signed import Signed, put_signed, read_signed
from crmplan.assessment.waves import refuse_closed
from crmplan.durable import one_writer_in
from crmplan.entered_text import clean_text

__all__ = ["AGREED_FILE", "AgreedValue", "Dissent", "agree_on", "agreed_values", "read_agreed"]

AGREED_FILE = "agreed.yaml"
Level = Annotated[float, Field(ge=0, le=5)]
Text = Annotated[str, BeforeValidator(clean_text), Field(min_length=3, max_length=200_000)]


class Dissent(BaseModel):
    """A view that was not shared: the level held, why, and by how many. Who holds it is not recorded."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: Level
    why: Text
    n_people: int = Field(1, ge=1)


class AgreedValue(Signed):
    """The signed record of a value that was agreed on.

    ``rule`` says how it came about: the median was taken, the facilitator brought the panel together, somebody with
    the right to do so decided, or data decided. ``low`` and ``high`` are the range the panel can live with; the value
    itself when they are not given. ``dissent`` keeps what was not shared.

    Examples
    --------
    >>> record = AgreedValue(
    ...     wave=1, question="CC-CM-02", revision=1, value=2, rule="facilitated", rationale="Two of three teams do it.",
    ...     dissent=[{"value": 1, "why": "Not at weekends."}], by="facilitator", at="2024-06-07T15:00:00",
    ... )
    >>> record.range, record.dissent[0].value
    ((2.0, 2.0), 1.0)
    """

    wave: int = Field(ge=1)
    question: str = Field(min_length=1, max_length=40)
    revision: int = Field(ge=1)
    value: Level
    low: Level | None = None
    high: Level | None = None
    rule: Literal["median", "facilitated", "adjudicated", "data"]
    rationale: Text
    dissent: tuple[Dissent, ...] = ()

    @model_validator(mode="after")
    def _in_range(self) -> AgreedValue:
        low, high = self.range
        if not low <= self.value <= high:
            raise ValueError("a range that holds the value: low <= value <= high")
        return self

    @property
    def range(self) -> tuple[float, float]:
        """Lowest and highest level the panel can live with."""
        return (
            self.value if self.low is None else self.low,
            self.value if self.high is None else self.high,
        )


def read_agreed(decisions: Path) -> tuple[AgreedValue, ...]:
    """Return the records of agreed values in a client's ``decisions`` folder, in order; none when there are none."""
    return read_signed(decisions / AGREED_FILE, AgreedValue)


def agree_on(decisions: Path, agreed: AgreedValue) -> AgreedValue:
    """Add an agreed value, sealed, to ``decisions/agreed.yaml`` and return it; an earlier one for it stays there.

    Raises
    ------
    AnswersError
        When the wave was closed.
    """
    decisions.mkdir(parents=True, exist_ok=True)
    with one_writer_in(decisions):
        refuse_closed(decisions, agreed.wave)
        return put_signed(decisions / AGREED_FILE, agreed)


def agreed_values(agreed: Iterable[AgreedValue], *, wave: int, revisions: Mapping[str, int]) -> dict[str, AgreedValue]:
    """Return what counts as agreed in a wave: by question the last intact record for its present revision.

    Parameters
    ----------
    agreed
        As from :func:`read_agreed`.
    wave
        Which wave.
    revisions
        Present revision by question id.
    """
    counted = [one for one in agreed if one.wave == wave and one.is_intact]
    return {one.question: one for one in counted if revisions.get(one.question) == one.revision}
