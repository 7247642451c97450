"""Decisions that somebody answers for: each with a name, a time and a seal, in a file to which records are only added.

The seal is a fingerprint of what was signed. It does not prove who signed, but it shows when a record was changed
afterwards.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from crmplan import _yaml
from crmplan.durable import one_writer_in, write_durably
from crmplan.entered_text import a_time, clean_text
from crmplan.errors import AnswersError, Problem, wanted_of

__all__ = ["Signed", "add_signed", "put_signed", "read_signed", "record_of"]


class Signed(BaseModel):
    """A record with the name of who answers for it, the time, and the seal put on it by :meth:`sealed`.

    Examples
    --------
    >>> record = Signed(by="facilitator", at="2024-05-31T14:30:00+00:00").sealed()
    >>> record.is_intact, record.model_copy(update={"by": "somebody else"}).is_intact
    (True, False)
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: Annotated[str, BeforeValidator(clean_text), Field(min_length=1, max_length=200)]
    at: Annotated[str, AfterValidator(a_time)]
    seal: str = ""

    def sealed(self) -> Self:
        """Return the record with its seal."""
        return self.model_copy(update={"seal": self._fingerprint()})

    @property
    def is_intact(self) -> bool:
        """Whether the record is as it was when it was signed."""
        return self.seal == self._fingerprint()

    def _fingerprint(self) -> str:
        # Only what the record says itself, so that a field added to records later breaks no older seal.
        facts = self.model_dump(mode="json", exclude={"seal"}, exclude_unset=True)
        return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode("utf-8")).hexdigest()


Record = TypeVar("Record", bound=Signed)


def record_of(kind: type[Record], **fields: Any) -> Record:
    """Return a record of the given fields, not yet sealed.

    Raises
    ------
    AnswersError
        With every field that does not fit.

    Examples
    --------
    >>> record_of(Signed, by="", at="2024-05-31T14:30:00")
    Traceback (most recent call last):
    crmplan.errors.AnswersError: by: expected a text of at least 1 characters
    """
    try:
        return kind(**fields)
    except ValidationError as cause:
        problems = []
        for error in cause.errors():
            wanted = wanted_of(error)
            if isinstance(error["input"], str) and error["type"] in {"too_short", "string_too_short"}:
                wanted = f"a text of at least {error['ctx']['min_length']} characters"
            name = ".".join(str(part) for part in error["loc"]) or "record"
            problems.append(Problem(name, f"{wanted[0].lower()}{wanted[1:]}"))
        raise AnswersError(problems) from None


def read_signed(file: Path, kind: type[Record]) -> tuple[Record, ...]:
    """Return the records in a file, in the order in which they were added; none when there is no file.

    Raises
    ------
    AnswersError
        With every malformed record, each with its line.
    """
    if not file.exists():
        return ()
    document = _yaml.read(file, error=AnswersError)
    if document.data is None:
        return ()
    if not isinstance(document.data, list):
        raise AnswersError([Problem(document.where(), "a list of signed records")])
    records: list[Record] = []
    problems: list[Problem] = []
    for position, fields in enumerate(document.data):
        try:
            records.append(kind.model_validate(fields))
        except ValidationError as cause:
            problems.extend(_wrong(cause, document, position))
    if problems:
        raise AnswersError(problems)
    return tuple(records)


def add_signed(file: Path, record: Record) -> Record:
    """Add a record, sealed, to the end of a file, wholly or not at all, and return it.

    Parameters
    ----------
    file
        A YAML file of a client's ``decisions`` folder; made when it is missing. What stands in it is not touched.
    record
        What was decided.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with one_writer_in(file.parent):
        return put_signed(file, record)


def put_signed(file: Path, record: Record) -> Record:
    """Do as :func:`add_signed`, for whoever holds back other writers of the folder already."""
    signed = record.sealed()
    fields: dict[str, Any] = signed.model_dump(mode="json", exclude_unset=True)
    text = yaml.safe_dump([fields], allow_unicode=True, sort_keys=False, width=110)
    before = file.read_bytes() if file.exists() else b""
    if before and not before.endswith(b"\n"):
        before += b"\n"
    write_durably(file, before + text.encode("utf-8"))
    return signed


def _wrong(cause: ValidationError, document: _yaml.Document, position: int) -> Sequence[Problem]:
    found = []
    for error in cause.errors():
        place = (position, *error["loc"])
        name = ".".join(str(part) for part in error["loc"]) or "record"
        message = error["msg"].removeprefix("Value error, ")
        found.append(Problem(document.where(place), f"{name}: {message[0].lower()}{message[1:]}"))
    return found
