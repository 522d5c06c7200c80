#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Modified images by scikit-image, scipy and torchvision on given draws, and where these have no such function by the published
rule in numpy; prints modification_fixtures.txt (written with scikit-image 0.19.3, scipy 1.10.1, torchvision 0.14.1).

    /usr/bin/python3 tests/robust/reference_modifications.py > tests/robust/modification_fixtures.txt
"""

import numpy as np
import torch
from skimage import feature, filters, transform
from torchvision.transforms import functional
from torchvision.transforms.functional_tensor import elastic_transform

from reference_rows import exact, show
from reference_rules import H, W, flakes, fog, motion, mud


def affine(image, A):
    """Sampled at centre + A (p - centre), p = (x, y)."""
    centre = np.array([(W - 1) / 2, (H - 1) / 2])
    M = np.eye(3)
    M[:2, :2] = A
    M[:2, 2] = centre - A @ centre
    return transform.warp(image, transform.AffineTransform(matrix=M), order=1)


def torchvision_elastic(image, dx, dy, alpha, sigma):
    """ElasticTransform's own steps: blurred fields as shares of the image's size, then its sampling."""
    size = 2 * round(4 * sigma) + 1

    def field(d, side):
        blurred = functional.gaussian_blur(torch.tensor(d)[None, None], [size, size], [sigma, sigma])
        return (blurred * alpha / side)[0, 0]

    displacement = torch.stack([field(dx, W), field(dy, H)], -1)[None]
    return elastic_transform(torch.tensor(image)[None], displacement, "bilinear", [0.0])[0].numpy()


def glass(image, sigma, swaps, channel_axis):
    """MNIST-C's published code says multichannel=True of grey images, which is channel_axis=-1: the columns count as colours."""
    out = filters.gaussian(image, sigma, channel_axis=channel_axis)
    for x, y, dx, dy in swaps:
        out[y, x], out[y + dy, x + dx] = out[y + dy, x + dx], out[y, x]
    return filters.gaussian(out, sigma, channel_axis=channel_axis)


def plasma(side, decay, draws):
    """Diamond-square on a torus in whole-array steps; `draws` row by row, squares, then the two kinds of diamonds."""
    A = np.zeros((side, side))
    draws, scale, step = iter(draws), 1.0, side

    def mean(B):
        return B / 4 + scale * np.array([next(draws) for _ in range(B.size)]).reshape(B.shape)

    while step >= 2:
        half = step // 2
        corner = A[::step, ::step]
        square = corner + np.roll(corner, -1, 0)
        A[half::step, half::step] = mean(square + np.roll(square, -1, 1))
        middle = A[half::step, half::step]
        A[::step, half::step] = mean(middle + np.roll(middle, 1, 0) + corner + np.roll(corner, -1, 1))
        A[half::step, ::step] = mean(middle + np.roll(middle, 1, 1) + corner + np.roll(corner, -1, 0))
        step, scale = half, scale / decay**2
    A -= A.min()
    return A / A.max()


def spatter(image, m):
    """Mud of a share m at each pixel."""
    return np.clip(image * (1 - m) + 63 / 255 * m, 0, 1)


def line(c0, r0, c1, r1, shape=(H, W)):
    c, r = np.meshgrid(np.arange(shape[1]), np.arange(shape[0]))
    d = np.abs(r - ((r1 - r0) / (c1 - c0) * (c - c0) + r0))
    light = np.clip(np.log(1 - np.clip(d, 0, 2.3 - 1e-10) / 2.3) + 1, 0, 1)
    return np.where((c >= np.floor(c0)) & (c < np.ceil(c1)), light, 0)


def dotted_line(image, r0, r1):
    light = line(0, r0, W - 1, r1)
    for c in range(0, W, 4):
        light[:, c:c + 2] = 0
    return np.clip(image + light, 0, 1)


