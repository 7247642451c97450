"""Records of two systems that write the same people in different ways, and who they are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

FIRST = [
    "anna",
    "bernd",
    "clara",
    "dennis",
    "elena",
    "fritz",
    "greta",
    "hugo",
    "ilse",
    "jakob",
    "klara",
    "ludwig",
    "marta",
    "niklas",
    "olga",
    "paul",
]
LAST = [
    "albers",
    "brandner",
    "clausen",
    "dietrich",
    "ehlers",
    "fischbach",
    "gruber",
    "hansen",
    "imhof",
    "jansen",
    "kessler",
    "lorenz",
    "mertens",
    "naumann",
    "oppermann",
    "petersen",
    "quandt",
    "reinhardt",
    "schubert",
    "thielmann",
    "ullmann",
    "vollmer",
    "wagner",
    "zeidler",
]


@pytest.fixture(scope="session")
def two_systems() -> pd.DataFrame:
    """Return 600 records of some 400 people, sorted, with ``person``; some with a slip of the pen in the last name."""
    draw = np.random.default_rng(5)
    n = 400
    people = pd.DataFrame(
        {
            "person": [f"P{i:03d}" for i in range(n)],
            "first": draw.choice(FIRST, n),
            "last": [f"{a}{b}" for a, b in zip(draw.choice(LAST, n), draw.choice(["", "son", "hof"], n), strict=True)],
            "phone": [f"030 {number}" for number in draw.integers(10_000_000, 99_999_999, n)],
            "postcode": draw.integers(10_000, 99_998, n).astype(str),
        }
    )
    people["email"] = people["first"] + "." + people["last"] + people.index.astype(str) + "@example.org"
    shop = people.assign(source="shop", name=people["first"].str.title() + " " + people["last"].str.title())
    calls = people.iloc[:200].assign(source="calls")
    slipped = [last[:2] + last[3:] if i % 5 == 0 else last for i, last in enumerate(calls["last"])]
    calls["name"] = [f"{last}, {first}".upper() for last, first in zip(slipped, calls["first"], strict=True)]
    calls["email"] = calls["email"].where(np.arange(200) % 2 == 1)
    records = pd.concat([shop, calls], ignore_index=True)
    records["customer_id"] = [f"{i:04d}" for i in range(len(records))]
    columns = ["source", "customer_id", "name", "email", "phone", "postcode", "person"]
    return records[columns].sort_values(["source", "customer_id"], ignore_index=True)


@pytest.fixture(scope="session")
def no_references() -> pd.DataFrame:
    """Return no cross-references between systems."""
    return pd.DataFrame(columns=["source", "customer_id", "other_source", "other_id"])
