#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Corruptions of arXiv 2606.13801 by their published rules in numpy, on given draws; prints letter_fixtures.txt.

    /usr/bin/python3 tests/robust/reference_letter.py > tests/robust/letter_fixtures.txt

The rules are those of a reading of the study's code, of imagecorruptions and of torchvision. Draws and images come from an
integer hash that letter_draws.hpp has as well; a rule does not mind by what law its draws came.
"""

import math

import numpy as np

from reference_rows import show

SIDE = 28
MARGIN = 2


def hashed(*key) -> float:
    """A number on [0, 1) with 16 bits."""
    h = sum(int(a) * b for a, b in zip(key, (7919, 104729, 1299709, 15485863))) + 12345
    h = h * 2654435761 % 2**32
    h = (h ^ h >> 15) * 2246822519 % 2**32
    return (h >> 16) / 65536


def numbers(name: int, count: int):
    return np.array([hashed(name, i) for i in range(count)])


def picture():
    """Bytes: a black border and a dark half, as clothes have it, else anything."""
    k = np.floor(numbers(1, SIDE * SIDE) * 256).reshape(SIDE, SIDE)
    k[:4] = 0
    k[:, :14] = np.floor(k[:, :14] / 4)
    return k


def to_colours(k):
    """What the study hands to imagecorruptions: 32 x 32 red, green and blue bytes."""
    return np.repeat(np.pad(k, MARGIN)[:, :, None], 3, axis=2)


def inside(y):
    """Cut off to bytes, without the margin."""
    return np.uint8(y).astype(float)[MARGIN:-MARGIN, MARGIN:-MARGIN]


def brightness(k, c):
    v = to_colours(k)[:, :, 0] / 255.
    return inside(np.clip(v + c, 0, 1) * 255)


def contrast(k, c):
    x = to_colours(k) / 255.
    means = np.mean(x, axis=(0, 1), keepdims=True)
    return inside(np.clip((x - means) * c + means, 0, 1) * 255)[:, :, 0]


def grey(colours):
    """Of bytes, as float32."""
    r, g, b = (np.float32(c) / np.float32(255) for c in np.moveaxis(colours, -1, 0))
    return np.float32(.2989) * r + np.float32(.587) * g + np.float32(.114) * b


def gaussian_noise(k, z, sd):
    """z: 28 x 28 x 3."""
    x = k[:, :, None] / 255.
    return grey(np.uint8(np.clip(x + sd * z, 0, 1) * 255))


def impulse_noise(k, u, amount):
    colours = np.repeat(k[:, :, None], 3, axis=2)
    colours[u < amount] = 255
    colours[u < amount / 2] = 0
    return grey(colours)


def shifted(x, dx, dy):
    """Moved by (dx, dy); the nearest valid column and row fill the vacated ones."""
    height, width = x.shape
    if dx > 0:
        x = np.concatenate([np.repeat(x[:, :1], dx, 1), x[:, :-dx]], axis=1)
    elif dx < 0:
        x = np.concatenate([x[:, -dx:], np.repeat(x[:, -1:], -dx, 1)], axis=1)
    if dy > 0:
        x = np.concatenate([np.repeat(x[:1], dy, 0), x[:-dy]])
    elif dy < 0:
        x = np.concatenate([x[-dy:], np.repeat(x[-1:], -dy, 0)])
    assert x.shape == (height, width)
    return x


def blurred(x, radius, sigma, degrees):
    """One-sided: taps 0 .. 2 radius."""
    weights = [math.exp(-i**2 / (2 * sigma**2)) for i in range(2 * radius + 1)]
    total, theta = sum(weights), math.radians(degrees)
    out = np.zeros(x.shape)
    for i, weight in enumerate(weights):
        dx, dy = -math.ceil(i * math.cos(theta) - .5), -math.ceil(i * math.sin(theta) - .5)
        if abs(dx) >= x.shape[1] or abs(dy) >= x.shape[0]:
            break
        out = out + weight / total * shifted(x, dx, dy)
    return out


def motion_blur(k, radius, sigma, degrees):
    return inside(np.clip(blurred(np.pad(k, MARGIN), radius, sigma, degrees), 0, 255))


def zoomed(x, side):
    """Linear between the corner pixels."""
    at = np.arange(side) * (len(x) - 1) / (side - 1)
    lower = np.minimum(np.floor(at).astype(int), len(x) - 2)
    part = at - lower
    columns = x[:, lower] * (1 - part) + x[:, lower + 1] * part
    return columns[lower] * (1 - part[:, None]) + columns[lower + 1] * part[:, None]


def snow(k, draws, mean, sd, zoom, threshold, radius, sigma, mix, degrees):
    """draws: 32 x 32; only their centre becomes flakes."""
    c = math.ceil(32 / zoom)
    top = (32 - c) // 2
    layer = zoomed((mean + sd * draws)[top:top + c, top:top + c], round(c * zoom))
    layer[layer < threshold] = 0
    layer = blurred(np.clip(layer, 0, 1), radius, sigma, degrees)
    layer = (np.round(layer * 255) / 255)[:32, :32]
    x = np.pad(k, MARGIN) / 255.
    y = mix * x + (1 - mix) * np.maximum(x, 1.5 * x + .5)
    return inside(255 * np.clip(y + layer + np.rot90(layer, 2), 0, 1))


def bilinear(x, at_x, at_y):
    """torchvision's sampler with the fill colour 0, which multiplies by the sampled mask."""
    def look(values):
        out = np.zeros(at_x.shape)
        left, top = np.floor(at_x).astype(int), np.floor(at_y).astype(int)
        for r in (0, 1):
            for c in (0, 1):
                weight = (1 - abs(at_x - (left + c))) * (1 - abs(at_y - (top + r)))
                valid = (left + c >= 0) & (left + c < SIDE) & (top + r >= 0) & (top + r < SIDE)
                out[valid] += weight[valid] * values[(top + r)[valid], (left + c)[valid]]
        return out
    return look(x) * look(np.ones_like(x))


