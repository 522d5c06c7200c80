#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Signals, walltimes and trainings that are cut short. `--times N` repeats what strikes at a random moment, `--seed S`."""

import argparse
import collections
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any

import espalier_runs as runs

TIMES, SEED = 3, 20260225
STARTED = 1  # status of a row


def many_models() -> dict[str, Any]:
    """Some seconds of work: mpirun passes SIGTERM on after one."""
    made = runs.small_grid(seed={"from": 0, "to": 47})
    made["train"]["epochs"] = 6
    return made


class Signals(runs.SystemTest):
    def setUp(self) -> None:
        super().setUp()
        self.random = random.Random(SEED)
        self.grid = self.write(many_models())
        self.reference = self.folder / "reference.h5"
        began = time.monotonic()
        self.assert_run(self.grid, self.reference)
        self.seconds = time.monotonic() - began
        self.digest = runs.digest(self.reference)

    def strike(self, file: Path, number: signal.Signals, patience: float) -> tuple[int, float] | None:
        """Sends the signal to mpirun at a random moment; its exit code and how long it took. None: it had ended before."""
        process = self.start(self.grid, file, self.random.choice([1, 2, 3]), program=str(self.noting_program()))
        runs.wait_for(lambda: file.exists() or process.poll() is not None)
        time.sleep(self.random.uniform(0, self.seconds))
        if process.poll() is not None:
            return None
        pids, began = runs.descendants(process.pid), time.monotonic()
        process.send_signal(number)
        code = process.wait(timeout=patience)
        runs.wait_until_gone(pids)
        return code, time.monotonic() - began

    def noting_program(self) -> Path:
        """The program, whose ranks note the exit codes that mpirun keeps for itself."""
        script = self.folder / "noting"
        script.write_text(f'#!/bin/sh\ntrap : TERM USR1\n{runs.binary()} "$@"\ncode=$?\n'
                          f'echo $code >> {self.folder}/codes\nexit $code\n')
        script.chmod(0o755)
        return script

    def codes_of_ranks(self) -> dict[int, int]:
        """Exit code -> number of ranks that ended by themselves with it."""
        noted = self.folder / "codes"
        return dict(collections.Counter(map(int, noted.read_text().split()))) if noted.exists() else {}

    def repeat(self, number: signal.Signals, patience: float) -> list[tuple[int, float]]:
        """Strikes TIMES runs, checks that each keeps what was done and ends with the same bits, and sums their crashes."""
        seen: list[tuple[int, float]] = []
        self.crashes = 0
        while len(seen) < TIMES:
            file = self.folder / f"{number.name}-{len(seen)}.h5"
            struck = self.strike(file, number, patience)
            if struck is not None:
                seen.append(struck)
            done = runs.done_rows(file, "results")
            self.assert_run(self.grid, file)
            self.assertLessEqual(done.items(), runs.done_rows(file, "results").items())
            self.crashes += sum(runs.rows(file, "results")["crashes"]) + sum(runs.rows(file, "models")["crashes"])
            self.assertEqual(runs.digest(file), self.digest)
            file.unlink()
        return seen

    def test_usr1_at_a_random_moment_ends_a_run_with_75_and_the_same_command_finishes_it(self) -> None:
        seen = self.repeat(signal.SIGUSR1, 60)

        print(f"USR1 {TIMES} times: longest {max(time for _, time in seen):.2f} s")
        # 0: the last row was under way; -USR1: mpirun was at its own end, where it passes no signal on
        self.assertLessEqual({code for code, _ in seen}, {0, 75, -signal.SIGUSR1})
        self.assertEqual(self.crashes, 0)

    def test_term_through_mpirun_at_a_random_moment_loses_nothing(self) -> None:
        seen = self.repeat(signal.SIGTERM, 30)

        longest, codes = max(time for _, time in seen), sorted({code for code, _ in seen})
        print(f"TERM {TIMES} times: longest {longest:.2f} s, exit codes of mpirun {codes}, of ranks {self.codes_of_ranks()}, "
              f"{self.crashes} rows that mpirun killed in the middle")
        self.assertLessEqual(set(self.codes_of_ranks()), {0, 75})

    def test_term_without_mpirun_ends_a_long_training_with_75_within_a_second(self) -> None:
        grid, file = self.write(runs.long_training(), "long.yaml"), self.folder / "alone.h5"
        process = self.start(grid, file, None)
        self.assertTrue(runs.wait_for(lambda: file.exists() and any(runs.rows(file, "models")["status"] == STARTED)))

        process.send_signal(signal.SIGTERM)

        self.assertEqual(process.wait(timeout=20), 75, Path(f"{file}.log").read_text())
        self.assertEqual(runs.rows(file, "models")["status"][0], 0)
        self.assertEqual(Path(f"{file}.lock").read_bytes(), b"", "the next run may be on another host")

    def test_term_gives_the_name_in_the_lock_file_up_even_where_a_job_does_not_react(self) -> None:
        file = self.folder / "hangs.h5"
        process = self.start(self.grid, file, None, program=runs.faulty(), ESPALIER_FAULT="model 0 hang")
        self.assertTrue(runs.wait_for(lambda: file.exists() and runs.rows(file, "models")["status"][0] == STARTED))

        process.send_signal(signal.SIGTERM)

        self.assertEqual(process.wait(timeout=20), 75, Path(f"{file}.log").read_text())
        self.assertEqual(Path(f"{file}.lock").read_bytes(), b"")
        self.assertEqual(runs.rows(file, "models")["status"][0], 0)


