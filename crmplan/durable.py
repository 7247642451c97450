"""Writing what a person said so that it is there or not there, never half: for everything that cannot be made again."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["one_writer_in", "write_durably"]


def write_durably(file: Path, content: bytes) -> None:
    """Put ``content`` in a file, wholly or not at all.

    It is written to a file beside, brought to the disk, and only then takes the name of the old one. Whatever stops
    the machine on the way, the old file or the new one is there whole. Hold :func:`one_writer_in` the folder while
    doing so; what an earlier writer left behind unfinished is taken away.

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
    beside = file.with_name(f".{file.name}.{os.getpid()}.unfinished")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o666)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    beside.replace(file)
    _sync_folder(file.parent)


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


def _sync_folder(folder: Path) -> None:
    # Windows cannot open a folder; there the rename itself has to do.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
