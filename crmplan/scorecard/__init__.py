"""KPIs to steer by, with baselines from the client's own data."""

from __future__ import annotations

from crmplan.scorecard.balance import Rules
from crmplan.scorecard.baseline import Entry
from crmplan.scorecard.kpis import KPI, PERSPECTIVES, load_kpis
from crmplan.scorecard.scorecard import Scorecard, build_scorecard

__all__ = ["KPI", "PERSPECTIVES", "Entry", "Rules", "Scorecard", "build_scorecard", "load_kpis"]
