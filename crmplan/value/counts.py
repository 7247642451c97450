"""Functions of a number of purchases, computed once for every number instead of once for every history."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

__all__ = ["by_count"]

Floats = npt.NDArray[np.float64]


def by_count(function: Callable[[Floats], Floats], n_repeat: Floats) -> Floats:
    """Return a function of whole numbers of purchases, of which there are few distinct ones among many histories.

    Parameters
    ----------
    function
        From an array of numbers to an array of the same length.
    n_repeat
        Whole numbers, 0 or more.

    Examples
    --------
    >>> by_count(np.sqrt, np.array([4.0, 0.0, 4.0])).tolist()
    [2.0, 0.0, 2.0]
    """
    most = int(n_repeat.max(initial=0))
    if most >= len(n_repeat):
        return function(n_repeat)
    return np.asarray(function(np.arange(most + 1.0))[n_repeat.astype("int64")])
