#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""`espalier inputs` makes the images again that cells were judged on: the stored network gets the stored outcomes on them."""

import json
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

import espalier_runs as runs
import numpy as np

sys.path.insert(0, str(runs.ROOT / "analysis"))

import espalier  # noqa: E402  (the package of this clone)
from espalier.network import network  # noqa: E402
from espalier.sheet import read_inputs  # noqa: E402


class Inputs(unittest.TestCase):
    folder: Path
    file: Path

    @classmethod
    def setUpClass(cls) -> None:
        runs.binary()
        cls.folder = Path(tempfile.mkdtemp(prefix="espalier-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        changes = [{"kind": "none"}, {"kind": "remove-links", "level": 0.3}, {"kind": "rotate", "level": [15, 60]},
                   {"kind": "impulse-noise", "severity": 4}, {"kind": "pgd", "level": 0.1, "steps": 10}]
        grid = runs.small_grid(perturbation=changes, noise=[{"structure": "none"}])
        (cls.folder / "grid.yaml").write_text(json.dumps(grid))
        cls.file = cls.folder / "out.h5"
        runs.run(cls.folder / "grid.yaml", cls.file)

    def test_the_stored_network_has_the_stored_outcomes_on_them(self) -> None:
        out = self.folder / "inputs.npy"

        told = runs.espalier("inputs", self.file, "-o", out, "--images", "200")

        self.assertEqual(told.returncode, 0, told.stderr)
        results, inputs = espalier.open(self.file), read_inputs(out)
        self.assertEqual(len(inputs), 2 * 4 * 200)  # neither the untouched images nor those of the damaged networks
        wrong = 0
        for cell in np.unique(inputs["cell"]):
            mine = inputs[inputs["cell"] == cell]
            stored = network(results, int(results.cells.loc[cell, "model"]))
            logits = stored.logits(mine["changed"].reshape(200, -1).astype(float))
            wrong += int(((logits.argmax(axis=1) == mine["label"]) != results.outcomes(cell)[:200]).sum())
        # In double precision one image in some thousand may lie on the other side of a boundary.
        self.assertLessEqual(wrong, 5)
        self.assertGreater(float(np.abs(inputs["changed"] - inputs["clean"]).max()), 0.5)

    def test_only_chooses_cells_and_nothing_to_write_is_a_message(self) -> None:
        out = self.folder / "some.npy"

        told = runs.espalier("inputs", self.file, "-o", out, "--only", "perturbation=rotate", "--only", "level=15")
        none = runs.espalier("inputs", self.file, "-o", out, "--only", "perturbation=none")

        self.assertEqual((told.returncode, len(read_inputs(out))), (0, 2 * 8))
        self.assertEqual(none.returncode, 2)
        self.assertIn("no finished cell of an attack or corruption", none.stderr)


if __name__ == "__main__":
    unittest.main()
