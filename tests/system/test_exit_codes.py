#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Exit codes and one-line messages for the user's mistakes, two runs at once, failing cells and stops; nothing is overwritten."""

import json
import os
import shlex
import signal
import unittest
from pathlib import Path
from typing import Any

import espalier_runs as runs


class Mistakes(runs.SystemTest):
    """Exit 2, before any training."""

    def assert_mistake(self, grid: Path, file: Path, *words: str, data: str = "") -> None:
        options = ("--data", data) if data else ()
        for ranks in (None, 2):
            ended = runs.run(grid, file, ranks, *options)
            said = [line for line in ended.stderr.splitlines() if all(word in line for word in words)]
            self.assertEqual(ended.returncode, 2, ended.stdout + ended.stderr)
            self.assertEqual(len(said), 1, f"one line with {words}, once over all ranks:\n{ended.stderr}")

    def test_a_broken_grid_names_file_line_and_key(self) -> None:
        grid = self.write('espalier: 1\nname: x\nseed: 1\ngrid:\n  dataset: [synthetic]\n  spasity: [0.9]\n  seed: [0]\n')
        self.assert_mistake(grid, self.folder / "out.h5", "grid.yaml:6:", "spasity", "sparsity")
        self.assertFalse((self.folder / "out.h5").exists())

    def test_a_missing_grid_and_missing_data_are_named(self) -> None:
        self.assert_mistake(self.folder / "none.yaml", self.folder / "out.h5", "none.yaml")
        grid = self.write(runs.small_grid(dataset=["no-such-data"]))
        self.assert_mistake(grid, self.folder / "out.h5", "no-such-data")

    def test_truncated_data_is_named(self) -> None:
        folder = self.folder / "data" / "cut"
        folder.mkdir(parents=True)
        for kind in ("train", "t10k"):
            (folder / f"{kind}-images-idx3-ubyte").write_bytes(bytes.fromhex("00000803 00000010 0000001c 0000001c") + bytes(100))
            (folder / f"{kind}-labels-idx1-ubyte").write_bytes(bytes.fromhex("00000801 00000010") + bytes(16))
        grid = self.write(runs.small_grid(dataset=["cut"]))
        self.assert_mistake(grid, self.folder / "out.h5", "images-idx3-ubyte", data=str(folder.parent))

    def test_an_output_in_a_missing_folder_is_named(self) -> None:
        grid = self.write(runs.small_grid())
        self.assert_mistake(grid, self.folder / "missing" / "out.h5", "missing")
        self.assertFalse((self.folder / "missing").exists())

    def test_a_file_of_another_plan_is_refused_and_left_alone(self) -> None:
        file = self.folder / "out.h5"
        self.assert_run(self.write(runs.small_grid(seed=[0])), file)
        before = runs.digest(file)

        self.assert_mistake(self.write(runs.small_grid(seed=[1]), "other.yaml"), file, "out.h5", "another grid", "seed: 1 is new")

        self.assertEqual(runs.digest(file), before)

    def test_files_that_are_no_results_are_refused_and_left_alone(self) -> None:
        grid, good = self.write(runs.small_grid(seed=[0])), self.folder / "good.h5"
        self.assert_run(grid, good)
        contents = {"text.h5": b"some notes\n" * 1000, "empty.h5": b"", "cut.h5": good.read_bytes()[:5000]}

        for name, content in contents.items():
            file = self.folder / name
            file.write_bytes(content)
            with self.subTest(name):
                self.assert_mistake(grid, file, name)
                self.assertEqual(file.read_bytes(), content)
                for command in ("status", "digest"):
                    self.assertEqual(runs.espalier(command, file).returncode, 2, command)

    def test_a_file_with_damaged_rows_is_repaired_by_the_same_command(self) -> None:
        grid, file = self.write(runs.small_grid(seed=[0])), self.folder / "out.h5"
        self.assert_run(grid, file)
        before, content = runs.digest(file), bytearray(file.read_bytes())
        row = next(iter(runs.done_rows(file, "results").values()))
        content[content.index(row) + 60] ^= 0x10
        file.write_bytes(content)

        said = self.assert_run(grid, file)

        self.assertIn("damaged", said)
        self.assertEqual(runs.digest(file), before)

    def test_a_folder_that_one_rank_does_not_see_is_named_and_no_rank_waits_for_it(self) -> None:
        grid = self.write(runs.small_grid())
        for name in ("here/sub", "there"):
            (self.folder / name).mkdir(parents=True)
        command = shlex.join(runs.run_command(grid, Path("sub/out.h5"), None))

        ended = runs.run_by_rank(*(f"cd {self.folder / name} && exec {command}" for name in ("here", "there")))

        self.assertEqual(ended.returncode, 2, ended.stdout + ended.stderr)
        self.assertIn("sub/out.h5", ended.stderr)

    def test_wrong_arguments_are_named(self) -> None:
        for arguments in ("run", "run grid.yaml", "fly", "plan grid.yaml --fast", ""):
            ended = runs.espalier(*arguments.split())
            self.assertEqual(ended.returncode, 2, f"{arguments}: {ended.stdout}{ended.stderr}")
            self.assertEqual(len(ended.stderr.splitlines()), 1, ended.stderr)


