"""How alike two records can be: for each thing compared the levels of likeness, from equal to different.

Each level bears the usual probabilities of Fellegi and Sunter, before anything is learned from the client's records.

A condition is SQL over the columns of :mod:`crmplan.customers.comparable`, ``_l`` and ``_r`` for the two records. Only
functions that DuckDB and Spark both have are used, so that a model moves between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = [
    "BIRTH_ALIKE",
    "OTHER_MEMBER",
    "OTHER_NAME",
    "SAME_FIRM",
    "USUAL_FREQUENCY",
    "USUAL_U",
    "Aspect",
    "Level",
    "aspects_of",
]

OTHER_MEMBER = "same last name, other first name"
"""The level on which members of a household meet."""

BIRTH_ALIKE = ("same day of birth", "day and month of birth swapped", "day of birth with one other digit")
"""What members of a household do not share: on these levels another first name is a second name of one person."""

OTHER_NAME, SAME_FIRM = "other name", "same firm"


@dataclass(frozen=True, slots=True)
class Level:
    """One degree of likeness.

    Parameters
    ----------
    words
        As told to whoever reviews a pair.
    condition
        SQL; empty for what is left over.
    m, u
        Usual share of pairs that agree so, among two records of one customer and of two different ones. They are
        estimates of ours: they stand where a client's records are too few to learn from, and no learned *u* goes below
        the usual one, for records of one client seldom show how often strangers agree by chance.
    frequency_of
        Column whose frequent values count for less; empty for none.
    """

    words: str
    condition: str
    m: float
    u: float
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
_ONE_NAME_ALONE = (
    f"(({_either_unknown('first_name')}) and (last_name_l in (last_name_r, first_name_r) or "
    f"last_name_r in (last_name_l, first_name_l) or {_alike('last_name', 0.92)}))"
)
_NAME = Aspect(
    "name",
    ("first_name", "last_name", "full_name"),
    _either_unknown("last_name"),
    (
        Level("same full name", "full_name_l = full_name_r", 0.66, 3e-4, "full_name"),
        Level("same first and last name", _equal("first_name", "last_name"), 0.04, 1e-4, "last_name"),
        Level(
            "same last name, first name alike",
            f"{_equal('last_name')} and ({_alike('first_name', 0.92)} or (substr(first_name_l, 1, 1) = "
            "substr(first_name_r, 1, 1) and least(length(first_name_l), length(first_name_r)) = 1))",
            0.06,
            2e-4,
            "last_name",
        ),
        Level(
            "same first name, last name alike", f"{_equal('first_name')} and {_alike('last_name', 0.85)}", 0.06, 2e-4
        ),
        Level("both names alike", f"{_alike('first_name', 0.8)} and {_alike('last_name', 0.85)}", 0.03, 2e-4),
        Level(
            "names alike in another order",
            "(jaro_winkler_similarity(first_name_l, last_name_r) >= 0.88 and "
            "jaro_winkler_similarity(last_name_l, first_name_r) >= 0.88)",
            0.01,
            1e-4,
        ),
        Level("one name alone, the other's as well", _ONE_NAME_ALONE, 0.04, 3e-3, "last_name"),
        Level(OTHER_MEMBER, _equal("last_name"), 0.02, 2e-3, "last_name"),
        Level("same first name, other last name", _equal("first_name"), 0.03, 6e-3),
        Level(OTHER_NAME, "", 0.05, 0.9881),
    ),
)
_FIRM = Aspect(
    "firm",
    ("firm_name",),
    _either_unknown("firm_name"),
    (
        Level(SAME_FIRM, _equal("firm_name"), 0.75, 1e-4, "firm_name"),
        Level("firm alike", _alike("firm_name", 0.92), 0.08, 2e-4),
        Level(
            "firm's name in the other's",
            "(length(firm_name_l) >= 5 and length(firm_name_r) >= 5 and "
            "(contains(firm_name_l, firm_name_r) or contains(firm_name_r, firm_name_l)))",
            0.07,
            1e-3,
        ),
        Level("other firm", "", 0.1, 0.9987),
    ),
)
_EMAIL = Aspect(
    "e-mail address",
    ("email",),
    _either_unknown("email"),
    (
        Level("same e-mail address", _equal("email"), 0.6, 1e-5, "email"),
        Level(
            "same e-mail name at another provider",
            "substr(email_l, 1, instr(email_l, '@')) = substr(email_r, 1, instr(email_r, '@'))",
            0.08,
            5e-4,
        ),
        # Who finds an address taken adds a digit: other digits are no slip of the pen.
        Level(
            "e-mail address alike",
            f"levenshtein(email_l, email_r) <= 2 and levenshtein({_LETTERS.format('email_l')}, "
            f"{_LETTERS.format('email_r')}) = levenshtein(email_l, email_r)",
            0.04,
            2e-4,
        ),
        Level("other e-mail address", "", 0.28, 0.9993),
    ),
)
_PHONE = Aspect(
    "telephone",
    ("phone",),
    _either_unknown("phone"),
    (
        Level("same telephone number", _equal("phone"), 0.65, 2e-5, "phone"),
        Level("telephone number with one other digit", "levenshtein(phone_l, phone_r) <= 1", 0.03, 5e-4),
        Level("other telephone number", "", 0.32, 0.9995),
    ),
)
_ADDRESS = Aspect(
    "address",
    ("street", "postcode", "city"),
    f"({_either_unknown('postcode')}) and ({_either_unknown('city')})",
    (
        Level("same street and postal code", _equal("street", "postcode"), 0.5, 2e-4, "street"),
        Level("street alike, same postal code", f"{_equal('postcode')} and {_alike('street', 0.9)}", 0.06, 2e-4),
        Level("street and town alike", f"{_alike('street', 0.9)} and {_alike('city', 0.9)}", 0.05, 2e-4),
        Level("same street, other postal code", _equal("street"), 0.04, 5e-4),
        Level("same postal code", _equal("postcode"), 0.1, 3e-3, "postcode"),
        Level("same town", _equal("city"), 0.08, 0.02, "city"),
        Level("town alike", _alike("city", 0.9), 0.02, 2e-3),
        Level("other town", "", 0.15, 0.9741),
    ),
)
_BIRTH = Aspect(
    "birth",
    ("born_on", "birth_year"),
    _either_unknown("birth_year"),
    (
        Level(BIRTH_ALIKE[0], _equal("born_on"), 0.84, 4e-5, "born_on"),
        Level(
            BIRTH_ALIKE[1],
            "(substr(born_on_l, 1, 4) = substr(born_on_r, 1, 4) and substr(born_on_l, 6, 2) = substr(born_on_r, 9, 2) "
            "and substr(born_on_l, 9, 2) = substr(born_on_r, 6, 2))",
            0.01,
            1e-4,
        ),
        Level(BIRTH_ALIKE[2], "levenshtein(born_on_l, born_on_r) <= 1", 0.04, 6e-4),
        # Where only the year is known, many systems write the first of January.
        Level(
            "same year of birth, one on 1 January",
            "(substr(born_on_l, 1, 4) = substr(born_on_r, 1, 4) and '01-01' in (substr(born_on_l, 6), "
            "substr(born_on_r, 6)))",
            0.01,
            5e-4,
        ),
        Level("day of birth with two other digits", "levenshtein(born_on_l, born_on_r) <= 2", 0.03, 8e-3),
        Level("same year of birth", _equal("birth_year"), 0.03, 0.012),
        Level(
            "year of birth one apart", "abs(cast(birth_year_l as int) - cast(birth_year_r as int)) <= 1", 0.01, 0.025
        ),
        Level("other year of birth", "", 0.03, 0.9543),
    ),
)
_ASPECTS = (_NAME, _FIRM, _EMAIL, _PHONE, _ADDRESS, _BIRTH)

USUAL_U: Mapping[tuple[str, str], float] = MappingProxyType(
    {(aspect.name, level.words): level.u for aspect in _ASPECTS for level in aspect.levels if level.condition}
)
"""The usual *u* by aspect and level, without what is left over."""

USUAL_FREQUENCY: Mapping[str, float] = MappingProxyType(
    {
        "full_name": 3e-4,
        "last_name": 5e-4,
        "firm_name": 1e-4,
        "email": 1e-5,
        "phone": 2e-5,
        "street": 2e-4,
        "postcode": 1e-3,
        "city": 5e-3,
        "born_on": 4e-5,
    }
)
"""How often a stranger has a value that nobody else among the records has; a day of birth is one of some 25,000."""


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
