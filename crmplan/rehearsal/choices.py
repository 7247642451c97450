"""What the rehearsal firm has written down itself: the offers of vendors, and who may decide what."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["OWN_FILES"]

_CAPABILITIES = (
    "SA-01", "SA-02", "SA-03", "SA-04", "MA-01", "MA-02", "MA-03", "MA-04", "SV-01", "SV-02", "SV-03", "SV-04", "PA-01",
    "PA-02", "PA-03", "WF-01", "WF-02", "WF-03", "WF-04", "WF-05", "RC-01", "RC-02",
)  # fmt: skip
_ANSWERS = {"s": "standard", "t": "setting", "a": "add_on", "b": "built", "n": "no"}
# One letter a capability; a dot where the vendor did not answer. Then cost over three years and days until the start.
_OFFERS = {
    "Vendor A": ("ssst ttat tatt nnt stttt sb", 412_000, 180),
    "Vendor B": ("tbst basb ssts nnb stsst ts", 268_000, 120),
    "Vendor C": ("ttts ssst ttab ata asstt tt", 305_000, 160),
    "Vendor D": ("satb n.an bn.n n.n bbbtn an", 94_000, 60),
}
_VENDORS_HEAD = """# Offers of made-up vendors for the made-up firm. Weights were agreed before the offers were opened.
# Answers: standard (out of the box), setting, add_on (somebody else's product), built (by programming), no.
agreed_on: "2025-11-14"
weights: {sales: 20, marketing: 12, service: 22, partners: 3, workflow: 13, reporting: 10, channels: 5}
criteria:
  - {id: cost, name: Cost over three years, unit: currency, better: less, weight: 10}
  - {id: start, name: Days until the first team works with it, unit: days, better: less, weight: 5}
vendors:
"""
_RIGHTS = """# Who may decide what at the made-up firm, and up to how much. Some decisions were never settled.
roles: [agent, seller, team_lead, call_center_manager, head_of_sales, managing_director]
meet_customers: [agent, seller]
decisions:
  - id: goodwill
    rights:
      {agent: 25, seller: 100, team_lead: 100, call_center_manager: 500, head_of_sales: 1000, managing_director: any}
  - id: refund
    rights:
      {agent: 150, seller: 150, team_lead: 100, call_center_manager: 1000, head_of_sales: 1000, managing_director: any}
  - id: discount
    rights: {seller: 0.05, team_lead: 0.05, call_center_manager: 0.1, head_of_sales: 0.2, managing_director: 0.3}
  - id: free_delivery
    rights: {agent: 15, seller: 15, team_lead: 50, call_center_manager: 200, head_of_sales: 200, managing_director: any}
  - id: payment_term
    rights: {head_of_sales: 30, managing_director: any}
  - id: credit_limit
    rights: {managing_director: any}
  - id: changed_order
    rights:
      {agent: any, seller: any, team_lead: any, call_center_manager: any, head_of_sales: any, managing_director: any}
  - id: special_order
    rights: {seller: 500, team_lead: 500, call_center_manager: 500, head_of_sales: 5000, managing_director: any}
  - id: contract_exit
    rights: {}
  - id: visit
    rights: {seller: any, team_lead: any, call_center_manager: any, head_of_sales: any, managing_director: any}
"""


def _vendors() -> str:
    parts = []
    for name, (letters, cost, days) in _OFFERS.items():
        given = zip(_CAPABILITIES, letters.replace(" ", ""), strict=True)
        answers = "".join(f"      CF-{id}: {_ANSWERS[letter]}\n" for id, letter in given if letter != ".")
        id = name.lower().replace(" ", "_")
        parts.append(f"  - id: {id}\n    name: {name}\n    answers:\n{answers}")
        parts.append(f"    figures: {{cost: {cost}, start: {days}}}\n")
    return _VENDORS_HEAD + "".join(parts)


OWN_FILES: Mapping[str, str] = {"vendors.yaml": _vendors(), "decision_rights.yaml": _RIGHTS}
"""Text by name of the file in the client's folder."""
