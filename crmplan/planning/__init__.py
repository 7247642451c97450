"""Gaps in order of worth, and the initiatives that close them."""

from __future__ import annotations

from crmplan.planning.factors import Factor, PlanFacts, Worth
from crmplan.planning.initiatives import Initiative, load_initiatives
from crmplan.planning.plan import Plan, make_plan
from crmplan.planning.sequence import PHASES, Action

__all__ = ["PHASES", "Action", "Factor", "Initiative", "Plan", "PlanFacts", "Worth", "load_initiatives", "make_plan"]