class LongTraining(runs.SystemTest):
    """A grid of one long training, and `whole`: its results without a stop."""

    grid: Path
    whole: Path

    @classmethod
    def setUpClass(cls) -> None:
        runs.binary()
        shared = Path(tempfile.mkdtemp(prefix="espalier-test-"))
        cls.addClassCleanup(shutil.rmtree, shared, ignore_errors=True)
        cls.grid, cls.whole = shared / "grid.yaml", shared / "whole.h5"
        cls.grid.write_text(json.dumps(runs.long_training()))
        ended = runs.run(cls.grid, cls.whole, 1)
        assert ended.returncode == 0, ended.stdout + ended.stderr

    def setUp(self) -> None:
        super().setUp()
        self.file = self.folder / "out.h5"


class CutShort(LongTraining):

    def kept(self) -> bool:
        """Whether the slot of the only model holds a state."""
        if not self.file.exists():
            return False
        return bool(runs.rows(self.file, "checkpoints")[:8].view("<u8")[0] > 0)

    def interrupt(self, number: signal.Signals) -> None:
        """Strikes a run in the middle of its training, and lets another one finish."""
        process = self.start(self.grid, self.file, 1)
        self.assertTrue(runs.wait_for(self.kept), "no state of the training was kept")
        self.assertIsNone(process.poll(), "the training was over too soon")
        if number == signal.SIGKILL:
            runs.kill_all(process)
        else:
            process.send_signal(number)
            process.wait(timeout=60)
        self.assertEqual(len(runs.done_rows(self.file, "models")), 0)
        self.assert_run(self.grid, self.file, 1)

    def test_a_long_training_goes_on_at_its_last_epoch_with_the_same_bits(self) -> None:
        for number in (signal.SIGKILL, signal.SIGUSR1):
            with self.subTest(number.name):
                self.file.unlink(missing_ok=True)

                self.interrupt(number)

                self.assertEqual(runs.digest(self.file), runs.digest(self.whole))

    def test_a_damaged_state_costs_time_alone(self) -> None:
        process = self.start(self.grid, self.file, 1)
        self.assertTrue(runs.wait_for(self.kept))
        runs.kill_all(process)
        state = runs.rows(self.file, "checkpoints")[16:64].tobytes()
        content = bytearray(self.file.read_bytes())
        content[content.index(state) + 20] ^= 1
        self.file.write_bytes(content)

        self.assert_run(self.grid, self.file, 1)

        self.assertEqual(runs.digest(self.file), runs.digest(self.whole))

    def test_plan_states_the_size_of_the_file_with_the_states(self) -> None:
        stated = json.loads(runs.espalier("plan", self.grid, "--json").stdout)["file_bytes"]

        size = self.whole.stat().st_size

        self.assertLessEqual(size, stated)
        self.assertGreater(size, 0.9 * stated)


class Walltime(LongTraining):
    def test_a_run_stops_before_its_walltime_and_the_same_command_finishes_it(self) -> None:
        limit = str(2 + int(runs.rows(self.whole, "models")["seconds"][0] / 3))
        codes = [runs.run(self.grid, self.file, 2, "--walltime", limit).returncode]

        while codes[-1] == 75 and len(codes) < 20:
            codes.append(runs.run(self.grid, self.file, 2, "--walltime", limit).returncode)

        self.assertEqual((codes[0], codes[-1]), (75, 0), codes)
        self.assertEqual(runs.digest(self.file), runs.digest(self.whole))

    def test_a_walltime_that_is_shorter_than_any_job_says_so_at_once(self) -> None:
        made = runs.small_grid()
        made["train"] = {"hidden": [9000, 9000], "epochs": 1000}
        grid, file = self.write(made), self.folder / "out.h5"

        said = self.assert_run(grid, file, 2, "--walltime", "00:00:01", code=2)

        self.assertIn("the shortest job needs about", said)

    def test_a_walltime_that_is_no_time_is_refused(self) -> None:
        said = self.assert_run(self.write(runs.small_grid()), self.folder / "out.h5", 1, "--walltime", "soon", code=2)

        self.assertIn("given 'soon'", said)


class TwoRuns(runs.SystemTest):
    def test_of_two_runs_that_start_together_one_owns_the_file_and_the_other_exits_4(self) -> None:
        chance, grid = random.Random(SEED), self.write(runs.small_grid())
        reference = self.folder / "reference.h5"
        self.assert_run(grid, reference)

        for _ in range(TIMES):
            file = self.folder / "shared.h5"
            pair: list["subprocess.Popen[bytes]"] = []
            for _ in range(2):
                pair.append(self.start(grid, file, chance.choice([None, 1, 2])))
                time.sleep(chance.uniform(0, 0.3))
            codes = sorted(process.wait(timeout=runs.RUN_SECONDS) for process in pair)

            # Both 0: one came after the other had ended, and found nothing to do.
            self.assertIn(codes, ([0, 4], [0, 0]), Path(f"{file}.log").read_text())
            self.assertEqual(set(runs.rows(file, "results")["attempt"]), {1})
            self.assertEqual(set(runs.rows(file, "models")["attempt"]), {1})
            self.assertEqual(runs.digest(file), runs.digest(reference))
            file.unlink()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--times", type=int, default=TIMES)
    parser.add_argument("--seed", type=int, default=SEED)
    known, rest = parser.parse_known_args()
    TIMES, SEED = known.times, known.seed
    unittest.main(argv=[sys.argv[0], *rest])
