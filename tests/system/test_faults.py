#!/usr/bin/env python3
"""A job that goes wrong, in every way that a job can: the other cells finish with the same bits, and `status` says why."""

import json
import unittest
from pathlib import Path

import espalier_runs as runs

CELL, MODEL = 4, 1  # the rows that go wrong: a cell of model 0, and the other model
MOST_CRASHES = 3  # a row is given up when runs died with it so often
TIME_LIMIT = f"{runs.PATIENCE:g}"  # seconds of a job; a job without a fault takes a tenth


class Faults(runs.SystemTest):
    def setUp(self) -> None:
        super().setUp()
        self.faulty = runs.faulty()
        self.grid = self.write(runs.small_grid())
        self.whole = self.folder / "whole.h5"
        self.assert_run(self.grid, self.whole)

    def run_with(self, fault: str, file: Path, *options: str) -> int:
        """One run of 3 ranks with the fault; its exit code."""
        ended = runs.run(self.grid, file, 3, "--accept-build-change", *options, program=self.faulty, ESPALIER_FAULT=fault)
        self.said = ended.stdout + ended.stderr
        return ended.returncode

    def assert_others_unchanged(self, file: Path, failed: set[int]) -> None:
        """All cells but `failed` have the results of a run without faults, bit by bit."""
        given, whole = runs.rows(file, "results"), runs.rows(self.whole, "results")
        others = [row for row in range(len(whole)) if row not in failed]
        for column in set(whole.dtype.names) - {"attempt", "crashes", "run", "rank", "seconds", "written", "crc"}:
            self.assertEqual(given[column][others].tobytes(), whole[column][others].tobytes(), column)
        self.assertEqual({int(row) for row in (given["status"] == 3).nonzero()[0]}, failed)

    def assert_reason(self, file: Path, words: str) -> None:
        failures = json.loads(runs.espalier("status", file, "--json").stdout)["failures"]
        self.assertTrue(any(words in reason for reason in failures), failures)
        self.assertIn(words, runs.espalier("status", file).stdout)

    def assert_healed(self, file: Path) -> None:
        self.assert_run(self.grid, file, 2, "--retry-failed", "--accept-build-change")
        self.assertEqual(runs.digest(file), runs.digest(self.whole))

    def cells_of_model(self) -> set[int]:
        return {int(row) for row in (runs.rows(self.whole, "cells")["model"] == MODEL).nonzero()[0]}


class AtOnce(Faults):
    """What fails without taking the process down is a failed row at once."""

    def test_an_exception_a_loss_that_is_not_finite_no_memory_and_an_endless_loop_fail_one_cell(self) -> None:
        for kind, reason in (("throw", "exception: an injected exception"), ("nan", "not finite: an injected loss"),
                             ("memory", "out of memory"), ("endless", f"time limit: exceeds {TIME_LIMIT} s")):
            with self.subTest(kind):
                file = self.folder / f"{kind}.h5"

                code = self.run_with(f"cell {CELL} {kind}", file, "--time-limit", TIME_LIMIT)

                self.assertEqual(code, 3, self.said)
                self.assert_others_unchanged(file, {CELL})
                self.assert_reason(file, reason)
                self.assert_healed(file)

    def test_a_model_that_fails_takes_its_own_cells_along_and_no_others(self) -> None:
        file = self.folder / "model.h5"

        code = self.run_with(f"model {MODEL} throw", file)

        self.assertEqual(code, 3, self.said)
        self.assert_others_unchanged(file, self.cells_of_model())
        self.assert_reason(file, "dependency failed")
        self.assert_healed(file)

    def test_a_loop_that_does_not_even_answer_is_marked_as_failed_and_the_next_run_goes_on(self) -> None:
        file = self.folder / "hang.h5"

        first = self.run_with(f"cell {CELL} hang", file, "--time-limit", TIME_LIMIT)

        self.assertEqual(first, 1, self.said)
        self.assertIn(f"does not end within {TIME_LIMIT} s", self.said)
        self.assertEqual(self.run_with(f"cell {CELL} hang", file), 3, self.said)
        self.assert_others_unchanged(file, {CELL})
        self.assert_reason(file, "time limit")


class Crashes(Faults):
    """What takes the process down is found by the next runs, tried again, and given up."""

    def assert_given_up(self, fault: str, failed: set[int]) -> None:
        file = self.folder / f"{fault.replace(' ', '-')}.h5"
        for _ in range(MOST_CRASHES):
            code = self.run_with(fault, file)
            if runs.REPORTS_KILLED_RANKS:
                self.assertNotIn(code, (0, 2, 3, 4, 75), self.said)

        code = self.run_with(fault, file)

        self.assertEqual(code, 3, self.said)
        self.assertIn("marked as failed", self.said)
        self.assert_others_unchanged(file, failed)
        self.assert_reason(file, "crashed")
        self.assert_healed(file)

    def test_a_cell_that_brings_its_process_down_is_given_up_after_three_crashes_and_nothing_else(self) -> None:
        for kind in ("segfault", "kill"):
            with self.subTest(kind):
                self.assert_given_up(f"cell {CELL} {kind}", {CELL})

    def test_a_model_that_brings_its_process_down_is_given_up_with_its_cells(self) -> None:
        file = self.folder / "model-1-segfault.h5"
        for _ in range(MOST_CRASHES):
            self.run_with(f"model {MODEL} segfault", file)

        self.assertEqual(self.run_with(f"model {MODEL} segfault", file), 3, self.said)

        self.assert_others_unchanged(file, self.cells_of_model())
        self.assertEqual(runs.rows(file, "models")["reason"][MODEL], 5)

    def test_a_crash_that_does_not_come_again_costs_nothing(self) -> None:
        file = self.folder / "once.h5"
        self.run_with(f"cell {CELL} segfault", file)

        self.assert_run(self.grid, file, 2, "--accept-build-change")

        self.assertEqual(runs.digest(file), runs.digest(self.whole))
        self.assertEqual(runs.rows(file, "results")["crashes"][CELL], 1)


if __name__ == "__main__":
    unittest.main()
