#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The grids in experiments/ are what their headers say, and every large one has a small twin."""

import json
import re
import unittest

import numpy as np

import espalier_runs as runs

GRIDS = sorted((runs.ROOT / "experiments").glob("study*-*.yaml"))


def header(text: str) -> str:
    """The comment that a grid file starts with."""
    lines = text.splitlines()
    return " ".join(line.removeprefix("# ") for line in lines[:next(i for i, line in enumerate(lines) if line[:1] != "#")])


class Experiments(runs.SystemTest):
    def setUp(self) -> None:
        super().setUp()
        for name in ("mnist", "fashion-mnist"):  # four images each, with the names and shapes of the real ones
            (self.folder / name).mkdir()
            for part in ("train", "t10k"):
                self.idx(f"{name}/{part}-images-idx3-ubyte", [4, 28, 28])
                self.idx(f"{name}/{part}-labels-idx1-ubyte", [4])

    def idx(self, path: str, dims: list[int]) -> None:
        sizes = b"".join(n.to_bytes(4, "big") for n in dims)
        data = np.arange(np.prod(dims)) % (10 if len(dims) == 1 else 256)
        (self.folder / path).write_bytes(bytes([0, 0, 8, len(dims)]) + sizes + data.astype(np.uint8).tobytes())

    def test_each_header_asks_a_question_and_counts_models_and_cells_as_plan_does(self) -> None:
        for grid in GRIDS:
            with self.subTest(grid=grid.name):
                text = header(grid.read_text())

                planned = runs.espalier("plan", grid, "--json", "--data", self.folder)

                self.assertEqual(planned.returncode, 0, planned.stderr)
                plan = json.loads(planned.stdout)
                self.assertTrue(text.startswith("Question: "), text)
                self.assertEqual([int(n) for n in re.findall(r"(\d+) models?", text)], [plan["models"]])
                self.assertEqual([int(n) for n in re.findall(r"(\d+) cells", text)], [plan["cells"]])
                self.assertEqual(plan["name"], grid.stem)

    def test_each_grid_has_a_small_twin(self) -> None:
        names = {grid.stem for grid in GRIDS}

        large = {name for name in names if not name.endswith("-small")}

        self.assertEqual({f"{name}-small" for name in large}, names - large)
        self.assertGreaterEqual(len(large), 10)


if __name__ == "__main__":
    unittest.main()