def zigzag(image, r0, r1):
    """MNIST-C's rule, teeth 2 long and 2 high, for an image of any width."""
    height, width = image.shape
    c0, c1 = 2, width - 3
    theta = np.arctan((r1 - r0) / (c1 - c0))
    d = (c1 - c0) / np.cos(theta)
    ends = [(0, 0)] + [((2 * i + 1) * 2, (-1) ** i * 2) for i in range(int((d - 2) // 4) + 1)]
    if d != 4 * (d // 4):
        ends.append((d, ends[-1][1] / (2 * (d - 4 * (d // 4)))))
    turn = np.array([[np.cos(theta), -np.sin(theta)], [np.sin(theta), np.cos(theta)]])
    cs, rs = turn @ np.array(ends, float).T + np.array([[c0], [r0]])
    out = image.copy()
    for i in range(1, len(cs)):
        out = np.clip(out + line(cs[i - 1], rs[i - 1], cs[i], rs[i], image.shape), 0, 1)
    return out


def show_warps(image, rng):
    c, s = np.cos(0.4), np.sin(0.4)
    show("rotated", affine(image, np.array([[c, -s], [s, c]])))
    show("sheared", affine(image, np.array([[1, -s], [0, c]])))
    show("scaled", affine(image, np.eye(2) / 0.7))
    # torchvision turns the image the other way round, and its sampling agrees where nothing outside the image is needed
    bilinear = functional.InterpolationMode.BILINEAR
    turned = functional.rotate(torch.tensor(image)[None], np.degrees(0.4), bilinear)
    show("rotated_torchvision", turned[0].numpy())
    faded = functional.rotate(torch.tensor(image)[None], np.degrees(0.4), bilinear, fill=[0.0])
    show("rotated_faded", faded[0].numpy())

    ends = np.array([[1, 2], [W - 3, 1], [W - 2, H - 4], [2, H - 1.0]])
    full = np.array([[0, 0], [W - 1, 0], [W - 1, H - 1], [0, H - 1.0]])
    show("corners", ends)
    show("homography", transform.warp(image, transform.estimate_transform("projective", ends, full), order=1))
    tilted = functional.perspective(torch.tensor(image)[None], full.tolist(), ends.tolist(), bilinear, fill=[0.0])
    show("perspective", tilted[0].numpy())

    dx, dy = (exact(rng.uniform(-1, 1, (H, W))) for _ in range(2))
    show("dx", dx)
    show("dy", dy)
    show("elastic", torchvision_elastic(image, dx, dy, 20, 1.0))


def show_blurs(image, rng):
    show("blurred", filters.gaussian(image, 1.1))
    show("motion", motion(image, 3, 2.0, 0.5))
    show("motion_long", motion(image, 15, 8.0, -0.7))
    show("motion_edge", motion(image, 15, 8.0, -0.7, ends=False))
    swaps = np.array([[x, y, rng.integers(-2, 2), rng.integers(-2, 2)]
                      for y in range(H - 2, 2, -1) for x in range(W - 2, 2, -1) if rng.random() < 0.5])
    show("swaps", swaps)
    show("glass", glass(image, 0.9, swaps, -1))
    show("glass_isotropic", glass(image, 0.9, swaps, None))


def show_weather(image, rng):
    heights = exact(rng.uniform(-1, 1, 16 * 16 - 1))
    show("plasma_draws", heights)
    show("plasma", plasma(16, 1.7, heights))
    show("fog", fog(image, plasma(16, 1.7, heights)[:H, :W], 2.5))
    for name, zoom, angle in [("flakes", 3, -1.2), ("flakes_half", 2.5, -2.2)]:
        draws = exact(rng.normal(size=(int(np.ceil((H + 4) / zoom)), int(np.ceil((W + 4) / zoom)))))
        show(name + "_draws", draws)
        show(name, flakes(draws, 0.55, 0.3, zoom, 0.6, 10, 4, angle)[: H + 4, : W + 4])
    draws = exact(rng.normal(size=(H, W)))
    show("spatter_draws", draws)
    show("spatter", spatter(image, mud(draws, 0.65, 0.3, 1, 0.65, 0.6)))


def show_strokes(image, rng):
    show("dotted", dotted_line(image, 2, 9))
    digit = exact(np.clip(filters.gaussian(rng.random((28, 28)) > 0.9, 1.5) * 4, 0, 1))
    show("digit", digit)
    show("zigzag", zigzag(digit, 14, 18))
    show("zigzag_down", zigzag(digit, 1, -4))
    show("edges", feature.canny(digit).astype(float))


def main():
    rng = np.random.default_rng(5)
    image = exact(rng.random((H, W)))
    show("image", image)
    for part in (show_warps, show_blurs, show_weather, show_strokes):
        part(image, rng)


main()
