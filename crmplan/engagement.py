"""One engagement with one client: who, what is in scope, which exports came, and the rules agreed beforehand.

An engagement is a folder with an ``engagement.yaml`` in it. This module reads and checks that file and knows the
folder's paths; it reads no client data.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, ValidationError, model_validator

from crmplan import _yaml, carried
from crmplan.errors import EngagementError, Problem, UnknownNameError, closest, wanted_of
from crmplan.sources import (
    SHORT_ID,
    ColumnMapping,
    FolderPath,
    Reading,
    ShortId,
    Source,
    Strict,
    TableMapping,
    inside_folder,
)

__all__ = [
    "AREAS",
    "Client",
    "ColumnMapping",
    "Consensus",
    "Economics",
    "Engagement",
    "Goal",
    "Privacy",
    "Reading",
    "Respondent",
    "Source",
    "TableMapping",
    "Targets",
    "find_client",
]

AREAS = (
    "marketing", "sales", "call_center", "operations", "most_valuable_customers", "information_and_culture",
    "it_integration", "crm_capability", "symptoms", "lifecycle", "components",
)  # fmt: skip
"""Areas of the readiness checklist."""

# Beyond these a day, and the horizon counted from it, no longer fits the timestamps that pandas computes with.
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


def _a_day(value: Any) -> Any:
    if isinstance(value, date):
        day = value
    elif isinstance(value, str) and re.match(r"^\d{4}-\d{2}-\d{2}$", value):
        day = date.fromisoformat(value)
    else:
        raise ValueError("write the day as YYYY-MM-DD")
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError(f"write a day between {_FIRST_YEAR} and {_LAST_YEAR}")
    return day


Day = Annotated[date, BeforeValidator(_a_day)]
Share = Annotated[float, Field(ge=0, le=1)]
Level = Annotated[float, Field(ge=0, le=5)]
Area = Literal[
    "marketing", "sales", "call_center", "operations", "most_valuable_customers", "information_and_culture",
    "it_integration", "crm_capability", "symptoms", "lifecycle", "components",
]  # fmt: skip


class Client(Strict):
    """The client: its name as printed, line of business, kind of customers, currency (ISO code) and country."""

    name: str = Field(min_length=1, max_length=120)
    industry: str = ""
    customers: Literal["consumers", "firms", "both"] = "consumers"
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    country: str = ""


class Goal(Strict):
    """A goal of the engagement, in the client's words."""

    id: ShortId
    text: str = Field(min_length=3, max_length=300)


class Respondent(Strict):
    """Somebody who answers the checklists; ``id`` is a pseudonym, never a name; ``leads``: leads other people."""

    id: ShortId
    role: str
    unit: str = ""
    leads: bool = False


class Consensus(Strict):
    """The rule, fixed before anybody answers, for when a panel agrees."""

    within_levels: float = 1.0
    share: Share = 0.75
    max_average_deviation: float = 0.75


class Targets(Strict):
    """The level each area should reach."""

    default: Level = 3.0
    areas: dict[Area, Level] = Field(default_factory=dict)

    def of(self, area: str) -> float:
        """Return the target level of an area."""
        return dict(self.areas).get(area, self.default)  # type: ignore[call-overload,no-any-return]


RepeatModelName = Literal[
    "", "BG/NBD", "MBG/NBD", "Pareto/NBD", "BG/NBD posterior", "MBG/NBD posterior", "Pareto/NBD posterior",
    "BG/BB weekly", "BG/BB fortnightly", "BG/BB monthly", "BG/BB quarterly", "BG/BB yearly",
]  # fmt: skip


