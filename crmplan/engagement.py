"""One engagement with one client: who, what is in scope, which exports came, and the rules agreed beforehand.

An engagement is a folder with an ``engagement.yaml`` in it. This module reads and checks that file and knows the
folder's paths; it reads no client data.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from crmplan import _yaml, carried
from crmplan.errors import EngagementError, Problem, UnknownNameError, closest, wanted_of
from crmplan.schema import TABLES

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

AREAS = ("marketing", "sales", "call_center", "operations")
"""Areas of the readiness checklist."""

_CLIENT_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")

# Beyond these a day, and the horizon counted from it, no longer fits the timestamps that pandas computes with.
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


def _short_id(text: str) -> str:
    if not _CLIENT_ID.match(text):
        raise ValueError("use letters, digits, '_' and '-' only")
    return text


def _inside_folder(text: str) -> str:
    path = PurePosixPath(text.replace("\\", "/"))
    is_pattern_odd = any("**" in part and part != "**" for part in path.parts)
    if not path.parts or path.is_absolute() or ".." in path.parts or ":" in text or "\0" in text or is_pattern_odd:
        raise ValueError("give a path inside the client's folder, such as data/orders.csv")
    return str(path)


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


def _one_mark(text: str) -> str:
    if not text or any(mark in text for mark in '"\r\n\0'):
        raise ValueError("write the character that parts the cells, such as ';', or tab or whitespace")
    return text


ShortId = Annotated[str, AfterValidator(_short_id)]
FolderPath = Annotated[str, AfterValidator(_inside_folder)]
Day = Annotated[date, BeforeValidator(_a_day)]
Share = Annotated[float, Field(ge=0, le=1)]
Level = Annotated[float, Field(ge=0, le=5)]
Area = Literal["marketing", "sales", "call_center", "operations"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Client(_Strict):
    """The client: its name as printed, line of business, kind of customers, currency (ISO code) and country."""

    name: str = Field(min_length=1, max_length=120)
    industry: str = ""
    customers: Literal["consumers", "firms", "both"] = "consumers"
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    country: str = ""


class Goal(_Strict):
    """A goal of the engagement, in the client's words."""

    id: ShortId
    text: str = Field(min_length=3, max_length=300)


class ColumnMapping(_Strict):
    """How one canonical column is filled; exactly one origin is given.

    The origin is a ``column`` of the export, a ``constant``, ``row_number: true`` (for exports without a number of
    their own: the rows counted from 1 through all files of the mapping, in order of name; a row so numbered is no
    duplicate of another), ``total_of`` (two or more columns added, an empty cell counting as 0), ``difference_of``
    (the first column less the second; empty where either is) or ``product_of`` (two columns multiplied, such as pieces
    and price; empty where either is).

    ``values`` translates what the export writes; ``scale`` multiplies numbers; ``formats`` are the date formats to
    try in order, in strptime notation.
    """

    column: str | None = None
    constant: str | float | bool | None = None
    row_number: Literal[True] | None = None
    total_of: Annotated[tuple[str, ...], Field(min_length=2)] | None = None
    difference_of: tuple[str, str] | None = None
    product_of: tuple[str, str] | None = None
    values: dict[str, str | bool | float | None] | None = None
    formats: tuple[str, ...] | None = None
    scale: float | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> ColumnMapping:
        origins = (
            self.column,
            self.constant,
            self.row_number,
            self.total_of,
            self.difference_of,
            self.product_of,
        )
        if sum(origin is not None for origin in origins) != 1:
            known = "'column', 'constant', 'row_number', 'total_of', 'difference_of' and 'product_of'"
            raise ValueError(f"give one of {known}")
        return self

    @property
    def raw_columns(self) -> tuple[str, ...]:
        """Columns of the export that it reads."""
        if self.column is not None:
            return (self.column,)
        return self.total_of or self.difference_of or self.product_of or ()


class Reading(_Strict):
    """How the raw file is written: delimiter ('whitespace' for runs of blanks), encoding, header, decimal mark."""

    delimiter: Annotated[str, AfterValidator(_one_mark)] | None = None
    encoding: str | None = None
    header: tuple[str, ...] | None = None
    sheet: str | None = None
    decimal: Literal[".", ","] = "."


