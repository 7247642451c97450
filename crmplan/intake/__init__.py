"""Read whatever a client sends into canonical tables, and account for every row."""

from __future__ import annotations

from crmplan.intake.finding import Finding
from crmplan.intake.taking import Intake, take_in

__all__ = ["Finding", "Intake", "take_in"]
