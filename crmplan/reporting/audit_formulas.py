"""The formulas of the audit workbook: a customer's value as cells, model by model.

Cells of the sheet Audit: B4 row of the customer, B5 to B10 its history, B11 spend a purchase, B12 margin share, B13
worth of a purchase, B14 to B17 parts of the model's closed form, B19 value, B20 the report's, B21 the difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

__all__ = ["FORMULAS", "N_TERMS", "Formulas", "series_header", "series_term"]

N_TERMS = 600
"""Terms of each series; those left out are smaller than the report's last digit."""

_X, _TX, _T = "Audit!$B$5", "Audit!$B$6", "Audit!$B$7"


@dataclass(frozen=True, slots=True)
class Formulas:
    """The closed form of a model in cells.

    Parameters
    ----------
    parts
        Label and formula of the parts that do not depend on the month: cells B14 to B17.
    purchases
        Purchases expected within the weeks of cell C{row}; ``{series}`` is the column of the sheet Series.
    has_monthly_series
        Whether each month needs a series of its own.
    """

    parts: tuple[tuple[str, str], ...]
    purchases: str
    has_monthly_series: bool

    def customer(self, spend_model: str, n_customers: int) -> tuple[tuple[str, str, bool], ...]:
        """Return label, formula and whether it is money, for the rows from B4 on."""

        def looked_up(column: str) -> str:
            return f"=INDEX(Customers!${column}$2:${column}${n_customers + 1},$B$4)"

        parts = [*self.parts, *((("–", "=0"),) * (4 - len(self.parts)))]
        return (
            ("Row on the sheet Customers", f"=MATCH($B$3,Customers!$A$2:$A${n_customers + 1},0)", False),
            ("Repeat purchases (x)", looked_up("B"), False),
            ("Weeks from first to last purchase (t_x)", looked_up("C"), False),
            ("Weeks watched (T)", looked_up("D"), False),
            ("Purchase days", looked_up("E"), False),
            ("Revenue so far", looked_up("F"), True),
            ("Mean spend of repeat purchases", looked_up("G"), True),
            ("Spend a purchase, expected", _SPEND[spend_model], True),
            ("Margin share", looked_up("H"), False),
            ("Worth of a purchase", "=$B$11*$B$12-serve_cost", True),
            *((label, formula, False) for label, formula in parts),
            ("Purchases expected until the horizon", "=INDEX($D$30:$D$151,horizon+1)", False),
            ("VALUE, recomputed", "=SUM($G$30:$G$151)", True),
            ("Value in the report", looked_up("K"), True),
            ("Difference", "=$B$19-$B$20", True),
            ("Verdict", '=IF(ABS($B$21)<=0.005+0.00001*ABS($B$20),"the same","DIFFERENT")', False),
        )

    def month(self, row: int, month: int) -> tuple[str, ...]:
        """Return the formulas of columns B to G in the row of a month; month 0 is today."""
        if month == 0:
            return "=0", "=0", "=0", "=0", "=1", "=0"
        series = f"Series!{column_name(month)}$6" if self.has_monthly_series else ""
        before = row - 1
        return (
            # Months are calendar months from the day of valuation; the 31st becomes the last day of a shorter one.
            f"=EDATE(valued_on,$A{row})-valued_on",
            f"=$B{row}/7",
            f"=MAX($D{before},{self.purchases.format(row=row, series=series)})",
            f"=$D{row}-$D{before}",
            f"=(1+annual_rate)^(-($B{row}+$B{before})/2/365.25)",
            f"=$E{row}*$F{row}*$B$13",
        )


_SPEND: Mapping[str, str] = MappingProxyType(
    {
        "gamma-gamma": (
            "=IF(AND($B$5>0,$B$10>0),(g_q-1)/(g_p*$B$5+g_q-1)*g_p*g_v/(g_q-1)+g_p*$B$5/(g_p*$B$5+g_q-1)*$B$10,"
            "(g_q-1)/(g_p*$B$5+g_q-1)*g_p*g_v/(g_q-1))"
        ),
        "shrunken means": (
            "=($B$9+g_purchases_of_weight*LOOKUP($B$5,similar_from,similar_spend))/($B$8+g_purchases_of_weight)"
        ),
        "constant": "=g_typical",
        "none": "=0",
    }
)
_SILENCE = "((p_alpha+$B$7)/(p_alpha+$B$6))"

