#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What interrupts a run from outside: suspensions, steps of the clock, hangups, closed pipes and terminals.

No row fails, no crash is counted, the digest stays the same. `test_interruptions.py --count 20` is the long soak.
"""

import json
import os
import pty
import random
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path
from typing import Any

import espalier_runs as runs

COUNT = 2  # interruptions of each kind
LIMIT = 4 * runs.PATIENCE  # seconds that a cell may take: about 9 times what it needs
SUSPENDED = 2.3 * LIMIT  # a row that does not react for twice its limit ends the run


def slow_cells() -> dict[str, Any]:
    """One model that trains in no time and 12 cells of about 0.4 s."""
    levels = {"from": 0.1, "to": 0.2, "step": 0.02}
    made = runs.small_grid(seed=[0], perturbation=[{"kind": "pgd", "level": levels, "steps": 140}])
    made["train"]["epochs"] = 1
    return made


class Interruptions(runs.SystemTest):
    reference = ""

    def setUp(self) -> None:
        super().setUp()
        self.grid = self.write(slow_cells())
        if not Interruptions.reference:
            self.assert_run(self.grid, self.folder / "reference.h5", None)
            Interruptions.reference = runs.digest(self.folder / "reference.h5")

    def new_file(self, number: int) -> Path:
        return self.folder / f"{number}.h5"

    def wait_for_a_cell(self, file: Path, process: "subprocess.Popen[bytes]") -> None:
        def is_busy() -> bool:
            return file.exists() and bool((runs.rows(file, "results")["status"] == 1).any())

        self.assertTrue(runs.wait_for(lambda: process.poll() is not None or is_busy()), "no cell was started")

    def assert_unharmed(self, file: Path) -> None:
        """Resumes where the run ended early; nothing is marked as failed or crashed."""
        for table in ("models", "results"):
            self.assertEqual(int(runs.rows(file, table)["crashes"].sum()), 0, table)
        self.assert_run(self.grid, file, None)
        for table in ("models", "results"):
            self.assertEqual(set(runs.rows(file, table)["status"].tolist()), {runs.DONE}, table)
        self.assertEqual(runs.digest(file), Interruptions.reference)

    def test_suspended_time_counts_against_no_limit(self) -> None:
        for number in range(COUNT):
            file = self.new_file(number)
            process = self.start(self.grid, file, None, "--time-limit", str(LIMIT), "--walltime", "1:00:00")
            self.wait_for_a_cell(file, process)
            begin = time.monotonic()

            process.send_signal(signal.SIGSTOP)
            time.sleep(SUSPENDED)
            process.send_signal(signal.SIGCONT)

            self.assertEqual(process.wait(timeout=runs.RUN_SECONDS), 0, Path(f"{file}.log").read_text())
            self.assertLess(runs.rows(file, "runs")["active"][0], time.monotonic() - begin, "the suspension is left out")
            self.assert_unharmed(file)

    def test_a_suspended_rank_of_several_fails_no_row(self) -> None:
        for number in range(COUNT):
            file = self.new_file(number)
            process = self.start(self.grid, file, 2, "--time-limit", str(LIMIT))
            self.wait_for_a_cell(file, process)
            ranks = [pid for pid in runs.descendants(process.pid) if Path(f"/proc/{pid}/comm").read_text() == "espalier\n"]

            os.kill(random.Random(number).choice(ranks), signal.SIGSTOP)
            time.sleep(SUSPENDED)
            for pid in ranks:
                os.kill(pid, signal.SIGCONT)

            self.assertEqual(process.wait(timeout=runs.RUN_SECONDS), 0, Path(f"{file}.log").read_text())
            self.assert_unharmed(file)

    def test_steps_of_the_clock_change_nothing(self) -> None:
        library = os.environ["ESPALIER_STEPPED_CLOCK"]
        for number in range(COUNT):
            file, offset = self.new_file(number), self.folder / "offset"
            offset.write_text("0")
            process = self.start(self.grid, file, None, "--time-limit", "60", "--walltime", "1:00:00", LD_PRELOAD=library,
                                 STEPPED_CLOCK=str(offset))
            self.wait_for_a_cell(file, process)

            offset.write_text(str(random.Random(number).choice([1, -1]) * random.Random(number).choice([90, 3700, 86400, 10**8])))

            status = json.loads(runs.espalier("status", "--json", file).stdout)
            self.assertTrue(status["live"])
            self.assertEqual(runs.run(self.grid, file, None).returncode, 4, "the heartbeat is alive")
            self.assertEqual(process.wait(timeout=runs.RUN_SECONDS), 0, Path(f"{file}.log").read_text())
            self.assertLess(runs.rows(file, "results")["seconds"].max(), 60)
            self.assertGreaterEqual(runs.rows(file, "results")["seconds"].min(), 0)
            status = json.loads(runs.espalier("status", "--json", file).stdout)
            self.assertGreater(status["rate"], 1 / 60)
            self.assert_unharmed(file)

    def test_a_hangup_ends_the_run_with_75(self) -> None:
        for number in range(COUNT):
            file = self.new_file(number)
            process = self.start(self.grid, file, None)
            self.wait_for_a_cell(file, process)

            process.send_signal(random.Random(number).choice([signal.SIGHUP, signal.SIGQUIT]))

            self.assertEqual(process.wait(timeout=20), 75, Path(f"{file}.log").read_text())
            self.assert_unharmed(file)

    def test_a_hangup_or_the_death_of_mpirun_counts_no_crash(self) -> None:
        for number in range(COUNT):
            file = self.new_file(number)
            process = self.start(self.grid, file, 2)
            self.wait_for_a_cell(file, process)
            ranks = runs.descendants(process.pid)

            process.send_signal([signal.SIGHUP, signal.SIGKILL][number % 2])

            process.wait(timeout=20)
            runs.wait_until_gone(ranks)
            self.assert_unharmed(file)

    def test_nohup_keeps_a_run_alive_through_a_hangup(self) -> None:
        file = self.new_file(0)
        command = ["nohup", *runs.run_command(self.grid, file, None)]
        process = subprocess.Popen(command, env=runs.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(runs.kill_all, process)
        self.wait_for_a_cell(file, process)

        process.send_signal(signal.SIGHUP)

        self.assertEqual(process.wait(timeout=runs.RUN_SECONDS), 0)
        self.assert_unharmed(file)

    def test_a_terminal_that_is_closed_ends_the_run_with_75(self) -> None:
        for number in range(COUNT):
            file = self.new_file(number)
            master, slave = pty.openpty()
            process = subprocess.Popen(["setsid", "--ctty", *runs.run_command(self.grid, file, None)], env=runs.environment(),
                                       stdin=slave, stdout=slave, stderr=slave)
            self.addCleanup(runs.kill_all, process)
            os.close(slave)
            self.wait_for_a_cell(file, process)

            os.close(master)

            self.assertEqual(process.wait(timeout=20), 75)
            self.assert_unharmed(file)

    def test_closed_pipes_behind_the_output_stop_nothing(self) -> None:
        for number in range(COUNT):
            for ranks in (None, 2):
                file = self.folder / f"{number}-{ranks}.h5"
                process = subprocess.Popen(runs.run_command(self.grid, file, ranks), env=runs.environment(),
                                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                self.addCleanup(runs.kill_all, process)
                self.wait_for_a_cell(file, process)

                for pipe in (process.stdout, process.stderr):
                    assert pipe
                    pipe.close()

                process.wait(timeout=runs.RUN_SECONDS)
                if ranks is None:
                    self.assertEqual(process.returncode, 0)
                self.assert_unharmed(file)

    def test_a_run_without_standard_streams_writes_no_message_into_its_file(self) -> None:
        file = self.new_file(0)
        line = " ".join(runs.run_command(self.grid, file, None))

        ended = subprocess.run(["sh", "-c", f"{line} <&- >&- 2>&-"], env=runs.environment(), timeout=runs.RUN_SECONDS)

        self.assertEqual(ended.returncode, 0)
        self.assertEqual(runs.espalier("verify", file).returncode, 0)
        self.assert_unharmed(file)


if __name__ == "__main__":
    if "--count" in sys.argv:
        place = sys.argv.index("--count")
        COUNT = int(sys.argv[place + 1])
        del sys.argv[place:place + 2]
    unittest.main()
