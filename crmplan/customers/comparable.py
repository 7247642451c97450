"""Customer records made comparable: one column for each thing that two records may agree or differ in.

Beside what is compared stand the keys under which pairs are looked for. Comparing every record with every other one
would take a year for a million records; two records are compared when they share at least one key.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd

from crmplan.customers import standardise

__all__ = ["FIELDS", "LOOK_UPS", "comparable_records"]

FIELDS = (
    "full_name",
    "first_name",
    "last_name",
    "firm_name",
    "email",
    "phone",
    "street",
    "postcode",
    "city",
    "born_on",
    "birth_year",
)
"""Columns that are compared, as text."""

LOOK_UPS: Mapping[str, int] = MappingProxyType(
    {
        "same_email": 100,
        "same_mailbox": 100,
        "same_phone": 100,
        "same_full_name": 100,
        "same_firm": 100,
        "same_last_name_and_area": 100,
        "same_first_name_and_area": 100,
        "same_street": 100,
        "same_birth_and_initial": 100,
        "same_birth_and_area": 100,
        "same_letters_in_last_name": 100,
        "same_birth": 20,
        "same_last_name_and_town": 20,
        "same_first_name_and_town": 20,
        "same_street_anywhere": 20,
        "same_mail_domain": 20,
    }
)
"""Columns under which pairs are looked for, and the most records under one key: a key under which more stand is none.

A common name, a block of flats or the domain of a large provider brings pairs by the million and hardly a true one. The
last five are broad; they help where records are few and give way by themselves where they are many.
"""


def comparable_records(records: pd.DataFrame) -> pd.DataFrame:
    """Return records so that equal things are written in one way.

    Parameters
    ----------
    records
        One row per (``source``, ``customer_id``), sorted by them; any columns of ``customers``.

    Returns
    -------
    pd.DataFrame
        ``unique_id`` (the row's number), ``is_firm``, those of :data:`FIELDS` in which some record has a value, and
        those of :data:`LOOK_UPS` that some pair shares; null where a record says nothing.

    Examples
    --------
    >>> records = pd.DataFrame({"source": ["crm", "shop"], "customer_id": ["1", "2"],
    ...                         "name": ["Dr. Ann Lee", "LEE, Ann"], "email": ["ann@example.org", "none@none.com"]})
    >>> made = comparable_records(records)
    >>> made[["first_name", "last_name", "email"]].to_numpy(na_value=None).tolist()
    [['ann', 'lee', 'ann@example.org'], ['ann', 'lee', None]]
    >>> [name for name in LOOK_UPS if name in made]
    ['same_full_name', 'same_letters_in_last_name']
    """
    made = _fields(records)
    made = made[["unique_id", "is_firm", *(name for name in FIELDS if made[name].notna().any())]]
    keys = {name: _useful(key, LOOK_UPS[name]) for name, key in _look_ups(made).items()}
    return made.assign(**{name: key for name, key in keys.items() if key.notna().any()})


def _fields(records: pd.DataFrame) -> pd.DataFrame:
    nothing = pd.Series(None, index=records.index, dtype="str")
    text = {name: records[name].astype("str") if name in records else nothing for name in ("name", "firm", "kind")}
    is_firm = text["kind"].eq("firm") | (standardise.initials(text["name"]).eq("firm") & text["kind"].ne("person"))
    person = text["name"].mask(is_firm)
    full = standardise.names(text["name"]).mask(is_firm)
    last = standardise.last_names(person)
    born_on = pd.to_datetime(records["born_on"]) if "born_on" in records else pd.Series(pd.NaT, records.index)
    year = standardise.birth_years(records).round().astype("Int64")
    postcode, city = _of(records, "postcode"), _of(records, "city")
    return pd.DataFrame(
        {
            "unique_id": range(len(records)),
            "is_firm": is_firm,
            "full_name": full.where(full.ne(last)),
            "first_name": standardise.first_names(person),
            "last_name": last,
            "firm_name": standardise.names(text["firm"].fillna(text["name"].where(is_firm))),
            "email": standardise.emails(_of(records, "email")),
            "phone": standardise.phones(_of(records, "phone")),
            "street": standardise.streets(_of(records, "address")),
            "postcode": standardise.postcodes(postcode),
            "city": standardise.places(city),
            "born_on": born_on.dt.strftime("%Y-%m-%d").astype("str"),
            "birth_year": year.astype("str"),
        },
        index=records.index,
    ).reset_index(drop=True)


def _of(records: pd.DataFrame, name: str) -> pd.Series:
    return records[name].astype("str") if name in records else pd.Series(None, index=records.index, dtype="str")


def _look_ups(made: pd.DataFrame) -> dict[str, pd.Series]:
    part = {name: made[name] if name in made else pd.Series(None, made.index, dtype="str") for name in FIELDS}
    area = part["postcode"].fillna(part["city"])
    initial = part["first_name"].str.slice(0, 1)
    born = part["born_on"].fillna(part["birth_year"])
    letters = pd.Series(
        [None if pd.isna(name) else "".join(sorted(set(name))) for name in part["last_name"]], made.index, dtype="str"
    )
    keys = (
        part["email"],
        part["email"].str.extract(r"^([^@]{4,})@")[0].astype("str"),
        part["phone"],
        part["full_name"],
        part["firm_name"],
        part["last_name"] + "|" + area,
        part["first_name"] + "|" + area,
        part["street"] + "|" + area,
        part["born_on"] + "|" + initial,
        born + "|" + area,
        letters + "|" + part["first_name"],
        part["born_on"],
        part["last_name"] + "|" + part["city"].where(part["postcode"].notna()),
        part["first_name"] + "|" + part["city"].where(part["postcode"].notna()),
        part["street"],
        part["email"].str.extract(r"@(.+)$")[0].astype("str"),
    )
    return dict(zip(LOOK_UPS, keys, strict=True))


def _useful(key: pd.Series, most: int) -> pd.Series:
    n = key.groupby(key).transform("size")
    return key.where(n.between(2, most)).astype("str")