class Economics(Strict):
    """What the client's finance department says.

    ``gross_margin_share`` is used where orders carry no cost; ``gross_margin_share_by_category`` holds the shares of
    product categories that differ from it, and without it every category with sales needs its own.
    ``horizon_months`` is how far ahead value is counted.
    ``serve_cost_per_purchase`` is what a purchase costs beyond the goods (picking, freight, care);
    ``acquisition_cost`` what winning a customer costs, by source where sources differ; ``offer_success_share`` the
    share of leaving customers that an offer is expected to hold.
    ``repeat_model`` pins the model that forecasts purchases; without it, the check against the past chooses. A
    posterior needs pymc-marketing (``pip install "crmplan[bayes]"``). BG/BB is for purchases on fixed occasions: it is
    used by itself where all purchases fall on such days; pinned, purchases count for the end of their week, month,
    quarter or year.
    ``minutes_per_record_change`` is how long it takes to make one change to a customer's record in one more system;
    ``day_rate`` what a person's working day costs.
    ``is_assumed`` marks figures that the consultant had to assume; the report says so.
    """

    gross_margin_share: Share | None = None
    gross_margin_share_by_category: dict[str, Share] = Field(default_factory=dict)
    annual_discount_rate: float = Field(0.10, ge=0, lt=1)
    horizon_months: int = Field(36, ge=1, le=120)
    yearly_sales_target: float | None = Field(None, gt=0)
    contact_cost: float | None = Field(None, ge=0)
    day_rate: float = Field(900.0, gt=0)
    minutes_per_record_change: float = Field(4.0, gt=0, le=480)
    serve_cost_per_purchase: float | None = Field(None, ge=0)
    acquisition_cost: float | None = Field(None, ge=0)
    acquisition_cost_by_source: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    offer_success_share: Share = 0.10
    repeat_model: RepeatModelName = ""
    is_assumed: bool = True

    @model_validator(mode="after")
    def _categories_once(self) -> Economics:
        names = [name.strip().lower() for name in self.gross_margin_share_by_category]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"the category '{twice[0]}' has two margins; capital letters make no difference")
        if "" in names:
            raise ValueError("a margin needs the name of its category")
        return self


class Privacy(Strict):
    """Whether names may be printed; otherwise customers and respondents appear under pseudonyms."""

    show_names: bool = False


class _Fields(Strict):
    client: Client
    as_of: Day
    consultant: str = ""
    time_zone: str = "UTC"
    fiscal_year_starts_in: int = Field(1, ge=1, le=12)
    scope: tuple[Area, ...] = AREAS  # type: ignore[assignment]
    mission: str = ""
    goals: tuple[Goal, ...] = ()
    sources: tuple[Source, ...] = Field(min_length=1)
    respondents: tuple[Respondent, ...] = ()
    consensus: Consensus = Consensus()
    targets: Targets = Targets()
    economics: Economics = Economics()
    privacy: Privacy = Privacy()
    brand: FolderPath | None = None
    caveats: tuple[str, ...] = ()
    """What a reader must know about these data, printed in the first chapter."""

    @model_validator(mode="after")
    def _enough_and_unique(self) -> _Fields:
        for what, ids in (
            ("source", [source.name for source in self.sources]),
            ("respondent", [respondent.id for respondent in self.respondents]),
            ("goal", [goal.id for goal in self.goals]),
        ):
            twice = sorted({name for name in ids if ids.count(name) > 1})
            if twice:
                raise ValueError(f"{what} '{twice[0]}' is there twice; give each its own name")
        tables = {mapping.table for source in self.sources for mapping in source.tables}
        if not tables & {"orders", "contracts"}:
            raise ValueError("sources must bring orders or contracts; nothing can be computed without either")
        return self


