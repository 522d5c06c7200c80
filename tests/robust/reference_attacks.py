#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Attack trajectories in float64, written from the papers' definitions with numpy alone; prints attack_fixtures.txt.

    /usr/bin/python3 tests/robust/reference_attacks.py > tests/robust/attack_fixtures.txt

Images are rows here. Weights, images and starts are exact in float32, so that both sides attack the same network. Each
attack is followed by a row `certain-...`: 0 for images whose path hangs on a rounding error (a gradient or a difference of
losses so close to 0 that float32 may see another sign), which are not to be compared.
"""

import numpy as np

from reference_rows import show

WIDTHS = (12, 10, 8, 6)
IMAGES = 24
EPS = {"linf": 0.07, "l2": 0.2}
CERTAIN = np.ones(IMAGES, bool)  # of the attack that is running


def network(random):
    exact = lambda A: np.float32(A).astype(float)
    return [(exact(random.normal(0, np.sqrt(2 / n), (m, n))), exact(random.normal(0, 0.1, m)))
            for n, m in zip(WIDTHS, WIDTHS[1:])]


def forward(layers, X):
    activations = [X]
    for i, (W, b) in enumerate(layers):
        Y = activations[-1] @ W.T + b
        activations.append(np.maximum(Y, 0) if i + 1 < len(layers) else Y)
    return activations


def input_gradient(layers, activations, dZ):
    dY = dZ
    for i in reversed(range(len(layers))):
        dY = dY @ layers[i][0]
        if i > 0:
            dY = dY * (activations[i] > 0)
    return dY


def cross_entropy(Z, y, _):
    rows = np.arange(len(y))
    shifted = Z - Z.max(1, keepdims=True)
    logsum = np.log(np.exp(shifted).sum(1))
    dZ = np.exp(shifted - logsum[:, None])
    dZ[rows, y] -= 1
    return logsum - shifted[rows, y], dZ


def ratio_loss(Z, y, targets, targeted):
    """DLR and targeted DLR; the gradient by the quotient rule."""
    loss, dZ = np.empty(len(y)), np.zeros_like(Z)
    for b, z in enumerate(Z):
        order = np.argsort(-z, kind="stable")
        up = targets[b] if targeted else order[1] if order[0] == y[b] else order[0]
        top, under = order[0], order[2:4] if targeted else order[2:3]
        numerator, denominator = z[up] - z[y[b]], z[top] - z[under].mean() + 1e-12
        loss[b] = numerator / denominator
        d_num, d_den = np.zeros_like(z), np.zeros_like(z)
        d_num[up] += 1
        d_num[y[b]] -= 1
        d_den[top] += 1
        d_den[under] -= 1 / len(under)
        dZ[b] = (d_num * denominator - numerator * d_den) / denominator**2
    return loss, dZ


LOSSES = {
    "ce": cross_entropy,
    "dlr": lambda Z, y, t: ratio_loss(Z, y, t, False),
    "targeted-dlr": lambda Z, y, t: ratio_loss(Z, y, t, True),
}


def evaluate(layers, X, y, loss="ce", targets=None):
    activations = forward(layers, X)
    value, dZ = LOSSES[loss](activations[-1], y, targets)
    G = input_gradient(layers, activations, dZ)
    largest = np.abs(G).max(1, keepdims=True)
    CERTAIN[((G != 0) & (np.abs(G) < 1e-5 * largest)).any(1) | (largest[:, 0] < 1e-6)] = False
    return value, G, activations[-1].argmax(1) != y


def length(D):
    return np.sqrt((D**2).sum(1, keepdims=True))


def project(norm, X0, X):
    if norm == "linf":
        return np.clip(np.clip(X, X0 - EPS[norm], X0 + EPS[norm]), 0, 1)
    size = length(X - X0)
    return np.clip(X0 + (X - X0) * np.where(size > EPS[norm], EPS[norm] / np.maximum(size, 1e-300), 1), 0, 1)


def direction(norm, G):
    return np.sign(G) if norm == "linf" else G / np.maximum(length(G), 1e-300)


def climb(layers, X0, y, norm, steps, step, X=None, decay=None):
    X, M = X0 if X is None else X, np.zeros_like(X0)
    for _ in range(steps):
        G = evaluate(layers, X, y)[1]
        if decay is not None:
            M = decay * M + G / np.maximum(np.abs(G).sum(1, keepdims=True), 1e-300)
            G = M
        X = project(norm, X0, X + step * direction(norm, G))
    return X


def checkpoint_list(n, art):
    if art:
        w = [0.0, 0.22]
        while w[-1] < 1:
            w.append(w[-1] + max(w[-1] - w[-2] - 0.03, 0.06))
        return [int(np.ceil(v * n)) for v in w[1:-1]]
    out, interval, at = [], max(int(0.22 * n), 1), 0
    while at + interval <= n:
        at += interval
        out.append(at)
        interval = max(interval - max(int(0.03 * n), 1), max(int(0.06 * n), 1))
    return out


def apgd(layers, X0, y, norm, start, loss, targets=None, n=100, art=False, rho=0.75):
    """Croce & Hein 2020, algorithm 1, with the published code's book-keeping."""
    X, X_before = start.copy(), start.copy()
    f, G, fooled = evaluate(layers, X, y, loss, targets)
    X_best, G_best, f_best, f_start = X.copy(), G.copy(), f.copy(), f.copy()
    X_fooling, ever = X.copy(), fooled.copy()
    eta = np.full(len(y), 0.1 if art else 2 * EPS[norm])
    history, last, halved, f_best_last = [f_start], 0, np.ones(len(y), bool), f.copy()
    for k in range(1, n + 1):
        U = project(norm, X0, X + eta[:, None] * direction(norm, G))
        X_new = U if k == 1 else project(norm, X0, X + 0.75 * (U - X) + 0.25 * (X - X_before))
        X_before, X = X, X_new
        f, G, fooled = evaluate(layers, X, y, loss, targets)
        X_fooling[fooled], ever = X[fooled], ever | fooled
        better = f > f_best
        for gap in np.abs(f - f_best), np.abs(f - history[-1]):
            CERTAIN[(gap > 0) & (gap < 2e-6)] = False
        X_best[better], G_best[better], f_best[better] = X[better], G[better], f[better]
        history.append(f)
        if k in checkpoint_list(n, art):
            rises = sum(history[j] > history[j - 1] for j in range(last + 1, k + 1))
            oscillates = rises < rho * (k - last) if art else rises <= rho * (k - last)
            halved = oscillates | (~halved & (f_best_last >= f_best))
            f_best_last, last = f_best.copy(), k
            eta[halved] /= 2
            X, G = X.copy(), G.copy()
            X[halved], G[halved] = X_best[halved], G_best[halved]
    return np.where(ever[:, None], X_fooling, X_best)


