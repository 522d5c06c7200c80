# SPDX-License-Identifier: BSD-3-Clause
"""How alike two covariances of activation shifts are, for the transfer of noise from one perturbation to another."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]


def _mean_share(spectrum: Matrix) -> float:
    """Mean of the cumulative shares of a spectrum: 1/2 + 1/(2n) when flat, 1 when all variance is in the first direction."""
    return float(np.mean(np.cumsum(spectrum) / spectrum.sum()))


def alignment(first: Matrix, second: Matrix) -> float:
    """Alignment index of the predecessor study (noisy-ann): how much of `second`'s variance lies along the leading eigenvectors
    of `first`, in the order of their eigenvalues, against the most that any order of directions could have. 1: the same
    eigenvectors in the same order; 0: no relation; -1: the opposite order. Not symmetric. That study subtracts 1/2 where this
    one subtracts 1/2 + 1/(2n), the value of n equal shares, so that no relation is 0 for every n.

    >>> alignment(np.diag([4.0, 2.0, 1.0]), np.diag([9.0, 3.0, 1.0]))
    1.0
    """
    _, vectors = np.linalg.eigh(first)
    spectrum, directions = np.linalg.eigh(second)
    return alignment_of_eigenvectors(vectors.T[::-1], spectrum[::-1], directions.T[::-1])


def alignment_of_eigenvectors(first: Matrix, spectrum: Matrix, second: Matrix) -> float:
    """`alignment` of covariances that are decomposed already: eigenvectors of the first (one per row, by falling eigenvalue),
    eigenvalues and eigenvectors of the second."""
    along = (first @ second.T)**2 @ spectrum
    floor = 0.5 + 0.5 / len(spectrum)  # of n flat cumulative shares k/n, where the index has its zero
    spread = _mean_share(spectrum) - floor
    return (_mean_share(along) - floor) / spread if spread > 1e-12 else 0.0


def mahalanobis(shifts: Matrix, covariance: Matrix) -> Matrix:
    """Lengths sqrt(d' S^-1 d) of shifts (images x units)."""
    solved = np.linalg.solve(covariance, shifts.T)
    lengths: Matrix = np.sqrt(np.einsum("bk,kb->b", shifts, solved))
    return lengths
