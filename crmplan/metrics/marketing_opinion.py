"""Marketing: what customers say when they are asked."""

from __future__ import annotations

import math

from crmplan.metrics.estimates import mean, one_row, parts, share
from crmplan.metrics.registry import Estimate, Period, metric
from crmplan.metrics.windows import Expression, between, known, named, rows, text
from crmplan.tables import Tables

__all__: list[str] = []

_NEEDS = {"surveys": ("answered_at", "kind", "score")}


def _answers(tables: Tables, period: Period, kind: str, lowest: float, highest: float) -> Expression:
    """Return the answers of the period to one kind of question that lie on its scale."""
    answers = rows(tables, "surveys", "answered_at", "kind", "score")
    answers = between(answers, "answered_at", period.start, period.end)
    return answers.filter((text(answers.kind) == kind) & answers.score.between(lowest, highest))


@metric(
    id="satisfaction_mean",
    label="Satisfaction of customers",
    definition="Mean of the answers, from 1 to 5, to the question how satisfied customers are, given in the last 12 "
    "months; broken down by month.",
    department="marketing",
    unit="points",
    needs=_NEEDS,
    counts="answers",
    covers=("MK.PD.7", "LC.5"),
    cannot_prove="Those who answer are not like those who do not, and a satisfied customer may still leave.",
)
def _satisfaction_mean(tables: Tables, period: Period) -> Estimate:
    answers = _answers(tables, period, "satisfaction", 1, 5)
    return mean(answers, "score", group=answers.answered_at.strftime("%Y-%m"), ordered=True)


@metric(
    id="promoter_score",
    label="Recommendation score",
    definition="Share of answers of 9 or 10 less the share of answers of 0 to 6 to the question, from 0 to 10, whether "
    "customers would recommend the company, in the last 12 months, times 100.",
    department="marketing",
    unit="points",
    needs=_NEEDS,
    counts="answers",
    min_rows=50,
    covers=("MK.PD.7", "LC.5"),
    cannot_prove="To say that one would recommend is not to recommend; scores differ between countries and ways of "
    "asking, so compare the company with itself.",
)
def _promoter_score(tables: Tables, period: Period) -> Estimate:
    answers = _answers(tables, period, "recommend", 0, 10)
    found = one_row(
        answers.aggregate(
            n=answers.count(),
            promoters=(answers.score >= 9).cast("int64").sum(),
            detractors=(answers.score < 7).cast("int64").sum(),
        )
    )
    n = int(found["n"])
    if n == 0:
        return Estimate(None, 0)
    up, down = found["promoters"] / n, found["detractors"] / n
    half = 1.959963984540054 * math.sqrt(max(0.0, up + down - (up - down) ** 2) / n)
    return Estimate(
        100 * (up - down), n, 100 * max(-1.0, min(up - down, up - down - half)), 100 * min(1.0, up - down + half)
    )


@metric(
    id="survey_reason_share",
    label="Survey answers with a reason",
    definition="Of the survey answers of the last 12 months, the share that says why; broken down into the share that "
    "each reason has among them.",
    department="marketing",
    unit="share",
    needs={"surveys": ("answered_at", "reason")},
    counts="answers",
    covers=("MK.PD.5", "MK.CH.3"),
    cannot_prove="A reason that is said is not always the reason; free text is compared word for word.",
)
def _survey_reason_share(tables: Tables, period: Period) -> Estimate:
    answers = between(rows(tables, "surveys", "answered_at", "reason"), "answered_at", period.start, period.end)
    found = share(answers, known(answers.reason))
    return Estimate(found.value, found.n, found.low, found.high, parts(answers, named(answers.reason)))
