#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A trained network out of the results file gives the answers that the program gave, in numpy and in torch."""

import gzip
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import espalier_runs as runs
import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(runs.ROOT / "analysis"))

import espalier  # noqa: E402  (the package of this clone)
from espalier.__main__ import main  # noqa: E402
from espalier.network import Network  # noqa: E402

DATA = Path("/usr/share/datasets/fashion-mnist")


def test_images() -> npt.NDArray[np.float64]:
    """The test images of Fashion-MNIST, N x D in [0, 1]."""
    with gzip.open(DATA / "t10k-images-idx3-ubyte.gz") as file:
        return np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 784) / 255


def test_labels() -> npt.NDArray[np.uint8]:
    with gzip.open(DATA / "t10k-labels-idx1-ubyte.gz") as file:
        return np.frombuffer(file.read(), np.uint8, offset=8)


class Model(unittest.TestCase):
    folder: Path
    file: Path
    ran: "subprocess.CompletedProcess[str]"

    @classmethod
    def setUpClass(cls) -> None:
        runs.binary()
        cls.folder = Path(tempfile.mkdtemp(prefix="espalier-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        grid = runs.small_grid(dataset=["fashion-mnist"], topology=["set", "dense"], seed=[0], perturbation=[{"kind": "none"}],
                               noise=[{"structure": "none"}])
        grid["train"]["epochs"] = 1
        grid["evaluate"]["images"] = 10000
        (cls.folder / "grid.yaml").write_text(json.dumps(grid))
        cls.file = cls.folder / "out.h5"
        cls.ran = runs.run(cls.folder / "grid.yaml", cls.file)

    def test_numpy_classifies_each_image_as_the_program_did(self) -> None:
        self.assertEqual(self.ran.returncode, 0, self.ran.stderr)
        results = espalier.open(self.file)
        for row, model in enumerate(results.models["id"].astype(str)):
            out = self.folder / f"{row}.npz"

            code = main(["model", str(self.file), model, "-o", str(out)])

            self.assertEqual(code, 0)
            with np.load(out) as arrays:
                x = (test_images() - arrays["mean"]) / arrays["sd"]
                for i in range(1, 5):
                    x = (x if i == 1 else np.maximum(x, 0)) @ arrays[f"W{i}"].T.astype(float) + arrays[f"b{i}"]
            right = x.argmax(axis=1) == test_labels()
            cell = int(results.cells.index[results.cells["model"] == row][0])
            # In double precision one image in some thousand may lie on the other side of a boundary.
            self.assertLessEqual(int((right != results.outcomes(cell)).sum()), 3)
            self.assertGreater(right.mean(), 0.6)

    def test_numpy_classifies_each_image_as_the_retrained_tail_did(self) -> None:
        noise = {"structure": "isotropic", "layer": 2, "trace": 0.5, "retrain_tail": True, "at_inference": False}
        grid = runs.small_grid(dataset=["fashion-mnist"], topology=["set"], perturbation=[{"kind": "none"}], noise=[noise])
        grid["train"]["epochs"] = 1
        grid["evaluate"]["images"] = 10000
        (self.folder / "tails.yaml").write_text(json.dumps(grid))
        file = self.folder / "tails.h5"
        ran = runs.run(self.folder / "tails.yaml", file)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        results = espalier.open(file)

        for row, cell in results.cells.iterrows():
            out = self.folder / "tail.npz"

            words = ["export-model", str(file), str(cell["model"]), "--tail", str(cell["tail"]), "-o", str(out)]
            self.assertEqual(main(words), 0)

            with np.load(out) as arrays:
                weights, biases = ([arrays[f"{name}{i}"] for i in range(1, 5)] for name in "Wb")
                net = Network(weights, biases, float(arrays["mean"]), float(arrays["sd"]), [None] * 4, tanh=False)
            right = net.logits(test_images()).argmax(axis=1) == test_labels()
            # In double precision one image in some thousand may lie on the other side of a boundary.
            self.assertLessEqual(int((right != results.outcomes(int(row))).sum()), 3)
            self.assertGreater(right.mean(), 0.6)
        self.assertEqual(main(["export-model", str(file), "0", "--tail", "1", "-o", str(self.folder / "other.npz")]), 2)

    @unittest.skipUnless(importlib.util.find_spec("torch"), "torch is not installed")
    def test_torch_gives_the_same_logits(self) -> None:
        import torch

        out = self.folder / "0.pt"

        self.assertEqual(main(["model", str(self.file), "0", "-o", str(out)]), 0)

        saved = torch.load(out)
        layers = [module for a, b in zip(saved["shape"], saved["shape"][1:], strict=False)
                  for module in (torch.nn.Linear(a, b), torch.nn.ReLU())][:-1]
        module = torch.nn.Sequential(*layers)
        module.load_state_dict(saved["state"])
        images = test_images()[:100]
        with torch.no_grad():
            theirs = module(torch.from_numpy((images - saved["mean"]) / saved["sd"]).float()).numpy()
        from espalier.network import network

        # Tolerance: float32 sums in another order.
        np.testing.assert_allclose(theirs, network(espalier.open(self.file), 0).logits(images), atol=1e-3)

    def test_a_model_that_is_not_there_is_named(self) -> None:
        self.assertEqual(main(["model", str(self.file), "17", "-o", str(self.folder / "x.npz")]), 2)
        self.assertEqual(main(["model", str(self.file), "0", "-o", str(self.folder / "x.txt")]), 2)


if __name__ == "__main__":
    unittest.main()
