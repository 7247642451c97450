"""What customers do: profile, segments, growth and risk."""

from __future__ import annotations

from crmplan.analysis.profile import Profile, profile_customers
from crmplan.analysis.segments import Segments, segment_customers

__all__ = ["Profile", "Segments", "profile_customers", "segment_customers"]
