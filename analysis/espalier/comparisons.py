# SPDX-License-Identifier: BSD-3-Clause
"""Comparisons of paired results, and corrections for making many of them.

Cells of one seed share network, images and draws, so differences are taken seed by seed (`paired_t`, `sign_flip`, `tost`),
or image by image from /outcomes for one pair of networks (`mcnemar`).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar as exact_mcnemar
from statsmodels.stats.multitest import multipletests

from espalier.intervals import finite, t_interval, wilson_interval
from espalier.sequential import widening

Vector = npt.NDArray[np.float64]

MOST_FOR_SIGN_FLIP = 40  # pairs; 2^20 sums in each half


class Comparison(NamedTuple):
    """Mean of first - second over the pairs, the interval of that mean, and the p value of the test."""

    difference: float
    low: float
    high: float
    p: float
    n: int


class Outcomes(NamedTuple):
    """Images that only one of two networks classifies correctly, the p value of their being as many, all images."""

    only_first: int
    only_second: int
    p: float
    n: int


def differences(first: npt.ArrayLike, second: npt.ArrayLike) -> Vector:
    """first - second, pair by pair; ValueError where they are not as many."""
    a, b = finite(first), finite(second)
    if len(a) != len(b):
        raise ValueError(f"pairs need as many values on both sides, not {len(a)} and {len(b)}")
    return a - b


def paired_t(first: npt.ArrayLike, second: npt.ArrayLike, confidence: float = 0.95, at_least: int | None = None) -> Comparison:
    """Paired t test of equal means (two-sided) with the t interval of the difference; NaN for fewer than two pairs.

    `at_least`: the pairs were taken one after another (see `t_interval`); t is then smaller by the factor of the interval.

    >>> [round(x, 3) for x in paired_t([3.0, 4.0, 6.0], [2.0, 3.0, 3.0])]
    [1.667, -1.202, 4.535, 0.13, 3]
    """
    d = differences(first, second)
    mean, low, high, n = t_interval(d, confidence, at_least)
    if at_least is None or n < 2 or np.ptp(d) == 0:
        return Comparison(mean, low, high, t_test(d), n)
    t = abs(mean) / float(stats.sem(d)) / widening(at_least, n)
    return Comparison(mean, low, high, float(2 * stats.t.sf(t, n - 1)), n)


def t_test(d: Vector, null: float = 0.0, alternative: str = "two-sided") -> float:
    """p value of Student's t test that the mean of d is `null`; NaN for fewer than two. Values without spread are certain."""
    if len(d) < 2:
        return math.nan
    if np.ptp(d) > 0:
        return float(stats.ttest_1samp(d, null, alternative=alternative).pvalue)
    beyond = {"two-sided": d[0] != null, "greater": d[0] > null, "less": d[0] < null}[alternative]
    return 0.0 if beyond else 1.0


def half_sums(d: Vector) -> Vector:
    """All 2^n sums of +-d."""
    sums = np.zeros(1)
    for value in d:
        sums = np.concatenate([sums + value, sums - value])
    return sums


