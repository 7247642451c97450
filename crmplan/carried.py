"""Where the notebooks and templates are, in a clone and in an installed wheel alike."""

from __future__ import annotations

from pathlib import Path

__all__ = ["notebooks", "sample_clients", "templates"]

_PACKAGE = Path(__file__).resolve().parent


def notebooks() -> Path:
    """Return the folder of the chapter notebooks.

    Examples
    --------
    >>> notebooks().is_dir()
    True
    """
    return _folder("notebooks")


def templates() -> Path:
    """Return the folder of checklists, KPIs, initiatives and report templates.

    Examples
    --------
    >>> (templates() / "checklists").is_dir()
    True
    """
    return _folder("templates")


def sample_clients() -> Path | None:
    """Return the folder of the sample clients; None when there is no clone around this package."""
    folder = _PACKAGE.parent / "data" / "sample"
    return folder if folder.is_dir() and (_PACKAGE.parent / "pyproject.toml").is_file() else None


def _folder(name: str) -> Path:
    inside = _PACKAGE / "_carried" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name
