"""The firm of the rehearsal: what it sells, to whom, through whom, and the true behaviour of its customers.

Everything here is made up. E-mail addresses end in domains that are reserved for examples, telephone numbers begin
with blocks that are reserved for fiction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

__all__ = [
    "AFFINITIES",
    "CAMPAIGNS_A_YEAR",
    "CATEGORIES",
    "FIRST_HEARD",
    "SEGMENTS",
    "TERRITORIES",
    "FirstHeard",
    "Segment",
    "product_range",
    "staff",
    "systems",
]


@dataclass(frozen=True, slots=True)
class Segment:
    """How the customers of one true segment behave.

    Parameters
    ----------
    share
        Share of all customers.
    purchases_per_year, rate_shape
        Mean and gamma shape of the yearly number of orders while the relationship lasts.
    lifetime_years
        Mean of the exponential time until the relationship ends.
    n_more_lines, pieces
        Mean number of order lines beyond the first; mean pieces a line.
    discount_share
        Mean discount off the list price.
    channels
        Chances of web, telephone and field.
    season_month, season_strength
        Month of the peak, and how much demand swings (0 none, 1 down to nothing half a year later).
    category_weights
        Liking of each of the twelve categories.
    """

    name: str
    share: float
    is_firm: bool
    purchases_per_year: float
    rate_shape: float
    lifetime_years: float
    n_more_lines: float
    pieces: float
    discount_share: float
    channels: tuple[float, float, float]
    season_month: int
    season_strength: float
    category_weights: tuple[float, ...]


CATEGORIES = (
    "Paper", "Writing", "Filing", "Printing supplies", "Furniture", "Lighting",
    "Hand tools", "Power tools", "Tool accessories", "Safety wear", "Cleaning", "Packaging",
)  # fmt: skip

SEGMENTS = (
    Segment("framework_office", 0.07, True, 12.0, 4.0, 8.0, 2.6, 62.0, 0.12, (0.25, 0.25, 0.50), 11, 0.15,
            (5, 3, 3, 4, 2, 1, 0, 0, 0, 0, 2, 1)),
    Segment("workshop", 0.17, True, 6.5, 2.5, 4.5, 1.4, 38.0, 0.08, (0.35, 0.45, 0.20), 4, 0.25,
            (0, 0, 0, 0, 0, 1, 4, 3, 5, 4, 2, 2)),
    Segment("school", 0.09, True, 3.5, 3.0, 6.0, 2.6, 40.0, 0.10, (0.40, 0.40, 0.20), 8, 0.80,
            (5, 5, 3, 3, 1, 1, 0, 0, 0, 0, 2, 0)),
    Segment("home_office", 0.24, False, 3.8, 2.0, 2.5, 0.7, 2.6, 0.03, (0.85, 0.15, 0.00), 1, 0.20,
            (4, 3, 3, 5, 2, 2, 0, 0, 0, 0, 1, 1)),
    Segment("bargain", 0.18, False, 2.6, 1.5, 1.8, 0.6, 2.8, 0.34, (0.95, 0.05, 0.00), 11, 0.50,
            (3, 3, 1, 3, 2, 2, 3, 3, 3, 0, 1, 0)),
    Segment("one_off", 0.25, False, 1.2, 1.5, 0.5, 0.3, 2.2, 0.05, (0.80, 0.20, 0.00), 11, 0.20,
            (2, 2, 1, 3, 3, 2, 2, 3, 2, 1, 1, 2)),
)  # fmt: skip

AFFINITIES = (
    ("Power tools", "Tool accessories", 0.45),
    ("Power tools", "Safety wear", 0.20),
    ("Printing supplies", "Paper", 0.40),
    ("Furniture", "Lighting", 0.35),
    ("Hand tools", "Tool accessories", 0.20),
)
"""Who puts the first into an order adds the second with this chance."""


@dataclass(frozen=True, slots=True)
class FirstHeard:
    """One way of first hearing of the firm: how common it is, what it does to the rate of purchase, and its cost.

    ``cost`` is what winning a customer this way costs, in EUR, as the finance department reckons.
    """

    name: str
    share: float
    rate_factor: float
    cost: float


FIRST_HEARD = (
    FirstHeard("recommendation", 0.17, 1.40, 40),
    FirstHeard("trade fair", 0.10, 1.25, 1450),
    FirstHeard("sales visit", 0.09, 1.15, 620),
    FirstHeard("web search", 0.34, 1.00, 95),
    FirstHeard("mailing", 0.12, 0.85, 180),
    FirstHeard("advertising", 0.18, 0.70, 2480),
)

TERRITORIES = ("Nord", "Ost", "Süd", "West", "Export")
CAMPAIGNS_A_YEAR = 6

_GOODS: dict[str, tuple[tuple[str, ...], float, float]] = {
    "Paper": (("Copier paper", "Notepad", "Envelope", "Label sheet"), 6.0, 0.28),
    "Writing": (("Ballpoint pen", "Marker", "Pencil", "Highlighter"), 4.0, 0.46),
    "Filing": (("Lever arch file", "Folder", "Suspension file", "Archive box"), 5.0, 0.40),
    "Printing supplies": (("Toner", "Ink cartridge", "Drum", "Photo paper"), 42.0, 0.24),
    "Furniture": (("Office chair", "Desk", "Cabinet", "Workbench"), 190.0, 0.36),
    "Lighting": (("Desk lamp", "Work light", "LED panel", "Torch"), 38.0, 0.42),
    "Hand tools": (("Hammer", "Screwdriver set", "Pliers", "Spanner set"), 24.0, 0.44),
    "Power tools": (("Cordless drill", "Jigsaw", "Sander", "Angle grinder"), 120.0, 0.26),
    "Tool accessories": (("Drill bit set", "Sawblade", "Sanding disc", "Battery pack"), 18.0, 0.52),
    "Safety wear": (("Gloves", "Goggles", "Safety shoes", "Helmet"), 21.0, 0.45),
    "Cleaning": (("Hand cleaner", "Wipes", "Floor cleaner", "Paper towels"), 9.0, 0.38),
    "Packaging": (("Carton", "Packing tape", "Bubble wrap", "Strapping"), 11.0, 0.35),
}
_SIZES = ("Basic", "Standard", "Pro")


def product_range(rng: np.random.Generator) -> pd.DataFrame:
    """Return the twelve products of each category: product_id, name, category, brand, list_price, unit_cost."""
    rows = []
    for category, (nouns, price, margin) in _GOODS.items():
        for noun in nouns:
            for step, size in enumerate(_SIZES):
                list_price = price * (0.7, 1.0, 1.7)[step] * rng.uniform(0.8, 1.25)
                unit_cost = list_price * (1 - margin) * rng.uniform(0.93, 1.07)
                rows.append((f"{noun} {size}", category, ("Rehearsal", "Werkmann", "Papierwerk")[step],
                             round(list_price, 2), round(unit_cost, 2)))  # fmt: skip
    frame = pd.DataFrame(rows, columns=["name", "category", "brand", "list_price", "unit_cost"])
    frame.insert(0, "product_id", [f"{17 + 31 * i:06d}" for i in range(len(frame))])
    return frame


def staff() -> pd.DataFrame:
    """Return the 40 members of staff who meet customers or their data."""
    departments = (("sales", 10), ("call_center", 14), ("marketing", 6), ("operations", 7), ("other", 3))
    hours = {"sales": 18, "call_center": 9, "marketing": 14, "operations": 6, "other": 4}
    rows = [
        (department, department in {"sales", "call_center"} or (department == "marketing" and i < 2),
         hours[department] + (7 * i) % 9)
        for department, n in departments
        for i in range(n)
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["department", "is_client_facing", "training_hours"])
    frame.insert(0, "staff_id", [f"M{i + 1:03d}" for i in range(len(frame))])
    frame.insert(1, "name", [f"Mitarbeiter {i + 1}" for i in range(len(frame))])
    return frame


def systems() -> pd.DataFrame:
    """Return the inventory of systems that a CRM must be linked to."""
    columns = ["system_id", "name", "serves", "owner", "technology", "remaining_life_years", "link",
               "link_effort_days", "urgency"]  # fmt: skip
    rows = [
        ("web_shop", "Web shop", "e_commerce", "marketing", "hosted shop", 4, "interface", 15, "high"),
        (
            "accounting",
            "Accounting and sales orders",
            "accounting",
            "finance",
            "ERP on own server",
            7,
            "file",
            30,
            "high",
        ),
        ("service_desk", "Service desk", "service", "operations", "hosted tickets", 3, "interface", 12, "medium"),
        ("call_center", "Telephone system", "service", "call_center", "own telephone server", 1, "none", 35, "high"),
        ("sales", "Sales database", "sales_marketing", "sales", "hosted CRM", 2, "file", 20, "medium"),
        ("dispatch", "Dispatch", "delivery", "operations", "part of the ERP", 7, "file", 10, "low"),
        ("newsletter", "Newsletter", "sales_marketing", "marketing", "hosted mailing", 2, "none", 8, "low"),
    ]
    return pd.DataFrame(rows, columns=columns)
