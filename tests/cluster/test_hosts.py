#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Three hosts and a network between them: a rank, a host or a link that goes away costs time alone."""

import os
import random
import re
import subprocess
import sys
import time
import unittest
from pathlib import Path
from typing import Callable

import espalier_runs as runs
import three_hosts

RANKS_PER_HOST = 2


class Hosts(runs.SystemTest):
    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(three_hosts.down)
        three_hosts.up()
        made = runs.small_grid(seed={"from": 0, "to": 11})
        made["train"]["epochs"] = 20
        self.grid = self.write(made)
        self.launcher = three_hosts.launcher(self.folder, RANKS_PER_HOST)
        self.random = random.Random(7)

    def start_on_hosts(self, file: Path, *settings: str, writer: str = "") -> "subprocess.Popen[bytes]":
        command = [*self.launcher, *settings, runs.binary(), "run", str(self.grid), "-o", str(file)]
        command += ["--writer", writer] if writer else []
        with open(f"{file}.log", "ab") as log:
            process = subprocess.Popen(command, env=runs.environment(), stdout=log, stderr=log)
        self.addCleanup(runs.kill_all, process)
        return process

    def disturb(self, name: str, disturbance: Callable[[], None], survives: bool, seconds: float) -> None:
        """Starts a run over the hosts, disturbs it once rows come, and lets the same command finish what is left."""
        file = self.folder / f"{name}.h5"
        process = self.start_on_hosts(file)
        self.assertTrue(runs.wait_for_done_rows(file, "results", 3, process), Path(f"{file}.log").read_text())
        disturbance()
        ended = process.wait(timeout=seconds)
        for number in three_hosts.NUMBERS:
            runs.kill(*three_hosts.processes(number))  # ranks behind a cut link hear of nothing
            runs.wait_until_gone(three_hosts.processes(number))
            three_hosts.set_link(number, "up")
            self.assertTrue(runs.wait_for(lambda: three_hosts.reaches_mpirun(number)))
        before = runs.done_rows(file, "results")

        self.assertEqual(ended == 0, survives, Path(f"{file}.log").read_text())
        again = self.start_on_hosts(file)

        self.assertEqual(again.wait(timeout=120), 0, Path(f"{file}.log").read_text())
        self.assertLessEqual(before.items(), runs.done_rows(file, "results").items())
        self.assertEqual(runs.digest(file), self.digest)

    def cut_for_a_while(self) -> None:
        three_hosts.set_link(2, "down")
        time.sleep(3)
        three_hosts.set_link(2, "up")

    def test_a_rank_a_host_and_a_link_go_away(self) -> None:
        reference = self.folder / "reference.h5"
        self.assert_run(self.grid, reference, 2)
        self.digest = runs.digest(reference)

        def ranks(number: int) -> list[int]:
            return [pid for pid in three_hosts.processes(number)
                    if Path(f"/proc/{pid}/cmdline").read_bytes().startswith(runs.binary().encode())]

        for name, disturbance, survives, seconds in (
            ("rank", lambda: runs.kill(self.random.choice(ranks(2))), False, 30),
            ("host", lambda: runs.kill(*three_hosts.processes(3)), False, 30),
            ("pause", self.cut_for_a_while, True, 120),
            ("cut", lambda: three_hosts.set_link(3, "down"), False, 60),
        ):
            with self.subTest(name):
                began = time.monotonic()
                self.disturb(name, disturbance, survives, seconds)
                print(f"{name}: {time.monotonic() - began:.0f} s with the resume")

    def test_the_hosts_are_known_by_their_names(self) -> None:
        file = self.folder / "named.h5"
        self.assertEqual(self.start_on_hosts(file).wait(timeout=120), 0, Path(f"{file}.log").read_text())

        self.assertEqual(runs.rows(file, "runs")["hosts"][0].decode(), "espalier1 espalier2 espalier3")

    def test_on_nfs_rank_0_writes_for_all_hosts_and_the_run_says_so(self) -> None:
        reference, file = self.folder / "reference.h5", self.folder / "nfs.h5"
        self.assert_run(self.grid, reference, 2)

        ended = self.start_on_hosts(file, "-x", f"LD_PRELOAD={os.environ['ESPALIER_CLAIMS_NFS']}").wait(timeout=240)

        log = Path(f"{file}.log").read_text()
        self.assertEqual(ended, 0, log)
        self.assertEqual(log.count("is on NFS, where 3 hosts see each other's writes late; rank 0 writes all rows"), 1, log)
        self.assertEqual(runs.digest(file), runs.digest(reference))
        self.assertEqual(set(runs.rows(file, "results")["attempt"]), {1})

    def test_one_rank_per_host_writes_the_same_file(self) -> None:
        reference, file, calls = self.folder / "reference.h5", self.folder / "hosts.h5", self.folder / "calls"
        self.assert_run(self.grid, reference, 2)
        calls.mkdir()
        tracer = ("sh", "-c", f'exec strace -f -o "$0"/$$ -e trace=pwrite64,pwritev,write -P {file} "$@"', str(calls))

        ended = self.start_on_hosts(file, *tracer, writer="hosts").wait(timeout=240)

        self.assertEqual(ended, 0, Path(f"{file}.log").read_text())
        self.assertEqual(runs.digest(file), runs.digest(reference))
        traces = [trace.read_text() for trace in calls.iterdir()]
        self.assertEqual(len(traces), RANKS_PER_HOST * len(three_hosts.NUMBERS))
        writers = [text for text in traces if "write" in text]
        sizes = [int(size) for text in writers for size in re.findall(r"= (\d+)$", text, re.MULTILINE)]
        print(f"{len(writers)} of {len(traces)} processes wrote {sum(sizes)} bytes by {len(sizes)} calls")
        self.assertEqual(len(writers), len(three_hosts.NUMBERS))


if __name__ == "__main__":
    reason = three_hosts.why_not()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    unittest.main()