def _as_mapping(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


class TableMapping(_Strict):
    """One raw file (a pattern may name several of one shape) and the canonical table its rows become."""

    table: str
    file: FolderPath
    columns: dict[str, Annotated[ColumnMapping, BeforeValidator(_as_mapping)]]
    reading: Reading = Reading()
    distinct: bool = False
    """The file repeats these rows (customers in every line of an order export): each different row counts once."""
    control_total: float | None = None
    """What the client says the money column sums to, for reconciliation."""

    @model_validator(mode="after")
    def _known_names(self) -> TableMapping:
        if self.table not in TABLES:
            raise ValueError(f"there is no canonical table '{self.table}'; {_hint(self.table, tuple(TABLES))}")
        known = TABLES[self.table].names
        for name in self.columns:
            if name not in known:
                raise ValueError(f"'{self.table}' has no column '{name}'; {_hint(name, known)}")
        missing = [c.name for c in TABLES[self.table].columns if c.is_required and c.name not in self.columns]
        if missing:
            raise ValueError(f"'{self.table}' needs {', '.join(missing)}; map the column or give a constant")
        return self


class Source(_Strict):
    """One source system and the exports that came from it."""

    name: ShortId
    label: str = ""
    serves: str = ""
    tables: tuple[TableMapping, ...] = ()


class Respondent(_Strict):
    """Somebody who answers the checklists; ``id`` is a pseudonym, never a name; ``leads``: leads other people."""

    id: ShortId
    role: str
    unit: str = ""
    leads: bool = False


class Consensus(_Strict):
    """The rule, fixed before anybody answers, for when a panel agrees."""

    within_levels: float = 1.0
    share: Share = 0.75
    max_average_deviation: float = 0.75


class Targets(_Strict):
    """The level each area should reach."""

    default: Level = 3.0
    areas: dict[Area, Level] = Field(default_factory=dict)

    def of(self, area: str) -> float:
        """Return the target level of an area."""
        return dict(self.areas).get(area, self.default)  # type: ignore[call-overload,no-any-return]


class Economics(_Strict):
    """What the client's finance department says.

    ``gross_margin_share`` is used where orders carry no cost. ``horizon_months`` is how far ahead value is counted.
    ``serve_cost_per_purchase`` is what a purchase costs beyond the goods (picking, freight, care);
    ``acquisition_cost`` what winning a customer costs, by source where sources differ; ``offer_success_share`` the
    share of leaving customers that an offer is expected to hold.
    ``repeat_model`` pins the model that forecasts purchases; without it, the check against the past chooses.
    ``is_assumed`` marks figures that the consultant had to assume; the report says so.
    """

    gross_margin_share: Share | None = None
    annual_discount_rate: float = Field(0.10, ge=0, lt=1)
    horizon_months: int = Field(36, ge=1, le=120)
    yearly_sales_target: float | None = Field(None, gt=0)
    contact_cost: float | None = Field(None, ge=0)
    day_rate: float = Field(900.0, gt=0)
    serve_cost_per_purchase: float | None = Field(None, ge=0)
    acquisition_cost: float | None = Field(None, ge=0)
    acquisition_cost_by_source: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    offer_success_share: Share = 0.10
    repeat_model: Literal["", "BG/NBD", "MBG/NBD", "Pareto/NBD"] = ""
    is_assumed: bool = True


class Privacy(_Strict):
    """Whether names may be printed; otherwise customers and respondents appear under pseudonyms."""

    show_names: bool = False


class _Fields(_Strict):
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
        if not _CLIENT_ID.match(folder.name):
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
    def overlay(self) -> Path:
        """File of what this client's checklists have of their own; it need not exist."""
        return self.folder / "overlay.yaml"

    def path(self, name: str) -> Path:
        """Return the path of a file inside the client's folder."""
        return self.folder / _inside_folder(name)


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


def _hint(name: str, known: tuple[str, ...]) -> str:
    close = closest(name, known)
    return f"did you mean {close}?" if close else f"known: {', '.join(known)}"


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
