# SPDX-License-Identifier: BSD-3-Clause
"""Intervals of a mean or a share. The seed is the unit of replication: a value per trained network, not per image."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from espalier.sequential import widening

Vector = npt.NDArray[np.float64]

# Fewer values have too few different resamples: below ten the interval holds less than it promises (a test simulates ten).
FEWEST_FOR_BOOTSTRAP = 10


class Interval(NamedTuple):
    """An estimate with the ends of its interval; the ends are NaN where there is no width information."""

    estimate: float
    low: float
    high: float
    n: int


def finite(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """The values as a vector; ValueError where one is not finite, since a mean over the others would be another question."""
    x = np.asarray(values, dtype=float).reshape(-1)
    if not np.isfinite(x).all():
        raise ValueError(f"{int((~np.isfinite(x)).sum())} of {len(x)} values are not finite: choose what to leave out first")
    return x


def t_interval(values: npt.ArrayLike, confidence: float = 0.95, at_least: int | None = None) -> Interval:
    """Student's t interval of the mean of independent values; without width information (NaN) for fewer than two.

    `at_least`: the values were taken one after another until the interval was narrow, at least so many (`Results.until`); the
    interval is then wider (`espalier.sequential.widening`).

    >>> [round(x, 3) for x in t_interval([1.0, 2.0, 3.0])]
    [2.0, -0.484, 4.484, 3]
    """
    x = finite(values)
    n = len(x)
    mean = float(x.mean()) if n else math.nan
    if n < 2:
        return Interval(mean, math.nan, math.nan, n)
    half = float(widening(at_least, n) * stats.t.ppf((1 + confidence) / 2, n - 1) * stats.sem(x))
    return Interval(mean, mean - half, mean + half, n)


def over_seeds(cells: pd.DataFrame, by: list[str], value: str = "accuracy", confidence: float = 0.95,
               at_least: int | None = None) -> pd.DataFrame:
    """The t interval of the mean over seeds of a column of cells, one row per combination of the columns `by` that is there.

    Cells of one seed are averaged first. `at_least` as in `t_interval`. Columns: `by`, estimate, low, high, n (seeds), in the
    order of `by`.
    """
    finite(cells[value])
    seeds = cells.groupby([*by, "seed"], observed=True, sort=False)[value].mean()
    table = seeds.groupby(by, observed=True).agg(estimate="mean", sd="std", n="size").reset_index()
    quantile = widening(at_least, table["n"]) * stats.t.ppf((1 + confidence) / 2, np.maximum(table["n"] - 1, 1))
    half = quantile * table["sd"] / np.sqrt(table["n"])
    return table.assign(low=table["estimate"] - half, high=table["estimate"] + half)[[*by, "estimate", "low", "high", "n"]]


def bootstrap_interval(values: npt.ArrayLike, statistic: Callable[..., Any] = np.mean, confidence: float = 0.95,
                       resamples: int = 9999) -> Interval:
    """BCa bootstrap interval [Efron 1987] of a statistic of independent values; NaN ends for fewer than ten.

    `statistic` takes (values, axis=...), as numpy's do. The bootstrap knows the spread of few values too well: the level
    is expanded as in [Hesterberg 2015, section 4.3], so that a mean of normal values gets the width of its t interval.
    The resamples are drawn with a fixed seed: the same values give the same interval.

    >>> interval = bootstrap_interval([0.84, 0.86, 0.85, 0.88, 0.86, 0.85, 0.87, 0.83, 0.86, 0.9])
    >>> f"{interval.low:.3f} to {interval.high:.3f}"
    '0.848 to 0.876'
    """
    x = finite(values)
    n = len(x)
    estimate = float(statistic(x, axis=-1)) if n else math.nan
    if n < FEWEST_FOR_BOOTSTRAP:
        return Interval(estimate, math.nan, math.nan, n)
    if np.ptp(x) == 0:
        return Interval(estimate, estimate, estimate, n)
    expanded = math.sqrt(n / (n - 1)) * stats.t.ppf((1 + confidence) / 2, n - 1)
    result = stats.bootstrap((x,), statistic, vectorized=True, n_resamples=resamples, method="BCa",
                             confidence_level=2 * float(stats.norm.cdf(expanded)) - 1, random_state=np.random.default_rng(0))
    low, high = result.confidence_interval
    return Interval(estimate, float(low), float(high), n)


def wilson_interval(correct: int, images: int, confidence: float = 0.95) -> Interval:
    """Wilson's score interval [1927] of a share, as the accuracy of one network on `images` images.

    >>> [round(x, 4) for x in wilson_interval(5000, 10000)]
    [0.5, 0.4902, 0.5098, 10000]
    """
    if not 0 <= correct <= images:
        raise ValueError(f"correct must be from 0 to images ({images}), not {correct}")
    if images == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    ends = stats.binomtest(correct, images).proportion_ci(confidence, method="wilson")
    return Interval(correct / images, float(ends.low), float(ends.high), images)


def simultaneous_band(values: npt.ArrayLike, confidence: float = 0.95, resamples: int = 9999) -> tuple[Vector, Vector, Vector]:
    """A band that holds the whole curve of means, not each point alone: (mean, low, high), one value per point.

    `values` is seeds x points, one curve per network. The band is mean +- q standard errors, with q the quantile of the largest
    |t| over the points: max-t by a parametric bootstrap, normal curves with the correlation of the given ones, each studentised
    by its own deviations. (Drawing the few seeds themselves again gives bands that are far too wide: sets of three seeds hardly
    differ.) The draws have a fixed seed. Ends are NaN for fewer than two seeds; points without spread have no width.
    """
    x = np.atleast_2d(np.asarray(values, dtype=float))
    finite(x)
    n, points = x.shape
    mean = x.mean(axis=0)
    if n < 2:
        return mean, np.full(points, np.nan), np.full(points, np.nan)
    sd = np.where(np.ptp(x, axis=0) > 0, x.std(axis=0, ddof=1), 0.0)
    deviations = (x - mean)[:, sd > 0] / sd[sd > 0]
    if not deviations.size:
        return mean, mean.copy(), mean.copy()
    # Mixtures of the deviations with normal weights have their correlation; only differences between the seeds matter.
    curves = np.random.default_rng(0).standard_normal((resamples, n, n)) @ deviations
    t = np.abs(curves.mean(axis=1)) / curves.std(axis=1, ddof=1) * math.sqrt(n)
    q = float(np.quantile(t.max(axis=1), confidence, method="higher"))
    return mean, mean - q * sd / math.sqrt(n), mean + q * sd / math.sqrt(n)


def seeds_and_images_interval(outcomes: npt.ArrayLike, confidence: float = 0.95) -> Interval:
    """The interval of an accuracy over other seeds and other images at once; NaN ends for fewer than two of either.

    `outcomes` is seeds x images, one row of `Results.outcomes` per network, all on the same images. A t interval over seeds alone
    is about these test images; this one is also about new ones. Seeds and images are crossed random effects: the variance of the
    mean is (MS_seeds + MS_images - MS_rest) / (seeds * images), its degrees of freedom are Satterthwaite's [1946]. (A bootstrap
    of seeds and of images holds the truth in 99 % where 95 % are asked for, since it counts the rest three times [Owen 2007].)
    `n` is the number of seeds.
    """
    y = np.atleast_2d(np.asarray(outcomes, dtype=float))
    finite(y)
    n, m = y.shape
    mean = float(y.mean()) if y.size else math.nan
    if n < 2 or m < 2:
        return Interval(mean, math.nan, math.nan, n)
    seeds, images = y.mean(axis=1) - mean, y.mean(axis=0) - mean
    rest = y - mean - seeds[:, None] - images
    free = np.array([n - 1, m - 1, (n - 1) * (m - 1)])
    squares = np.array([m * (seeds**2).sum(), n * (images**2).sum(), (rest**2).sum()]) / free
    # Where seeds or images differ by less than chance, the others still bound the variance from below.
    variance = max(float(squares[0] + squares[1] - squares[2]), float(squares[:2].max()))
    if variance == 0:
        return Interval(mean, mean, mean, n)
    half = float(stats.t.ppf((1 + confidence) / 2, variance**2 / (squares**2 / free).sum())) * math.sqrt(variance / (n * m))
    return Interval(mean, mean - half, mean + half, n)