FORMULAS: Mapping[str, Formulas] = MappingProxyType(
    {
        "BG/NBD": Formulas(
            (
                ("Odds of having left", f"=IF($B$5>0,p_a/(p_b+$B$5-1)*{_SILENCE}^(p_r+$B$5),0)"),
                ("Likely still a customer", "=1/(1+$B$14)"),
                ("(a + b + x - 1) / (a - 1)", "=(p_a+p_b+$B$5-1)/(p_a-1)"),
            ),
            "$B$16*(1-((p_alpha+$B$7)/(p_alpha+$B$7+$C{row}))^(p_a-1)*{series})*$B$15",
            has_monthly_series=True,
        ),
        "MBG/NBD": Formulas(
            (
                ("Odds of having left", f"=p_a/(p_b+$B$5)*{_SILENCE}^(p_r+$B$5)"),
                ("Likely still a customer", "=1/(1+$B$14)"),
                ("(a + b + x) / (a - 1)", "=(p_a+p_b+$B$5)/(p_a-1)"),
            ),
            "$B$16*(1-((p_alpha+$B$7)/(p_alpha+$B$7+$C{row}))^(p_a-1)*{series})*$B$15",
            has_monthly_series=True,
        ),
        "Pareto/NBD": Formulas(
            (
                (
                    "Odds of having left",
                    f"=p_s/(p_r+p_s+$B$5)*({_SILENCE}^(p_r+$B$5)*((p_beta+$B$7)/(p_beta+$B$6))^p_s"
                    "*IF(p_alpha>=p_beta,1,(p_alpha+$B$6)/(p_beta+$B$6))*Series!$B$6"
                    "-IF(p_alpha>=p_beta,1,(p_alpha+$B$7)/(p_beta+$B$7))*Series!$C$6)",
                ),
                ("Likely still a customer", "=1/(1+$B$14)"),
                ("Purchases a week while a customer", "=(p_r+$B$5)/(p_alpha+$B$7)"),
            ),
            "$B$15*$B$16*(p_beta+$B$7)/(p_s-1)*(1-((p_beta+$B$7)/(p_beta+$B$7+$C{row}))^(p_s-1))",
            has_monthly_series=False,
        ),
    }
)


def series_header(model: str, horizon_months: int, first_month_row: int) -> list[tuple[str, str, str, str, str]]:
    """Return label and the formulas of a, b, c and z of each series that the model needs.

    Parameters
    ----------
    first_month_row
        Row of the sheet Audit, counted from 1, in which month 0 stands.
    """
    if model == "Pareto/NBD":
        # Argument b after Euler's transformation depends on which of alpha and beta is larger.
        b, c = f"=IF(p_alpha>=p_beta,p_r+{_X},p_s+1)", f"=p_r+p_s+{_X}+1"
        return [
            (label, "=1", b, c, f"=IF(p_alpha>=p_beta,(p_alpha-p_beta)/(p_alpha+{at}),(p_beta-p_alpha)/(p_beta+{at}))")
            for label, at in (("at the last purchase", _TX), ("today", _T))
        ]
    more = 0 if model == "MBG/NBD" else 1
    return [
        (
            f"month {month}",
            f"=p_a+p_b-p_r-{more}",
            "=p_a-1",
            f"=p_a+p_b+{_X}-{more}",
            f"=Audit!$C${first_month_row + month}/(p_alpha+{_T}+Audit!$C${first_month_row + month})",
        )
        for month in range(1, horizon_months + 1)
    ]


def series_term(place: int, *, first_row: int) -> list[tuple[int, str]]:
    """Return row and formula of the sum and of each term of a series in a column, both counted from 0.

    The terms of the Gauss hypergeometric function: 1, then each the one before it times
    (a + n) (b + n) / ((c + n) (n + 1)) z.
    """
    column = column_name(place)
    last = first_row + N_TERMS
    found = [(5, f"=SUM({column}${first_row + 1}:{column}${last})"), (first_row, "=1")]
    for n in range(1, N_TERMS):
        row = first_row + n
        before = f"$A{row}"
        ratio = f"({column}$2+{before})*({column}$3+{before})/(({column}$4+{before})*({before}+1))*{column}$5"
        found.append((row, f"={column}{row}*{ratio}"))
    return found


def column_name(place: int) -> str:
    """Return the letters of a column counted from 0.

    Examples
    --------
    >>> column_name(0), column_name(25), column_name(26), column_name(120)
    ('A', 'Z', 'AA', 'DQ')
    """
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
