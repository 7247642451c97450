"""What the values of a raw column look like: numbers, dates, addresses, or one word for each of a few cases."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from crmplan.intake.conversion import numbers
from crmplan.intake.dates import DateForms, date_forms
from crmplan.intake.validity import is_email, is_phone
from crmplan.schema import Kind

__all__ = ["ColumnValues", "fit", "look_at"]

_MOST_DIFFERENT = 3_000
_MOST_CHARACTERS = 500
_WORDY = {"name", "city", "country", "firm"}
_FLAGS = {"true", "false", "t", "f", "yes", "no", "y", "n", "0", "1", "x", "j"}


@dataclass(frozen=True, slots=True)
class ColumnValues:
    """What a sample of a column holds.

    Parameters
    ----------
    n_filled
        Rows that are not empty.
    different
        Different values, the most frequent first, without blanks around them.
    number_share, date_share, email_share, phone_share
        Share (0 to 1) of the different values that can be read as such.
    is_decimal_comma
        More of them are numbers when the comma is the decimal mark.
    has_fractions
        A number among them is not whole.
    is_unique
        No value comes twice.
    dates
        How dates are written, where most values are dates.
    """

    n_filled: int
    different: tuple[str, ...]
    number_share: float
    date_share: float
    email_share: float
    phone_share: float
    is_decimal_comma: bool
    has_fractions: bool
    is_unique: bool
    dates: DateForms


def look_at(column: pd.Series) -> ColumnValues:
    """Return what a column of text holds.

    Examples
    --------
    >>> found = look_at(pd.Series(["12,50", "1.200,00", ""]))
    >>> found.number_share, found.is_decimal_comma, found.has_fractions
    (1.0, True, True)
    """
    # What a value is shows at its beginning, however long it is.
    filled = column.dropna().str.slice(0, _MOST_CHARACTERS).str.strip()
    filled = filled[filled.ne("")]
    if filled.empty:
        return ColumnValues(0, (), 0.0, 0.0, 0.0, 0.0, False, False, False, date_forms(()))
    counts = filled.value_counts().head(_MOST_DIFFERENT)
    different = pd.Series(counts.index, dtype="str")
    n = max(len(different), 1)
    with_point, with_comma = numbers(different), numbers(different, decimal=",")
    is_comma = int(with_comma.notna().sum()) > int(with_point.notna().sum())
    read = with_comma if is_comma else with_point
    dates = date_forms(different)
    return ColumnValues(
        n_filled=len(filled),
        different=tuple(different),
        number_share=float(read.notna().sum()) / n,
        date_share=dates.n_read / max(dates.n_values, 1),
        email_share=float(is_email(different).sum()) / n,
        phone_share=float(is_phone(different).sum()) / n,
        is_decimal_comma=is_comma,
        has_fractions=bool((read.dropna() % 1 != 0).any()),
        is_unique=not bool(filled.duplicated().any()),
        dates=dates,
    )


def fit(values: ColumnValues, kind: Kind, column: str) -> float:
    """Return how well values fit a canonical column: 1 when nothing speaks against it, near 0 when they cannot be it.

    Examples
    --------
    >>> fit(look_at(pd.Series(["31.12.2024"])), "date", "started_on"), fit(look_at(pd.Series(["Ann"])), "money", "cost")
    (1.05, 0.1)
    """
    if not values.n_filled:
        return 0.9
    special = {"email": values.email_share, "phone": values.phone_share}
    if column in special:
        return 1.05 if special[column] > 0.5 else 0.7
    match kind:
        case "timestamp" | "date":
            only_counts = set(values.dates.formats) <= {"excel", "unix", "unix_ms"} and not values.dates.either
            found = 0.1 if values.date_share < 0.5 else 0.9 if only_counts else 1.05
        case "number" | "money":
            found = 0.1 if values.number_share < 0.5 else 1.02
        case "flag":
            few = {value.casefold() for value in values.different}
            found = 1.0 if few <= _FLAGS else 0.6 if len(few) <= 6 else 0.1
        case _:
            is_dated = values.date_share > 0.8 and values.number_share < 0.5
            is_number = kind == "text" and values.number_share > 0.95 and column in _WORDY
            found = 0.2 if is_dated or (kind == "id" and values.has_fractions) else 0.5 if is_number else 1.0
    return found
