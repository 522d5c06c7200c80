#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Axes that vary together, and settings of `train` and `tail` as axes: the same rows as those of separate grids."""

import json
import unittest
from pathlib import Path
from typing import Any

import h5py

from espalier_runs import SystemTest, digest, espalier, rows, small_grid

NOISE = [{"structure": "none"}, {"structure": "isotropic", "layer": 1, "trace": 0.5, "draws": 3, "retrain_tail": True}]
PAIRS = [(0.001, 1), (0.01, 3)]  # learning rate, epochs


def grid_of(axes: dict[str, Any], train: dict[str, Any], tail: dict[str, Any]) -> dict[str, Any]:
    made = small_grid(perturbation=[{"kind": "remove-links", "level": 0.3}], noise=NOISE, **axes)
    made["train"] = {"hidden": [40, 30], **train}
    made["tail"] = tail
    made["evaluate"]["images"] = 200
    return made


def results_by_id(file: Path) -> dict[bytes, Any]:
    """What each cell found, by the cell's id."""
    found = rows(file, "results")[["status", "correct", "loss", "clean_accuracy"]]
    return dict(zip(rows(file, "cells")["id"], found.tolist()))


class Zip(SystemTest):
    def separate(self) -> list[Path]:
        files = []
        for rate, epochs in PAIRS:
            grid = self.write(grid_of({}, {"learning_rate": rate, "epochs": epochs}, {"epochs": 2}), f"{epochs}.yaml")
            files.append(self.folder / f"{epochs}.h5")
            self.assert_run(grid, files[-1])
        return files

    def test_zipped_rates_and_epochs_give_the_rows_of_separate_grids(self) -> None:
        together = {"train.learning_rate": [rate for rate, _ in PAIRS], "train.epochs": [epochs for _, epochs in PAIRS]}
        grid = self.write(grid_of({"zip": together}, {}, {"epochs": 2}))
        zipped, imported = self.folder / "zipped.h5", self.folder / "imported.h5"
        self.assert_run(grid, zipped)
        parts = self.separate()

        alone = {key: row for part in parts for key, row in results_by_id(part).items()}
        self.assertEqual(results_by_id(zipped), alone)
        self.assertEqual(len(alone), 2 * 2 * 2)
        for part in parts:
            self.assert_run(grid, imported, 2, "--reuse", str(part))
        self.assertEqual(digest(imported), digest(zipped))
        for ranks in (1, 3):
            self.assert_run(grid, self.folder / f"ranks-{ranks}.h5", ranks)
            self.assertEqual(digest(self.folder / f"ranks-{ranks}.h5"), digest(zipped))

    def test_a_setting_of_tail_as_an_axis_has_a_column_and_can_be_selected(self) -> None:
        grid, file = self.write(grid_of({"tail.epochs": [1, 3], "seed": 0}, {"epochs": 1}, {})), self.folder / "tails.h5"
        self.assert_run(grid, file, 2, "--only", "tail.epochs=3")

        with h5py.File(file, "r") as opened:
            cells, results = opened["cells"][:], opened["results"][:]
        self.assertEqual(sorted(cells["tail_epochs"].astype(str)), ["1.0", "3.0", "nan"])
        self.assertEqual([row["tail_epochs"] for row, own in zip(cells, results) if own["status"] == 2], [3])

    def test_plan_shows_the_group(self) -> None:
        made = small_grid(zip={"sparsity": [0.8, 0.9], "seed": [4, 5]})
        del made["grid"]["sparsity"], made["grid"]["seed"]
        grid = self.write(made)
        answer = espalier("plan", grid)

        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertIn("0.8, 0.9  (zip with seed)", answer.stdout)
        self.assertEqual(json.loads(espalier("plan", "--json", grid).stdout)["zip"],
                         {"sparsity": ["seed"], "seed": ["sparsity"]})


if __name__ == "__main__":
    unittest.main()
