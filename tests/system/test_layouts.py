#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The layouts of docs/data-sets.md, written as other tools write them: the same images are the same data set in all of them."""

import gzip
import struct
import unittest
from pathlib import Path
from typing import Any

import espalier_runs as runs
import numpy as np
from cifar import write_cifar
from PIL import Image

Array = np.ndarray[Any, Any]
PARTS = (("train", 60), ("test", 30))
SIDE = 8


def made(channels: int, side: int = SIDE) -> dict[str, Array]:
    """x_train, y_train, x_test, y_test of three classes, sorted by class, images (n, h, w) or (n, h, w, 3)."""
    random = np.random.default_rng(channels)
    out = {}
    for part, count in PARTS:
        labels = np.sort(np.arange(count) % 3)
        shape = (count, side, side) if channels == 1 else (count, side, side, channels)
        shade = 70 * labels.reshape(-1, *[1] * (len(shape) - 1))
        out[f"x_{part}"] = (random.integers(0, 100, shape) + shade).astype(np.uint8)
        out[f"y_{part}"] = labels
    return out


def write_idx(folder: Path, arrays: dict[str, Array], pixel_type: str = "u1") -> None:
    """IDX files of bytes, of big-endian int32 or of float32 from 0 to 1."""
    folder.mkdir(parents=True)
    code = {"u1": 8, ">i4": 12, ">f4": 13}[pixel_type]
    for part, _ in PARTS:
        x, y = arrays[f"x_{part}"], arrays[f"y_{part}"].astype(np.uint8)
        values = (x / np.float32(255) if pixel_type == ">f4" else x).astype(pixel_type)
        content = struct.pack(f">HBB{x.ndim}I", 0, code, x.ndim, *x.shape) + values.tobytes()
        (folder / f"{part}-images-idx{x.ndim}-{'ubyte' if code == 8 else 'int'}.gz").write_bytes(gzip.compress(content))
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">HBBI", 0, 8, 1, len(y)) + y.tobytes())


def write_png(folder: Path, arrays: dict[str, Array]) -> None:
    for part, _ in PARTS:
        for i, (pixels, label) in enumerate(zip(arrays[f"x_{part}"], arrays[f"y_{part}"])):
            place = folder / part / "abc"[label]
            place.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(place / f"{i:05}.png")


def grid_of(name: str, **axes: Any) -> dict[str, Any]:
    grid = runs.small_grid(dataset=[name], seed=[0], perturbation=[{"kind": "none"}], noise=[{"structure": "none"}], **axes)
    grid["evaluate"]["images"] = PARTS[1][1]
    return grid