class TwoRuns(runs.SystemTest):
    def test_a_second_run_on_a_live_file_exits_4_and_names_the_first(self) -> None:
        made = runs.small_grid(seed={"from": 0, "to": 30})
        made["train"]["epochs"] = 1000  # it outlives the refusals, and is killed at the end of the test
        grid, file = self.write(made), self.folder / "out.h5"
        first = self.start(grid, file, 2)
        self.assertTrue(runs.wait_for(file.exists))

        for ranks in (None, 2):
            second = runs.run(grid, file, ranks)
            self.assertEqual(second.returncode, 4, second.stdout + second.stderr)
            self.assertIn(os.uname().nodename, second.stderr)
        self.assertIsNone(first.poll(), "the first run goes on")


class Failures(runs.SystemTest):
    def test_a_diverging_model_fails_its_cells_alone_and_exits_3(self) -> None:
        wild = runs.small_grid()
        wild["train"] = {"hidden": [50], "epochs": 2, "optimizer": "sgd", "learning_rate": 100}
        wild["train"]["weight_decay"] = 1  # every step multiplies the weights by -99
        wild["grid"]["noise"] = [{"structure": "none"}]
        grid, file = self.write(wild), self.folder / "out.h5"

        self.assert_run(grid, file, code=3)

        status = json.loads(runs.espalier("status", file, "--json").stdout)
        self.assertEqual((status["failed"], status["done"]), (6, 0))
        self.assertTrue(status["failures"])
        before = runs.digest(file)
        self.assert_run(grid, file, 1, code=3)
        self.assertEqual(runs.digest(file), before)

    def test_given_up_at_the_first_failure_is_not_done(self) -> None:
        wild = runs.small_grid(noise=[{"structure": "none"}])
        wild["train"] = {"hidden": [50], "epochs": 2, "optimizer": "sgd", "learning_rate": 100, "weight_decay": 1}
        file = self.folder / "out.h5"

        said = self.assert_run(self.write(wild), file, 1, "--fail-fast", code=3)

        self.assertIn("6 cells remain", said)
        self.assertIn("model, not finite", runs.espalier("status", file).stdout)

    def test_a_results_file_that_goes_away_ends_the_run_of_all_ranks(self) -> None:
        made = runs.small_grid(seed={"from": 0, "to": 20})
        made["train"]["epochs"] = 20
        grid, file = self.write(made), self.folder / "out.h5"
        process = self.start(grid, file, 2)
        self.assertTrue(runs.wait_for_done_rows(file, "models", 1, process))

        file.rename(self.folder / "moved.h5")

        self.assertEqual(process.wait(timeout=60), 1, Path(f"{file}.log").read_text())
        self.assertIn("out.h5: it was renamed to ", Path(f"{file}.log").read_text())


class Stops(runs.SystemTest):
    def stop(self, made: dict[str, Any], number: signal.Signals, ranks: int | None) -> None:
        grid, file = self.write(made), self.folder / f"{number.name}-{ranks}.h5"
        process = self.start(grid, file, ranks)
        self.assertTrue(runs.wait_for(lambda: len(runs.done_rows(file, "results")) > 0))

        process.send_signal(number)

        self.assertEqual(process.wait(timeout=20), 75, Path(f"{file}.log").read_text())

    def test_usr1_stops_a_run_with_75_and_the_same_command_finishes_it(self) -> None:
        made = runs.small_grid(seed={"from": 0, "to": 11})
        made["train"]["epochs"] = 6
        for ranks in (None, 1, 3):
            self.stop(made, signal.SIGUSR1, ranks)
        reference = self.folder / "reference.h5"
        self.assert_run(self.folder / "grid.yaml", reference)

        for ranks in (None, 1, 3):
            file = self.folder / f"SIGUSR1-{ranks}.h5"
            done = runs.done_rows(file, "results")
            self.assert_run(self.folder / "grid.yaml", file)
            self.assertLessEqual(done.items(), runs.done_rows(file, "results").items())
            self.assertEqual(runs.digest(file), runs.digest(reference))

    def test_term_stops_a_run_without_mpirun_with_75(self) -> None:
        self.stop(runs.small_grid(seed={"from": 0, "to": 500}), signal.SIGTERM, None)


if __name__ == "__main__":
    unittest.main()
