"""The audit workbook: every customer's value recomputed by live formulas from the parameters.

Whoever doubts a value picks the customer on the sheet Audit and follows it cell by cell: parameters, history, expected
purchases month by month, spend, margin, discounting. The figure of the report stands beside the result.

The closed forms need the Gauss hypergeometric function, which a spreadsheet lacks; the sheet Series adds up its terms.
Euler's transformation is applied first, so that the terms die away quickly.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from crmplan.assessment.workbook_file import new_workbook
from crmplan.engagement import Engagement
from crmplan.errors import RenderError
from crmplan.reporting.audit_formulas import FORMULAS, N_TERMS, series_header, series_term
from crmplan.reporting.chapters.value_sentences import day, net_of

if TYPE_CHECKING:
    from crmplan.value import Value

__all__ = ["MOST_CUSTOMERS", "audit_workbook"]

MOST_CUSTOMERS = 200_000
"""The most valuable customers up to this number are in the workbook; more would not open on a desk."""

_COLUMNS = (
    ("customer_key", "Customer"), ("n_repeat", "Repeat purchases"), ("recency_weeks", "Weeks first to last"),
    ("age_weeks", "Weeks watched"), ("n_purchases", "Purchase days"), ("revenue", "Revenue so far"),
    ("mean_spend", "Mean spend, repeat"), ("margin_share", "Margin share"), ("expected_purchases", "Purchases, report"),
    ("expected_spend", "Spend a purchase, report"), ("value", "Value, report"),
)  # fmt: skip
_FIRST_MONTH_ROW = 30


def audit_workbook(value: Value, engagement: Engagement, *, horizon_months: int) -> bytes:
    """Return the workbook as the bytes of an .xlsx file.

    Parameters
    ----------
    value
        Of every customer.
    engagement
        Whose currency and name are printed.
    horizon_months
        With which the customers were valued.

    Raises
    ------
    RenderError
        When there is no value, or the model has no formulas here.
    MissingExtraError
        When XlsxWriter is not installed.
    """
    if value.unavailable:
        raise RenderError(f"there is no value to audit: {value.unavailable}")
    if value.chosen_model not in FORMULAS:
        raise RenderError(f"the audit workbook has no formulas for {value.chosen_model}; pin another repeat_model")
    content = io.BytesIO()
    book = new_workbook(content)
    book.set_properties({"title": "Audit of customer value", "company": engagement.client.name})
    book.set_calc_mode("auto")
    styles = _Styles(book)
    audit, parameters, customers, series = (
        book.add_worksheet(name) for name in ("Audit", "Parameters", "Customers", "Series")
    )
    shown = value.customers.sort_values(["value", "customer_key"], ascending=[False, True]).head(MOST_CUSTOMERS)
    _parameters(parameters, value, engagement, horizon_months, styles)
    _customers(customers, shown, styles)
    _series(series, value.chosen_model, horizon_months, styles)
    _audit(audit, value, engagement, shown["customer_key"].astype("str").tolist(), styles)
    _months(audit, value, engagement.client.currency, horizon_months, styles)
    audit.activate()
    book.close()
    return content.getvalue()


class _Styles:
    """The book and how its cells look."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.title = book.add_format({"bold": True, "font_size": 16, "font_color": "#12355b"})
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"})
        self.note = book.add_format({"font_color": "#5f6b7a", "text_wrap": True, "valign": "top"})
        self.input = book.add_format({"bg_color": "#fff4d6", "border": 1, "bold": True})
        self.number = book.add_format({"num_format": "#,##0.000000"})
        self.money = book.add_format({"num_format": "#,##0.00"})
        self.strong = book.add_format({"num_format": "#,##0.00", "bold": True, "top": 1})
        self.date = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})


def _parameters(sheet: Any, value: Value, engagement: Engagement, horizon_months: int, styles: _Styles) -> None:
    """Write every parameter with a name of its own, by which the formulas call it."""
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 20)
    sheet.write_string(0, 0, "Parameters", styles.title)
    rows: list[tuple[str, str, Any]] = [
        (f"{value.chosen_model}: {name}", f"p_{name}", number)
        for name, number in value.parameters[value.chosen_model].items()
    ]
    rows += [(f"Spend: {name}", f"g_{name}", number) for name, number in _spend(value).items()]
    rows += [
        ("Annual discount rate", "annual_rate", value.annual_discount_rate),
        ("Horizon, months", "horizon", float(horizon_months)),
        (
            f"Cost of serving a purchase ({engagement.client.currency})",
            "serve_cost",
            value.serve_cost_per_purchase or 0.0,
        ),
    ]
    for place, (label, name, number) in enumerate(rows, start=2):
        sheet.write_string(place, 0, label)
        sheet.write_number(place, 1, float(number), styles.number)
        styles.book.define_name(name, f"=Parameters!$B${place + 1}")
    last = len(rows) + 2
    sheet.write_string(last, 0, "Valued on")
    sheet.write_datetime(last, 1, _moment(value.as_of), styles.date)
    styles.book.define_name("valued_on", f"=Parameters!$B${last + 1}")
    _buckets(sheet, value, last + 3, styles)


