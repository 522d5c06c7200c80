#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A disk that is too small: one line that says so, and nothing overwritten. Needs root, for a small file system of its own."""

import contextlib
import os
import subprocess
import unittest
from pathlib import Path

import espalier_runs as runs


def mount(folder: Path, size: str) -> bool:
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    return os.geteuid() == 0 and subprocess.run(command, capture_output=True).returncode == 0


class DiskFull(runs.SystemTest):
    def setUp(self) -> None:
        super().setUp()
        self.disk = self.folder / "disk"
        if not mount(self.disk, "3m"):
            self.skipTest("a small file system can be mounted by root alone")
        self.addCleanup(lambda: subprocess.run(["umount", "-l", str(self.disk)]))

    def assert_no_space(self, grid: Path, file: Path) -> str:
        ended = runs.run(grid, file, 2)
        self.assertIn(ended.returncode, (1, 2), ended.stdout + ended.stderr)
        self.assertRegex(ended.stderr, r"(?i)disk|space")
        self.assertIn(file.name, ended.stderr)
        return ended.stderr

    def test_a_results_file_that_does_not_fit_is_refused_before_any_training(self) -> None:
        grid = self.write(runs.small_grid(seed={"from": 0, "to": 60}))

        self.assert_no_space(grid, self.disk / "out.h5")

        self.assertEqual([p.name for p in self.disk.glob("*.h5*") if not p.name.endswith(".lock")], [])

    def test_a_disk_that_fills_up_later_breaks_nothing_that_is_there(self) -> None:
        grid, file = self.write(runs.small_grid(seed=[0])), self.disk / "out.h5"
        self.assert_run(grid, file)
        before = runs.digest(file)
        with open(self.disk / "ballast", "wb", buffering=0) as ballast, contextlib.suppress(OSError):
            while ballast.write(bytes(4096)):
                pass
        os.truncate(self.disk / "ballast", os.path.getsize(self.disk / "ballast") - 4096)  # for the lock

        self.assert_run(grid, file)  # every byte of the file has its place on the disk already
        self.assertEqual(runs.digest(file), before)
        self.assert_no_space(self.write(runs.small_grid(), "other.yaml"), self.disk / "other.h5")
        self.assertEqual(runs.digest(file), before)


if __name__ == "__main__":
    unittest.main()
