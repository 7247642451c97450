"""What is on file beside the answers: rounds revealed, values agreed on, waves closed, and documents handed over."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from crmplan.assessment.agreed import AgreedValue, read_agreed
from crmplan.assessment.documents import no_documents, read_documents
from crmplan.assessment.rounds import Reveal, read_reveals
from crmplan.assessment.waves import ClosedWave, read_closed

__all__ = ["OnFile", "read_on_file"]


@dataclass(frozen=True, slots=True)
class OnFile:
    """Reveals, agreed values and closed waves as signed, and documents as from :func:`read_documents`."""

    reveals: tuple[Reveal, ...] = ()
    agreed: tuple[AgreedValue, ...] = ()
    documents: pd.DataFrame = field(default_factory=no_documents)
    closed: tuple[ClosedWave, ...] = ()


def read_on_file(decisions: Path, evidence: Path) -> OnFile:
    """Return what the folders of decisions and of evidence hold; either may be missing.

    Raises
    ------
    AnswersError
        With every malformed record of the first file that has any.
    """
    return OnFile(read_reveals(decisions), read_agreed(decisions), read_documents(evidence), read_closed(decisions))
