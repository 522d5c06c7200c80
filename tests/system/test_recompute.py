#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""espalier run --recompute: finished cells are computed again, compared bit for bit, and replaced where that is asked for."""

import fcntl
import os
import signal
import unittest
import zlib
from pathlib import Path

import espalier_runs as runs


def falsify(file: Path, row: int) -> str:
    """Changes a stored result and its checksum, as if another program had computed it; gives the cell's id."""
    cell, result = runs.rows(file, "cells")[row], runs.rows(file, "results")[row]
    first, images = int(cell["outcome_offset"]), int(cell["images"])
    payload = runs.rows(file, "outcomes")[first:first + (images + 7) // 8].tobytes()
    payload_crc = zlib.crc32(runs.rows(file, "class_accuracy")[row].tobytes(), zlib.crc32(payload))
    before = result.tobytes()
    result["loss"] += 1
    result["crc"] = zlib.crc32(result.tobytes()[:-4], payload_crc)
    content = file.read_bytes()
    file.write_bytes(content.replace(before, result.tobytes(), 1))
    return str(cell["id"].decode())


class Recompute(runs.SystemTest):
    def setUp(self) -> None:
        super().setUp()
        self.grid, self.file = self.write(runs.small_grid()), self.folder / "out.h5"
        self.assert_run(self.grid, self.file)
        self.digest = runs.digest(self.file)

    def refused(self, *options: str, code: int = 2) -> str:
        """The one line of a mistake; the file is as it was."""
        before = self.file.read_bytes()
        ended = runs.run(self.grid, self.file, None, *options)
        self.assertEqual((ended.returncode, len(ended.stderr.splitlines())), (code, 1), ended.stdout + ended.stderr)
        self.assertEqual(self.file.read_bytes(), before)
        return ended.stderr

    def test_equal_cells_are_counted_and_the_file_stays_as_it_is(self) -> None:
        before = self.file.read_bytes()

        for ranks in (None, 2):
            said = self.assert_run(self.grid, self.file, ranks, "--recompute", "perturbation=remove-links")
            self.assertIn("computed 8 finished cells again: 8 equal, 0 different", said)

        said = self.assert_run(self.grid, self.file, None, "--recompute", "level=0.3", "--recompute", "level=0.6", "--only",
                               "seed=1", "--replace")
        self.assertIn("computed 4 finished cells again: 4 equal, 0 different", said)
        self.assertEqual(self.file.read_bytes(), before)

    def test_a_different_cell_is_named_and_replaced_only_when_asked(self) -> None:
        wrong = falsify(self.file, 3)
        before, attempt = self.file.read_bytes(), runs.rows(self.file, "results")["attempt"].tolist()
        self.assertEqual(runs.espalier("verify", self.file).returncode, 0)
        self.assertNotEqual(runs.digest(self.file), self.digest)

        said = self.assert_run(self.grid, self.file, 2, "--recompute", "seed=0", code=5)
        self.assertIn(f"different result: cell {wrong}\n", said)
        self.assertIn("computed 6 finished cells again: 5 equal, 1 different", said)
        self.assertEqual(self.file.read_bytes(), before)

        said = self.assert_run(self.grid, self.file, 2, "--recompute", "seed=0", "--replace", code=5)
        self.assertIn("replaced 1 results", said)
        self.assertEqual(runs.digest(self.file), self.digest)
        self.assertEqual(runs.espalier("verify", self.file, "--sample", "2").returncode, 0)
        attempt[3] += 1
        self.assertEqual(runs.rows(self.file, "results")["attempt"].tolist(), attempt)
        written = runs.rows(self.file, "runs")[int(runs.rows(self.file, "results")["run"][3])]
        self.assertEqual((written["exit_code"], written["ranks"]), (5, 2))
        self.assert_run(self.grid, self.file, 2, "--recompute", "seed=0")

    def test_cells_that_are_not_chosen_or_not_finished_are_left(self) -> None:
        falsify(self.file, 3)
        self.assert_run(self.grid, self.file, None, "--recompute", "seed=1", "--replace")
        part = self.folder / "part.h5"
        self.assert_run(self.grid, part, None, "--only", "seed=0", "--only", "level=0.3")

        said = self.assert_run(self.grid, part, None, "--recompute", "topology=set")

        self.assertIn("computed 2 finished cells again: 2 equal", said)
        self.assertEqual(len(runs.done_rows(part, "results")), 2)

    def test_mistakes_are_one_line(self) -> None:
        self.assertIn("--recompute seed=7: no cell of this grid matches", self.refused("--recompute", "seed=7"))
        self.assertIn("--recompute must be KEY=VALUE", self.refused("--recompute", "seed"))
        self.assertIn("--replace requires --recompute", self.refused("--replace"))
        self.assertIn("--retry-failed excludes --recompute", self.refused("--recompute", "seed=0", "--retry-failed"))
        self.assertIn("no finished cell is selected by --recompute",
                      self.refused("--recompute", "seed=0", "--only", "seed=1"))
        missing = runs.run(self.grid, self.folder / "no.h5", None, "--recompute", "seed=0")
        self.assertEqual((missing.returncode, len(missing.stderr.splitlines())), (2, 1), missing.stderr)
        self.assertEqual(list(self.folder.glob("no.h5*")), [])
        other = self.write(runs.small_grid(seed=[0]), "other.yaml")
        self.assertIn("holds the results of another grid", self.assert_run(other, self.file, 2, "--recompute", "seed=0", code=2))

    def test_a_file_in_use_is_compared_but_not_replaced(self) -> None:
        with open(f"{self.file}.lock", "r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assert_run(self.grid, self.file, None, "--recompute", "seed=0")
            self.assertIn("is used by another run", self.refused("--recompute", "seed=0", "--replace", code=4))

    def test_a_signal_ends_it_and_nothing_is_replaced(self) -> None:
        slow = runs.small_grid(seed=[0], perturbation=[{"kind": "pgd", "level": [0.05, 0.1], "steps": 400, "images": 500}],
                               noise=[{"structure": "none"}])
        grid, file = self.write(slow, "slow.yaml"), self.folder / "slow.h5"
        self.assert_run(grid, file)
        falsify(file, 0)
        before = file.read_bytes()

        process = self.start(grid, file, None, "--recompute", "seed=0", "--replace")
        self.assertTrue(runs.wait_for(lambda: "pid" in Path(f"{file}.lock").read_text() or process.poll() is not None))
        os.kill(process.pid, signal.SIGTERM)

        self.assertEqual(process.wait(60), 75)
        self.assertEqual(file.read_bytes(), before)


if __name__ == "__main__":
    unittest.main()
