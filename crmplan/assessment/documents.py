"""Evidence documents: what a client handed over as proof, by the day it was made and the fingerprint of its bytes.

They lie in a client's ``evidence`` folder. ``evidence.yaml`` beside them holds a signed record of every revision; the
latest revision of a document is the one that counts.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from pydantic import AfterValidator, BeforeValidator, Field

from crmplan.assessment.signed import Signed, put_signed, read_signed, record_of
from crmplan.durable import one_writer_in, write_durably
from crmplan.entered_text import clean_text
from crmplan.errors import AnswersError, Problem

__all__ = [
    "DOCUMENT_COLUMNS",
    "DOCUMENTS_FILE",
    "DocumentRevision",
    "add_document",
    "fingerprint_of",
    "no_documents",
    "read_documents",
]

DOCUMENTS_FILE = "evidence.yaml"
DOCUMENT_COLUMNS = (
    "document",
    "title",
    "dated",
    "file",
    "fingerprint",
    "supports",
    "n_revisions",
    "status",
    "by",
    "at",
)
"""Columns of the frame of documents; see :func:`read_documents`."""

_DOCUMENT_ID = re.compile(r"^EV-[0-9]{3,6}$")
_FILE_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_ .-]{0,119}$")
_MOST_BYTES = 200_000_000


def _a_day(text: str) -> str:
    date.fromisoformat(text)
    return text


def _a_file_name(text: str) -> str:
    if not _FILE_NAME.match(text) or text == DOCUMENTS_FILE:
        raise ValueError("the name of a file in the evidence folder: letters, digits, blanks, '_', '-' and '.'")
    return text


class DocumentRevision(Signed):
    """The signed record of one revision of a document.

    ``dated`` is the day the document itself bears (what it proves is as old as that), ``supports`` the questions it
    speaks to, ``fingerprint`` the SHA-256 of the file.
    """

    document: str = Field(pattern=_DOCUMENT_ID.pattern)
    title: Annotated[str, BeforeValidator(clean_text), Field(min_length=1, max_length=200)]
    dated: Annotated[str, AfterValidator(_a_day)]
    file: Annotated[str, AfterValidator(_a_file_name)]
    fingerprint: str = Field(pattern=r"^[0-9a-f]{64}$")
    supports: tuple[str, ...] = ()


def add_document(
    folder: Path,
    original: Path,
    *,
    title: str,
    dated: date,
    by: str,
    at: str,
    supports: Sequence[str] = (),
    document: str = "",
) -> DocumentRevision:
    """Copy a document into the evidence folder, record it, signed, and return the record.

    Parameters
    ----------
    folder
        The ``evidence`` folder of a client; made when it is missing.
    original
        The file as the client gave it; it is copied and never changed.
    title
        What it is, in a few words.
    dated
        The day the document bears.
    by, at
        Who takes it in, and when in ISO format.
    supports
        Ids of the questions it speaks to.
    document
        Id of the document that this is a new revision of; a new id when it is not given.

    Raises
    ------
    AnswersError
        When the file cannot be read or is larger than 200 MB, or there is no document of that id.
    """
    content = _content(original)
    folder.mkdir(parents=True, exist_ok=True)
    with one_writer_in(folder):
        id, n_revisions = _numbered(folder, document)
        record = record_of(
            DocumentRevision, by=by, at=at, document=id, title=title, dated=dated.isoformat(),
            file=f"{id}-{n_revisions + 1}{_ending(original)}", fingerprint=hashlib.sha256(content).hexdigest(),
            supports=tuple(supports),
        )  # fmt: skip
        # The file first: a record without its file would be a loss, a file without a record is none.
        write_durably(folder / record.file, content)
        return put_signed(folder / DOCUMENTS_FILE, record)


def _numbered(folder: Path, document: str) -> tuple[str, int]:
    """Return the id of a document, a new one where none is given, and how many revisions of it are on file."""
    known = read_signed(folder / DOCUMENTS_FILE, DocumentRevision)
    revisions = [one for one in known if one.document == document]
    if document and not revisions:
        ids = ", ".join(sorted({one.document for one in known})) or "none yet"
        raise AnswersError([Problem(DOCUMENTS_FILE, "the id of a document on file", document, f"known: {ids}")])
    return document or f"EV-{1 + max((int(one.document[3:]) for one in known), default=0):03d}", len(revisions)


def fingerprint_of(original: Path) -> str:
    """Return the fingerprint (SHA-256) of a document; errors as in :func:`add_document`."""
    return hashlib.sha256(_content(original)).hexdigest()


def read_documents(folder: Path) -> pd.DataFrame:
    """Return the documents on file, each in its latest revision, checked against its fingerprint.

    Parameters
    ----------
    folder
        The ``evidence`` folder of a client; it may be missing or empty.

    Returns
    -------
    pandas.DataFrame
        One row per document: ``document`` (id), ``title``, ``dated`` (YYYY-MM-DD), ``file``, ``fingerprint``,
        ``supports`` (question ids parted by ", "), ``n_revisions``, ``status`` (on file, missing, changed: the file is
        not the one that was recorded, or altered: the record itself was changed), ``by``, ``at``.

    Raises
    ------
    AnswersError
        With every malformed record of ``evidence.yaml``.
    """
    latest: dict[str, DocumentRevision] = {}
    counts: dict[str, int] = {}
    for one in read_signed(folder / DOCUMENTS_FILE, DocumentRevision):
        latest[one.document] = one
        counts[one.document] = counts.get(one.document, 0) + 1
    rows: list[dict[str, Any]] = [
        {
            "document": id, "title": one.title, "dated": one.dated, "file": one.file, "fingerprint": one.fingerprint,
            "supports": ", ".join(one.supports), "n_revisions": counts[id], "status": _status(folder, one),
            "by": one.by, "at": one.at,
        }
        for id, one in sorted(latest.items())
    ]  # fmt: skip
    return _frame(rows)


def no_documents() -> pd.DataFrame:
    """Return a frame of documents without any.

    Examples
    --------
    >>> no_documents().shape == (0, len(DOCUMENT_COLUMNS))
    True
    """
    return _frame([])


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(DOCUMENT_COLUMNS))
    return frame.astype({name: "int64" if name == "n_revisions" else "object" for name in DOCUMENT_COLUMNS})


def _content(original: Path) -> bytes:
    try:
        if original.stat().st_size > _MOST_BYTES:
            raise AnswersError([Problem(original.name, "a document below 200 MB")])
        return original.read_bytes()
    except OSError as cause:
        raise AnswersError([Problem(original.name, "a file that can be read", type(cause).__name__)]) from cause


def _ending(original: Path) -> str:
    ending = original.suffix.lower()
    return ending if re.match(r"^\.[a-z0-9]{1,8}$", ending) else ""


def _status(folder: Path, record: DocumentRevision) -> str:
    if not record.is_intact:
        return "altered"
    try:
        with (folder / record.file).open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return "missing"
    return "on file" if found == record.fingerprint else "changed"
