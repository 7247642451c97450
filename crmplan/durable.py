"""Writing a file so that it is there or not there, never half: beside first, then under its name."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

__all__ = ["beside", "one_writer_in", "write_durably"]


@contextlib.contextmanager
def beside(file: Path, draft: Path | None = None) -> Iterator[Path]:
    """Give a path beside a file; what is written there takes the file's name when the block ends without an error.

    It is brought to the disk before. Whatever stops the machine on the way, the old file or the new one is there whole.

    Parameters
    ----------
    file
        The file that is to be written or replaced.
    draft
        The path beside it; one that nobody else uses when not given.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "figures.json"
    >>> with beside(file) as draft:
    ...     n_bytes = draft.write_bytes(b"{}")
    >>> file.read_bytes(), [path.name for path in file.parent.iterdir()]
    (b'{}', ['figures.json'])
    """
    draft = draft or file.with_name(f".draft-{secrets.token_hex(8)}")
    try:
        yield draft
        _to_disk(draft, os.O_RDWR)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    # Windows cannot open a folder; there the rename itself has to do.
    with contextlib.suppress(OSError):
        _to_disk(file.parent, os.O_RDONLY)


def write_durably(file: Path, content: bytes) -> None:
    """Put ``content`` in a file, wholly or not at all.

    Hold :func:`one_writer_in` the folder while doing so; what an earlier writer left behind unfinished is taken away.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "r01.jsonl"
    >>> write_durably(file, b"one")
    >>> write_durably(file, b"one, two")
    >>> file.read_bytes(), [path.name for path in file.parent.iterdir()]
    (b'one, two', ['r01.jsonl'])
    """
    for left_behind in file.parent.glob(f".{file.name}.*.unfinished"):
        left_behind.unlink(missing_ok=True)
    with beside(file, file.with_name(f".{file.name}.{os.getpid()}.unfinished")) as draft:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o666)
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(handle, rest) :]
        finally:
            os.close(handle)


@contextlib.contextmanager
def one_writer_in(folder: Path) -> Iterator[None]:
    """Wait until nobody else writes in a folder, and keep others waiting until the block ends.

    Examples
    --------
    >>> import tempfile
    >>> with one_writer_in(Path(tempfile.mkdtemp())):
    ...     pass
    """
    try:
        import fcntl
    except ImportError:  # Windows: one writer at a time is then up to the user
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _to_disk(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