def sign_flip(first: npt.ArrayLike, second: npt.ArrayLike, confidence: float = 0.95) -> Comparison:
    """Exact sign-flip permutation test of the mean difference (two-sided), with the t interval of the difference.

    Under the null hypothesis each pair's difference is as likely to have either sign; all 2^n choices are counted, so the
    smallest p is 2^(1-n). The sums of one half of the pairs meet the sorted sums of the other, which is exact up to 40 pairs.

    >>> sign_flip([2.0, 3.0, 5.0, 4.0], [1.0, 1.0, 1.0, 1.0]).p
    0.125
    """
    d = differences(first, second)
    mean, low, high, n = t_interval(d, confidence)
    if n > MOST_FOR_SIGN_FLIP:
        raise ValueError(f"the exact test takes at most {MOST_FOR_SIGN_FLIP} pairs, not {n}: paired_t is for more")
    if n == 0:
        return Comparison(mean, low, high, math.nan, n)
    # Sums that differ only by rounding count as equal: 1e-12 of the largest possible sum.
    reach = abs(float(d.sum())) - 1e-12 * float(np.abs(d).sum())
    one, other = half_sums(d[: n // 2]), np.sort(half_sums(d[n // 2:]))
    above = len(other) - np.searchsorted(other, reach - one, side="left")
    return Comparison(mean, low, high, min(1.0, 2 * int(above.sum()) / 2**n) if reach > 0 else 1.0, n)


def mcnemar(first: npt.ArrayLike, second: npt.ArrayLike) -> Outcomes:
    """McNemar's exact test (two-sided binomial): whether two networks are right equally often on the same images.

    >>> mcnemar([1, 1, 1, 1, 0, 0], [0, 0, 0, 0, 0, 1])
    Outcomes(only_first=4, only_second=1, p=0.375, n=6)
    """
    a, b = np.asarray(first, dtype=bool).reshape(-1), np.asarray(second, dtype=bool).reshape(-1)
    if len(a) != len(b):
        raise ValueError(f"both networks need the same images, not {len(a)} and {len(b)}")
    only_first, only_second = int((a & ~b).sum()), int((b & ~a).sum())
    table = [[len(a) - only_first - only_second, only_first], [only_second, 0]]  # the images that agree do not matter
    return Outcomes(only_first, only_second, float(exact_mcnemar(table, exact=True).pvalue), len(a))


def newcombe(first: npt.ArrayLike, second: npt.ArrayLike, confidence: float = 0.95) -> Comparison:
    """How much more often the first of two networks is right, on the same images: the difference of the shares with Newcombe's
    interval for paired data [1998, method 10], from Wilson's intervals of both and their correlation; p is McNemar's (exact).

    >>> [round(x, 3) for x in newcombe([1, 1, 1, 1, 0, 0, 1, 1], [1, 0, 1, 0, 0, 0, 1, 1])]
    [0.25, -0.126, 0.539, 0.5, 8]
    """
    test = mcnemar(first, second)
    a, b = np.asarray(first, dtype=bool).reshape(-1), np.asarray(second, dtype=bool).reshape(-1)
    n, both = test.n, int((a & b).sum())
    if n == 0:
        return Comparison(math.nan, math.nan, math.nan, math.nan, 0)
    neither = n - both - test.only_first - test.only_second
    one, other = wilson_interval(int(a.sum()), n, confidence), wilson_interval(int(b.sum()), n, confidence)
    margins = a.sum() * (n - a.sum()) * b.sum() * (n - b.sum())
    excess = both * neither - test.only_first * test.only_second
    corrected = max(excess - n / 2, 0) if excess > 0 else excess  # for continuity
    phi = corrected / math.sqrt(margins) if margins else 0.0

    def reach(down: float, up: float) -> float:
        return math.sqrt(max(down**2 - 2 * phi * down * up + up**2, 0.0))

    difference = one.estimate - other.estimate
    return Comparison(difference, difference - reach(one.estimate - one.low, other.high - other.estimate),
                      difference + reach(one.high - one.estimate, other.estimate - other.low), test.p, n)


def tost(first: npt.ArrayLike, second: npt.ArrayLike, margin: float, alpha: float = 0.05) -> Comparison:
    """Two one-sided paired t tests [Schuirmann 1987]: small p says that the means are equal up to `margin`.

    `low` and `high` are the 1 - 2 alpha interval: it lies inside +-margin exactly where p < alpha.

    >>> tost([0.90, 0.91, 0.89, 0.90], [0.90, 0.90, 0.90, 0.90], margin=0.02).p < 0.05
    True
    """
    if not margin > 0:
        raise ValueError(f"the margin of equivalence must be above 0, not {margin}")
    d = differences(first, second)
    mean, low, high, n = t_interval(d, 1 - 2 * alpha)
    p = max(t_test(d, -margin, "greater"), t_test(d, margin, "less"))
    return Comparison(mean, low, high, p, n)


def corrected(p: npt.ArrayLike, method: str) -> Vector:
    """The p values that are numbers, adjusted by a method of statsmodels, in their places; the others stay NaN."""
    given = np.asarray(p, dtype=float)
    known = ~np.isnan(given)
    result = np.full(given.shape, np.nan)
    if known.any():
        result[known] = multipletests(given[known], method=method)[1]
    return result


def holm(p: npt.ArrayLike) -> Vector:
    """Holm's adjusted p values [1979], for the few comparisons of a family stated beforehand. NaN stays and does not count.

    >>> holm([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    return corrected(p, "holm")


def benjamini_hochberg(p: npt.ArrayLike) -> Vector:
    """Adjusted p values of Benjamini and Hochberg [1995] (false discovery rate), for heat maps. NaN stays and does not count.

    >>> benjamini_hochberg([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    return corrected(p, "fdr_bh")


def against_baseline(values: pd.DataFrame, variant: str, baseline: str, by: list[str]) -> pd.DataFrame:
    """Per group of the columns `by` and value of the column `variant`: the mean of column `value` over seeds with its t
    interval, the mean difference from the baseline with its interval (seed by seed, over the seeds that both have), and the p
    value of the paired t test by Holm's method, the family being all comparisons of this table. Where a group has no baseline,
    or both have fewer than two seeds in common, nothing is tested (NaN).

    Columns: `by`, `variant`, estimate, low, high, n, difference, difference_low, difference_high, p, holm.
    """
    rows = []
    for key, group in values.groupby(by if len(by) > 1 else by[0], observed=True, sort=False):
        place = key if isinstance(key, tuple) else (key,)
        base = group[group[variant] == baseline]
        for name, own in group.groupby(variant, observed=True, sort=False):
            pairs = own.merge(base, on="seed", suffixes=("", "_baseline"))
            difference = paired_t(pairs["value"], pairs["value_baseline"])
            tested = name != baseline and difference.n > 1
            rows.append((*place, name, *t_interval(own["value"]), *difference[:3], difference.p if tested else math.nan))
    table = pd.DataFrame(rows, columns=[*by, variant, "estimate", "low", "high", "n", "difference", "difference_low",
                                        "difference_high", "p"])
    return table.assign(holm=holm(table["p"]))