def _spend(value: Value) -> Mapping[str, float]:
    spend = value.spend
    return {**spend.parameters, "typical": spend.typical_spend}


def _buckets(sheet: Any, value: Value, row: int, styles: _Styles) -> None:
    """Write what customers who buy about as often spend, to which own means are drawn where that is the model."""
    from crmplan.value.spend import BUCKET_STARTS, similar_spend

    similar = similar_spend(value.customers)
    n_repeat = value.customers["n_repeat"].to_numpy("float64")
    sheet.write_string(row, 0, "Repeat purchases from", styles.head)
    sheet.write_string(row, 1, "Spend of similar customers", styles.head)
    starts = np.asarray(BUCKET_STARTS)
    for place, start in enumerate(starts):
        end = starts[place + 1] if place + 1 < len(starts) else np.inf
        inside = (n_repeat >= start) & (n_repeat < end)
        sheet.write_number(row + 1 + place, 0, float(start))
        sheet.write_number(
            row + 1 + place, 1, float(similar[inside][0]) if inside.any() else value.spend.typical_spend, styles.number
        )
    first, last = row + 2, row + 1 + len(starts)
    styles.book.define_name("similar_from", f"=Parameters!$A${first}:$A${last}")
    styles.book.define_name("similar_spend", f"=Parameters!$B${first}:$B${last}")


def _customers(sheet: Any, shown: Any, styles: _Styles) -> None:
    sheet.set_column(0, len(_COLUMNS), 15)
    sheet.freeze_panes(1, 1)
    for place, (_, label) in enumerate(_COLUMNS):
        sheet.write_string(0, place, label, styles.head)
    for row, values in enumerate(shown[[name for name, _ in _COLUMNS]].itertuples(index=False), start=1):
        sheet.write_string(row, 0, str(values[0]))
        for place, number in enumerate(values[1:], start=1):
            if number is not None and np.isfinite(float(number)):
                sheet.write_number(row, place, float(number))


def _series(sheet: Any, model: str, horizon_months: int, styles: _Styles) -> None:
    """Write the terms of each series, one column each; the sum stands under the header."""
    sheet.set_column(0, 0, 12)
    columns = series_header(model, horizon_months, _FIRST_MONTH_ROW)
    for row, label in enumerate(("Series", "a", "b", "c", "z", "Sum", "Term")):
        sheet.write_string(row, 0, label, styles.head)
    for n in range(N_TERMS):
        sheet.write_number(7 + n, 0, n)
    for place, (label, *arguments) in enumerate(columns, start=1):
        sheet.write_string(0, place, label, styles.head)
        for row, formula in enumerate(arguments, start=1):
            sheet.write_formula(row, place, formula)
        for row, formula in series_term(place, first_row=7):
            sheet.write_formula(row, place, formula)


def _audit(sheet: Any, value: Value, engagement: Engagement, keys: list[str], styles: _Styles) -> None:
    """Write the yellow cell for the customer's key and, below, everything that does not depend on the month."""
    sheet.set_column(0, 0, 40)
    sheet.set_column(1, 6, 18)
    sheet.write_string(0, 0, "Audit of a customer's value", styles.title)
    what = (
        f"{engagement.client.name}, {day(value.as_of)} to {day(value.horizon_end)}, {net_of(value)}, in "
        f"{engagement.client.currency}. Write the key of a customer into the yellow cell; everything below is computed "
        "from the sheets Parameters, Customers and Series."
    )
    sheet.merge_range(1, 0, 1, 5, "", styles.note)
    sheet.write_string(1, 0, what, styles.note)
    sheet.set_row(1, 48)
    sheet.write_string(2, 0, "Customer")
    sheet.write_string(2, 1, keys[0], styles.input)
    sheet.data_validation(2, 1, 2, 1, {"validate": "list", "source": f"=Customers!$A$2:$A${len(keys) + 1}"})
    facts = FORMULAS[value.chosen_model].customer(value.spend.model, len(keys))
    for row, (label, formula, is_money) in enumerate(facts, start=3):
        sheet.write_string(row, 0, label)
        sheet.write_formula(row, 1, formula, styles.money if is_money else styles.number)


def _months(sheet: Any, value: Value, currency: str, horizon_months: int, styles: _Styles) -> None:
    head = ("Month", "Ends, days from today", "Weeks", "Purchases so far", "Purchases in it", "Discount factor",
            f"Worth today ({currency})")  # fmt: skip
    for place, label in enumerate(head):
        sheet.write_string(_FIRST_MONTH_ROW - 2, place, label, styles.head)
    for month in range(horizon_months + 1):
        row = _FIRST_MONTH_ROW - 1 + month
        sheet.write_number(row, 0, month)
        for place, formula in enumerate(FORMULAS[value.chosen_model].month(row + 1, month), start=1):
            sheet.write_formula(row, place, formula, styles.money if place == 6 else styles.number)


def _moment(moment: date) -> Any:
    from datetime import datetime

    return datetime(moment.year, moment.month, moment.day)
