#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The attacks of the Adversarial Robustness Toolbox 1.20.1 in float64, image by image, from a reading of its code, on given
draws; prints art_fixtures.txt.

    /usr/bin/python3 tests/robust/reference_art.py > tests/robust/art_fixtures.txt

Every forward pass of an image takes its next noise vector. Noise, random starts, stripes and windows come from an integer hash
that letter_draws.hpp has as well. Rows `certain-...` are 0 for images whose path hangs on a rounding error of float32: a
gradient, a neuron or a difference of losses close to 0.
"""

import numpy as np

from reference_letter import hashed
from reference_rows import show

SIDE = 6
WIDTHS = (SIDE * SIDE, 16, 10, 4)
IMAGES = 40
EPS = {"": .07, "-large": .3}
SIDES = [(0, 5), (2, 3), (5, 2), (99, 1)]  # of windows of 6 x 6 pixels: last step, side


class Model:
    """A network with noise behind its first layer."""

    def __init__(self, layers, noise: float):
        self.layers, self.noise = layers, noise
        self.passes = np.zeros(IMAGES, int)
        self.certain = np.ones(IMAGES, bool)

    def forward(self, b: int, x):
        """Activations of image b in its next pass."""
        activations = [x]
        for i, (W, bias) in enumerate(self.layers):
            y = W @ activations[-1] + bias
            if i + 1 < len(self.layers):
                self.doubt(b, np.abs(y).min() < 2e-6)
                y = np.maximum(y, 0)
            if i == 0:
                y = y + self.noise * np.array([hashed(b, self.passes[b], u, 0) - .5 for u in range(len(y))])
            activations.append(y)
        self.passes[b] += 1
        return activations

    def doubt(self, b: int, yes) -> None:
        if yes:
            self.certain[b] = False

    def logits(self, b: int, x):
        return self.forward(b, x)[-1]

    def correct(self, b: int, x, y: int) -> bool:
        z = self.logits(b, x)
        self.doubt(b, np.diff(np.sort(z))[-1] < 1e-5)
        return bool(z.argmax() == y)

    def loss(self, b: int, x, y: int) -> float:
        z = self.logits(b, x)
        margin = z[y] - np.delete(z, y).max()
        self.doubt(b, 12 < margin < 38)  # float32 rounds the share of the label to 1 there, float64 does not
        return float(np.log(np.exp(z - z.max()).sum()) - (z[y] - z.max()))

    def gradient(self, b: int, x, y: int):
        activations = self.forward(b, x)
        z = activations[-1]
        d = np.exp(z - z.max())
        d /= d.sum()
        d[y] -= 1
        for i in reversed(range(len(self.layers))):
            d = self.layers[i][0].T @ d
            if i > 0:
                d = d * (self.layers[i - 1][0] @ activations[i - 1] + self.layers[i - 1][1] > 0)
        largest = np.abs(d).max()
        self.doubt(b, ((d != 0) & (np.abs(d) < 1e-5 * largest)).any())
        return d

    def margin(self, b: int, x, y: int) -> float:
        z = self.logits(b, x)
        return float(z[y] - np.sort(z)[-2])


def P(x, eps, v):
    return x + np.sign(v - x) * np.minimum(np.abs(v - x), eps)


def C(v):
    return np.clip(v, 0, 1)


def pgd(model, X, y, eps, step, steps):
    out = X.copy()
    for b, x in enumerate(X):
        for _ in range(steps):
            out[b] = P(x, eps, C(out[b] + step * np.sign(model.gradient(b, out[b], y[b]))))
    return out


def run(model, images, X, y, eps, starts, step=.1):
    """One run of Auto-PGD for a batch; starts are its rows."""
    x0 = {b: starts[i] for i, b in enumerate(images)}
    cur, prev, best, before, eta, count, top, F, E = ({} for _ in range(9))
    for b in images:
        eta[b] = E[b] = step
        x1 = P(X[b], eps, C(x0[b] + eta[b] * np.sign(model.gradient(b, x0[b], y[b]))))
        f0, f1 = model.loss(b, x0[b], y[b]), model.loss(b, x1, y[b])
        model.doubt(b, 0 < abs(f0 - f1) < 2e-6)
        best[b], top[b], count[b] = (x1, f1, 1) if f1 >= f0 else (x0[b], f0, 0)
        before[b], F[b], prev[b], cur[b] = X[b], f0, x0[b], x1
    last = 0
    for k in range(1, 100):
        new, f = {}, {}
        for b in images:
            z = P(X[b], eps, C(cur[b] + eta[b] * np.sign(model.gradient(b, cur[b], y[b]))))
            new[b] = P(X[b], eps, C(cur[b] + .75 * (z - cur[b]) + .25 * (cur[b] - prev[b])))
            f[b] = model.loss(b, new[b], y[b])
        if all(value == 0 for value in f.values()):
            return new
        for b in images:
            model.doubt(b, 0 < abs(f[b] - top[b]) < 2e-6)
            if f[b] > top[b]:
                count[b] += 1
                best[b], before[b], top[b] = new[b], cur[b], f[b]
            prev[b], cur[b] = cur[b], new[b]
            if k in (22, 41, 58, 70, 80, 87, 93, 99):
                if count[b] < .75 * (k - last) or (eta[b] == E[b] and top[b] == F[b]):
                    eta[b], cur[b], prev[b] = eta[b] / 2, best[b], before[b]
                count[b], E[b], F[b] = 0, eta[b], top[b]
        if k in (22, 41, 58, 70, 80, 87, 93, 99):
            last = k
    return cur


def uniform_start(b: int, restart: int):
    return np.array([hashed(b, restart, d, 1) * 2 - 1 for d in range(SIDE * SIDE)])


def auto_pgd(model, X, y, eps, restarts=5, batch=32):
    xa = X.copy()
    for r in range(restarts):
        R = [b for b in range(len(X)) if model.correct(b, xa[b], y[b])]
        if not R:
            break
        s = {b: P(X[b], eps, C(xa[b] + eps * uniform_start(b, r))) for b in R}
        for first in range(0, len(R), batch):
            part = R[first:first + batch]
            ends = run(model, part, X, y, eps, [s[b] for b in part])
            for b in part:
                if not model.correct(b, ends[b], y[b]):
                    s[b] = ends[b]
        for b in R:
            xa[b] = s[b]
    return xa


def square(model, X, y, eps):
    cur = X.reshape(-1, SIDE, SIDE).copy()
    margin = lambda b, x: model.margin(b, x.ravel(), y[b])

    def attempt(b, change):
        x = X[b].reshape(SIDE, SIDE)
        candidate = C(np.clip(cur[b] + change, x - eps, x + eps))
        m0, m1 = margin(b, cur[b]), margin(b, candidate)
        model.doubt(b, 0 < abs(m1 - m0) < 2e-6)
        if m1 - m0 < 0:
            cur[b] = candidate

    R = [b for b in range(len(X)) if model.correct(b, cur[b].ravel(), y[b])]
    if not R:
        return X
    for b in R:
        columns = np.array([1. if hashed(b, c, 0, 2) < .5 else -1. for c in range(SIDE)])
        attempt(b, np.ones((SIDE, 1)) * eps * columns)
    for i in range(100):
        R = [b for b in range(len(X)) if model.correct(b, cur[b].ravel(), y[b])]
        if not R:
            break
        s = next(side for last, side in SIDES if i <= last)
        row, column = (int(hashed(i, n, 0, 3) * (SIDE - s)) for n in (0, 1))
        change = np.zeros((SIDE, SIDE))
        change[row:row + s, column:column + s] = 2 * eps * (1 if hashed(i, 2, 0, 3) < .5 else -1)
        for b in R:
            attempt(b, change)
    return cur.reshape(len(X), -1)


def show_attack(name, layers, noise, attack, *arguments):
    model = Model(layers, noise)
    show(name, attack(model, *arguments))
    show(f"certain-{name}", model.certain)
    show(f"passes-{name}", model.passes)


def main():
    random = np.random.default_rng(3)
    exact = lambda A: np.float32(A).astype(float)
    layers = [(exact(random.normal(0, np.sqrt(2 / n), (m, n))), exact(random.normal(0, .1, m)))
              for n, m in zip(WIDTHS, WIDTHS[1:])]
    X = exact(random.uniform(0, 1, (IMAGES, WIDTHS[0])))
    X[:, ::5] = 0  # at the edge of the box, as the background of clothes is
    y = np.array([Model(layers, 0).logits(b, x).argmax() for b, x in enumerate(X)])
    for i, (W, bias) in enumerate(layers):
        show(f"weight{i}", W)
        show(f"bias{i}", bias)
    show("images", X)
    show("labels", y)
    for name, eps in EPS.items():
        show_attack("fgm" + name, layers, 1.5, pgd, X, y, eps, eps, 1)
        show_attack("pgd" + name, layers, 1.5, pgd, X, y, eps, .1, 100)
        show_attack("square" + name, layers, 1.5, square, X, y, eps)
    show_attack("autopgd", layers, 1.5, auto_pgd, X, y, .03)
    show_attack("autopgd-quiet", layers, 0, auto_pgd, X, y, .03)
    show_runs(layers, X, y)


def show_runs(layers, X, y):
    loud = [*layers[:-1], (layers[-1][0] * 48, layers[-1][1] * 48)]  # margins where exp(-margin) is no float32 zero
    sure = np.array([np.diff(np.sort(Model(loud, 0).logits(b, x)))[-1] for b, x in enumerate(X)])
    chosen = np.argsort(-sure)[:5]  # a batch of five, all sure; then one with a doubtful image
    doubtful = np.argsort(sure)[:1]
    for name, images in [("stop", chosen), ("go", np.concatenate([chosen[:4], doubtful]))]:
        show("images-" + name, images)
        model = Model(loud, 0)
        ends = run(model, list(images), X, y, .01, [X[b] for b in images], .001)
        show("run-" + name, np.array([ends[b] for b in images]))
        show("certain-run-" + name, model.certain[images])


if __name__ == "__main__":
    main()
