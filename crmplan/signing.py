"""What commands have in common by which somebody signs something: who, whether to write it, and what it is about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from crmplan.assessment.questions import Question
    from crmplan.engagement import Engagement

__all__ = ["Apply", "By", "engagement_of", "now", "question_named"]

By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who answers for it; stands in the record.")]
Apply = Annotated[bool, typer.Option("--apply", help="Sign and write it; without it, it is only shown.")]


def engagement_of(client: str) -> Engagement:
    """Return the engagement of a client's folder, or of a sample client by name."""
    from crmplan.engagement import Engagement, find_client

    return Engagement.open(find_client(client))


def question_named(engagement: Engagement, id: str) -> Question:
    """Return a question that the client is asked.

    Raises
    ------
    UnknownNameError
        When there is none of that id.
    """
    from crmplan.assessment import load_checklists, questions_by_id
    from crmplan.errors import UnknownNameError

    known = questions_by_id(load_checklists(overlay=engagement.overlay))
    if id not in known:
        raise UnknownNameError.among("question", id, known)
    return known[id][1]


def now() -> str:
    """Return this moment in ISO format, as it stands in a signed record."""
    return datetime.now(UTC).isoformat(timespec="seconds")
