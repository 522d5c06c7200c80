#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""True smallest linf changes that turn images of tiny ReLU networks, by mixed-integer programming; prints minimum_fixtures.txt.

    /usr/bin/python3 tests/robust/reference_minimum.py > tests/robust/minimum_fixtures.txt

For each image and other class t: minimise eps subject to |x - x0| <= eps, 0 <= x <= 1, z_t(x) >= z_y(x), where every ReLU has
one binary variable and bounds by interval arithmetic [Tjeng et al. 2019]. The smallest eps over t is the image's minimum.
"""

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from reference_rows import show

NETWORKS = [(12, 10, 4), (12, 8, 6, 4)]
IMAGES = 30


def network(random, widths):
    exact = lambda A: np.float32(A).astype(float)
    return [(exact(random.normal(0, np.sqrt(2 / n), (m, n))), exact(random.normal(0, 0.1, m)))
            for n, m in zip(widths, widths[1:])]


def logits(layers, x):
    for W, b in layers[:-1]:
        x = np.maximum(W @ x + b, 0)
    return layers[-1][0] @ x + layers[-1][1]


class Program:
    """Variables eps, x, then per hidden neuron its output and its binary; rows are collected as dense constraints."""

    def __init__(self, layers, x0):
        self.layers = layers
        self.hidden = [len(b) for _, b in layers[:-1]]
        self.size = 1 + len(x0) + 2 * sum(self.hidden)
        self.rows, self.low, self.high = [], [], []
        self.integrality = np.zeros(self.size)
        self.upper = np.ones(self.size)
        self.x = 1 + np.arange(len(x0))
        for i, j in enumerate(self.x):
            self.add({j: 1, 0: -1}, high=x0[i])
            self.add({j: 1, 0: 1}, low=x0[i])
        self.encode_layers()

    def add(self, terms, low=-np.inf, high=np.inf):
        row = np.zeros(self.size)
        for j, value in terms.items():
            row[j] += value
        self.rows.append(row)
        self.low.append(low)
        self.high.append(high)

    def encode_layers(self):
        below, l, u, first = self.x, np.zeros(len(self.x)), np.ones(len(self.x)), 1 + len(self.x)
        for W, b in self.layers[:-1]:
            zl = np.maximum(W, 0) @ l + np.minimum(W, 0) @ u + b
            zu = np.maximum(W, 0) @ u + np.minimum(W, 0) @ l + b
            above, binary = first + np.arange(len(b)), first + len(b) + np.arange(len(b))
            for k, (a, s) in enumerate(zip(above, binary)):
                pre = {j: -w for j, w in zip(below, W[k])}
                self.add({a: 1, **pre}, low=b[k])  # a >= z
                self.add({a: 1, s: -zl[k], **pre}, high=b[k] - zl[k])  # a <= z - zl (1 - s)
                self.add({a: 1, s: -max(zu[k], 0)}, high=0)  # a <= zu s
                self.upper[a] = max(zu[k], 0)
                self.integrality[s] = 1
            below, l, u, first = above, np.maximum(zl, 0), np.maximum(zu, 0), first + 2 * len(b)
        self.top = below

    def minimum(self, y, t):
        W, b = self.layers[-1]
        row = np.zeros(self.size)
        row[self.top] = W[t] - W[y]
        rows, low, high = np.vstack([*self.rows, row]), [*self.low, b[y] - b[t]], [*self.high, np.inf]
        cost = np.zeros(self.size)
        cost[0] = 1
        solution = milp(cost, constraints=LinearConstraint(rows, low, high), integrality=self.integrality,
                        bounds=Bounds(np.zeros(self.size), self.upper),
                        options={"mip_rel_gap": 1e-9})
        return solution.fun if solution.success else np.inf


def main():
    random = np.random.default_rng(3)
    for n, widths in enumerate(NETWORKS):
        layers = network(random, widths)
        X = np.float32(random.uniform(0, 1, (IMAGES, widths[0]))).astype(float)
        labels = [int(logits(layers, x).argmax()) for x in X]
        minima = [min(Program(layers, x).minimum(y, t) for t in range(widths[-1]) if t != y) for x, y in zip(X, labels)]
        for i, (W, b) in enumerate(layers):
            show(f"net{n}-weight{i}", W)
            show(f"net{n}-bias{i}", b)
        show(f"net{n}-images", X)
        show(f"net{n}-labels", labels)
        show(f"net{n}-minima", np.minimum(minima, 9))


if __name__ == "__main__":
    main()
