"""The golden record: for every customer the best value of every column, and where systems disagree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import pandas as pd

from crmplan.customers import standardise
from crmplan.customers.matching import CONFLICT_COLUMNS, MOST_SHARED

__all__ = ["RULES", "conflicts", "golden_records", "lineage", "ranked", "without_stand_ins"]

_EARLIEST = {"first_heard": "earliest", "created_at": "earliest"}
_COLUMNS = (
    "kind",
    "name",
    "email",
    "phone",
    "postcode",
    "city",
    "region",
    "country",
    "firm",
    "industry",
    "staff_count",
    "born_on",
    "birth_year",
    "age_band",
    "income_band",
    "household_size",
    "segment",
    "first_heard",
    "created_at",
)
RULES: Mapping[str, str] = MappingProxyType(dict.fromkeys(_COLUMNS, "latest") | _EARLIEST)
"""Which record's value survives, by column: that of the record changed last, or that of the one made first."""

_STAND_IN_DAYS = frozenset(pd.to_datetime(["1900-01-01", "1901-01-01", "1111-11-11"]))
_COMMON_DAY = 0.01
"""No day has more than a hundredth of the births: a commoner one is what a form begins with."""
_WITH_LINEAGE = ("name", "email", "phone", "postcode")
_COMPARED = (
    "kind", "name", "email", "phone", "postcode", "city", "country", "industry", "born_on", "birth_year", "segment",
)  # fmt: skip
_STANDARD = {
    "name": standardise.names,
    "email": lambda text: text.str.strip().str.casefold(),
    "phone": standardise.phones,
    "postcode": standardise.postcodes,
}


def without_stand_ins(records: pd.DataFrame) -> pd.DataFrame:
    """Return records without e-mail addresses, telephone numbers and days of birth that stand for none.

    Those are the usual ones (``none@…``, ``0000000``, 1 January 1900) and any that more than ten records of one source
    share; of days of birth, any that one record in a hundred bears, and more than ten.

    Examples
    --------
    >>> records = pd.DataFrame({"source": ["crm", "crm"], "email": ["none@none.com", "ann@example.org"]})
    >>> without_stand_ins(records)["email"].tolist()
    [nan, 'ann@example.org']
    """
    cleaned = {}
    if "email" in records:
        is_none = standardise.is_stand_in_email(records["email"])
        shared = _is_shared(records["source"], records["email"].str.strip().str.casefold())
        cleaned["email"] = records["email"].mask(is_none | shared)
    if "phone" in records:
        number = standardise.phones(records["phone"])
        has_digits = records["phone"].str.count(r"\d").ge(7)
        cleaned["phone"] = records["phone"].mask((number.isna() & has_digits) | _is_shared(records["source"], number))
    if "born_on" in records:
        day = pd.to_datetime(records["born_on"])
        n_same, n = day.groupby([records["source"], day]).transform("size"), day.groupby(records["source"])
        is_usual = n_same.gt(MOST_SHARED) & n_same.gt(_COMMON_DAY * n.transform("count"))
        cleaned["born_on"] = day.mask(is_usual | day.isin(_STAND_IN_DAYS))
        if "birth_year" in records:
            is_gone = cleaned["born_on"].isna() & day.notna() & records["birth_year"].eq(day.dt.year)
            cleaned["birth_year"] = records["birth_year"].mask(is_gone)
    return records.assign(**cleaned)


def _is_shared(source: pd.Series, values: pd.Series) -> pd.Series:
    counts = values.groupby([source, values]).transform("size")
    return counts.gt(MOST_SHARED)


def golden_records(records: pd.DataFrame, ids: pd.DataFrame) -> pd.DataFrame:
    """Return one row per customer.

    The record changed last wins, then the most complete one, then the first in the order of source and number; a
    value that it lacks comes from the next. ``created_at`` is the earliest, and ``first_heard`` is what the earliest
    record says.

    Parameters
    ----------
    records
        One row per record: ``source``, ``customer_id``, ``customer_key``, and the columns of ``customers``.
    ids
        ``source``, ``customer_id``, ``customer_key``: every number under which a system speaks of a customer, also of
        systems that use another's numbers.

    Returns
    -------
    pd.DataFrame
        ``customer_key``, ``n_records``, ``n_sources`` and those columns that the client has; with several sources also
        ``name_source``, ``email_source``, ``phone_source`` and ``postcode_source``: where the value came from.

    Examples
    --------
    >>> records = pd.DataFrame({"source": ["crm", "shop"], "customer_id": ["1", "7"], "customer_key": ["C00001"] * 2,
    ...                         "city": ["Bonn", "Kiel"], "phone": ["0228 12345", None],
    ...                         "updated_at": pd.to_datetime(["2023-01-01", "2024-01-01"])})
    >>> ids = records[["source", "customer_id", "customer_key"]]
    >>> golden_records(records, ids)[["city", "phone"]].values.tolist()
    [['Kiel', '0228 12345']]
    """
    n_sources = ids.groupby("customer_key")["source"].nunique()
    golden = pd.DataFrame({"n_records": records.groupby("customer_key", sort=True).size()})
    golden["n_sources"] = n_sources.reindex(golden.index)
    for name, chosen in _survivors(records):
        golden[name] = chosen[name].reindex(golden.index)
        if name in _WITH_LINEAGE and records["source"].nunique() > 1:
            golden[f"{name}_source"] = chosen["source"].reindex(golden.index)
    return golden.reset_index().astype({"customer_key": "str", "n_records": "int64", "n_sources": "int64"})


