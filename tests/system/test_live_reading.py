#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Plain tools read the results file while a run goes on, without environment variables."""

import re
import shutil
import subprocess
import unittest
from pathlib import Path

import espalier_runs as runs

MODELS = 300  # keeps two ranks busy for longer than all readers need; the run is killed at the end


def page_lines() -> str:
    """The example of docs/results.md that joins /cells and /results."""
    blocks = re.findall(r"```python\n(.*?)```", (runs.ROOT / "docs/results.md").read_text(), re.DOTALL)
    return str(next(block for block in blocks if "pandas" in block))


class LiveReading(runs.SystemTest):
    def setUp(self) -> None:
        super().setUp()
        self.file = self.folder / "out.h5"
        grid = runs.small_grid(seed={"from": 0, "to": MODELS - 1})
        grid["train"]["epochs"] = 10
        self.process = self.start(self.write(grid), self.file, 2)
        came = runs.wait_for_done_rows(self.file, "results", 1, self.process)
        self.assertTrue(came, Path(f"{self.file}.log").read_text())

    def read(self, *command: str) -> str:
        ended = subprocess.run(command, env=runs.environment(), cwd=self.folder, capture_output=True, text=True, timeout=30)
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        self.assertIsNone(self.process.poll(), "the run ended before it was read")
        return ended.stdout

    def test_h5ls_h5dump_h5py_and_the_readme_read_the_file_of_a_run_that_goes_on(self) -> None:
        for tool, option in (("h5ls", "-r"), ("h5dump", "-H")):
            if shutil.which(tool):
                listing = self.read(tool, option, str(self.file))
                self.assertIn("results", listing)
                self.assertIn("models", listing)
            else:
                print(f"skipped: {tool} is not installed")
        joined = self.read("/usr/bin/python3", "-c", page_lines() + "print(len(table), (table.status == 2).sum())")
        cells, done = map(int, joined.split())
        self.assertEqual(cells, 6 * MODELS)
        self.assertGreater(done, 0)
        self.assertLess(done, cells)

    def test_a_reader_sees_new_rows_come(self) -> None:
        seen = len(runs.done_rows(self.file, "results"))

        came = runs.wait_for_done_rows(self.file, "results", seen + 6, self.process)

        self.assertTrue(came, "the run ended before new rows came")

    def test_status_counts_while_the_run_goes_on_and_after_its_kill(self) -> None:
        live = runs.espalier("status", self.file)
        self.assertEqual(live.returncode, 0, live.stderr)
        self.assertRegex(live.stdout, r"running for .* on 2 ranks")
        self.assertRegex(live.stdout, r"rank 1 +[0-9]+ % busy, .* now ")
        self.assertIsNone(self.process.poll())

        runs.kill_all(self.process)

        dead = runs.espalier("status", self.file)
        self.assertEqual(dead.returncode, 0, dead.stderr)
        self.assertIn("the last run was killed after", dead.stdout)

    def test_no_command_takes_rows_that_change_for_damage(self) -> None:
        commands: list[list[str | Path]] = [["verify", self.file], ["digest", self.file],
                                            ["export", self.file, "-o", self.folder / "table.csv"]]
        for _ in range(6):
            for command in commands:
                ended = runs.espalier(*command)
                self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
                self.assertIn("a run is active", ended.stderr)
                self.assertNotIn("damaged", ended.stdout + ended.stderr)
        merged = runs.espalier("merge", "-o", self.folder / "merged.h5", self.file)
        self.assertNotIn("damaged", merged.stdout + merged.stderr)
        self.assertIn("a run is active", merged.stderr)
        self.assertEqual(merged.returncode, 75, "cells are missing")

    def test_watching_ends_with_the_run(self) -> None:
        self.addCleanup(runs.kill_all, self.process)

        watched = subprocess.Popen([runs.binary(), "status", "--watch", str(self.file)], stdout=subprocess.PIPE, text=True)
        assert watched.stdout is not None
        first = watched.stdout.readline()
        runs.kill_all(self.process)
        rest = watched.communicate(timeout=30)[0]

        self.assertIn("running for", first)
        self.assertIn("the last run was killed after", rest)
        self.assertEqual(watched.returncode, 0)


if __name__ == "__main__":
    unittest.main()
