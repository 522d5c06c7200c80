#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The batch scripts on a real Slurm: requeued in the middle, stopped by its time limit, as an array with a joining job."""

import json
import shutil
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

    def submit(self, script: Path, file: Path, *options: str) -> str:
        # The pretended nodes are one machine: shared memory between ranks of different nodes fails in Open MPI.
        return self.slurm.submit(*options, f"--output={file}.log", str(script), str(self.grid), str(file),
                                 ESPALIER=runs.binary(), OMPI_MCA_btl="tcp,self")

    def assert_done(self, job: str, file: Path, restarts: int) -> None:
        self.slurm.wait(job, PATIENCE)
        logs = [path.read_text() for path in (Path(f"{file}.log"), file.with_suffix(".merge.log")) if path.exists()]
        log = "".join(logs)
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
        taken_job = self.submit(SCRIPTS / "run_grid.sbatch", taken, "--ntasks=2", "--time=10")
        limited_job = self.submit(SCRIPTS / "run_grid.sbatch", limited, "--ntasks=2", "--time=1", "--signal=B:USR1@1")
        self.submit(SCRIPTS / "run_array.sbatch", joined, "--array=1-3", "--ntasks=1", "--time=10")
        small_slurm.wait_for(lambda: len(runs.done_rows(taken, "results")) > 0, 60, "first rows")
        before = runs.done_rows(taken, "results")
        self.slurm.ask("scontrol", "requeue", taken_job)

        self.assert_done(limited_job, limited, restarts=1)
        self.assert_done(taken_job, taken, restarts=1)
        self.assertLessEqual(before.items(), runs.done_rows(taken, "results").items())
        (merge_job,) = self.slurm.jobs("espalier-merge")
        self.assert_done(merge_job, joined, restarts=0)

    def test_a_job_has_as_many_ranks_as_tasks_and_scripts_may_lie_in_any_folder(self) -> None:
        self.grid = self.write(runs.small_grid())
        reference = self.folder / "reference.h5"
        self.assert_run(self.grid, reference)
        self.digest = runs.digest(reference)
        scripts = self.folder / "my scripts"
        shutil.copytree(SCRIPTS, scripts)

        for number, (options, ranks) in enumerate(((("--nodes=2", "--ntasks-per-node=2"), 4),
                                                   (("--nodes=1", "--ntasks-per-node=2", "--exclusive"), 2),
                                                   (("--ntasks=3",), 3))):
            with self.subTest(options):
                file = self.folder / f"tasks {number}.h5"
                job = self.submit(scripts / "run_grid.sbatch", file, *options, "--time=10")
                self.assert_done(job, file, restarts=0)
                self.assertIn(f"{ranks} ranks on", Path(f"{file}.log").read_text())
                self.assertEqual(int(runs.rows(file, "runs")["ranks"][0]), ranks)

        joined = self.folder / "it's joined.h5"
        self.submit(scripts / "run_array.sbatch", joined, "--array=1-2", "--ntasks=1", "--time=10")
        small_slurm.wait_for(lambda: bool(self.slurm.jobs("espalier-merge")), PATIENCE, "the job that joins the parts")
        self.assert_done(self.slurm.jobs("espalier-merge")[0], joined, restarts=0)


if __name__ == "__main__":
    reason = small_slurm.why_not()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    unittest.main()
