"""One client on the workbench: the steps of an engagement in their order, each computed once.

A step's result is kept by the fingerprint of its inputs, its parameters and its code. Each step is handed only what
its fingerprint names, so nothing can change a figure behind its back; what depends on a change, and only that, is
computed anew.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from crmplan import carried
from crmplan.engagement import Client, Engagement, find_client
from crmplan.kept import Kept, code_fingerprint, file_fingerprint, fingerprint, folder_fingerprint

if TYPE_CHECKING:
    from crmplan.analysis import Profile, Segments
    from crmplan.assessment import Readiness
    from crmplan.assessment.capabilities import Capabilities
    from crmplan.customers import SingleView
    from crmplan.intake import Intake
    from crmplan.metrics.registry import Measured
    from crmplan.planning import Plan
    from crmplan.scorecard import Scorecard
    from crmplan.tables import Tables
    from crmplan.value import CustomerEconomics, Value

__all__ = ["STEPS", "Workbench"]

STEPS = (
    "intake",
    "customers",
    "profile",
    "segments",
    "value",
    "economics",
    "metrics",
    "readiness",
    "scorecard",
    "plan",
)
"""The steps, each after those it needs."""

_NEEDS: Mapping[str, tuple[str, ...]] = {
    "intake": (),
    "customers": ("intake",),
    "profile": ("customers",),
    "segments": ("customers",),
    "value": ("customers",),
    "economics": ("customers", "segments", "value"),
    "metrics": ("intake", "customers", "segments", "value"),
    "readiness": ("metrics",),
    "scorecard": ("metrics",),
    "plan": ("readiness", "metrics", "value"),
}
_CODE: Mapping[str, str] = {
    "intake": "crmplan.intake",
    "customers": "crmplan.customers",
    "profile": "crmplan.analysis",
    "segments": "crmplan.analysis",
    "value": "crmplan.value",
    "economics": "crmplan.value",
    "metrics": "crmplan.metrics",
    "readiness": "crmplan.assessment",
    "scorecard": "crmplan.scorecard",
    "plan": "crmplan.planning",
}
_FROM_ECONOMICS: Mapping[str, tuple[str, ...]] = {
    "value": (
        "gross_margin_share",
        "gross_margin_share_by_category",
        "annual_discount_rate",
        "horizon_months",
        "repeat_model",
        "serve_cost_per_purchase",
    ),
    "economics": (
        "horizon_months",
        "contact_cost",
        "acquisition_cost",
        "acquisition_cost_by_source",
        "offer_success_share",
    ),
    "metrics": ("yearly_sales_target", "day_rate", "minutes_per_record_change"),
    "plan": ("gross_margin_share", "day_rate", "contact_cost", "is_assumed"),
}
"""What a step takes from the money side of the engagement."""
_LIBRARIES = ("duckdb", "ibis-framework", "lifetimes", "numpy", "pandas", "pyarrow", "scikit-learn", "scipy", "splink")


class Workbench:
    """The steps of one client's engagement.

    Examples
    --------
    >>> bench = Workbench.open("cdnow")
    >>> bench.engagement.client.currency
    'USD'
    >>> bench.customers().n_customers
    2357
    """

    def __init__(self, engagement: Engagement) -> None:
        self.engagement = engagement
        self._kept = Kept(engagement.kept)
        self._results: dict[str, Any] = {}

    @classmethod
    def open(cls, client: str | Path) -> Workbench:
        """Return the workbench of a client, given by its folder or by the name of a sample client.

        Raises
        ------
        UnknownNameError
            When there is no such client.
        EngagementError
            When its ``engagement.yaml`` has problems; all are listed.
        """
        return cls(Engagement.open(find_client(client)))

    def intake(self) -> Intake:
        """Return the canonical tables, the account of every input row, and findings on data quality."""
        from crmplan.intake import take_in

        return cast("Intake", self._step("intake", lambda: take_in(self._what_intake_sees())))

    def customers(self) -> SingleView:
        """Return one view of the customer: who is who across systems, and the tables that know it."""
        from crmplan.customers import read_labels, single_view

        labels = self.engagement.pair_labels
        return cast(
            "SingleView",
            self._step("customers", lambda: single_view(self.intake().tables, labels=read_labels(labels))),
        )

    def profile(self) -> Profile:
        """Return what the customer base looks like and how it behaves."""
        from crmplan.analysis import profile_customers

        return cast("Profile", self._step("profile", lambda: profile_customers(self._tables, as_of=self._as_of)))

    def segments(self) -> Segments:
        """Return every customer's segment, and what each segment is, brings and deserves."""
        from crmplan.analysis import segment_customers

        return cast("Segments", self._step("segments", lambda: segment_customers(self._tables, as_of=self._as_of)))

    def value(self) -> Value:
        """Return what every customer will probably bring, and how far to trust it."""
        from crmplan.value import estimate_value

        return cast(
            "Value",
            self._step("value", lambda: estimate_value(self._tables, as_of=self._as_of, **self._parameters("value"))),
        )

    def economics(self) -> CustomerEconomics:
        """Return what segments and sources of customers are worth, and what may be spent on them."""
        return cast("CustomerEconomics", self._step("economics", self._economics))

    def metrics(self) -> Mapping[str, Measured]:
        """Return every metric of the registry, measured on this client."""
        return cast("Mapping[str, Measured]", self._step("metrics", self._measure))

    def readiness(self) -> Readiness:
        """Return what people say, what the data show, and the distance between them."""
        return cast("Readiness", self._step("readiness", self._assess))

    def scorecard(self) -> Scorecard:
        """Return the KPIs to steer by, with baselines from the client's own data."""
        return cast("Scorecard", self._step("scorecard", self._score))

    def plan(self) -> Plan:
        """Return the gaps in order of worth and the initiatives that close them."""
        return cast("Plan", self._step("plan", self._plan))

    def capabilities(self) -> Capabilities:
        """Return what a CRM must do, be linked to and serve, who may decide what, and how vendors compare.

        It is made in an instant from what is kept, and is not kept itself.
        """
        from crmplan.assessment import load_checklists
        from crmplan.assessment.capabilities import capabilities_of

        systems = self._tables.frame("systems") if "systems" in self._tables else None
        checklists = load_checklists(overlay=self.engagement.overlay)
        return capabilities_of(self.engagement, checklists, self.readiness().questions, systems)

    def step(self, name: str) -> Any:
        """Return the result of a step by its name."""
        return getattr(self, name)()

    def fingerprint(self, step: str = "") -> str:
        """Return the fingerprint of a step, or of the whole engagement when no step is named."""
        if step:
            return self._fingerprints[step]
        return fingerprint([self._fingerprints, file_fingerprint(self.engagement.folder / "engagement.yaml")])

    def seconds(self) -> dict[str, float]:
        """Return how long each kept step took when it was computed."""
        taken = {step: self._kept.seconds(step, self._fingerprints[step]) for step in STEPS}
        return {step: seconds for step, seconds in taken.items() if seconds is not None}

    @property
    def _as_of(self) -> Any:
        return self.engagement.as_of

    @property
    def _tables(self) -> Tables:
        return self.customers().tables

    def _step(self, name: str, compute: Callable[[], Any]) -> Any:
        if name not in self._results:
            key = self._fingerprints[name]
            found = self._kept.find(name, key)
            if found is None:
                for needed in _NEEDS[name]:
                    self.step(needed)
                began = time.perf_counter()
                found = self._kept.keep(name, key, compute(), seconds=time.perf_counter() - began)
            self._results[name] = found
        return self._results[name]

    @cached_property
    def _fingerprints(self) -> dict[str, str]:
        libraries = self._libraries()
        found: dict[str, str] = {}
        for step in STEPS:
            found[step] = fingerprint(
                {
                    "step": step,
                    "code": code_fingerprint(_CODE[step]),
                    "libraries": libraries,
                    "inputs": self._inputs(step),
                    "parameters": self._parameters(step),
                    "needs": [found[needed] for needed in _NEEDS[step]],
                }
            )
        return found

    def _libraries(self) -> dict[str, str]:
        """Return the versions of the libraries, and of Python itself, that may change a result."""
        found = {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}}
        if self.engagement.economics.repeat_model.endswith("posterior") and find_spec("pymc_marketing"):
            found["pymc-marketing"] = version("pymc-marketing")
        return found

    def _inputs(self, step: str) -> Any:
        templates = carried.templates()
        match step:
            case "intake":
                return self.data_fingerprints
            case "customers":
                labels = self.engagement.pair_labels
                return file_fingerprint(labels) if labels.is_file() else ""
            case "readiness":
                own, engagement = self.engagement.overlay, self.engagement
                folders = (
                    engagement.answers,
                    engagement.path("decisions"),
                    engagement.path("evidence"),
                    templates / "checklists",
                )
                found = [folder_fingerprint(folder) for folder in folders]
                return [*found, file_fingerprint(own) if own.is_file() else ""]
            case "scorecard":
                return folder_fingerprint(templates / "kpis")
            case "plan":
                rights = templates / "decision_rights.yaml"
                written = [one for one in (self.engagement.vendors, self.engagement.decision_rights) if one.is_file()]
                files = [(file.name, file_fingerprint(file)) for file in (rights, *written)]
                return [folder_fingerprint(templates / "initiatives"), *files]
        return None

    @cached_property
    def data_fingerprints(self) -> dict[str, str]:
        """Fingerprint of every raw file that the mapping names, by its path in the client's folder."""
        folder = self.engagement.folder
        mappings = [mapping for source in self.engagement.sources for mapping in source.tables]
        patterns = {one.file for mapping in mappings for one in mapping.exports}
        files = {path for pattern in patterns for path in _meant(folder, pattern)}
        return {path.relative_to(folder).as_posix(): file_fingerprint(path) for path in sorted(files)}

    def _parameters(self, step: str) -> dict[str, Any]:
        """Return what a step takes from the engagement: the only settings that can change its result."""
        engagement = self.engagement
        stated = engagement.economics.model_dump(include=set(_FROM_ECONOMICS.get(step, ())))
        match step:
            case "intake":
                return self._what_intake_sees().model_dump(mode="json", exclude={"folder"})
            case "profile" | "segments":
                return {"as_of": str(engagement.as_of)}
            case "metrics":
                return {"home_country": engagement.client.country, **stated}
            case "readiness":
                return {
                    "targets": engagement.targets.model_dump(),
                    "scope": engagement.scope,
                    "respondents": [one.model_dump() for one in engagement.respondents],
                    "customers": engagement.client.customers,
                    "consensus": engagement.consensus.model_dump(),
                    "as_of": str(engagement.as_of),
                }
            case "scorecard":
                return {"goals": [goal.text for goal in engagement.goals]}
        return stated

    def _what_intake_sees(self) -> Engagement:
        engagement = self.engagement
        return Engagement(
            folder=engagement.folder,
            client=Client(name="-", currency=engagement.client.currency),
            as_of=engagement.as_of,
            time_zone=engagement.time_zone,
            sources=engagement.sources,
        )

    def _economics(self) -> CustomerEconomics:
        import pandas as pd

        from crmplan.value import customer_economics

        segments = self.segments()
        known = pd.DataFrame() if segments.unavailable else segments.customers[["customer_key", "segment"]]
        return customer_economics(self._tables, self.value(), known, **self._parameters("economics"))

    def _measure(self) -> Mapping[str, Measured]:
        from crmplan.metrics.registry import measure_all

        segments, value = self.segments(), self.value()
        derived = {"quality": self.intake().quality}
        absent = {}
        for name, result in (("segments", segments), ("customer_value", value)):
            if not result.unavailable:
                derived[name] = result.customers
            elif self._tables.count("orders"):
                # What is made of orders is not there, and orders came: to say that it needs orders would be wrong.
                absent[name] = result.unavailable
        tables = self._tables.with_frames(**derived)
        return measure_all(tables, as_of=self._as_of, facts=self._parameters("metrics"), absent=absent)

    def _assess(self) -> Readiness:
        from crmplan.assessment import assess, load_checklists, read_answers, read_on_file

        engagement = self.engagement
        return assess(
            load_checklists(overlay=engagement.overlay),
            read_answers(engagement.answers),
            self.metrics(),
            targets=engagement.targets,
            scope=engagement.scope,
            respondents=engagement.respondents,
            customers=engagement.client.customers,
            consensus=engagement.consensus,
            on_file=read_on_file(engagement.path("decisions"), engagement.path("evidence")),
            as_of=engagement.as_of,
        )

    def _score(self) -> Scorecard:
        from crmplan.scorecard import build_scorecard, load_kpis

        return build_scorecard(load_kpis(), self.metrics(), goals=[goal.text for goal in self.engagement.goals])

    def _plan(self) -> Plan:
        from crmplan.assessment.capability_gaps import capability_gaps
        from crmplan.planning import PlanFacts, load_initiatives, make_plan

        stated, value = self._parameters("plan"), self.value()
        if value.margin_share is not None:
            # The average over what was bought, as chapter 05 prints it.
            stated |= {"gross_margin_share": value.margin_share}
        n_customers = self.customers().n_customers
        facts = PlanFacts(**stated, margin_rests_on_costs=value.margin_rests_on_costs, n_customers=n_customers)
        counted = capability_gaps(self.capabilities())
        return make_plan(load_initiatives(), self.readiness().questions, self.metrics(), counted=counted, facts=facts)


def _meant(folder: Path, pattern: str) -> list[Path]:
    """Return the files of a mapping; a file called just so comes first, for ``[`` may stand in a name."""
    exact = folder / pattern
    return [exact] if exact.is_file() else [path for path in folder.glob(pattern) if path.is_file()]