def lineage(records: pd.DataFrame) -> pd.DataFrame:
    """Return which record gave each value of the golden record, for customers with several records.

    Parameters
    ----------
    records
        As for :func:`golden_records`.

    Returns
    -------
    pd.DataFrame
        ``customer_key``, ``column``, ``source``, ``customer_id``, ``rule`` (latest or earliest), sorted by customer.

    Examples
    --------
    >>> records = pd.DataFrame({"source": ["crm", "shop"], "customer_id": ["1", "7"], "customer_key": ["C00001"] * 2,
    ...                         "city": ["Bonn", "Kiel"], "phone": ["0228 12345", None],
    ...                         "updated_at": pd.to_datetime(["2023-01-01", "2024-01-01"])})
    >>> lineage(records)[["column", "source", "customer_id"]].values.tolist()
    [['phone', 'crm', '1'], ['city', 'shop', '7']]
    """
    several = records.loc[records.duplicated("customer_key", keep=False)]
    parts = [
        chosen[["source", "customer_id"]].reset_index().assign(column=name, rule=RULES[name])
        for name, chosen in _survivors(several)
    ]
    columns = ["customer_key", "column", "source", "customer_id", "rule"]
    if not parts:
        return pd.DataFrame({name: pd.Series([], dtype="str") for name in columns})
    return pd.concat(parts)[columns].sort_values("customer_key", kind="stable", ignore_index=True)


def _survivors(records: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield every column with the rows whose values survive, by customer."""
    present = [name for name in _COLUMNS if name in records]
    last_changed_first = ranked(records)
    for name in present:
        order = last_changed_first
        if RULES[name] == "earliest" and "created_at" in records:
            order = last_changed_first.sort_values("created_at", na_position="last", kind="stable")
        wanted = list(dict.fromkeys(("customer_key", "source", "customer_id", name)))
        chosen = order.loc[order[name].notna(), wanted].drop_duplicates("customer_key")
        yield name, chosen.set_index("customer_key")


def _sources_of(said: pd.DataFrame) -> pd.Series:
    """Return the sources of every customer's rows, joined by ", "; a join per row would take minutes on a million."""
    names = sorted(said["source"].unique())
    has = pd.DataFrame({name: said["source"].eq(name) for name in names}).groupby(said["customer_key"]).any()
    together = has.groupby(names, as_index=False).size().drop(columns="size")
    together["sources"] = [", ".join(name for name in names if row[name]) for row in together.to_dict("records")]
    return has.reset_index().merge(together, on=names).set_index("customer_key")["sources"]


def ranked(records: pd.DataFrame) -> pd.DataFrame:
    """Return records, the one first whose values survive: changed last, then fullest, then by source and number."""
    present = [name for name in _COLUMNS if name in records]
    ranks = records.assign(
        _changed=records.get("updated_at", pd.Series(pd.NaT, index=records.index)),
        _n_empty=records[present].isna().sum(axis=1) if present else 0,
    )
    return ranks.sort_values(
        ["_changed", "_n_empty", "source", "customer_id"], ascending=[False, True, True, True], na_position="last"
    )


def conflicts(records: pd.DataFrame) -> pd.DataFrame:
    """Return where records of one customer say different things; ways of writing the same thing do not count.

    Parameters
    ----------
    records
        As for :func:`golden_records`.

    Returns
    -------
    pd.DataFrame
        Columns ``customer_key``, ``column``, ``n_values`` (different values) and ``sources`` (those that say something,
        joined by ", ").
    """
    several = records.loc[records.duplicated("customer_key", keep=False)]
    parts = []
    for name in _COMPARED:
        if name not in several or several.empty:
            continue
        value = several[name]
        if name in _STANDARD:
            value = _STANDARD[name](value)
        elif name not in ("born_on", "birth_year"):
            value = value.str.strip().str.casefold()
        said = several[["customer_key", "source"]].assign(value=value).dropna()
        n_values = said.drop_duplicates(["customer_key", "value"]).groupby("customer_key").size()
        n_values = n_values[n_values > 1]
        if n_values.empty:
            continue
        sources = _sources_of(said.loc[said["customer_key"].isin(n_values.index)])
        parts.append(pd.DataFrame({"n_values": n_values, "sources": sources}).assign(column=name).reset_index())
    dtypes = {"customer_key": "str", "column": "str", "n_values": "int64", "sources": "str"}
    if not parts:
        return pd.DataFrame(columns=list(CONFLICT_COLUMNS)).astype(dtypes)
    return pd.concat(parts, ignore_index=True)[list(CONFLICT_COLUMNS)].astype(dtypes)
