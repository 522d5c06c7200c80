#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Shortest changes that reach a hyperplane within [0, 1]^D, by general solvers; prints projection_fixtures.txt.

    /usr/bin/python3 tests/robust/reference_projection.py > tests/robust/projection_fixtures.txt

For each case x, w, gain: minimise |d| subject to w . d = gain and 0 <= x + d <= 1. Linf is a linear program, l2 a quadratic one.
"""

import numpy as np
from scipy.optimize import linprog, minimize

from reference_rows import show

CASES, SIZE = 40, 12


def shortest_linf(x, w, gain):
    n = len(x)
    cost = np.r_[np.zeros(n), 1]
    within = np.vstack([np.hstack([np.eye(n), -np.ones((n, 1))]), np.hstack([-np.eye(n), -np.ones((n, 1))])])
    bounds = [(-a, 1 - a) for a in x] + [(0, None)]
    solution = linprog(cost, within, np.zeros(2 * n), np.r_[w, 0][None], [gain], bounds, method="highs")
    assert solution.success
    return solution.fun


def shortest_l2(x, w, gain):
    solution = minimize(lambda d: d @ d, np.zeros(len(x)), jac=lambda d: 2 * d, method="SLSQP",
                        bounds=[(-a, 1 - a) for a in x],
                        constraints={"type": "eq", "fun": lambda d: w @ d - gain, "jac": lambda d: w},
                        options={"ftol": 1e-14, "maxiter": 1000})
    assert solution.success
    return np.sqrt(solution.fun)


def largest_gain(x, w):
    return np.sum(np.where(w > 0, w * (1 - x), -w * x))


def main():
    random = np.random.default_rng(7)
    X = np.float32(random.uniform(0, 1, (CASES, SIZE)) ** 3).astype(float)  # many near the side at 0
    X[:, 0], X[:, 1] = 0, 1
    W = np.float32(random.normal(0, 1, (CASES, SIZE))).astype(float)
    W[:, 2] = 0
    gains = []
    for i, (x, w) in enumerate(zip(X, W)):
        share = random.uniform(0.02, 0.98)
        gains.append(share * largest_gain(x, w) if i % 2 else -share * largest_gain(x, -w))
    show("x", X)
    show("w", W)
    show("gain", gains)
    show("linf", [shortest_linf(x, w, g) for x, w, g in zip(X, W, gains)])
    show("l2", [shortest_l2(x, w, g) for x, w, g in zip(X, W, gains)])


if __name__ == "__main__":
    main()
