"""What a CRM must be able to do for a client, with what it must be linked, who may decide, and which vendor fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from crmplan.assessment.decision_rights import DecisionFile, DecisionRights, decision_rights, read_decision_rights
from crmplan.assessment.fit_gap import fit_gap
from crmplan.assessment.integration import IntegrationMap, integration_map
from crmplan.assessment.questions import Checklist
from crmplan.assessment.vendor_choice import VendorChoice, choose_vendor
from crmplan.assessment.vendors import Vendors, read_vendors
from crmplan.engagement import Engagement
from crmplan.errors import Problem, TemplateError

__all__ = ["Capabilities", "capabilities_of", "own_files"]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The four things that a choice of CRM rests on.

    Parameters
    ----------
    fit_gap
        One row per capability; see :func:`crmplan.assessment.fit_gap.fit_gap`. Where the fit-gap is out of scope, it is
        not known what is there today.
    vendors, choice
        The vendors that were compared and how they compare; None when the client has no ``vendors.yaml``.
    integration
        The inventory of systems with what to do about each.
    rights
        Who may decide what, and the gaps in it.
    """

    fit_gap: pd.DataFrame
    vendors: Vendors | None
    choice: VendorChoice | None
    integration: IntegrationMap
    rights: DecisionRights


def capabilities_of(
    engagement: Engagement,
    checklists: Sequence[Checklist],
    questions: pd.DataFrame,
    systems: pd.DataFrame | None,
    *,
    seed: int = 0,
) -> Capabilities:
    """Return what is known of a client's capabilities, systems and decision rights.

    Parameters
    ----------
    engagement
        For the kind of customers and the client's own files.
    checklists
        The questions asked of this client.
    questions
        The questions of its readiness.
    systems
        The canonical table ``systems``; None when there is none.
    seed
        For the weightings that are drawn.

    Raises
    ------
    TemplateError
        When ``vendors.yaml`` or ``decision_rights.yaml`` does not fit, with every problem and its line.
    """
    frame = fit_gap(checklists, questions, customers=engagement.client.customers)
    vendors, rights = own_files(engagement, checklists)
    choice = None if vendors is None else choose_vendor(vendors, frame, seed=seed)
    return Capabilities(frame, vendors, choice, integration_map(systems), decision_rights(rights))


def own_files(engagement: Engagement, checklists: Sequence[Checklist]) -> tuple[Vendors | None, DecisionFile | None]:
    """Return a client's ``vendors.yaml`` and ``decision_rights.yaml``, each None where there is no such file.

    Raises
    ------
    TemplateError
        With every problem of both files.
    """
    problems: list[Problem] = []
    vendors = rights = None
    capabilities = {q.id: q.theme for one in checklists for q in one.questions if q.need is not None}
    try:
        vendors = read_vendors(engagement.vendors, capabilities)
    except TemplateError as cause:
        problems.extend(cause.problems)
    try:
        rights = read_decision_rights(engagement.decision_rights)
    except TemplateError as cause:
        problems.extend(cause.problems)
    if problems:
        raise TemplateError(problems)
    return vendors, rights