PIXELS = np.meshgrid(np.arange(SIDE, dtype=float), np.arange(SIDE, dtype=float))


def rotate(x, degrees):
    t = math.radians(degrees)
    dx, dy = PIXELS[0] - 13.5, PIXELS[1] - 13.5
    return bilinear(x, 13.5 + math.cos(t) * dx - math.sin(t) * dy, 13.5 + math.sin(t) * dx + math.cos(t) * dy)


def perspective(x, offsets):
    """offsets: of each corner (top left, top right, bottom right, bottom left) inwards, in x and y."""
    old = np.array([[0, 0], [27, 0], [27, 27], [0, 27.]])
    new = old + np.where(old > 0, -1, 1) * offsets
    rows, right = [], []
    for (u, v), (a, b) in zip(new, old):
        rows += [[u, v, 1, 0, 0, 0, -a * u, -a * v], [0, 0, 0, u, v, 1, -b * u, -b * v]]
        right += [a, b]
    h = np.linalg.solve(np.array(rows), np.array(right))
    u, v = PIXELS[0] + .5, PIXELS[1] + .5
    w = h[6] * u + h[7] * v + 1
    return bilinear(x, (h[0] * u + h[1] * v + h[2]) / w - .5, (h[3] * u + h[4] * v + h[5]) / w - .5)


def elastic(x, u, v, alpha):
    """Fields on [-1, 1], blurred by 41 x 41 weights with the edge reflected."""
    taps = np.exp(-.5 * (np.arange(-20, 21) / 5)**2)
    taps /= taps.sum()

    def smooth(field):
        wide = np.pad(field, 20, mode="reflect")
        wide = sum(t * wide[:, i:i + SIDE] for i, t in enumerate(taps))
        return sum(t * wide[i:i + SIDE] for i, t in enumerate(taps))

    return bilinear(x, PIXELS[0] + alpha / 2 * smooth(u), PIXELS[1] + alpha / 2 * smooth(v))


MOTION = [(10, 3), (15, 5), (15, 8), (15, 12), (20, 15)]
SNOW = [(.1, .3, 3, .5, 10, 4, .8), (.2, .3, 2, .5, 12, 4, .7), (.55, .3, 4, .9, 12, 8, .7), (.55, .3, 4.5, .85, 12, 8, .65),
        (.55, .3, 2.5, .85, 12, 12, .55)]
SD = [.08, .12, .18, .26, .38]
AMOUNT = [.03, .06, .09, .17, .27]


def show_imagecorruptions(k):
    normal = numbers(2, SIDE * SIDE * 3).reshape(SIDE, SIDE, 3) * 6 - 3
    uniform = numbers(3, SIDE * SIDE * 3).reshape(SIDE, SIDE, 3)
    flakes = numbers(4, 32 * 32).reshape(32, 32) * 6 - 3
    levels = np.floor(np.arange(SIDE * SIDE) / 3).reshape(SIDE, SIDE) % 256  # every byte
    for s, c in enumerate([.1, .2, .3, .4, .5], 1):
        show(f"brightness{s}", brightness(levels, c))
    for s, c in enumerate([.4, .3, .2, .1, .05], 1):
        show(f"contrast{s}", contrast(k, c))
    for s in (1, 5):
        show(f"gaussian{s}", gaussian_noise(k, normal, SD[s - 1]))
        show(f"impulse{s}", impulse_noise(k, uniform, AMOUNT[s - 1]))
    for s, how in enumerate(MOTION, 1):
        show(f"motion{s}", motion_blur(k, *how, 17.0 * s - 50))
    for s, how in enumerate(SNOW, 1):
        show(f"snow{s}", snow(k, flakes, *how, -40.0 - 15 * s))


def show_torchvision(k):
    x = k / 255.
    show("rotate", rotate(x, 33.0))
    show("rotate_back", rotate(x, -118.0))
    offsets = np.floor(numbers(5, 8) * 8).reshape(4, 2)
    show("offsets", offsets)
    show("perspective", perspective(x, offsets))
    show("perspective_none", perspective(x, np.zeros((4, 2))))
    u, v = (numbers(n, SIDE * SIDE).reshape(SIDE, SIDE) * 2 - 1 for n in (6, 7))
    show("elastic", elastic(x, u, v, 70.0))


if __name__ == "__main__":
    show("picture", picture())
    show_imagecorruptions(picture())
    show_torchvision(picture())
