"""One view of the customer: records of all systems joined, the best value of each column, purchases by day."""

from __future__ import annotations

from crmplan.customers.labels import PairLabel, keep_label, read_labels
from crmplan.customers.view import SingleView, single_view

__all__ = ["PairLabel", "SingleView", "keep_label", "read_labels", "single_view"]