class Engagement(_Fields):
    """An engagement: everything in ``engagement.yaml``, and the client's folder.

    Examples
    --------
    >>> from crmplan import carried
    >>> cdnow = Engagement.open(carried.sample_clients() / "cdnow")
    >>> cdnow.client.currency, str(cdnow.as_of), cdnow.id
    ('USD', '1998-06-30', 'cdnow')
    """

    folder: Path

    @classmethod
    def open(cls, folder: Path | str) -> Engagement:
        """Return the engagement kept in a folder.

        Raises
        ------
        EngagementError
            With every problem of ``engagement.yaml``, each with its line.
        """
        folder = Path(folder).expanduser().resolve()
        file = folder / "engagement.yaml"
        if not file.is_file():
            raise EngagementError(
                [Problem(str(folder), "a client's folder with engagement.yaml in it", "", "run: crmplan new NAME")]
            )
        if not SHORT_ID.match(folder.name):
            wanted = "a folder name of letters, digits, '_' and '-'"
            raise EngagementError([Problem(str(folder), wanted, folder.name, "rename the folder")])
        document = _yaml.read(file, error=EngagementError)
        if not isinstance(document.data, dict):
            raise EngagementError([Problem(document.where(), "keys such as client, as_of and sources")])
        try:
            return cls(**{**document.data, "folder": folder})
        except ValidationError as cause:
            raise EngagementError(_problems(cause, document)) from cause

    @property
    def id(self) -> str:
        """The client's short name: the name of its folder."""
        return self.folder.name

    @property
    def kept(self) -> Path:
        """Folder of computed results; safe to delete."""
        return self.folder / ".crmplan"

    @property
    def answers(self) -> Path:
        """Folder of the respondents' answers."""
        return self.folder / "answers"

    @property
    def pair_labels(self) -> Path:
        """File of people's verdicts on pairs of customer records."""
        return self.folder / "decisions" / "customer_pairs.jsonl"

    @property
    def overlay(self) -> Path:
        """File of what this client's checklists have of their own; it need not exist."""
        return self.folder / "overlay.yaml"

    @property
    def vendors(self) -> Path:
        """File of the vendors that are compared; it need not exist."""
        return self.folder / "vendors.yaml"

    @property
    def decision_rights(self) -> Path:
        """File of who may decide what up to how much; it need not exist."""
        return self.folder / "decision_rights.yaml"

    def path(self, name: str) -> Path:
        """Return the path of a file inside the client's folder."""
        return self.folder / inside_folder(name)


def find_client(name: str | Path) -> Path:
    """Return the folder of a client given as a path or as the name of a sample client.

    Raises
    ------
    UnknownNameError
        When there is neither such a folder nor such a sample.
    """
    path = Path(name).expanduser()
    if path.is_dir():
        return path.resolve()
    samples = carried.sample_clients()
    if samples and (samples / str(name) / "engagement.yaml").is_file():
        return samples / str(name)
    known = [folder.name for folder in samples.iterdir() if folder.is_dir()] if samples else []
    raise UnknownNameError.among("client", str(name), known)


def _problems(cause: ValidationError, document: _yaml.Document) -> list[Problem]:
    found = []
    errors = cause.errors()
    for error in errors:
        if error["type"] == "too_short" and _is_echo(error["loc"], [other["loc"] for other in errors]):
            continue
        location = tuple(part for part in error["loc"] if part not in {"function-before", "function-after"})
        name = ".".join(str(part) for part in location) or "engagement.yaml"
        if error["type"] == "extra_forbidden":
            close = closest(str(location[-1]), sorted(_field_names()))
            advice = f"did you mean {close}?" if close else ""
            found.append(Problem(document.where(location), "a known key", name, advice))
            continue
        message = wanted_of(error)
        got = "" if isinstance(error.get("input"), dict | list | tuple) else str(error.get("input", ""))
        if error["type"] == "missing":
            got = ""
        found.append(Problem(document.where(location), f"{name}: {message[0].lower()}{message[1:]}", got))
    return found


def _is_echo(location: tuple[int | str, ...], others: list[tuple[int | str, ...]]) -> bool:
    """Whether a list counts as too short only because entries in it were refused."""
    return any(len(other) > len(location) and other[: len(location)] == location for other in others)


def _field_names() -> set[str]:
    models: list[type[BaseModel]] = [_Fields, Client, Economics, Source, TableMapping, ColumnMapping, Reading, Targets]
    return {name for model in models for name in model.model_fields}
