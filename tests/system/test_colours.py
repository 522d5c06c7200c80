#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A colour data set end to end: a generated CIFAR-10 trains 3c3f, is attacked and corrupted, and every outcome is that of the
exported network in double precision, by numpy and, where it is installed, by torch."""

import json
import shutil
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

import espalier_runs as runs
import numpy as np
from cifar import coloured_waves, write_cifar
from float64_networks import HAS_TORCH, Numpy, Reference, Torch

sys.path.insert(0, str(runs.ROOT / "analysis"))

import espalier  # noqa: E402  (the package of this clone)
from espalier.__main__ import main  # noqa: E402
from espalier.results import Results  # noqa: E402

Array = np.ndarray[Any, Any]
TRAIN, TEST = 1000, 100
EPS, STEPS, DRAWS, TRACE, LAYER = 0.01, 10, 3, 0.5, 3  # layer 3: the last convolution
ATTACKS: list[dict[str, Any]] = [
    {"kind": "fgsm", "level": EPS, "loss": "ce"},
    {"kind": "pgd", "level": EPS, "loss": "ce", "steps": STEPS, "random_start": False},
    {"kind": "apgd", "level": EPS, "steps": STEPS}]
CORRUPTIONS: list[dict[str, Any]] = [
    {"kind": ["brightness", "gaussian-noise"], "severity": 2},
    {"kind": ["contrast", "shot-noise", "motion-blur", "glass-blur", "fog", "snow"], "severity": 2},
    {"kind": ["rotate", "elastic", "perspective", "obstruction"], "level": 0.4}, {"kind": "stripe"}]
LIGHTER = {"kind": "brightness", "severity": 3}
NOISE = [{"structure": "none"}, {"structure": ["diagonal", "full"], "source": LIGHTER, "layer": LAYER, "trace": TRACE,
                                 "draws": DRAWS}]
CLOSE = 1e-4  # float32 and double precision agree on logits to less: 1e-5 was seen


def brightened(x: Array, c: float) -> Array:
    """The value of HSV, the largest channel, is raised by c; N x D."""
    planes = x.reshape(len(x), 3, -1)
    value = planes.max(axis=1, keepdims=True)
    grown = np.minimum(value + c, 1)
    return np.asarray(np.where(value > 0, planes * grown / np.where(value > 0, value, 1), grown).reshape(x.shape))


def flattened(x: Array, c: float) -> Array:
    planes = x.reshape(len(x), 3, -1)
    means = planes.mean(axis=2, keepdims=True)
    return np.asarray(np.clip((planes - means) * c + means, 0, 1).reshape(x.shape))


def striped(x: Array) -> Array:
    out = x.reshape(len(x), 3, 32, 32).copy()
    outer = np.r_[0:8, 24:32]
    out[..., outer] = 1 - out[..., outer]
    return out.reshape(x.shape)


def climbed(reference: Reference, x: Array, labels: Array, steps: int, step: float) -> Array:
    """Steps along the gradient's sign within EPS of x and within [0, 1]."""
    at = x
    for _ in range(steps):
        moved = at + step * np.sign(reference.gradient(at, labels))
        at = np.clip(np.clip(moved, x - EPS, x + EPS), 0, 1)
    return at


