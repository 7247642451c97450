"""Do the figures tie? From what the client says it sent, over every row, to the money in the customers' histories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from crmplan.intake.finding import Finding, Severity
from crmplan.intake.ledger import MONEY
from crmplan.intake.words import table_label
from crmplan.sources import TableMapping

__all__ = ["CONTROL_COLUMNS", "Step", "control_findings", "control_of", "controls_frame", "is_tied", "path_of_money"]

CONTROL_COLUMNS = ("source", "table", "file", "control_rows", "n_rows", "control_total", "total")
"""What the client says it sent beside what came; a control that was not given is null."""

_TOLERANCE_SHARE = 1e-6
_CENTS = 0.05
_LEFT_OUT = ("cancelled", "after_as_of", "malformed", "not_found", "duplicate", "superseded", "repeated")
_TAKEN_OFF = "no_earlier_purchase"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the way from the orders received to the customers' purchases.

    Parameters
    ----------
    name
        ``received``, a reason for which order lines are left out, ``used``, ``no_customer_id``, ``not_identified``,
        ``of_customers``, ``no_earlier_purchase``, ``beyond_purchases``, ``purchases``.
    n_rows
        Order lines; refunds for ``no_earlier_purchase``; None where the step has no rows of its own.
    net_amount
        Money in the engagement's currency; what a step takes off has the sign with which it enters the sum.
    is_total
        The line is the sum of those before it.
    """

    name: str
    n_rows: int | None
    net_amount: float
    is_total: bool = False


def control_of(source: str, mapping: TableMapping, n_rows: int, total: float | None) -> dict[str, object]:
    """Return what the client says about an export beside what came, as a row of :func:`controls_frame`.

    Parameters
    ----------
    source, mapping
        Where the rows came from.
    n_rows
        Rows received, those that could not be taken apart among them.
    total
        Sum of the money column over the converted rows, before any is left out or changed; None without one.
    """
    return {
        "source": source,
        "table": mapping.table,
        "file": mapping.file,
        "control_rows": mapping.control_rows,
        "n_rows": n_rows,
        "control_total": mapping.control_total,
        "total": total,
    }


def controls_frame(controls: Sequence[dict[str, object]]) -> pd.DataFrame:
    """Return the controls that were given, one row per source, table and file."""
    frame = pd.DataFrame(controls, columns=list(CONTROL_COLUMNS))
    given = frame.loc[frame["control_rows"].notna() | frame["control_total"].notna()].reset_index(drop=True)
    numbers = ("control_rows", "n_rows", "control_total", "total")
    return given.astype({**dict.fromkeys(("source", "table", "file"), "str"), **dict.fromkeys(numbers, "float64")})


def is_tied(total: float, control: float) -> bool:
    """Return whether a total is the client's, but for cents.

    Examples
    --------
    >>> is_tied(1000.0, 1000.01), is_tied(1000.0, 1001.0)
    (True, False)
    """
    return abs(total - control) <= max(_CENTS, _TOLERANCE_SHARE * abs(control))


def control_findings(controls: pd.DataFrame) -> Iterator[Finding]:
    """Yield a finding for every control that does not tie.

    Parameters
    ----------
    controls
        As :func:`controls_frame` returns it.
    """
    for one in controls.to_dict("records"):
        source, table, n_rows = str(one["source"]), str(one["table"]), int(one["n_rows"])
        column = MONEY.get(table, "")
        if pd.notna(one["control_rows"]) and int(one["control_rows"]) != n_rows:
            gap = n_rows - int(one["control_rows"])
            message = (
                f"{one['file']} holds {n_rows:,} {table_label(table, n_rows)}; the client says it sent "
                f"{int(one['control_rows']):,}: {abs(gap):,} {'more' if gap > 0 else 'fewer'} came."
            )
            severity = _severity(gap, one["control_rows"])
            effect = "Until the difference is explained, rows may be missing or doubled; ask for the export again."
            yield Finding("control_rows", severity, source, table, "", abs(gap), n_rows, message, effect)
        if (
            pd.notna(one["control_total"])
            and pd.notna(one["total"])
            and not is_tied(one["total"], one["control_total"])
        ):
            gap = one["total"] - one["control_total"]
            message = (
                f"The amounts in {one['file']} add up to {one['total']:,.2f}; the client's control total is "
                f"{one['control_total']:,.2f}, a difference of {gap:+,.2f}."
            )
            severity = _severity(gap, one["control_total"])
            effect = "Until the difference is explained, every figure in money may be off by as much."
            yield Finding("control_total", severity, source, table, column, n_rows, n_rows, message, effect)


