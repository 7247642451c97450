"""Who the customers truly are: segment, first day, last day, rate of purchase, spending, and how to reach them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from crmplan.rehearsal import names
from crmplan.rehearsal.firm import FIRST_HEARD, SEGMENTS

__all__ = ["BAD_EXPERIENCE_FACTOR", "draw_people"]

BAD_EXPERIENCE_FACTOR = 2.5
"""How much sooner a relationship ends after a bad experience."""

_SHARE_OF_BAD_EXPERIENCE = 0.12
_SHARE_OF_COUPLES = 0.02
_PROSPECTS_A_CUSTOMER = 0.08
# Spread (of the logarithm) of what customers of one segment spend: firms differ more in size than households.
_SPEND_SPREAD_FIRM, _SPEND_SPREAD_PRIVATE = 0.8, 0.5


def draw_people(rng: np.random.Generator, n_customers: int, start: date, as_of: date) -> pd.DataFrame:
    """Return one row per true customer or prospect.

    Parameters
    ----------
    rng
        Seeded generator.
    n_customers
        How many buy at least once between ``start`` and ``as_of``; 8 % more are prospects who never buy.
    start, as_of
        First and last day of the exports.

    Returns
    -------
    DataFrame
        person_id; segment; is_firm; is_prospect; first_heard; rate_factor; purchases_per_year; spend_factor;
        first_at; churned_at; had_bad_experience; household; and name, contact and address columns.
    """
    n = n_customers + round(n_customers * _PROSPECTS_A_CUSTOMER)
    segment = rng.choice(len(SEGMENTS), size=n, p=[one.share for one in SEGMENTS])
    heard = rng.choice(len(FIRST_HEARD), size=n, p=[one.share for one in FIRST_HEARD])
    factor = np.array([one.rate_factor for one in FIRST_HEARD])[heard]
    shape = np.array([one.rate_shape for one in SEGMENTS])[segment]
    rate = rng.gamma(shape) / shape * np.array([one.purchases_per_year for one in SEGMENTS])[segment] * factor
    is_firm = np.array([one.is_firm for one in SEGMENTS])[segment]
    spread = np.where(is_firm, _SPEND_SPREAD_FIRM, _SPEND_SPREAD_PRIVATE)
    is_bad = rng.random(n) < _SHARE_OF_BAD_EXPERIENCE
    years = rng.exponential(np.array([one.lifetime_years for one in SEGMENTS])[segment])
    years = np.where(is_bad, years / BAD_EXPERIENCE_FACTOR, years)
    # A third came in the first half-year, the others evenly until three weeks before the end.
    window = (as_of - start).days - 21
    first_day = np.where(rng.random(n) < 0.33, rng.random(n) * min(182, window), rng.random(n) * window)
    first_at = pd.Timestamp(start) + pd.to_timedelta(np.floor(first_day).astype(int), unit="D")
    frame = pd.DataFrame(
        {
            "person_id": [f"P{i + 1:06d}" for i in range(n)],
            "segment": np.array([one.name for one in SEGMENTS])[segment],
            "segment_number": segment,
            "is_firm": is_firm,
            "is_prospect": np.arange(n) >= n_customers,
            "first_heard": np.array([one.name for one in FIRST_HEARD])[heard],
            "rate_factor": factor,
            "purchases_per_year": rate,
            "lifetime_years": years,
            "spend_factor": rng.lognormal(-(spread**2) / 2, spread),
            "first_at": first_at,
            "churned_at": first_at + pd.to_timedelta((years * 365.25).astype(int) + 1, unit="D"),
            "had_bad_experience": is_bad,
        }
    )
    identity = names.draw_identities(rng, frame["is_firm"].to_numpy())
    return _paired(rng, pd.concat([frame, identity], axis=1))


def _paired(rng: np.random.Generator, people: pd.DataFrame) -> pd.DataFrame:
    # Couples share surname, telephone and address: two customers whom a careless match makes one.
    people = people.assign(household=people["person_id"])
    private = rng.permutation(np.flatnonzero(~people["is_firm"].to_numpy()))
    n_couples = int(len(people) * _SHARE_OF_COUPLES / 2)
    one, other = private[:n_couples], private[n_couples : 2 * n_couples]
    for column in ("last_name", "phone", "street", "postcode", "city", "country", "territory", "household"):
        values = people[column].to_numpy(dtype=object).copy()
        values[other] = values[one]
        people[column] = values
    people["name"] = np.where(
        people["is_firm"], people["name"], people["first_name"] + " " + people["last_name"].astype(str)
    )
    return people