class Colours(unittest.TestCase):
    folder: Path
    file: Path
    results: Results
    numpy_model: Numpy
    images: dict[str, Array]  # train and test, N x D
    labels: Array  # of the test images
    inputs: Array

    @classmethod
    def setUpClass(cls) -> None:
        runs.binary()
        cls.folder = Path(tempfile.mkdtemp(prefix="espalier-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        arrays = coloured_waves(TRAIN, TEST)
        write_cifar(cls.folder / "data" / "cifar-10", arrays, coarse=False)
        cls.images = {part: (arrays[f"x_{part}"].transpose(0, 3, 1, 2).reshape(len(arrays[f"x_{part}"]), -1) / np.float32(255)
                             ).astype(float) for part in ("train", "test")}
        cls.labels = arrays["y_test"]
        cls.file = cls.folder / "out.h5"
        cls.run_grid()
        cls.results = espalier.open(cls.file)
        cls.numpy_model = Numpy(cls.exported(".npz"))

    @classmethod
    def run_grid(cls) -> None:
        """All attacks and corruptions without noise, two on top of it; and the images that the network saw."""
        quiet = [kind for change in (*ATTACKS[1:], *CORRUPTIONS[1:]) for kind in np.atleast_1d(change["kind"]).tolist()]
        grid = runs.small_grid(dataset=["cifar-10"], topology=["dense"], seed=[0], noise=NOISE,
                               perturbation=[{"kind": "none"}, *ATTACKS, *CORRUPTIONS])
        grid["exclude"] = [{"noise": ["diagonal", "full"], "perturbation": quiet}]
        grid["train"] = {"network": "3c3f", "activation": "tanh", "init": "pytorch", "epochs": 6, "batch": 32,
                         "learning_rate": 0.002}
        grid["evaluate"] = {"images": TEST}
        path, data = cls.folder / "grid.yaml", ("--data", str(cls.folder / "data"))
        path.write_text(json.dumps(grid))
        ran = runs.run(path, cls.file, 2, *data)
        if ran.returncode != 0:
            raise AssertionError(ran.stdout + ran.stderr)
        written = runs.espalier("inputs", cls.file, "-o", cls.folder / "inputs.npy", "--images", str(TEST), *data,
                                "--only", "noise=none", timeout=runs.RUN_SECONDS)
        if written.returncode != 0:
            raise AssertionError(written.stderr)
        cls.inputs = np.load(cls.folder / "inputs.npy")

    @classmethod
    def exported(cls, ending: str) -> Path:
        path = cls.folder / f"model{ending}"
        if main(["export-model", str(cls.file), "0", "-o", str(path)]) != 0:
            raise AssertionError(f"no {path}")
        return path

    def references(self) -> dict[str, Reference]:
        """Both, or numpy's alone where torch is not installed."""
        return {"numpy": self.numpy_model, **({"torch": Torch(self.exported(".pt"))} if HAS_TORCH else {})}

    def cell(self, perturbation: str, noise: str = "none") -> int:
        cells = self.results.cells
        found = cells.index[(cells["perturbation"] == perturbation) & (cells["noise"] == noise)]
        self.assertEqual(len(found), 1, perturbation)
        return int(found[0])

    def changed(self, perturbation: str) -> Array:
        """The images that the network saw, N x D."""
        own = self.inputs[self.inputs["cell"] == self.cell(perturbation)]
        self.assertEqual(own["image"].tolist(), list(range(TEST)))
        return np.asarray(own["changed"].reshape(TEST, -1), dtype=float)

    def assert_outcomes(self, perturbation: str, logits: Array) -> None:
        """Every image is classified as by these logits; those within float32's rounding of a tie may differ."""
        two = np.sort(logits, axis=1)[:, -2:]
        certain = two[:, 1] - two[:, 0] > CLOSE
        self.assertGreater(certain.mean(), 0.95)
        expected = logits.argmax(axis=1) == self.labels
        np.testing.assert_array_equal(self.results.outcomes(self.cell(perturbation))[certain], expected[certain], perturbation)
        accuracy = self.results.cells.loc[self.cell(perturbation), "accuracy"]
        self.assertLessEqual(abs(accuracy - expected.mean()), (~certain).mean() + 1e-6, perturbation)

    @unittest.skipUnless(HAS_TORCH, "torch is not installed")
    def test_torch_and_numpy_agree_on_logits_and_gradients(self) -> None:
        theirs = Torch(self.exported(".pt"))
        x = self.images["test"]

        np.testing.assert_allclose(self.numpy_model.logits(x), theirs.logits(x), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(self.numpy_model.gradient(x, self.labels), theirs.gradient(x, self.labels), rtol=1e-9,
                                   atol=1e-12)

    def test_the_gradients_of_numpy_are_those_of_central_differences(self) -> None:
        x, labels, h = self.images["test"][:2], self.labels[:2], 1e-5

        def loss(images: Array) -> Array:
            z = self.numpy_model.logits(images)
            return np.asarray(np.log(np.exp(z).sum(axis=1)) - z[np.arange(2), labels])

        found = self.numpy_model.gradient(x, labels)
        for pixel in range(5, 3072, 307):
            step = np.zeros(3072)
            step[pixel] = h
            np.testing.assert_allclose(found[:, pixel], (loss(x + step) - loss(x - step)) / (2 * h), rtol=1e-5, atol=1e-8)

    def test_the_network_learns_and_classifies_each_clean_image_as_the_references(self) -> None:
        self.assertEqual(set(self.results.cells["status"]), {"done"})
        self.assertGreater(self.results.cells.loc[self.cell("none"), "accuracy"], 0.5)
        for name, reference in self.references().items():
            with self.subTest(name):
                self.assert_outcomes("none", reference.logits(self.images["test"]))

    def test_attacks_without_random_numbers_find_the_images_of_the_references(self) -> None:
        x = self.images["test"]
        for name, reference in self.references().items():
            for attack, steps, step in (("fgsm", 1, EPS), ("pgd", STEPS, 2.5 * EPS / STEPS)):
                with self.subTest(name, attack=attack):
                    theirs = climbed(reference, x, self.labels, steps, step)
                    apart = np.abs(theirs - self.changed(attack)) > 1e-6

                    self.assertLess(apart.mean(), 1e-3)  # a gradient of about zero has another sign in float32
                    self.assert_outcomes(attack, reference.logits(theirs))
        clean, fgsm, pgd = (self.results.cells.loc[self.cell(kind), "accuracy"] for kind in ("none", "fgsm", "pgd"))
        self.assertLess(fgsm, clean - 0.1)
        self.assertLessEqual(pgd, fgsm)

    def test_corruptions_without_random_numbers_have_the_pixels_of_their_rules(self) -> None:
        x = self.images["test"]
        for kind, expected in (("brightness", brightened(x, 0.2)), ("contrast", flattened(x, 0.3)), ("stripe", striped(x))):
            np.testing.assert_allclose(self.changed(kind), expected, atol=1e-6, err_msg=kind)

    def test_every_image_that_the_network_saw_is_classified_as_by_the_references(self) -> None:
        kinds = [kind for kind in self.results.cells["perturbation"].unique() if kind != "none"]
        self.assertEqual(len(kinds), 16)
        for name, reference in self.references().items():
            for kind in kinds:
                with self.subTest(name, kind=kind):
                    self.assert_outcomes(kind, reference.logits(self.changed(kind)))
        for kind in ("fgsm", "pgd", "apgd"):
            self.assertLessEqual(np.abs(self.changed(kind) - self.images["test"]).max(), EPS + 1e-7, kind)

    def covariance(self) -> Array:
        """Of what LIGHTER changes behind the convolution LAYER, ridge included."""
        clean = self.images["train"]
        before, after = (self.numpy_model.forward(x, last=LAYER)[-1] for x in (clean, brightened(clean, 0.3)))
        return np.asarray(np.cov(after - before, rowvar=False) + 1e-4 * np.eye(before.shape[1]))

    def test_noise_behind_a_convolution_has_the_covariance_and_the_outcomes_of_numpy(self) -> None:
        expected, found = self.covariance(), self.results.covariance(0)
        np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())
        below = self.numpy_model.forward(self.images["test"], last=LAYER)[-1]
        random, repeats = np.random.default_rng(1), 200
        units = len(expected)
        for structure, S in (("diagonal", np.diag(np.diag(expected))), ("full", expected)):
            factor = np.linalg.cholesky(S * TRACE * units / np.trace(S))
            right = np.zeros(TEST)
            for _ in range(repeats):
                draws = below + random.normal(size=(DRAWS, TEST, units)) @ factor.T
                logits = self.numpy_model.forward(draws.reshape(-1, units), first=LAYER + 1)[-1].reshape(DRAWS, TEST, -1)
                right += logits.mean(axis=0).argmax(axis=1) == self.labels
            chance = right / repeats
            sd = np.sqrt((chance * (1 - chance)).sum() * (1 + 1 / repeats))
            self.assertGreater(sd, 1)  # the noise matters
            self.assertLess(abs(self.results.outcomes(self.cell("none", structure)).sum() - chance.sum()), 4 * sd, structure)


if __name__ == "__main__":
    unittest.main()
