#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Rows written by every rank, or by one rank for others: one digest, also when a run resumes with another writer."""

import signal
import unittest
from pathlib import Path

import espalier_runs as runs

STARTED = 1  # status of a row


class Writers(runs.SystemTest):
    def setUp(self) -> None:
        super().setUp()
        made = runs.small_grid(seed={"from": 0, "to": 5})
        made["train"]["epochs"] = 4
        self.grid = self.write(made)
        self.reference = self.folder / "reference.h5"
        self.assert_run(self.grid, self.reference, 2, "--writer", "ranks")
        self.digest = runs.digest(self.reference)

    def test_a_writer_for_others_writes_the_same_file_for_any_number_of_ranks(self) -> None:
        for writer, ranks in (*(("coordinator", ranks) for ranks in (None, 1, 2, 3)), ("hosts", None), ("hosts", 3)):
            with self.subTest(writer=writer, ranks=ranks):
                file = self.folder / f"{writer}-{ranks}.h5"

                self.assert_run(self.grid, file, ranks, "--writer", writer)

                self.assertEqual(runs.digest(file), self.digest)
                self.assertEqual(file.stat().st_size, self.reference.stat().st_size)
                self.assertEqual(runs.espalier("verify", file).returncode, 0)

    def test_a_killed_run_goes_on_with_either_writer(self) -> None:
        for first, then in (("coordinator", "coordinator"), ("coordinator", "hosts"), ("hosts", "ranks"),
                            ("ranks", "coordinator")):
            with self.subTest(first=first, then=then):
                file = self.folder / f"{first}-{then}.h5"
                process = self.start(self.grid, file, 3, "--writer", first)
                self.assertTrue(runs.wait_for_done_rows(file, "results", 5, process), Path(f"{file}.log").read_text())
                runs.kill_all(process)
                before = runs.done_rows(file, "results")

                said = self.assert_run(self.grid, file, 3, "--writer", then)

                self.assertNotIn("damaged", said)
                self.assertLessEqual(before.items(), runs.done_rows(file, "results").items())
                self.assertEqual(runs.digest(file), self.digest)

    def test_ranks_that_are_told_to_stop_hand_their_last_rows_to_rank_0(self) -> None:
        file = self.folder / "stopped.h5"
        process = self.start(self.grid, file, 3, "--writer", "coordinator")
        self.assertTrue(runs.wait_for_done_rows(file, "results", 2, process), Path(f"{file}.log").read_text())

        process.send_signal(signal.SIGUSR1)

        self.assertIn(process.wait(timeout=60), (0, 75), Path(f"{file}.log").read_text())
        self.assertEqual(sum(runs.rows(file, "results")["status"] == STARTED), 0)
        self.assert_run(self.grid, file, 2)
        self.assertEqual(runs.digest(file), self.digest)

    def test_another_writer_is_a_mistake(self) -> None:
        said = self.assert_run(self.grid, self.folder / "out.h5", 2, "--writer", "nobody", code=2)

        self.assertIn("--writer", said)
        self.assertIn("nobody", said)


if __name__ == "__main__":
    unittest.main()
