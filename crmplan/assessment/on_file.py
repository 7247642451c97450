"""What is on file beside the answers: which rounds were revealed, what was agreed on, and the documents handed over."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from crmplan.assessment.agreed import AgreedValue, read_agreed
from crmplan.assessment.documents import no_documents, read_documents
from crmplan.assessment.rounds import Reveal, read_reveals

__all__ = ["OnFile", "read_on_file"]


@dataclass(frozen=True, slots=True)
class OnFile:
    """Reveals and agreed values as signed, and documents as from :func:`crmplan.assessment.read_documents`."""

    reveals: tuple[Reveal, ...] = ()
    agreed: tuple[AgreedValue, ...] = ()
    documents: pd.DataFrame = field(default_factory=no_documents)


def read_on_file(decisions: Path, evidence: Path) -> OnFile:
    """Return what the folders of decisions and of evidence hold; either may be missing.

    Raises
    ------
    AnswersError
        With every malformed record of the first file that has any.
    """
    return OnFile(read_reveals(decisions), read_agreed(decisions), read_documents(evidence))
