# SPDX-License-Identifier: BSD-3-Clause
"""What a curve of accuracy against level comes to: one number per network, so that seeds stay the unit of replication."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import integrate

Vector = npt.NDArray[np.float64]


def kept(levels: npt.ArrayLike, accuracy: npt.ArrayLike, chance: float) -> tuple[Vector, Vector]:
    """Levels in order, and the share of the accuracy above chance that is left at each of them: (A(f) - c) / (A(0) - c).

    ValueError where a level is there twice or where level 0 (not perturbed) is missing. NaN for a network that is no better
    than chance before it is perturbed.
    """
    x, y = np.asarray(levels, dtype=float), np.asarray(accuracy, dtype=float)
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f"a curve needs one accuracy per level, not {y.shape} for {x.shape}")
    order = np.argsort(x)
    x, y = x[order], y[order]
    if not len(x) or x[0] != 0:
        raise ValueError("a curve needs its accuracy at level 0, not perturbed")
    if (np.diff(x) == 0).any():
        raise ValueError("a curve has each level once: average over repeated levels first")
    above = y[0] - chance
    return x, (y - chance) / above if above > 0 else np.full(len(x), np.nan)


def robustness_area(levels: npt.ArrayLike, accuracy: npt.ArrayLike, chance: float) -> float:
    """Mean share of the accuracy above chance that is kept, over the levels from 0 to the highest (trapezoids).

    For levels up to 1 it is the area R = int_0^1 (A(f) - c) / (A(0) - c) df. 1 says that nothing is lost at any level.

    >>> robustness_area([0.0, 0.5, 1.0], [0.9, 0.5, 0.1], chance=0.1)
    0.5
    """
    x, share = kept(levels, accuracy, chance)
    if len(x) < 2:
        raise ValueError("an area needs two levels")
    return float(integrate.trapezoid(share, x) / x[-1])


def critical_level(levels: npt.ArrayLike, accuracy: npt.ArrayLike, chance: float, share: float = 0.5) -> float:
    """The first level at which less than `share` of the accuracy above chance is kept, between two levels by a straight line.

    NaN where the curve stays above: the critical level lies beyond the levels, and a mean over seeds must not hide that.

    >>> round(critical_level([0.0, 0.4, 0.8], [0.9, 0.7, 0.3], chance=0.1), 3)
    0.6
    """
    x, kept_share = kept(levels, accuracy, chance)
    below = np.flatnonzero(kept_share < share)
    if not len(below):
        return math.nan
    i = int(below[0])
    high, low = kept_share[i - 1], kept_share[i]
    return float(x[i - 1] + (high - share) / (high - low) * (x[i] - x[i - 1]))


def at_clean_accuracy(clean: npt.ArrayLike, accuracy: npt.ArrayLike, target: float) -> float:
    """The accuracy under a perturbation at the strength of a noise that leaves the accuracy `target` on images as they are, so
    that noises are compared at equal cost and not at equal strength.

    `clean` and `accuracy` are those of one network at several strengths; between two neighbours in clean accuracy it goes by a
    straight line. NaN where `target` lies beyond them. ValueError where a clean accuracy is there twice.

    >>> round(at_clean_accuracy([0.9, 0.8, 0.6], [0.1, 0.3, 0.4], 0.7), 3)
    0.35
    """
    x, y = np.asarray(clean, dtype=float), np.asarray(accuracy, dtype=float)
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f"every strength needs both accuracies, not {x.shape} and {y.shape}")
    order = np.argsort(x)
    x, y = x[order], y[order]
    if (np.diff(x) == 0).any():
        raise ValueError("two strengths leave the same clean accuracy: average over repeated levels first")
    return float(np.interp(target, x, y, left=math.nan, right=math.nan)) if len(x) else math.nan
