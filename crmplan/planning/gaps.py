"""Gaps: what falls short of its target, by what people say or else by what data show, and what closing it is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from crmplan.planning.factors import Worth
from crmplan.planning.initiatives import Initiative

__all__ = ["GAP_COLUMNS", "counted_gaps", "met_items", "open_gaps", "priced_gaps"]

GAP_COLUMNS = (
    "item", "title", "area", "level", "target", "gap", "weight", "basis", "n_short", "n_of", "initiative",
    "initiatives", "worth_low", "worth_high", "is_top",
)  # fmt: skip
"""Columns of a plan's gaps."""

_ALSO_CALLED = {"covers": "item", "said": "level", "shown": "shown_level"}
_TEXT = ("item", "title", "area", "initiatives")
_NUMBERS = ("level", "shown_level", "target", "gap", "weight")
_N_TOP = 5
_N_LEVELS = 5


def open_gaps(gaps: pd.DataFrame) -> pd.DataFrame:
    """Return the rows below their target: ``item, title, area, level, target, gap, weight, basis, initiatives``.

    Parameters
    ----------
    gaps
        One row per question: ``item`` (ids of the method parted by ", "), ``title``, ``area``, ``level`` and ``target``
        (0 to 5), ``gap``, ``weight``; and where there are, ``shown_level`` (what data show) and ``initiatives`` (ids
        parted by ", "). Where nobody answered, what data show stands in: ``basis`` says ``people`` or ``data``. The
        questions of a readiness result fit as they are (``covers``, ``said`` and ``shown`` are known by those names).
    """
    judged = _judged(gaps)
    return judged[judged["gap"] > 0].reset_index(drop=True)


def counted_gaps(counted: pd.DataFrame) -> pd.DataFrame:
    """Return gaps that are counted, not rated, as rows beside those of :func:`open_gaps`.

    The share that is short counts as that share of the five levels, so that what is counted and what is rated can
    stand in one order; no level is shown for it.

    Parameters
    ----------
    counted
        One row per gap: ``title``, ``basis``, ``n_short`` of ``n_of``, ``weight``, ``initiatives`` (ids parted by
        ", ": they alone close it).

    Examples
    --------
    >>> row = {"title": "3 of 6 not linked", "basis": "systems", "n_short": 3, "n_of": 6, "weight": 2.0}
    >>> counted_gaps(pd.DataFrame([{**row, "initiatives": "INI-LINKS"}]))["gap"].tolist()
    [2.5]
    """
    gap = _N_LEVELS * counted["n_short"] / counted["n_of"]
    return counted.assign(item="", area="", level=float("nan"), target=float("nan"), gap=gap)


def met_items(gaps: pd.DataFrame) -> frozenset[str]:
    """Return the items that are asked about and nowhere below their target."""
    judged = _judged(gaps)
    known = judged[judged["gap"].notna()]
    is_open = {item for items in known.loc[known["gap"] > 0, "item"] for item in _ids(items)}
    return frozenset({item for items in known["item"] for item in _ids(items)} - is_open)


def priced_gaps(
    gaps: pd.DataFrame, initiatives: Sequence[Initiative], worths: Mapping[str, Worth]
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Return the gaps in order of worth, and each initiative's gap weight.

    What data price although no question points to it becomes a gap of its own, with ``basis`` ``money``. A gap is
    worth what the worthiest initiative that closes it is worth; ``is_top`` marks the five that matter, each closed by
    another initiative first.

    Parameters
    ----------
    gaps
        Rows of :func:`open_gaps` and :func:`counted_gaps`.
    initiatives
        The library.
    worths
        Worth by initiative id.
    """
    rows = []
    weights = {initiative.id: 0.0 for initiative in initiatives}
    for row in gaps.to_dict("records"):
        named, items = set(_ids(row["initiatives"])), set(_ids(row["item"]))
        closing = [one.id for one in initiatives if one.id in named or items & set(one.closes)]
        for id in closing:
            weights[id] += float(row["gap"]) * float(row["weight"])
        rows.append(_priced(row, closing, worths))
    linked = {id for id, weight in weights.items() if weight > 0}
    for one in initiatives:
        if one.id not in linked and worths[one.id].middle > 0:
            row = {"item": ", ".join(one.closes), "title": one.problem, "area": "", "weight": 1.0, "basis": "money"}
            rows.append(_priced(row, [one.id], worths))
    frame = pd.DataFrame(rows, columns=list(GAP_COLUMNS)).astype(
        dict.fromkeys(("level", "target", "gap", "weight", "n_short", "n_of", "worth_low", "worth_high"), "float64")
    )
    return _in_order(frame), weights


def _judged(gaps: pd.DataFrame) -> pd.DataFrame:
    if "is_applicable" in gaps:
        gaps = gaps[gaps["is_applicable"].astype(bool)]
    gaps = gaps.rename(columns={name: own for name, own in _ALSO_CALLED.items() if own not in gaps})
    frame = pd.DataFrame(index=range(len(gaps)))
    for name in _TEXT:
        frame[name] = gaps[name].fillna("").astype(str).to_numpy() if name in gaps else ""
    for name in _NUMBERS:
        frame[name] = pd.to_numeric(gaps[name]).to_numpy(dtype="float64") if name in gaps else float("nan")
    frame["weight"] = frame["weight"].fillna(1.0)
    frame["basis"] = ["data" if said else "people" for said in frame["level"].isna()]
    frame["level"] = frame["level"].fillna(frame["shown_level"])
    # Without a level there is no gap, whatever the column says.
    frame["gap"] = (frame["gap"].fillna(frame["target"] - frame["level"])).where(frame["level"].notna())
    return frame.drop(columns="shown_level")


def _priced(row: Mapping[Any, Any], closing: Sequence[str], worths: Mapping[str, Worth]) -> dict[Any, Any]:
    # What cannot be told apart by money stands in the order in which the question names it.
    named = {id: place for place, id in enumerate(_ids(row.get("initiatives", "")))}
    ranked = sorted(closing, key=lambda id: (-worths[id].middle, named.get(id, len(named)), id))
    best = worths[ranked[0]] if ranked and worths[ranked[0]].middle > 0 else None
    return {
        **row,
        "initiative": ranked[0] if ranked else "",
        "initiatives": ", ".join(ranked),
        "worth_low": best.low if best else None,
        "worth_high": best.high if best else None,
    }


def _in_order(frame: pd.DataFrame) -> pd.DataFrame:
    middle = (frame["worth_low"].fillna(0) + frame["worth_high"].fillna(0)) / 2
    size = frame["gap"].fillna(0) * frame["weight"].fillna(0)
    keyed = frame.assign(_middle=-middle, _size=-size)
    ordered = keyed.sort_values(["_middle", "_size", "item", "title"], kind="stable", ignore_index=True)
    tops: list[bool] = []
    taken: set[str] = set()
    for position, id in enumerate(ordered["initiative"]):
        key = id or f"row {position}"
        tops.append(key not in taken and sum(tops) < _N_TOP)
        taken.add(key)
    return ordered.drop(columns=["_middle", "_size"]).assign(is_top=pd.Series(tops, dtype="bool"))


def _ids(text: object) -> tuple[str, ...]:
    return tuple(part.strip() for part in str(text).split(",") if part.strip())
