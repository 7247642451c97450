"""One way of writing e-mail addresses, telephone numbers, names and postal codes, so that equal things look equal.

What stands in for "not known" (``none@none.com``, ``0000000``) becomes null: it must never make two customers one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pandas as pd

from crmplan.customers.short_names import LONG_NAMES

__all__ = [
    "birth_years",
    "emails",
    "first_names",
    "initials",
    "is_stand_in_email",
    "last_names",
    "names",
    "phones",
    "places",
    "postcodes",
    "streets",
]

_STAND_IN_LOCAL = frozenset(
    {
        "",
        "none",
        "no",
        "na",
        "n/a",
        "nomail",
        "noemail",
        "no-email",
        "keine-mail",
        "keine",
        "unknown",
        "test",
        "noreply",
        "no-reply",
        "xxx",
        "x",
    }
)
_SHARED_LOCAL = frozenset(
    {"info", "office", "mail", "contact", "admin", "sales", "service", "support", "hello", "shop"}
)
_STAND_IN_NAMES = frozenset({"none", "na", "unknown", "test", "guest", "customer", "anonymous", "nn", "xxx"})
_TITLES = frozenset(
    {"mr", "mrs", "ms", "miss", "dr", "prof", "sir", "herr", "frau", "jr", "sr", "ii", "iii", "phd", "md"}
)
_FIRM_FORMS = frozenset(
    {"ltd", "limited", "inc", "incorporated", "llc", "llp", "plc", "corp", "corporation", "co", "company", "gmbh", "ag"}
    | {"kg", "ohg", "sa", "sarl", "srl", "spa", "bv", "nv", "ab", "as", "oy", "pty", "the", "and", "ek", "se"}
)
_ALSO_NAMES = frozenset({"sa", "se", "as", "ab", "ek"})
"""Legal forms that people are called, too: Maria Sá, Kim Se Young, Anna Ek."""
_STREET_WORDS = (
    (r"(?:stra(?:ss|ß)e|str\.?)(?=\s|$|\d)", "str"),
    (r"\b(?:street|st)\b\.?", "st"),
    (r"\b(?:road|rd)\b\.?", "rd"),
    (r"\b(?:avenue|ave)\b\.?", "ave"),
    (r"\b(?:lane|ln)\b\.?", "ln"),
    (r"\b(?:drive|dr)\b\.?", "dr"),
    (r"\b(?:boulevard|blvd)\b\.?", "blvd"),
)
_PHONE_DIGITS = 9
_LONGEST_EAST_ASIAN = 4
"""Characters of a person's name; what is longer is a firm's."""


def emails(text: pd.Series) -> pd.Series:
    """Return e-mail addresses in small letters; null where there is none, or one that stands for none or for many.

    Examples
    --------
    >>> emails(pd.Series([" Ann.Lee@Example.org", "none@none.com", "info@example.org", "ann"])).tolist()
    ['ann.lee@example.org', nan, nan, nan]
    """
    folded = text.str.strip().str.casefold().str.removeprefix("mailto:")
    local = folded.str.extract(r"^([^@\s]+)@[^@\s]+\.[^@\s]+$")[0]
    return folded.where(local.notna() & ~local.isin(_STAND_IN_LOCAL | _SHARED_LOCAL)).astype("str")


def is_stand_in_email(text: pd.Series) -> pd.Series:
    """Return whether an address only stands for "none".

    Examples
    --------
    >>> is_stand_in_email(pd.Series(["none@none.com", "info@example.org", None])).tolist()
    [True, False, False]
    """
    return text.str.strip().str.casefold().str.extract(r"^([^@]*)")[0].isin(_STAND_IN_LOCAL)


def phones(text: pd.Series) -> pd.Series:
    """Return the last nine digits of telephone numbers, without which country and trunk codes differ; null otherwise.

    Numbers of fewer than seven digits, of one digit repeated, and 1234567… are none.

    Examples
    --------
    >>> phones(pd.Series(["+44 20 7946 0018", "020 7946 0018", "0000000", "12"])).tolist()
    ['079460018', '079460018', nan, nan]
    """
    plain = text.str.replace(r"(?i)(?:ext|x)\.?\s*\d+$", "", regex=True).str.replace(r"\D", "", regex=True)
    is_stand_in = plain.str.fullmatch(r"0*(?:0*|1*|2*|3*|4*|5*|6*|7*|8*|9*)").eq(True) | plain.str.startswith("1234567")
    return plain.str.slice(-_PHONE_DIGITS).where(plain.str.len().ge(7) & ~is_stand_in).astype("str")


def names(text: pd.Series) -> pd.Series:
    """Return names without accents, capitals, titles, legal forms and order of words.

    Examples
    --------
    >>> names(pd.Series(["Lee, Ann", "Dr. Ánn LEE", "Acme Corp.", "ACME Corporation", "n/a"])).tolist()
    ['ann lee', 'ann lee', 'acme', 'acme', nan]
    """
    return _by_distinct(text, lambda name: " ".join(sorted(_words(name))) or None)


def last_names(text: pd.Series) -> pd.Series:
    """Return last names of persons, and the whole name where it is one word.

    Examples
    --------
    >>> last_names(pd.Series(["Lee, Ann", "Ann Mary Lee", "Acme Ltd"])).tolist()
    ['lee', 'lee', 'acme']
    """
    return _by_distinct(text, _last)


def first_names(text: pd.Series) -> pd.Series:
    """Return first names of persons, common short forms written out; null for one word.

    Examples
    --------
    >>> first_names(pd.Series(["Lee, Bob", "Ann Mary Lee", "Lee", "王小明"])).tolist()
    ['robert', 'ann', nan, '小明']
    """
    return _by_distinct(text, _first)


def streets(text: pd.Series) -> pd.Series:
    """Return street and number without accents, capitals and blanks, the usual short forms made alike.

    Examples
    --------
    >>> streets(pd.Series(["Bergstraße 5", "Berg-Str. 5", "5 Park Road", "5, park rd."])).tolist()
    ['bergstr5', 'bergstr5', '5parkrd', '5parkrd']
    """
    folded = _by_distinct(text, lambda street: _plain(street.replace("ß", "ss")) or None)
    for pattern, short in _STREET_WORDS:
        folded = folded.str.replace(pattern, short, regex=True)
    plain = _by_distinct(folded, _letters)
    return plain.where(plain.str.len().ge(3)).astype("str")


def places(text: pd.Series) -> pd.Series:
    """Return towns without accents, capitals, blanks and what follows a comma or bracket.

    Examples
    --------
    >>> places(pd.Series(["Zürich ", "ZURICH", "Frankfurt (Main)", "?"])).tolist()
    ['zurich', 'zurich', 'frankfurt', nan]
    """
    plain = _by_distinct(text, lambda place: _letters(re.split(r"[,(/]", _plain(place))[0]))
    return plain.where(~plain.isin(_STAND_IN_NAMES)).astype("str")


def initials(text: pd.Series) -> pd.Series:
    """Return the initial of a person's first name; ``firm`` for names with a legal form, null for one word.

    Examples
    --------
    >>> initials(pd.Series(["Lee, Ann", "A. Lee", "Acme Ltd", "Lee"])).tolist()
    ['a', 'a', 'firm', nan]
    """
    return _by_distinct(text, _initial)


def postcodes(text: pd.Series) -> pd.Series:
    """Return postal codes without blanks, hyphens and additions such as the last four digits of ZIP+4.

    Examples
    --------
    >>> postcodes(pd.Series(["sw1a 1aa", "SW1A1AA", "02134-1001", "00000"])).tolist()
    ['SW1A1AA', 'SW1A1AA', '02134', nan]
    """
    plain = text.str.strip().str.upper().str.replace(r"^(\d{5})-\d{4}$", r"\1", regex=True)
    plain = plain.str.replace(r"[^0-9A-Z]", "", regex=True)
    return plain.where(plain.str.len().ge(3) & ~plain.str.fullmatch(r"0*|9*|X*").eq(True)).astype("str")


def birth_years(records: pd.DataFrame) -> pd.Series:
    """Return years of birth, from the day where it is known.

    Examples
    --------
    >>> records = pd.DataFrame({"born_on": pd.to_datetime(["1980-02-01", None]), "birth_year": [None, 1975.0]})
    >>> birth_years(records).tolist()
    [1980.0, 1975.0]
    """
    years = pd.Series(float("nan"), index=records.index)
    if "born_on" in records:
        years = pd.to_datetime(records["born_on"]).dt.year.astype("float64")
    return years.fillna(records["birth_year"].astype("float64")) if "birth_year" in records else years


def _plain(text: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", bare).casefold()


def _parts(name: str) -> list[str]:
    plain = _plain(name).replace("&", " and ")
    # A full stop joins initials and legal forms ("S.A.", "J.R."); anything else parts words.
    words = "".join(c if _is_of_a_word(c) else " " for c in plain.replace(".", "").replace("'", "")).split()
    return _family_name_last(words)


def _family_name_last(words: list[str]) -> list[str]:
    """Return words; an East Asian name, whose family name stands first, is parted where it has no blank, and turned."""
    whole = "".join(words)
    if len(words) > 2 or not 2 <= len(whole) <= _LONGEST_EAST_ASIAN or not all(map(_is_east_asian, whole)):
        return words
    family = words[0] if len(words) == 2 else whole[0]
    return [whole.removeprefix(family), family]


def _is_east_asian(character: str) -> bool:
    return unicodedata.name(character, "").startswith(("CJK UNIFIED", "HANGUL SYLLABLE", "HIRAGANA", "KATAKANA"))


def _letters(text: str) -> str | None:
    return "".join(c for c in text if _is_of_a_word(c)) or None


def _is_of_a_word(character: str) -> bool:
    # In many scripts vowels are marks beside the letters, and without them other names look equal.
    return character.isalnum() or unicodedata.category(character) in ("Mn", "Mc")


def _forms(words: list[str], name: str) -> set[str]:
    """Return the legal forms among the words; what people are called is one as the last word, unless written Sa or Sá.

    With full stops in it ("S.A.") it is one whatever stands behind.
    """
    forms = set(_FIRM_FORMS.intersection(words))
    if _ALSO_NAMES.isdisjoint(forms):
        return forms
    written = name.replace(",", " ").split()
    sure = {word for word in written if "." in word.rstrip(".")}
    sure |= {word for word in written[-1:] if word.isascii() and not word.rstrip(".").istitle()}
    return forms - _ALSO_NAMES | _ALSO_NAMES.intersection(word.replace(".", "").casefold() for word in sure)


def _words(name: str) -> list[str]:
    found = _parts(name)
    forms = _forms(found, name)
    kept = [word for word in found if word not in _TITLES and word not in forms] or found
    return [] if "".join(kept) in _STAND_IN_NAMES else kept


def _last(name: str) -> str | None:
    before, comma, _ = name.partition(",")
    words = _words(before) if comma else _words(name)
    return words[-1] if words else None


def _first(name: str) -> str | None:
    before, comma, after = name.partition(",")
    words = _words(after) if comma else _words(before)[:-1]
    return LONG_NAMES.get(words[0], words[0]) if words else None


def _initial(name: str) -> str | None:
    if _forms(_parts(name), name):
        return "firm"
    before, comma, after = name.partition(",")
    words = _words(after) if comma else _words(before)[:-1]
    return words[0][0] if words else None


def _by_distinct(text: pd.Series, change: Callable[[str], str | None]) -> pd.Series:
    codes, distinct = pd.factorize(text)
    changed = pd.Series([change(str(name)) for name in distinct], dtype="str")
    return pd.Series(changed.array.take(codes, allow_fill=True), index=text.index)
