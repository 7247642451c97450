"""How alike two records can be: for each thing compared the levels of likeness, from equal to different.

A condition is SQL over the columns of :mod:`crmplan.customers.comparable`, ``_l`` and ``_r`` for the two records. Only
functions that DuckDB and Spark both have are used, so that a model moves between them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Aspect", "Level", "aspects_of"]

OTHER_MEMBER = "same last name, other first name"
"""The level on which members of a household meet."""


@dataclass(frozen=True, slots=True)
class Level:
    """One degree of likeness.

    Parameters
    ----------
    words
        As told to whoever reviews a pair.
    condition
        SQL; empty for what is left over.
    frequency_of
        Column whose frequent values count for less; empty for none.
    """

    words: str
    condition: str = ""
    frequency_of: str = ""


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing in which records are compared: its name, when it says nothing, and its levels from equal down."""

    name: str
    needs: tuple[str, ...]
    is_unknown: str
    levels: tuple[Level, ...]


def _alike(column: str, least: float) -> str:
    return f"jaro_winkler_similarity({column}_l, {column}_r) >= {least}"


def _equal(*columns: str) -> str:
    return " and ".join(f"{column}_l = {column}_r" for column in columns)


def _either_unknown(column: str) -> str:
    return f"{column}_l is null or {column}_r is null"


_LETTERS = "translate({}, '0123456789', '')"
_NAME = Aspect(
    "name",
    ("first_name", "last_name", "full_name"),
    _either_unknown("last_name"),
    (
        Level("same full name", "full_name_l = full_name_r", "full_name"),
        Level("same first and last name", _equal("first_name", "last_name"), "last_name"),
        Level("same names in another order", "first_name_l = last_name_r and last_name_l = first_name_r"),
        Level(
            "same last name, first name alike",
            f"{_equal('last_name')} and ({_alike('first_name', 0.92)} or (substr(first_name_l, 1, 1) = "
            "substr(first_name_r, 1, 1) and least(length(first_name_l), length(first_name_r)) = 1))",
            "last_name",
        ),
        Level("same first name, last name alike", f"{_equal('first_name')} and {_alike('last_name', 0.85)}"),
        Level("both names alike", f"{_alike('first_name', 0.8)} and {_alike('last_name', 0.85)}"),
        Level(
            "names alike in another order",
            "(jaro_winkler_similarity(first_name_l, last_name_r) >= 0.88 and "
            "jaro_winkler_similarity(last_name_l, first_name_r) >= 0.88)",
        ),
        Level(
            "same last name, one without first name",
            f"{_equal('last_name')} and ({_either_unknown('first_name')})",
            "last_name",
        ),
        Level(OTHER_MEMBER, _equal("last_name"), "last_name"),
        Level("same first name, other last name", _equal("first_name")),
        Level("other name"),
    ),
)
_FIRM = Aspect(
    "firm",
    ("firm_name",),
    _either_unknown("firm_name"),
    (
        Level("same firm", _equal("firm_name"), "firm_name"),
        Level("firm alike", _alike("firm_name", 0.92)),
        Level(
            "firm's name in the other's",
            "(length(firm_name_l) >= 5 and length(firm_name_r) >= 5 and "
            "(contains(firm_name_l, firm_name_r) or contains(firm_name_r, firm_name_l)))",
        ),
        Level("other firm"),
    ),
)
_EMAIL = Aspect(
    "e-mail address",
    ("email",),
    _either_unknown("email"),
    (
        Level("same e-mail address", _equal("email"), "email"),
        Level(
            "same e-mail name at another provider",
            "substr(email_l, 1, instr(email_l, '@')) = substr(email_r, 1, instr(email_r, '@'))",
        ),
        # Who finds an address taken adds a digit: other digits are no slip of the pen.
        Level(
            "e-mail address alike",
            f"levenshtein(email_l, email_r) <= 2 and levenshtein({_LETTERS.format('email_l')}, "
            f"{_LETTERS.format('email_r')}) = levenshtein(email_l, email_r)",
        ),
        Level("other e-mail address"),
    ),
)
_PHONE = Aspect(
    "telephone",
    ("phone",),
    _either_unknown("phone"),
    (
        Level("same telephone number", _equal("phone"), "phone"),
        Level("telephone number with one other digit", "levenshtein(phone_l, phone_r) <= 1"),
        Level("other telephone number"),
    ),
)
_ADDRESS = Aspect(
    "address",
    ("street", "postcode", "city"),
    f"({_either_unknown('postcode')}) and ({_either_unknown('city')})",
    (
        Level("same street and postal code", _equal("street", "postcode"), "street"),
        Level("street alike, same postal code", f"{_equal('postcode')} and {_alike('street', 0.9)}"),
        Level("same street, other postal code", _equal("street")),
        Level("same postal code", _equal("postcode"), "postcode"),
        Level("same town", _equal("city"), "city"),
        Level("other town"),
    ),
)
_BIRTH = Aspect(
    "birth",
    ("born_on", "birth_year"),
    _either_unknown("birth_year"),
    (
        Level("same day of birth", _equal("born_on"), "born_on"),
        Level("day of birth with one other digit", "levenshtein(born_on_l, born_on_r) <= 1"),
        Level("day of birth with two other digits", "levenshtein(born_on_l, born_on_r) <= 2"),
        Level("same year of birth", _equal("birth_year")),
        Level("year of birth one apart", "abs(cast(birth_year_l as int) - cast(birth_year_r as int)) <= 1"),
        Level("other year of birth"),
    ),
)
_ASPECTS = (_NAME, _FIRM, _EMAIL, _PHONE, _ADDRESS, _BIRTH)


def aspects_of(columns: Iterable[str]) -> tuple[Aspect, ...]:
    """Return what records with these columns can be compared in, without levels whose columns are missing.

    Examples
    --------
    >>> [level.words for level in aspects_of(["unique_id", "phone", "postcode"])[1].levels]
    ['same postal code', 'other town']
    """
    there = frozenset(columns)
    found = []
    for aspect in _ASPECTS:
        missing = [name for name in aspect.needs if name not in there]
        levels = tuple(level for level in aspect.levels if not any(f"{name}_l" in level.condition for name in missing))
        if len(levels) > 1:
            found.append(Aspect(aspect.name, tuple(set(aspect.needs) - set(missing)), _known(aspect, missing), levels))
    return tuple(found)


def _known(aspect: Aspect, missing: list[str]) -> str:
    """Return when an aspect says nothing, of the columns that are there."""
    if aspect is not _ADDRESS:
        return aspect.is_unknown
    return " and ".join(f"({_either_unknown(name)})" for name in ("postcode", "city") if name not in missing)
