"""Doing something once a person pauses, but never later than a few seconds after the first key."""

from __future__ import annotations

import asyncio
import atexit
import time
import weakref
from collections.abc import Callable

__all__ = ["AfterPause"]


class AfterPause:
    """An action that is put off while it is asked for again and again.

    Where no event loop runs, as in a script, it is done at once. What is still waiting when the kernel ends is done
    then.

    Parameters
    ----------
    action
        What to do.
    pause_seconds
        How long nobody must have asked for it.
    longest_seconds
        When it is done even if it is still asked for.

    Examples
    --------
    >>> done = []
    >>> AfterPause(lambda: done.append(1))()
    >>> done
    [1]
    """

    def __init__(
        self, action: Callable[[], object], *, pause_seconds: float = 0.4, longest_seconds: float = 2.0
    ) -> None:
        self._action = action
        self._pause = pause_seconds
        self._longest = longest_seconds
        self._waiting: asyncio.TimerHandle | None = None
        self._since = 0.0
        atexit.register(_when_it_ends, weakref.ref(self))

    def __call__(self) -> None:
        """Ask for the action."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._action()
            return
        if self._waiting is None:
            self._since = time.monotonic()
        else:
            self._waiting.cancel()
        left = self._since + self._longest - time.monotonic()
        self._waiting = loop.call_later(max(0.0, min(self._pause, left)), self.now)

    def now(self) -> None:
        """Do what is waiting to be done, if anything is."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
            self._action()


def _when_it_ends(itself: weakref.ref[AfterPause]) -> None:
    action = itself()
    if action is not None:
        action.now()
