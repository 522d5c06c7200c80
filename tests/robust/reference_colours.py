#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Modified colour images by scikit-image, or on given draws by the rules of imagecorruptions in numpy and scipy; prints
colour_fixtures.txt (written with scikit-image 0.19.3, scipy 1.10.1). Images are three rows: red, green, blue.

    /usr/bin/python3 tests/robust/reference_colours.py > tests/robust/colour_fixtures.txt
"""

import numpy as np
from skimage import color, filters

from reference_rows import exact, show
from reference_rules import H, W, flakes, fog, motion, mud


def show_image(name, image):
    """An image (h, w, 3) as its three channels."""
    show(name, image.transpose(2, 0, 1).reshape(3, -1))


def brightness(image, c):
    hsv = color.rgb2hsv(image)
    hsv[:, :, 2] = np.clip(hsv[:, :, 2] + c, 0, 1)
    return np.clip(color.hsv2rgb(hsv), 0, 1)


def contrast(image, c):
    means = np.mean(image, axis=(0, 1), keepdims=True)
    return np.clip((image - means) * c + means, 0, 1)


def glass(image, sigma, moves):
    """imagecorruptions' own line, in which numpy's views make a copy of a swap."""
    x = filters.gaussian(image, sigma, channel_axis=-1)
    for w, h, dx, dy in moves:
        h_prime, w_prime = h + dy, w + dx
        x[h, w], x[h_prime, w_prime] = x[h_prime, w_prime], x[h, w]
    return filters.gaussian(x, sigma, channel_axis=-1)


def snow(image, draws, mean, sd, zoom, threshold, radius, sigma, mix, angle):
    layer = flakes(draws, mean, sd, zoom, threshold, radius, sigma, angle)[:H, :W, None]
    grey = image @ [0.299, 0.587, 0.114]  # OpenCV's weights
    out = mix * image + (1 - mix) * np.maximum(image, grey[:, :, None] * 1.5 + 0.5)
    return np.clip(out + layer + np.rot90(layer, 2), 0, 1)


def spatter(image, m):
    """Mud of a share m at each pixel."""
    return np.clip(image * (1 - m[:, :, None]) + np.array([63, 42, 20]) / 255 * m[:, :, None], 0, 1)


def main():
    rng = np.random.default_rng(8)
    image = exact(rng.random((H, W, 3)) * 0.8)
    image[0, 0] = 0  # black has no hue
    image[0, 1] = 0.5  # nor has grey
    show_image("image", image)
    for severity in (1, 5):
        show_image(f"brightness{severity}", brightness(image, 0.1 * severity))
    show_image("contrast", contrast(image, 0.3))
    heights = exact(rng.random((H, W)))
    show("heights", heights)
    show_image("fog", fog(image, heights[:, :, None], 2.5))
    show_image("motion", motion(image, 10, 3, 0.4))
    for name, zoom, angle in [("snow", 3, -1.2), ("snow_half", 2.5, -2.2)]:
        draws = exact(rng.normal(size=(int(np.ceil(H / zoom)), int(np.ceil(W / zoom)))))
        show(name + "_draws", draws)
        show_image(name, snow(image, draws, 0.55, 0.3, zoom, 0.6, 10, 4, 0.7, angle))
    draws = exact(rng.normal(size=(H, W)))
    show("spatter_draws", draws)
    show_image("spatter", spatter(image, mud(draws, 0.65, 0.3, 1, 0.65, 0.6)))
    moves = np.array([[x, y, *rng.integers(-2, 2, 2)] for y in range(H - 2, 2, -1) for x in range(W - 2, 2, -1)])
    show("moves", moves)
    show_image("glass", glass(image, 0.9, moves))


main()
