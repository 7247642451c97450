"""The engagement agreed with the rehearsal firm: the text of its engagement.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from crmplan.rehearsal.firm import FIRST_HEARD
from crmplan.rehearsal.sources import mappings

__all__ = ["RESPONDENTS", "Person", "engagement_text"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who answers: pseudonym, role, unit, and how the person answers.

    ``optimism`` is how far above the truth the person sees things, in levels of the checklist (0 to 5);
    ``unsure_share`` is how often the person cannot say; ``stands_in_for`` are roles that nobody else has here;
    ``leads`` is true of who leads other people.
    """

    id: str
    role: str
    unit: str
    optimism: float
    unsure_share: float
    stands_in_for: tuple[str, ...] = ()
    leads: bool = False


RESPONDENTS = (
    Person("r01", "head_of_marketing", "marketing", 1.3, 0.03, ("market_researcher",), leads=True),
    Person("r02", "head_of_sales", "sales", 1.2, 0.03, ("key_account_manager", "sales_manager"), leads=True),
    Person("r03", "call_center_manager", "call_center", 1.0, 0.04, leads=True),
    Person("r04", "agent", "call_center", -0.1, 0.08, ("team_lead",)),
    Person("r05", "agent", "call_center", -0.4, 0.10),
    Person("r06", "operations_manager", "operations", 0.6, 0.06, ("buyer",), leads=True),
    Person("r07", "seller", "sales", -0.1, 0.10, ("field_engineer",)),
    Person("r08", "it_manager", "information technology", 0.0, 0.08, ("data_manager",), leads=True),
    Person("r09", "managing_director", "management", 1.5, 0.12, ("legal_counsel", "human_resources"), leads=True),
    Person("r10", "agent", "call_center", -0.6, 0.06),
    Person("r11", "seller", "sales", -0.4, 0.08),
    Person("r12", "seller", "sales", -0.2, 0.05),
    Person("r13", "product_manager", "marketing", -0.3, 0.05, ("data_analyst",)),
    Person("r14", "dispatcher", "operations", -0.2, 0.06, ("warehouse_manager",)),
    Person("r15", "finance", "finance", 0.1, 0.06, ("sales_controller",)),
)  # fmt: skip

_HEAD = """# A made-up firm with data in every table and a known truth (folder truth/, which no step reads).
client:
  name: Rehearsal Supplies
  industry: office and workshop supplies
  customers: both
  currency: EUR
  country: Germany

as_of: {as_of}
consultant: ""
time_zone: Europe/Berlin
fiscal_year_starts_in: 1
scope: [marketing, sales, call_center, operations, most_valuable_customers, information_and_culture, it_integration,
  crm_capability, symptoms, lifecycle, components]

mission: Keep offices and workshops working, with the right goods on the day we promised.
goals:
  - id: keep-customers
    text: Lose fewer customers after their first year.
  - id: second-order
    text: Bring more first-time buyers to a second order within half a year.
  - id: know-caller
    text: Recognise every customer who calls, writes or orders.
  - id: profit-per-customer
    text: Know what every customer earns us, and act on it.

"""
_TAIL = """
respondents:
{respondents}

consensus:
  within_levels: 1
  share: 0.75
  max_average_deviation: 0.75

targets:
  default: 3
  areas:
    call_center: 3.5
    marketing: 3

economics:
  gross_margin_share: 0.28
  annual_discount_rate: 0.09
  horizon_months: 36
  yearly_sales_target: {sales_target}
  contact_cost: 9
  acquisition_cost: {acquisition_cost}
  acquisition_cost_by_source: {{{by_source}}}
  day_rate: 900
  is_assumed: false

privacy:
  show_names: false

caveats:
  - This firm is made up. Everything was drawn at random with a fixed seed; what is true of it is known and kept apart.
  - The data begin on {start}, when the firm began to sell directly; all its customers are newer than that.
  - Orders come from two systems. The web shop holds orders placed on the web, accounting those taken by telephone and
    in the field; no order is in both.
  - A customer may stand in up to five systems, under a number of its own in each, and sometimes twice in one.
  - Accounting holds a few test bookings that were never removed.
  - The exports were made two days after the as-of date; orders after it are left out.
"""


def engagement_text(start: date, as_of: date, *, sales_target: float) -> str:
    """Return the text of engagement.yaml.

    Parameters
    ----------
    start, as_of
        First and last day of the data.
    sales_target
        What sales are to reach in a year, in EUR.
    """
    people = "\n".join(
        f"  - {{id: {one.id}, role: {one.role}, unit: {one.unit}{', leads: true' if one.leads else ''}}}"
        for one in RESPONDENTS
    )
    tail = _TAIL.format(
        respondents=people,
        sales_target=f"{sales_target:.0f}",
        start=start,
        acquisition_cost=f"{sum(one.share * one.cost for one in FIRST_HEARD):.0f}",
        by_source=", ".join(f"{one.name}: {one.cost:.0f}" for one in FIRST_HEARD),
    )
    return _HEAD.format(as_of=as_of) + mappings() + tail
