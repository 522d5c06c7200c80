#!/usr/bin/python3
"""Modified images by scikit-image and scipy on given draws; prints modification_fixtures.txt (written with scikit-image 0.19.3).

    /usr/bin/python3 tests/robust/reference_modifications.py > tests/robust/modification_fixtures.txt
"""

import numpy as np
from scipy import ndimage
from skimage import filters, transform

H, W = 12, 10


def show(name, A):
    A = np.atleast_2d(A)
    print(name, *A.shape)
    for row in A:
        print(*(f"{x:.9g}" for x in row))


def affine(image, A):
    """Sampled at centre + A (p - centre), p = (x, y)."""
    centre = np.array([(W - 1) / 2, (H - 1) / 2])
    M = np.eye(3)
    M[:2, :2] = A
    M[:2, 2] = centre - A @ centre
    return transform.warp(image, transform.AffineTransform(matrix=M), order=1)


def motion(image, radius, sigma, angle):
    """Integer-shift rule of imagecorruptions, from its description."""
    k = np.exp(-np.arange(2 * radius + 1) ** 2 / (2 * sigma**2))
    k /= k.sum()
    out = np.zeros_like(image)
    for i, weight in enumerate(k):
        dy = -int(np.ceil(i * np.sin(angle) - 0.5))
        dx = -int(np.ceil(i * np.cos(angle) - 0.5))
        if abs(dy) >= H or abs(dx) >= W:
            break
        rows, columns = np.clip(np.arange(H) - dy, 0, H - 1), np.clip(np.arange(W) - dx, 0, W - 1)
        out += weight * image[np.ix_(rows, columns)]
    return out


def main():
    rng = np.random.default_rng(5)
    image = rng.random((H, W)).astype(np.float32).astype(float)
    show("image", image)
    c, s = np.cos(0.4), np.sin(0.4)
    show("rotated", affine(image, np.array([[c, -s], [s, c]])))
    show("sheared", affine(image, np.array([[1, -s], [0, c]])))
    show("scaled", affine(image, np.eye(2) / 0.7))

    ends = np.array([[1, 2], [W - 3, 1], [W - 2, H - 4], [2, H - 1.0]])
    full = np.array([[0, 0], [W - 1, 0], [W - 1, H - 1], [0, H - 1.0]])
    show("corners", ends)
    show("perspective", transform.warp(image, transform.estimate_transform("projective", ends, full), order=1))

    dx, dy = (rng.uniform(-1, 1, (H, W)).astype(np.float32).astype(float) for _ in range(2))
    show("dx", dx)
    show("dy", dy)
    u, v = (ndimage.gaussian_filter(d, 1.5, mode="mirror", truncate=4) for d in (dx, dy))
    y, x = np.mgrid[:H, :W]
    show("elastic", transform.warp(image, np.array([y + 10 * v, x + 10 * u]), order=1))

    show("blurred", filters.gaussian(image, 1.1))
    show("motion", motion(image, 3, 2.0, 0.5))
    show("motion_long", motion(image, 15, 8.0, -0.7))


main()