class Layouts(runs.SystemTest):
    def run_set(self, name: str, grid: dict[str, Any] | None = None) -> tuple[str, str, str]:
        """What the run of a data set says, SHA-256 of the data, digest of the results."""
        file = self.folder / f"{name}.h5"
        said = self.assert_run(self.write(grid or grid_of(name)), file, 1, "--data", str(self.folder / "data"))
        sha256 = runs.rows(file, "runs")[0]["datasets"].decode().partition("=")[2]
        return said, sha256, runs.digest(file)

    def test_grey_images_are_the_same_data_set_in_every_layout(self) -> None:
        data, arrays = self.folder / "data", made(1)
        write_idx(data / "bytes", arrays)
        write_idx(data / "TORCH" / "raw", arrays)
        write_idx(data / "integers", arrays, ">i4")
        write_idx(data / "floats", arrays, ">f4")
        np.savez(data / "stored.npz", **arrays)
        (data / "packed").mkdir()
        np.savez_compressed(data / "packed" / "any.npz", **arrays)
        write_png(data / "classes", arrays)

        said = {name: self.run_set(name) for name in ("bytes", "TORCH", "integers", "floats", "stored", "packed", "classes")}

        for name, (text, sha256, _) in said.items():
            self.assertIn(f"{name}: 60 training and 30 test images of 8 x 8, 3 classes, from {data}", text)
            self.assertEqual(sha256, said["bytes"][1], name)

    def test_colour_images_are_the_same_data_set_in_every_layout(self) -> None:
        data, arrays = self.folder / "data", made(3, 32)
        write_cifar(data / "cifar-10", arrays, coarse=False)
        write_cifar(data / "cifar-100", arrays, coarse=True)
        write_png(data / "classes", arrays)
        write_idx(data / "bytes", arrays)
        np.savez_compressed(data / "last.npz", **arrays)
        planes = {name: a.transpose(0, 3, 1, 2) if a.ndim == 4 else a[:, None] for name, a in arrays.items()}
        np.savez_compressed(data / "first.npz", **{name: np.ascontiguousarray(a) for name, a in planes.items()})

        said = {name: self.run_set(name) for name in ("cifar-10", "cifar-100", "classes", "bytes", "last", "first")}

        for name, (text, sha256, _) in said.items():
            self.assertIn(f"{name}: 60 training and 30 test colour images of 32 x 32, 3 classes, from {data}", text)
            self.assertEqual(sha256, said["cifar-10"][1], name)

    def test_colour_images_are_trained_attacked_corrupted_and_give_one_digest(self) -> None:
        np.savez(self.folder / "colours.npz", **made(3))
        changes = [{"kind": "none"}, {"kind": ["fgsm", "pgd", "apgd"], "level": 0.1},
                   {"kind": "square", "level": 0.5, "norm": ["linf", "l2"], "queries": 100}, {"kind": "deepfool"},
                   {"kind": "remove-links", "level": 0.3},
                   {"kind": ["brightness", "contrast", "impulse-noise", "shot-noise", "motion-blur", "glass-blur", "fog", "snow",
                             "spatter", "shear", "translate", "gaussian-noise"], "severity": 4},
                   {"kind": ["rotate", "elastic", "perspective", "obstruction", "uniform-noise"], "level": 0.5},
                   {"kind": "stripe"}]
        grid = grid_of("colours")
        grid["grid"]["perturbation"] = changes
        grid["grid"]["topology"] = ["set", {"kind": "dense", "adversarial": "pgd", "adversarial_level": 0.05}]
        grid["grid"]["noise"] = [{"structure": "none"},
                                 {"structure": "diagonal", "source": {"kind": "fog", "severity": 2}, "layer": 1, "trace": 0.5}]
        path, data = self.write(grid), ("--data", str(self.folder))
        one, two, inputs = self.folder / "one.h5", self.folder / "two.h5", self.folder / "inputs.npy"

        self.assert_run(path, one, 1, *data)
        self.assert_run(path, two, 2, *data)
        written = runs.espalier("inputs", two, "-o", inputs, *data, "--only", "perturbation=fog")

        self.assertEqual(runs.digest(one), runs.digest(two))
        self.assertEqual(set(runs.rows(one, "results")["status"].tolist()), {runs.DONE})
        self.assertEqual(written.returncode, 0, written.stderr)
        records = np.load(inputs)
        self.assertEqual(records["clean"].shape[1:], (3, SIDE, SIDE))
        first = made(3)["x_test"][records["image"][0]].transpose(2, 0, 1) / np.float32(255)
        self.assertTrue(np.array_equal(records["clean"][0], first.astype(np.float32)))

    def test_a_corruption_without_a_rule_for_colours_is_refused_in_one_line_before_training(self) -> None:
        np.savez(self.folder / "colours.npz", **made(3))
        refused: list[dict[str, Any]] = [{"kind": "canny-edges"}, {"kind": "spatter", "severity": 3}]
        for change in refused:
            source = [{"structure": "full", "source": change, "layer": 1, "trace": 1}]
            for axes in ({"perturbation": [change]}, {"noise": source}):
                grid, file = grid_of("colours"), self.folder / "out.h5"
                grid["grid"].update(axes)
                ended = runs.run(self.write(grid), file, 2, "--data", str(self.folder))
                lines = [line for line in ended.stderr.splitlines() if change["kind"] in line]
                self.assertEqual((ended.returncode, len(lines)), (2, 1), ended.stderr)
                self.assertIn("is defined for grey images only, data set 'colours' has 3 channels", lines[0])
                self.assertFalse(file.exists())

    def test_data_that_cannot_be_read_end_the_run_in_one_line_before_anything_is_written(self) -> None:
        data, arrays = self.folder / "data", made(1)
        write_idx(data / "halves", {**arrays, "x_train": arrays["x_train"] / 2}, ">f4")
        write_idx(data / "both", arrays)
        write_png(data / "both", arrays)
        write_png(data / "half", arrays)
        (data / "half" / "test").rename(data / "half" / "tests")
        np.savez(data / "floats.npz", **{**arrays, "x_train": arrays["x_train"] / 255})
        write_png(data / "sixteen", arrays)
        Image.fromarray(np.zeros((SIDE, SIDE), np.uint16)).save(data / "sixteen" / "train" / "a" / "00000.png")
        messages = {"halves": "train-images-idx3-int.gz: byte 16: a pixel of image 0 is 0.",
                    "both": "contains files of 2 layouts",
                    "half": "lacks test/; required: train/CLASS/*.png and test/CLASS/*.png, found: tests/, train/",
                    "floats": "x_train: is of type '<f8', allowed is '|u1'",
                    "sixteen": "byte 24: 16 bits per value, allowed are 8"}
        for name, message in messages.items():
            with self.subTest(name):
                file = self.folder / f"{name}.h5"
                ended = runs.run(self.write(grid_of(name)), file, 2, "--data", str(data))
                lines = [line for line in ended.stderr.splitlines() if name in line]
                self.assertEqual(ended.returncode, 2, ended.stderr)
                self.assertIn(message, lines[0])
                self.assertFalse(file.exists())


if __name__ == "__main__":
    unittest.main()
