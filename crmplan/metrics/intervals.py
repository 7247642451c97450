"""The 95 % intervals that go with a share, a mean and a median: closed formulas, no resampling."""

from __future__ import annotations

import math

__all__ = ["mean_interval", "median_ranks", "wilson"]

_Z = 1.959963984540054


def wilson(n_yes: int, n: int) -> tuple[float, float] | None:
    """Return the bounds of a share; None when there is nothing to count.

    Parameters
    ----------
    n_yes
        How many of the ``n`` rows have the property.
    n
        Number of rows.

    Notes
    -----
    Wilson, E. B. (1927), Journal of the American Statistical Association 22, 209-212. Unlike the share plus or minus
    two standard errors, it stays within 0 and 1 and says something when nobody or everybody has the property.

    Examples
    --------
    >>> low, high = wilson(5, 10)
    >>> round(low, 4), round(high, 4)
    (0.2366, 0.7634)
    """
    if n <= 0:
        return None
    share = n_yes / n
    shrink = 1 + _Z**2 / n
    middle = (share + _Z**2 / (2 * n)) / shrink
    half = _Z / shrink * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    # Rounding must not push a bound past the share itself or past 0 and 1.
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def mean_interval(mean: float, deviation: float | None, n: int) -> tuple[float, float] | None:
    """Return the bounds of a mean; None below two rows.

    Parameters
    ----------
    mean
        Of ``n`` rows.
    deviation
        Their standard deviation (divisor ``n - 1``).
    n
        Number of rows.

    Notes
    -----
    Student's t by the first three terms of its Cornish-Fisher expansion about the normal quantile (Abramowitz and
    Stegun, 26.7.5); off by less than 1 % from four degrees of freedom on.

    Examples
    --------
    >>> low, high = mean_interval(10.0, 2.0, 25)
    >>> round(low, 2), round(high, 2)
    (9.17, 10.83)
    """
    if n < 2 or deviation is None or not math.isfinite(deviation):
        return None
    freedom = n - 1
    first = (_Z**3 + _Z) / (4 * freedom)
    second = (5 * _Z**5 + 16 * _Z**3 + 3 * _Z) / (96 * freedom**2)
    third = (3 * _Z**7 + 19 * _Z**5 + 17 * _Z**3 - 15 * _Z) / (384 * freedom**3)
    half = (_Z + first + second + third) * deviation / math.sqrt(n)
    return mean - half, mean + half


def median_ranks(n: int) -> tuple[int, int] | None:
    """Return the places (from 1) of the sorted rows that bound the median; None when there are too few rows for it.

    Notes
    -----
    The number of rows below the median is binomial with probability one half, whatever the rows look like; its normal
    approximation gives the places. Conover (1999), Practical Nonparametric Statistics, section 3.2.

    Examples
    --------
    >>> median_ranks(100)
    (40, 61)
    """
    if n < 6:
        return None
    low = math.floor((n - _Z * math.sqrt(n)) / 2)
    return max(1, low), min(n, n + 1 - low)
