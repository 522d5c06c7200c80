#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Fitted noises and retrained tails are jobs of their own: counted once, shared by all cells, stored and resumed."""

import random
import time
import unittest
from pathlib import Path
from typing import Any

import espalier_runs as runs
from espalier_runs import DONE, SystemTest, digest, rows

SOURCES = [{"kind": "gaussian-noise", "level": 0.2}, {"kind": "remove-links", "level": 0.2}]
TRACES = [0.25, 0.5, 1]
KILLS, SEED = 4, 20260225


def protocol(levels: int = 10) -> dict[str, Any]:
    """2 sources x 5 structures x 3 traces x 10 levels of a perturbation on one base model."""
    grid = runs.small_grid(
        topology=["static"],
        seed=[0],
        perturbation=[{"kind": "uniform-noise", "level": [round(0.02 * (i + 1), 2) for i in range(levels)]}],
        noise=[
            {
                "structure": ["none", "isotropic", "diagonal", "full", "low-rank"],
                "source": SOURCES,
                "layer": 2,
                "trace": TRACES,
                "draws": 3,
                "fit_images": 500,
                "retrain_tail": True,
            }
        ],
    )
    grid["train"]["epochs"] = 1
    grid["tail"] = {"epochs": 1}
    grid["evaluate"]["images"] = 100
    return grid


# `none` once; isotropic once per trace; three fitted structures per trace and source
TAILS = 1 + len(TRACES) + 3 * len(TRACES) * len(SOURCES)


class Counted(SystemTest):
    def assert_counted_once(self, file: Path, cells: int) -> None:
        tables = {name: rows(file, name) for name in ("models", "noise", "tails", "results")}
        sizes = {"models": 1, "noise": len(SOURCES), "tails": TAILS, "results": cells}
        self.assertEqual({name: len(table) for name, table in tables.items()}, sizes)
        for name, table in tables.items():
            self.assertEqual(set(table["status"]), {DONE}, name)

    def test_one_model_two_fits_and_22_tails_serve_220_cells_at_1_2_and_3_ranks(self) -> None:
        grid = self.write(protocol())
        digests = set()

        for ranks in (1, 2, 3):
            file = self.folder / f"{ranks}.h5"
            self.assert_run(grid, file, ranks)
            self.assert_counted_once(file, 10 * TAILS)
            for name in ("models", "noise", "tails", "results"):
                self.assertEqual(set(rows(file, name)["attempt"]), {1}, name)
            digests.add(digest(file))

        self.assertEqual(len(digests), 1)

    def test_after_kills_no_finished_fit_or_tail_is_made_again_and_the_digest_is_the_same(self) -> None:
        grid, reference, file = self.write(protocol(3)), self.folder / "reference.h5", self.folder / "killed.h5"
        began = time.monotonic()
        self.assert_run(grid, reference, 2)
        seconds = time.monotonic() - began
        draw = random.Random(SEED)
        before: dict[str, dict[int, bytes]] = {"noise": {}, "tails": {}, "results": {}}

        for _ in range(KILLS):
            process = self.start(grid, file, draw.choice([1, 2, 3]))
            time.sleep(draw.uniform(0.3, 1.0) * seconds)
            runs.kill_all(process)
            self.assert_kept(file, before)
        self.assert_run(grid, file, 2)
        self.assert_kept(file, before)

        self.assert_counted_once(file, 3 * TAILS)
        self.assertEqual(digest(file), digest(reference))

    def assert_kept(self, file: Path, before: dict[str, dict[int, bytes]]) -> None:
        for name in before:
            now = runs.done_rows(file, name)
            for row, bits in before[name].items():
                self.assertEqual(now.get(row), bits, f"row {row} of /{name}")
            before[name] = now

    def test_verification_computes_fits_and_tails_again(self) -> None:
        grid, file = self.write(protocol(1)), self.folder / "out.h5"
        self.assert_run(grid, file, 2)

        answer = runs.espalier("verify", file, "--sample", "6")

        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)

    def test_a_grown_grid_takes_fits_and_tails_over(self) -> None:
        one, two = self.folder / "one.h5", self.folder / "two.h5"
        self.assert_run(self.write(protocol(1), "one.yaml"), one, 2)

        self.assert_run(self.write(protocol(2), "two.yaml"), two, 2, "--reuse", str(one))

        for name in ("noise", "tails"):
            made = {row["id"]: row["written"] for row in rows(one, name)}
            taken = {row["id"]: row["written"] for row in rows(two, name)}
            self.assertEqual(taken, made, name)  # not written by a second computation


if __name__ == "__main__":
    unittest.main()
