#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Names of results files: several for one file, long ones, odd ones; files that are renamed or removed during a run."""

import json
import os
import subprocess
import unittest
from pathlib import Path

import espalier_runs as runs

ODD_NAMES = ("two words", "it's \"quoted\"", "Grüße-模型", "-o", "--help", "a=b,c;d&e", "$HOME `x`", "100%d", "[a]*?", "trailing.")


class Names(runs.SystemTest):
    def commands(self, file: str, folder: Path) -> None:
        """Every command that takes a results file takes this one, by its name in `folder`."""
        def typed(*arguments: str) -> str:
            ended = subprocess.run([runs.binary(), *arguments], env=runs.environment(), cwd=folder, capture_output=True,
                                   text=True, timeout=runs.RUN_SECONDS)
            self.assertEqual(ended.returncode, 0, f"{arguments}: {ended.stdout}{ended.stderr}")
            return ended.stdout

        grid = str(self.folder / "grid.yaml")
        typed("run", grid, f"--output={file}", "--quiet")
        self.assertEqual(json.loads(typed("status", "--json", "--", file))["done"], 6)
        typed("digest", "--", file)
        typed("verify", "--sample=1", "--", file)
        typed("export", "-o", "-", "--", file)
        typed("export", f"--output={file[:200]}.csv", "--", file)
        typed("run", grid, "--output=reused.h5", f"--reuse={file}", "--quiet")
        typed("merge", "--output=merged.h5", "--", file)

    def test_every_command_takes_odd_names(self) -> None:
        self.write(runs.small_grid(seed=[0]))
        for number, name in enumerate(ODD_NAMES):
            with self.subTest(name):
                folder = self.folder / str(number) / name
                folder.mkdir(parents=True)
                self.commands(f"{name}.h5", folder)

    def test_paths_up_to_the_limit_of_the_system_work(self) -> None:
        self.write(runs.small_grid(seed=[0]))
        deep = self.folder
        while len(str(deep)) < 3500:
            deep /= "x" * 200
        deep.mkdir(parents=True)
        for length in (245, 251, 260, 1000, 4000):
            folder = Path(str(deep)[:length - 8].rstrip("/"))
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / "out.h5"
            for ranks in (None, 2):
                self.assert_run(self.folder / "grid.yaml", file, ranks)
                file.unlink()
        name = "n" * 252 + ".h5"  # the longest name that a folder entry may have
        self.assert_run(self.folder / "grid.yaml", self.folder / name, 2)
        self.commands(name, self.folder)

    def test_a_second_run_by_another_name_exits_4(self) -> None:
        made = runs.small_grid(seed={"from": 0, "to": 30})
        made["train"] = {"hidden": [1000, 1000, 1000], "epochs": 1000}  # does not end within this test
        grid, file = self.write(made), self.folder / "out.h5"
        (self.folder / "link.h5").symlink_to("out.h5")
        first = self.start(grid, self.folder / "link.h5", 2)
        self.assertTrue(runs.wait_for(file.exists))
        self.assertTrue((self.folder / "link.h5").is_symlink(), "a dangling link names the file that is created")
        os.link(file, self.folder / "hard.h5")

        for name in ("out.h5", "link.h5", "hard.h5", "../" + self.folder.name + "/out.h5"):
            second = runs.run(grid, self.folder / name, None)
            self.assertEqual(second.returncode, 4, name + second.stdout + second.stderr)
        self.assertIsNone(first.poll(), "the first run continues")

    def test_a_file_that_is_renamed_or_removed_ends_the_run_and_loses_nothing(self) -> None:
        made = runs.small_grid(seed={"from": 0, "to": 400})
        grid = self.write(made)
        for number, ranks in enumerate((None, 2, None)):
            file, moved = self.folder / f"{number}.h5", self.folder / f"{number}-moved.h5"
            process = self.start(grid, file, ranks)
            self.assertTrue(runs.wait_for_done_rows(file, "models", 1, process))

            if number == 2:
                file.unlink()
            else:
                file.rename(moved)

            log = Path(f"{file}.log")
            self.assertEqual(process.wait(timeout=60), 1, log.read_text())
            self.assertIn("it was removed" if number == 2 else f"it was renamed to {moved}", log.read_text())
            self.assertFalse(file.exists())
            if number < 2:
                for table in ("models", "results"):
                    self.assertEqual(int(runs.rows(moved, table)["crashes"].sum()), 0)
                self.assertEqual(int((runs.rows(moved, "results")["status"] == 1).sum()), 0)
                self.assertEqual(runs.espalier("verify", moved).returncode, 0)

    def test_outputs_that_cannot_be_are_mistakes_that_leave_nothing_behind(self) -> None:
        grid = self.write(runs.small_grid(seed=[0]))
        (self.folder / "folder").mkdir()
        (self.folder / "a.h5").symlink_to("b.h5")
        (self.folder / "b.h5").symlink_to("a.h5")
        before = sorted(self.folder.iterdir())
        for name, word in (("folder", "is a folder"), ("a.h5", "form a cycle"), ("n" * 253 + ".h5", "at most 255 are allowed")):
            ended = runs.run(grid, self.folder / name, None)
            self.assertEqual(ended.returncode, 2, ended.stderr)
            self.assertIn(word, ended.stderr)
            self.assertEqual(sorted(self.folder.iterdir()), before)


if __name__ == "__main__":
    unittest.main()
