"""A text file that is read from its beginning as often as needed, and never held in memory whole."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO

from crmplan.errors import IntakeError, Problem
from crmplan.intake.encoding import GUESSED, Encoded, encoding_in

__all__ = ["TextFile", "opened_bytes", "unreadable"]

_BLOCK_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class TextFile:
    r"""A text whose encoding is known and fits all of it.

    Parameters
    ----------
    file
        The name to use in messages.
    open_bytes
        Opens its bytes at the beginning.
    encoded
        The encoding, found out or given.

    Examples
    --------
    >>> text = TextFile.of("Zoë\r\nAnn".encode("cp1252"), file="x.csv")
    >>> list(text.lines()), text.guessed_encoding
    (['Zoë\r\n', 'Ann'], 'cp1252')
    """

    file: str
    open_bytes: Callable[[], IO[bytes]]
    encoded: Encoded

    @classmethod
    def of(cls, raw: bytes | Path, *, file: str, encoding: str | None = None) -> TextFile:
        """Return the text in bytes or in a file, gzipped or not.

        Raises
        ------
        IntakeError
            When it cannot be read, or does not fit the encoding; says file and line.
        """
        open_bytes: Callable[[], IO[bytes]] = (
            partial(io.BytesIO, raw) if isinstance(raw, bytes) else partial(opened_bytes, raw)
        )

        def blocks() -> Iterator[bytes]:
            with open_bytes() as stream:
                while block := stream.read(_BLOCK_BYTES):
                    yield block

        try:
            return cls(file, open_bytes, encoding_in(blocks, file=file, encoding=encoding))
        except (OSError, EOFError, zlib.error) as cause:
            raise unreadable(file, cause) from cause

    @property
    def guessed_encoding(self) -> str:
        """The encoding that was guessed where the bytes leave more than one possible; else empty."""
        is_guess = not self.encoded.is_given and not self.encoded.is_ascii and self.encoded.name in GUESSED
        return self.encoded.name if is_guess else ""

    def opened(self, *, after_lines: int = 0) -> io.TextIOWrapper:
        """Return the text as a stream whose line ends are as they stand, from behind the first ``after_lines`` on."""
        name = "utf-8-sig" if self.encoded.name.lower() in {"utf-8", "utf8"} else self.encoded.name
        stream = io.TextIOWrapper(self.open_bytes(), name, newline="")
        if stream.read(1) != "\ufeff":
            stream.seek(0)
        for _ in islice(stream, after_lines):
            pass
        return stream

    def lines(self, *, after_lines: int = 0) -> Iterator[str]:
        """Yield the lines of the text with their ends."""
        with self.opened(after_lines=after_lines) as stream:
            yield from stream


def opened_bytes(path: Path) -> IO[bytes]:
    """Return the bytes of a file as a stream, unpacked where it is gzipped."""
    with path.open("rb") as stream:
        is_gzipped = stream.read(2) == b"\x1f\x8b"
    return gzip.open(path) if is_gzipped else path.open("rb")  # type: ignore[return-value]


def unreadable(file: str, cause: Exception) -> IntakeError:
    """Return the error that says why a file cannot be read."""
    return IntakeError([Problem(file, "a file that can be read", type(cause).__name__)])
