"""A new client's folder: an engagement.yaml to fill in, and a place for everything that will come."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from crmplan import carried
from crmplan.engagement import Engagement
from crmplan.errors import EngagementError, Problem

__all__ = ["create_client", "free_folder"]

FOLDERS = ("data", "answers", "decisions", "evidence")


def create_client(folder: Path, *, as_of: date) -> Path:
    """Make a client's folder with a commented engagement.yaml and return its path.

    Parameters
    ----------
    folder
        Where it is to be; must not exist, or be empty. Its name becomes the client's short name.
    as_of
        The day up to which data will count; the consultant will set the right one.

    Raises
    ------
    EngagementError
        When the folder is taken or its name is not one of letters, digits, '_' and '-'.

    Examples
    --------
    >>> import tempfile
    >>> made = create_client(Path(tempfile.mkdtemp()) / "mill", as_of=date(2025, 3, 31))
    >>> sorted(path.name for path in made.iterdir())
    ['answers', 'data', 'decisions', 'engagement.yaml', 'evidence']
    """
    folder = free_folder(folder)
    skeleton = (carried.templates() / "client" / "engagement.yaml").read_text("utf-8")
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    text = skeleton.replace("{name}", folder.name).replace("{as_of}", as_of.isoformat())
    (folder / "engagement.yaml").write_text(text, "utf-8")
    return Engagement.open(folder).folder


def free_folder(folder: Path) -> Path:
    """Return the path of a folder in which a client may be made.

    Raises
    ------
    EngagementError
        When something lies there already, or the name is not one of letters, digits, '_' and '-'.
    """
    folder = folder.expanduser().resolve()
    bare = folder.name.replace("_", "").replace("-", "")
    if not (bare.isascii() and bare.isalnum() and folder.name[0].isalnum() and len(folder.name) <= 64):
        wanted = "a name of letters, digits, '_' and '-' for the client's folder"
        raise EngagementError([Problem(str(folder.parent), wanted, folder.name)])
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise EngagementError(
            [Problem(str(folder), "a new or empty folder", "one with files in it", "take another name")]
        )
    return folder
