"""How five systems write the same customer: other spellings, formats, gaps, and second records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmplan.rehearsal.names import NICKNAMES

__all__ = ["PLACEHOLDER_EMAIL", "PLACEHOLDER_PHONE", "RECORD_KEEPING", "SYSTEMS", "RecordKeeping", "draw_records"]

SYSTEMS = ("web_shop", "accounting", "service_desk", "call_center", "sales")
PLACEHOLDER_EMAIL = "keine-mail@example.org"
PLACEHOLDER_PHONE = "000000"


@dataclass(frozen=True, slots=True)
class RecordKeeping:
    """How well one system keeps its customers: chances per record."""

    second_record: float
    name_typo: float
    nickname: float
    swapped_name: float
    other_email: float
    no_email: float
    placeholder_email: float
    other_phone: float
    no_phone: float
    no_address: float


RECORD_KEEPING: Mapping[str, RecordKeeping] = {
    "web_shop": RecordKeeping(0.06, 0.02, 0.06, 0.01, 0.04, 0.00, 0.00, 0.05, 0.30, 0.00),
    "accounting": RecordKeeping(0.04, 0.04, 0.00, 0.00, 0.05, 0.32, 0.03, 0.05, 0.18, 0.02),
    "service_desk": RecordKeeping(0.06, 0.03, 0.12, 0.03, 0.05, 0.06, 0.00, 0.06, 0.45, 0.90),
    "call_center": RecordKeeping(0.07, 0.06, 0.05, 0.10, 0.05, 0.65, 0.00, 0.04, 0.03, 0.50),
    "sales": RecordKeeping(0.05, 0.02, 0.03, 0.00, 0.06, 0.14, 0.02, 0.06, 0.10, 0.10),
}
_ID_FORMS: Mapping[str, Callable[[int], str]] = {
    "web_shop": lambda number: f"W-{number:06d}",
    "accounting": lambda number: f"{number:05d}",
    "service_desk": lambda number: f"K{number}",
    "call_center": lambda number: f"{5000 + number}",
}
_SHARE_IN_CAPITALS = 0.05
_SHARE_OF_PLACEHOLDER_PHONES = 0.01
_LONG_AREA_CODES = ("221", "171")
_PHONE_FORMS = ("+49 {a} {n}", "0{a}/{n}", "0049{a}{n}", "0{a}-{n}", "(0{a}) {n}", "+49{a}{n}")


def draw_records(
    rng: np.random.Generator,
    people: pd.DataFrame,
    holds: Mapping[str, np.ndarray],
    authors: Mapping[str, np.ndarray],
    exported_on: pd.Timestamp,
) -> pd.DataFrame:
    """Return every customer record of every system.

    Parameters
    ----------
    holds
        By system, whether it knows each of the people.
    authors
        By system, ids of the staff who make records; empty where customers register themselves.

    Returns
    -------
    DataFrame
        system, person, copy (0 first record, 1 second), customer_id, and the fields as that system has them:
        name, contact, firm, email, phone, street, postcode, city, country, first_heard, created_at, updated_at,
        created_by, other_ids.
    """
    records = pd.concat(
        [
            _of_system(rng, people, system, holds[system], authors=authors[system], exported_on=exported_on)
            for system in SYSTEMS
        ],
        ignore_index=True,
    )
    records["other_ids"] = _cross_references(rng, records)
    return records


def _of_system(
    rng: np.random.Generator,
    people: pd.DataFrame,
    system: str,
    holds: np.ndarray,
    *,
    authors: np.ndarray,
    exported_on: pd.Timestamp,
) -> pd.DataFrame:
    keeping = RECORD_KEEPING[system]
    known = np.flatnonzero(holds)
    second = known[rng.random(len(known)) < keeping.second_record]
    person = np.concatenate([known, second])
    is_second = np.arange(len(person)) >= len(known)
    of = people.iloc[person].reset_index(drop=True)
    created, changed = _moments(rng, of["first_at"], is_second, exported_on)
    records = pd.DataFrame({"system": system, "person": person, "copy": is_second.astype(int)})
    records = pd.concat([records, _fields(rng, of, system, is_second)], axis=1)
    records = records.assign(
        created_at=created,
        updated_at=changed,
        created_by=authors[rng.integers(len(authors), size=len(of))] if len(authors) else "",
    )
    records = records.sort_values(["created_at", "person", "copy"], kind="stable", ignore_index=True)
    numbers = 1 + np.cumsum(rng.integers(1, 3, len(of)))
    ids = [_ID_FORMS[system](int(k)) for k in numbers] if system in _ID_FORMS else _guids(rng, len(of))
    records.insert(3, "customer_id", ids)
    records["name"] = np.where(records["is_firm"] & (system != "web_shop"), records["firm"], records["contact"])
    return records


def _moments(
    rng: np.random.Generator, first_at: pd.Series, is_second: np.ndarray, exported_on: pd.Timestamp
) -> tuple[pd.Series, pd.Series]:
    n = len(first_at)
    days = np.where(is_second, rng.integers(30, 500, n), 0)
    created = first_at + pd.to_timedelta(days * 24 * 60 + rng.integers(8 * 60, 20 * 60, n), unit="min")
    created = created.where(created < exported_on, exported_on)
    open_days = (exported_on - pd.Timedelta(days=3) - created).dt.days.clip(lower=0).to_numpy()
    return created, created + pd.to_timedelta((rng.random(n) * open_days).astype(int), unit="D")


def _fields(rng: np.random.Generator, of: pd.DataFrame, system: str, is_second: np.ndarray) -> pd.DataFrame:
    keeping = RECORD_KEEPING[system]
    n = len(of)
    has_address = rng.random(n) >= keeping.no_address
    return pd.DataFrame(
        {
            "is_firm": of["is_firm"],
            "contact": _contact_names(rng, of, system, keeping),
            "firm": of["firm"],
            "email": _emails(rng, of, is_second, keeping),
            "phone": _phones(rng, of, keeping),
            "street": np.where(has_address, _streets(rng, of), ""),
            "postcode": np.where(has_address, of["postcode"], ""),
            "city": np.where(has_address, of["city"], ""),
            "country": of["country"],
            "territory": of["territory"],
            "first_heard": np.where(rng.random(n) < 0.78, of["first_heard"], ""),
            "industry": of["industry"],
            "staff_count": of["staff_count"],
            "birth_year": of["birth_year"].where(rng.random(n) < 0.6),
        }
    )


def _contact_names(rng: np.random.Generator, of: pd.DataFrame, system: str, keeping: RecordKeeping) -> list[str]:
    short = rng.random(len(of)) < keeping.nickname
    typo = rng.random(len(of)) < keeping.name_typo
    swapped = rng.random(len(of)) < keeping.swapped_name
    where = rng.random(len(of))
    made = []
    for i, (first, last) in enumerate(zip(of["first_name"], of["last_name"], strict=True)):
        given = NICKNAMES.get(first, first) if short[i] else first
        family = _misspelt(last, where[i]) if typo[i] else last
        if system == "accounting":
            made.append(f"{family}, {given}")
        elif swapped[i]:
            made.append(f"{family} {given}")
        else:
            made.append(f"{given} {family}")
    return [name.upper() for name in made] if system == "call_center" else made


def _misspelt(word: str, where: float) -> str:
    i = 1 + int(where * (len(word) - 2))
    return word[:i] + word[i + 1] + word[i] + word[i + 2 :] if where < 0.5 else word[:i] + word[i + 1 :]


def _emails(rng: np.random.Generator, of: pd.DataFrame, is_second: np.ndarray, keeping: RecordKeeping) -> np.ndarray:
    # People open a second account because they use another address.
    changed = rng.random(len(of)) < np.where(is_second, 0.6, keeping.other_email)
    emails = np.where(changed, of["other_email"], of["email"])
    shouted = rng.random(len(of)) < _SHARE_IN_CAPITALS
    emails = np.where(shouted, [str(email).title() for email in emails], emails)
    draw = rng.random(len(of))
    emails = np.where(draw < keeping.no_email, "", emails)
    return np.where(draw > 1 - keeping.placeholder_email, PLACEHOLDER_EMAIL, emails)


def _phones(rng: np.random.Generator, of: pd.DataFrame, keeping: RecordKeeping) -> list[str]:
    form = rng.integers(len(_PHONE_FORMS), size=len(of))
    changed = rng.random(len(of)) < keeping.other_phone
    draw = rng.random(len(of))
    made = []
    for i, phone in enumerate(np.where(changed, of["other_phone"], of["phone"])):
        if draw[i] < keeping.no_phone:
            made.append("")
        elif draw[i] > 1 - _SHARE_OF_PLACEHOLDER_PHONES:
            made.append(PLACEHOLDER_PHONE)
        else:
            national = phone.removeprefix("+49")
            length = 3 if national.startswith(_LONG_AREA_CODES) else 2
            made.append(_PHONE_FORMS[form[i]].format(a=national[:length], n=national[length:]))
    return made


def _streets(rng: np.random.Generator, of: pd.DataFrame) -> np.ndarray:
    short = rng.random(len(of)) < 0.35
    return np.where(short, of["street"].str.replace("straße", "str.", regex=False), of["street"])


def _guids(rng: np.random.Generator, n: int) -> list[str]:
    digits = rng.bytes(16 * n).hex()
    raws = [digits[i : i + 32] for i in range(0, 32 * n, 32)]
    return [f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-a{raw[17:20]}-{raw[20:]}" for raw in raws]


def _cross_references(rng: np.random.Generator, records: pd.DataFrame) -> np.ndarray:
    # Sales noted the numbers of shop and accounting for some of its accounts.
    first = records[records["copy"] == 0]
    notes = {
        system: dict(zip(rows["person"], rows["customer_id"], strict=True))
        for system, rows in first[first["system"].isin(["web_shop", "accounting"])].groupby("system")
    }
    noted = rng.random(len(records)) < 0.45
    made = []
    for i, (system, person) in enumerate(zip(records["system"], records["person"], strict=True)):
        known = [f"{other!s}:{ids[person]}" for other, ids in notes.items() if person in ids]
        made.append("|".join(known) if system == "sales" and noted[i] else "")
    return np.array(made, dtype=object)