def deepfool(layers, X0, y, steps=50, overshoot=0.02):
    """Moosavi-Dezfooli et al. 2016 with the published code's constant of 1e-4 on top of the distance; pixels are clipped to
    [0, 1] after each sum of the steps, which itself is not."""
    X, rows = X0.copy(), np.arange(len(y))
    total = np.zeros_like(X0)
    for _ in range(steps):
        activations = forward(layers, X)
        Z = activations[-1]
        standing = Z.argmax(1) == y
        if not standing.any():
            break
        best, step = np.full(len(y), np.inf), np.zeros_like(X0)
        for k in range(Z.shape[1]):
            dZ = np.zeros_like(Z)
            dZ[:, k] += 1
            dZ[rows, y] -= 1
            W = input_gradient(layers, activations, dZ)
            size = length(W)[:, 0]
            distance = np.abs(Z[:, k] - Z[rows, y]) / np.maximum(size, 1e-300)
            near = (k != y) & (size > 0) & (distance < best)
            CERTAIN[(k != y) & (np.abs(distance - np.minimum(best, 1e300)) < 1e-6)] = False
            step[near] = ((distance[near] + 1e-4) / size[near])[:, None] * W[near]
            best[near] = distance[near]
        total[standing] += step[standing]
        X = np.where(standing[:, None], np.clip(X0 + (1 + overshoot) * total, 0, 1), X)
        margin = np.sort(forward(layers, X)[-1], axis=1)
        CERTAIN[margin[:, -1] - margin[:, -2] < 1e-6] = False
    return X


def show_attack(name, attack, *arguments, **keywords):
    CERTAIN[:] = True
    show(name, attack(*arguments, **keywords))
    show(f"certain-{name}", CERTAIN)


def main():
    random = np.random.default_rng(1)
    layers = network(random)
    X0 = np.float32(random.uniform(0, 1, (IMAGES, WIDTHS[0]))).astype(float)
    Z = forward(layers, X0)[-1]
    y = Z.argmax(1)
    targets = np.argsort(-Z, axis=1, kind="stable")[:, 2]
    starts = {}
    for norm in EPS:
        D = random.normal(size=X0.shape) if norm == "l2" else random.uniform(-1, 1, X0.shape)
        D = D / length(D) * EPS[norm] * 0.7 if norm == "l2" else D * EPS[norm]
        starts[norm] = np.float32(project(norm, X0, X0 + D)).astype(float)

    for i, (W, b) in enumerate(layers):
        show(f"weight{i}", W)
        show(f"bias{i}", b)
    show("images", X0)
    show("labels", y)
    show("targets", targets)
    for norm in EPS:
        eps, start = EPS[norm], starts[norm]
        show(f"start-{norm}", start)
        fixed = (layers, X0, y, norm)
        show_attack(f"fgsm-{norm}", climb, *fixed, 1, eps)
        show_attack(f"bim-{norm}", climb, *fixed, 10, 0.2 * eps)
        show_attack(f"pgd-{norm}", climb, *fixed, 40, 2.5 / 40 * eps, start)
        show_attack(f"mim-{norm}", climb, *fixed, 10, eps / 10, decay=1.0)
        show_attack(f"mim-half-{norm}", climb, *fixed, 10, eps / 10, decay=0.5)
        for loss in LOSSES:
            show_attack(f"apgd-{loss}-{norm}", apgd, *fixed, start, loss, targets)
            show_attack(f"apgd-short-{loss}-{norm}", apgd, *fixed, start, loss, targets, n=10)
    show_attack("deepfool", deepfool, layers, X0, y)
    show_attack("pgd-art-linf", climb, layers, X0, y, "linf", 100, 0.1)
    show_attack("apgd-art-linf", apgd, layers, X0, y, "linf", starts["linf"], "ce", art=True)


if __name__ == "__main__":
    main()
