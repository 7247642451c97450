"""One view of the customer: records of all systems joined, the best value of each column, purchases by day."""

from __future__ import annotations

from crmplan.customers.view import SingleView, single_view

__all__ = ["SingleView", "single_view"]