def _severity(gap: float, control: float) -> Severity:
    return "high" if abs(gap) / max(abs(control), 1.0) >= 0.01 else "medium"


def path_of_money(
    ledger: pd.DataFrame,
    *,
    used: tuple[int, float],
    not_identified: tuple[int, float],
    refunds: pd.DataFrame,
    purchases: float,
) -> tuple[Step, ...]:
    """Return how the order lines received become the customers' purchases, step by step; the steps add up.

    Parameters
    ----------
    ledger
        The account of every row (:func:`crmplan.intake.ledger.account`).
    used
        Order lines that later steps see, and their sum, counted in the tables themselves.
    not_identified
        Used order lines of no known customer, and their sum, those without any customer number among them.
    refunds
        ``outcome``, ``n_refunds``, ``net_amount``: to which purchases refunds were charged.
    purchases
        Sum of the customer-day table.

    Examples
    --------
    >>> ledger = pd.DataFrame({"table": "orders", "outcome": ["used", "cancelled"], "n_rows": [3, 1],
    ...                        "net_amount": [25.0, 9.0]})
    >>> refunds = pd.DataFrame({"outcome": ["no_earlier_purchase"], "n_refunds": [1], "net_amount": [-5.0]})
    >>> steps = path_of_money(ledger, used=(3, 25.0), not_identified=(0, 0.0), refunds=refunds, purchases=30.0)
    >>> [(one.name, one.net_amount) for one in steps]  # doctest: +NORMALIZE_WHITESPACE
    [('received', 34.0), ('cancelled', -9.0), ('used', 25.0), ('of_customers', 25.0), ('no_earlier_purchase', 5.0),
     ('purchases', 30.0)]
    """
    orders = ledger.loc[ledger["table"].eq("orders")]
    by_outcome = orders.groupby("outcome")[["n_rows", "net_amount"]].sum()
    n_unnamed, unnamed = _of(by_outcome, "no_customer_id")
    n_lost = int(by_outcome.reindex(_LEFT_OUT)["n_rows"].fillna(0).sum())
    left_out = float(by_outcome.reindex(_LEFT_OUT)["net_amount"].fillna(0).sum())
    steps = [Step("received", n_lost + used[0], left_out + used[1], is_total=True)]
    for name in _LEFT_OUT:
        n_rows, amount = _of(by_outcome, name)
        if n_rows:
            steps.append(Step(name, -n_rows, -amount))
    steps.append(Step("used", used[0], used[1], is_total=True))
    if n_unnamed:
        steps.append(Step("no_customer_id", -n_unnamed, -unnamed))
    if not_identified[0] > n_unnamed:
        steps.append(Step("not_identified", n_unnamed - not_identified[0], unnamed - not_identified[1]))
    of_customers = used[1] - not_identified[1]
    steps.append(Step("of_customers", used[0] - not_identified[0], of_customers, is_total=True))
    lost = refunds.loc[refunds["outcome"].eq(_TAKEN_OFF)]
    n_refunds, amount = int(lost["n_refunds"].sum()), float(lost["net_amount"].sum())
    if n_refunds:
        steps.append(Step(_TAKEN_OFF, n_refunds, -amount))
    rest = purchases - (of_customers - amount)
    if abs(rest) > max(_CENTS, _TOLERANCE_SHARE * abs(purchases)):
        steps.append(Step("beyond_purchases", None, rest))
    return (*steps, Step("purchases", None, purchases, is_total=True))


def _of(by_outcome: pd.DataFrame, name: str) -> tuple[int, float]:
    if name not in by_outcome.index:
        return 0, 0.0
    return int(by_outcome["n_rows"][name]), float(by_outcome["net_amount"].fillna(0.0)[name])
