"""Who may enter: a token for each respondent and for the facilitator, of which the client's folder keeps only a hash.

A token has 79 random bits, written in letters and digits that are not mistaken for each other. What is kept in
``access.json`` is its scrypt hash under the client's own salt; the token itself is shown once, to whoever issues it.
The file also holds a key with which workbooks are sealed, so that one of another client is recognised.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from crmplan.durable import one_writer_in, write_durably
from crmplan.errors import AnswersError, Problem

__all__ = ["ACCESS_FILE", "FACILITATOR", "has_token", "holder_of", "issue_tokens", "seal"]

ACCESS_FILE = "access.json"
FACILITATOR = "facilitator:"
"""Stands for the facilitator among the holders of tokens; no respondent can be called so."""

_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"
_N_SIGNS = 16
_LONGEST = 200
_COST = {"n": 2**14, "r": 8, "p": 1, "maxmem": 64 * 2**20}


def issue_tokens(folder: Path, holders: Iterable[str], *, renew: bool = False) -> dict[str, str]:
    """Return a new token by holder; the folder keeps their hashes alone, so this is the only time they can be read.

    Parameters
    ----------
    folder
        The client's folder.
    holders
        Respondent ids, or :data:`FACILITATOR`.
    renew
        Whether somebody who has a token gets another one, which makes the old one worthless; otherwise only those
        without a token get one.

    Raises
    ------
    AnswersError
        When ``access.json`` is damaged.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> token = issue_tokens(folder, ["r1"])["r1"]
    >>> len(token), holder_of(folder, token), holder_of(folder, "something else")
    (19, 'r1', None)
    """
    with one_writer_in(folder):
        kept = _read(folder) or _new()
        wanted = [one for one in holders if renew or one not in kept["tokens"]]
        issued = {holder: _token() for holder in wanted}
        kept["tokens"].update({holder: _hashed(token, kept["salt"]) for holder, token in issued.items()})
        _write(folder, kept)
    return issued


def has_token(folder: Path, holder: str) -> bool:
    """Return whether a token has been issued to somebody."""
    kept = _read(folder)
    return kept is not None and holder in kept["tokens"]


def holder_of(folder: Path, token: str) -> str | None:
    """Return who holds a token, None when nobody does.

    The hash is compared with that of every holder, each time in constant time, so that how long it takes tells
    nothing about how near a guess came. Spaces, hyphens and capitals do not matter.
    """
    kept = _read(folder)
    if kept is None or len(token) > _LONGEST:
        return None
    given = _hashed(token, kept["salt"])
    found: str | None = None
    for holder, stored in kept["tokens"].items():
        if hmac.compare_digest(given, stored):
            found = holder
    return found


def seal(folder: Path, text: str) -> str:
    """Return the seal of this client on a text: only who has the client's folder can make it."""
    kept = _read(folder)
    if kept is None:
        with one_writer_in(folder):
            kept = _read(folder) or _new()
            _write(folder, kept)
    return hmac.new(bytes.fromhex(kept["key"]), text.encode("utf-8"), "sha256").hexdigest()


def _token() -> str:
    signs = "".join(secrets.choice(_SIGNS) for _ in range(_N_SIGNS))
    return "-".join(signs[start : start + 4] for start in range(0, _N_SIGNS, 4))


def _hashed(token: str, salt: str) -> str:
    bare = "".join(sign for sign in token.casefold() if sign.isalnum())
    return hashlib.scrypt(bare.encode("utf-8", "replace"), salt=bytes.fromhex(salt), **_COST).hex()


def _new() -> dict[str, Any]:
    return {"version": 1, "salt": secrets.token_hex(16), "key": secrets.token_hex(32), "tokens": {}}


def _read(folder: Path) -> dict[str, Any] | None:
    file = folder / ACCESS_FILE
    try:
        kept = json.loads(file.read_bytes())
        bytes.fromhex(kept["salt"])
        bytes.fromhex(kept["key"])
        is_whole = all(isinstance(text, str) and text.isascii() for text in dict(kept["tokens"]).values())
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError):
        is_whole = False
    if not is_whole:
        advice = "put back a copy, or take the file away and issue new tokens"
        raise AnswersError([Problem(ACCESS_FILE, "the file as crmplan wrote it", "a damaged one", advice)])
    return dict(kept)


def _write(folder: Path, kept: dict[str, Any]) -> None:
    file = folder / ACCESS_FILE
    write_durably(file, json.dumps(kept, indent=1).encode("utf-8"))
    file.chmod(0o600)
