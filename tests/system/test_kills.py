#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Kills a run at random moments, resumes it with the same command and compares. `--kills N` for a long soak, `--seed S`."""

import argparse
import dataclasses
import random
import re
import subprocess
import sys
import time
import unittest
from pathlib import Path

import espalier_runs as runs

KILLS, SEED = 5, 20260225
RANKS = range(1, 9)


@dataclasses.dataclass
class Count:
    """What a soak saw; all but the first three must stay 0."""

    kills: int = 0
    finished_first: int = 0  # runs that ended before their kill
    torn: int = 0  # rows that a resume found damaged, to be computed again
    lost: int = 0  # rows that were done and then no longer
    cells_twice: int = 0  # rows that were done and then changed
    models_twice: int = 0
    digests_differ: int = 0


def compare(before: dict[int, bytes], after: dict[int, bytes]) -> tuple[int, int]:
    """Rows of `before` that are lost, and that changed."""
    lost = sum(row not in after for row in before)
    return lost, sum(row in after and after[row] != bits for row, bits in before.items())


class Soak:
    """One results file that is killed again and again until it is finished; then the next."""

    def __init__(self, folder: Path, grid: Path, digest: str, seconds: float, seed: int) -> None:
        self.folder, self.grid, self.digest, self.seconds = folder, grid, digest, seconds
        self.random = random.Random(seed)
        self.count = Count()

    def until(self, kills: int) -> Count:
        number = 0
        while self.count.kills < kills:
            self.one_file(self.folder / f"killed-{number}.h5", kills)
            number += 1
        return self.count

    def one_file(self, file: Path, kills: int) -> None:
        done: tuple[dict[int, bytes], dict[int, bytes]] = ({}, {})
        while self.count.kills < kills:
            killed = self.start_and_kill(file)
            done = self.check(file, done)
            if not killed:
                break
        ended = runs.run(self.grid, file, self.random.choice([1, 2, 3]))
        if ended.returncode != 0:
            raise AssertionError(f"the resume ended with {ended.returncode}: {ended.stdout}{ended.stderr}")
        self.note_torn(ended.stderr)
        self.check(file, done)
        self.count.digests_differ += runs.digest(file) != self.digest

    def start_and_kill(self, file: Path) -> bool:
        """False when the run ended before its kill."""
        writer = self.random.choice(["ranks", "coordinator"])
        process = runs.start(self.grid, file, self.random.choice(RANKS), "--writer", writer)
        time.sleep(self.random.uniform(0.1, self.seconds))
        pids = runs.descendants(process.pid)
        if process.poll() is not None:
            self.count.finished_first += 1
            if process.returncode != 0:
                raise AssertionError(Path(f"{file}.log").read_text())
            return False
        victim = self.random.choice(["all", "mpirun", "rank"])
        if victim == "all":
            runs.kill(process.pid, *pids)
        elif victim == "mpirun" or not pids:
            runs.kill(process.pid)
        else:
            runs.kill(self.random.choice(pids))
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired as hang:
            runs.kill_all(process)
            raise AssertionError(f"after the death of one rank the others go on ({victim})") from hang
        runs.wait_until_gone(pids)
        self.count.kills += 1
        log = Path(f"{file}.log")
        self.note_torn(log.read_text())
        log.write_text("")
        return True

    def note_torn(self, text: str) -> None:
        self.count.torn += sum(map(int, re.findall(r"(\d+) rows? (?:is|are) damaged", text)))

    def check(
        self, file: Path, before: tuple[dict[int, bytes], dict[int, bytes]]
    ) -> tuple[dict[int, bytes], dict[int, bytes]]:
        cells, models = runs.done_rows(file, "results"), runs.done_rows(file, "models")
        for old, new, name in ((before[0], cells, "cells_twice"), (before[1], models, "models_twice")):
            lost, twice = compare(old, new)
            self.count.lost += lost
            setattr(self.count, name, getattr(self.count, name) + twice)
        return cells, models


class Kills(runs.SystemTest):
    def test_a_run_that_is_killed_at_random_moments_loses_nothing_and_ends_with_the_same_bits(self) -> None:
        made = runs.small_grid(seed={"from": 0, "to": 7})
        made["train"]["epochs"] = 4
        grid, reference = self.write(made), self.folder / "reference.h5"
        began = time.monotonic()
        self.assert_run(grid, reference, 2)
        seconds = time.monotonic() - began

        count = Soak(self.folder, grid, runs.digest(reference), seconds, SEED).until(KILLS)

        print(f"{count} (a run of 2 ranks takes {seconds:.1f} s)")
        bad = (count.lost, count.cells_twice, count.models_twice, count.digests_differ)
        self.assertEqual(bad, (0, 0, 0, 0), f"seed {SEED}: {count}")
        self.assertGreaterEqual(count.kills, KILLS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=SEED)
    known, rest = parser.parse_known_args()
    KILLS, SEED = known.kills, known.seed
    unittest.main(argv=[sys.argv[0], *rest])
