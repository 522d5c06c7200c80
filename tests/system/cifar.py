# SPDX-License-Identifier: BSD-3-Clause
"""Generated data sets in the binary files of CIFAR-10 and CIFAR-100."""

from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
SIDE = 32
CLASSES = 10


def write_cifar(folder: Path, arrays: dict[str, Array], coarse: bool) -> None:
    """Images x_train, x_test (n, 32, 32, 3) and their labels y_train, y_test as the files of CIFAR-10, or of CIFAR-100 with its
    coarse labels in front."""
    folder.mkdir(parents=True)
    train = [folder / "train.bin"] if coarse else [folder / f"data_batch_{i}.bin" for i in range(1, 6)]
    for part, files in (("train", train), ("test", [folder / ("test.bin" if coarse else "test_batch.bin")])):
        y = arrays[f"y_{part}"].astype(np.uint8)
        planes = arrays[f"x_{part}"].transpose(0, 3, 1, 2).reshape(len(y), -1)
        records = np.column_stack([np.full(len(y), 7, np.uint8), y, planes] if coarse else [y, planes])
        for file, some in zip(files, np.array_split(records, len(files))):
            file.write_bytes(some.astype(np.uint8).tobytes())


def coloured_waves(train: int, test: int) -> dict[str, Array]:
    """x_train, y_train, x_test, y_test of ten classes: each is a direction and a colour of waves, under noise."""
    random = np.random.default_rng(10)
    y, x = np.mgrid[:SIDE, :SIDE]
    out: dict[str, Array] = {}
    for part, count in (("train", train), ("test", test)):
        labels = random.integers(0, CLASSES, count)
        angle, phase = np.pi * labels / CLASSES, random.uniform(0, 2 * np.pi, count)
        wave = np.cos(np.cos(angle)[:, None, None] * x / 2 + np.sin(angle)[:, None, None] * y / 2 + phase[:, None, None])
        tint = np.stack([labels % 3, labels % 4, labels % 5], axis=1)[:, None, None, :] / 4
        noise = random.normal(0, 30, (count, SIDE, SIDE, 3))
        out[f"x_{part}"] = np.clip(128 + 40 * wave[..., None] * (0.5 + tint) + 30 * (tint - 0.5) + noise, 0, 255).astype(np.uint8)
        out[f"y_{part}"] = labels
    return out
