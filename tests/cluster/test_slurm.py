#!/usr/bin/env python3
"""The batch scripts on a real Slurm: requeued in the middle, stopped by its time limit, as an array with a joining job."""

import json
import sys
import unittest
from pathlib import Path
from typing import Any

import espalier_runs as runs
import small_slurm

SCRIPTS = runs.ROOT / "slurm"
PATIENCE = 240  # seconds for a job that takes 20 to 60 on two free cores


def grid_that_takes(seconds: float, folder: Path) -> dict[str, Any]:
    """A grid of models that takes two ranks about so long on this machine as it is now."""
    models, probe, file = 4, folder / "probe.yaml", folder / "probe.h5"
    made = runs.small_grid(seed={"from": 0, "to": models - 1})
    made["train"]["epochs"] = 30
    probe.write_text(json.dumps(made))
    ended = runs.run(probe, file, 2)
    if ended.returncode != 0:
        raise AssertionError(ended.stdout + ended.stderr)
    busy = runs.rows(file, "models")["seconds"].sum() + runs.rows(file, "results")["seconds"].sum()
    made["grid"]["seed"] = {"from": 0, "to": int(models * 2 * seconds / busy)}
    return made


class Slurm(runs.SystemTest):
    def setUp(self) -> None:
        super().setUp()
        self.slurm = small_slurm.SmallSlurm(self.folder / "slurm")
        self.addCleanup(self.slurm.stop)
        self.slurm.start()

    def submit(self, script: str, file: Path, *options: str) -> str:
        return self.slurm.submit(*options, f"--output={file}.log", str(SCRIPTS / script), str(self.grid), str(file),
                                 ESPALIER=runs.binary())

    def assert_done(self, job: str, file: Path, restarts: int) -> None:
        self.slurm.wait(job, PATIENCE)
        log = Path(f"{file}.log").read_text()
        self.assertEqual(self.slurm.field(job, "ExitCode"), "0:0", log)
        self.assertGreaterEqual(int(self.slurm.field(job, "Restarts")), restarts, log)
        self.assertEqual(runs.digest(file), self.digest, log)

    def test_a_requeued_job_a_job_at_its_time_limit_and_an_array_end_with_the_digest_of_one_run(self) -> None:
        self.grid = self.write(grid_that_takes(40, self.folder))
        reference = self.folder / "reference.h5"
        self.assert_run(self.grid, reference)
        self.digest = runs.digest(reference)
        taken, limited, joined = (self.folder / f"{name}.h5" for name in ("taken", "limited", "joined"))

        # Together on the two cores each takes two to three times as long. The limited one is told to stop between half a minute
        # and its limit, since Slurm looks at the clock twice a minute, or stops by itself when its time runs out.
        taken_job = self.submit("run_grid.sbatch", taken, "--ntasks=2", "--time=10")
        limited_job = self.submit("run_grid.sbatch", limited, "--ntasks=2", "--time=1", "--signal=B:USR1@1")
        self.submit("run_array.sbatch", joined, "--array=1-3", "--ntasks=1", "--time=10")
        small_slurm.wait_for(lambda: len(runs.done_rows(taken, "results")) > 0, 60, "first rows")
        before = runs.done_rows(taken, "results")
        self.slurm.ask("scontrol", "requeue", taken_job)

        self.assert_done(limited_job, limited, restarts=1)
        self.assert_done(taken_job, taken, restarts=1)
        self.assertLessEqual(before.items(), runs.done_rows(taken, "results").items())
        (merge_job,) = self.slurm.jobs("espalier-merge")
        self.slurm.wait(merge_job, PATIENCE)
        logs = "".join(log.read_text() for log in (self.folder / "joined.merge.log", Path(f"{joined}.log")) if log.exists())
        self.assertEqual(self.slurm.field(merge_job, "ExitCode"), "0:0", logs)
        self.assertEqual(runs.digest(joined), self.digest)


if __name__ == "__main__":
    reason = small_slurm.why_not()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    unittest.main()
