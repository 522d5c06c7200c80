# SPDX-License-Identifier: BSD-3-Clause
"""Published rules that are the same for grey and colour images."""

import numpy as np
from scipy import ndimage
from skimage import filters

H, W = 12, 10  # of the images of modification_fixtures.txt and colour_fixtures.txt


def motion(image, radius, sigma, angle, ends=True):
    """Integer-shift rule of imagecorruptions, from its description, of an image (h, w) or (h, w, 3); `ends`: where a shift leaves
    the image."""
    height, width = image.shape[:2]
    k = np.exp(-np.arange(2 * radius + 1) ** 2 / (2 * sigma**2))
    k /= k.sum()
    out = np.zeros_like(image)
    for i, weight in enumerate(k):
        dy = -int(np.ceil(i * np.sin(angle) - 0.5))
        dx = -int(np.ceil(i * np.cos(angle) - 0.5))
        if ends and (abs(dy) >= height or abs(dx) >= width):
            break
        rows, columns = np.clip(np.arange(height) - dy, 0, height - 1), np.clip(np.arange(width) - dx, 0, width - 1)
        out += weight * image[np.ix_(rows, columns)]
    return out


def fog(image, heights, strength):
    """Of an image (h, w), or (h, w, 3) with heights (h, w, 1)."""
    largest = image.max()
    return np.clip((image + strength * heights) * largest / (largest + strength), 0, 1)


def flakes(draws, mean, sd, zoom, threshold, radius, sigma, angle):
    """The blurred flakes of snow, at least as large as the zoomed draws."""
    layer = ndimage.zoom(mean + sd * draws, zoom, order=1)
    layer[layer < threshold] = 0
    return motion(np.clip(layer, 0, 1), radius, sigma, angle)


def mud(draws, mean, sd, sigma, threshold, edge_sigma):
    """The share of mud at each pixel of spatter."""
    liquid = filters.gaussian(mean + sd * draws, sigma)
    m = filters.gaussian((liquid > threshold).astype(float), edge_sigma)
    m[m < 0.8] = 0
    return m
