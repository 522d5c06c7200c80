#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What the batch script makes of a run that was stopped, with stand-ins for Slurm. tests/cluster has a real one."""

import json
import os
import shutil
import signal
import subprocess
import unittest
from pathlib import Path

import espalier_runs as runs

SCRIPT = runs.ROOT / "slurm" / "run_grid.sbatch"


class Batch(runs.SystemTest):
    def setUp(self) -> None:
        super().setUp()
        self.grid, self.file, self.requeued = self.write(runs.long_training()), self.folder / "out.h5", self.folder / "requeued"
        self.tools = self.folder / "tools"
        self.tools.mkdir()
        self.stand_in("squeue", "echo UNLIMITED")
        self.stand_in("scontrol", f'echo "$@" > {self.requeued}')
        self.stand_in("mpirun", 'while [ "$1" != "$ESPALIER" ]; do shift; done; unset ${!SLURM_*}; exec "$@"')

    def stand_in(self, name: str, line: str) -> None:
        (self.tools / name).write_text(f"#!/usr/bin/env bash\n{line}\n")
        (self.tools / name).chmod(0o755)

    def submit(self) -> "subprocess.Popen[bytes]":
        slurm = {"SLURM_JOB_ID": "7", "SLURM_NTASKS": "1", "SLURM_JOB_NODELIST": "here", "ESPALIER": runs.binary(),
                 "ESPALIER_LAUNCHER": "mpirun"}
        with open(f"{self.file}.log", "ab") as log:
            job = subprocess.Popen(["bash", SCRIPT, self.grid, self.file], stdout=log, stderr=log,
                                   env=runs.environment(PATH=f"{self.tools}:{os.environ['PATH']}", **slurm))
        self.addCleanup(runs.kill_all, job)
        return job

    def asked(self) -> str:
        """What the script asked of scontrol."""
        return self.requeued.read_text() if self.requeued.exists() else ""

    def log(self) -> str:
        return Path(f"{self.file}.log").read_text()

    def kept_epochs(self) -> int:
        """What status says of them; 0 without a file."""
        said = runs.espalier("status", "--json", self.file)
        return int(json.loads(said.stdout)["kept_epochs"]) if said.returncode == 0 else 0

    def epochs_in_slot(self) -> int:
        """The first number of the only state, after the head of its slot."""
        return int(runs.rows(self.file, "checkpoints")[16:24].view("<u8")[0])

    def test_a_training_that_is_longer_than_a_job_moves_on_by_its_epochs_from_start_to_start(self) -> None:
        before = 0
        for _ in range(2):
            self.requeued.unlink(missing_ok=True)
            job = self.submit()
            self.assertTrue(runs.wait_for(lambda: self.kept_epochs() > before), self.log())

            job.send_signal(signal.SIGUSR1)  # the time limit comes

            self.assertTrue(runs.wait_for(lambda: self.asked() != "" or job.poll() is not None), self.log())
            self.assertEqual(self.asked(), "requeue 7\n", self.log())
            self.assertEqual(len(runs.done_rows(self.file, "models")), 0)
            self.assertGreater(self.kept_epochs(), before)
            self.assertEqual(self.kept_epochs(), self.epochs_in_slot())
            self.assertIn(f"{self.kept_epochs()} epochs of unfinished models saved", runs.espalier("status", self.file).stdout)
            before = self.kept_epochs()
            runs.kill_all(job)

    def test_a_job_that_did_not_move_on_at_all_is_not_started_again(self) -> None:
        self.stand_in("mpirun", "exit 75")

        self.assertEqual(self.submit().wait(timeout=60), 75)

        self.assertIn("nothing was finished within the time limit", self.log())
        self.assertEqual(self.asked(), "")

    def start_of(self, script: Path, grid: str, *arguments: str, **slurm: str) -> str:
        """The command line, one argument per line, with which the script starts the program in the folder of submission."""
        self.stand_in("launcher", f"printf '%s\\n' \"$@\" > '{self.folder}/started'")
        self.stand_in("espalier", "exit 2")  # status: there is no file
        job = {"SLURM_JOB_ID": "7", "SLURM_JOB_NODELIST": "here", "ESPALIER": "espalier", "ESPALIER_LAUNCHER": "launcher"}
        subprocess.run(["bash", script, grid, *arguments], check=True, cwd=self.folder, timeout=60, capture_output=True,
                       env=runs.environment(PATH=f"{self.tools}:{os.environ['PATH']}", **{**job, **slurm}))
        return (self.folder / "started").read_text()

    def test_all_granted_tasks_are_ranks(self) -> None:
        for tasks, ranks in (("1", 1), ("4(x2)", 8), ("4(x2),3", 11), ("2,1(x3),5", 10), ("16(x10),1", 161)):
            self.assertIn(f"-n\n{ranks}\n", self.start_of(SCRIPT, "grid.yaml", SLURM_TASKS_PER_NODE=tasks), tasks)
        self.assertIn("-n\n6\n", self.start_of(SCRIPT, "grid.yaml", SLURM_NTASKS="6"))

    def test_ranks_are_bound_to_numa_nodes_where_the_job_has_cores_of_its_own(self) -> None:
        self.stand_in("mpirun", f"printf '%s\\n' \"$@\" > '{self.folder}/started'")
        numa, none = "--map-by\nnuma\n--bind-to\nnuma:overload-allowed\n-n\n", "--bind-to\nnone\n-n\n"
        for own, cpus_of_job, expected in ((8, "8", numa), (32, "32", numa), (32, "8", none), (32, "", none)):
            self.stand_in("nproc", f'[ "$1" = --all ] && echo 32 || echo "${{OMP_NUM_THREADS:-{own}}}"')
            started = self.start_of(SCRIPT, "grid.yaml", ESPALIER_LAUNCHER="", SLURM_CPUS_ON_NODE=cpus_of_job or "0")
            self.assertTrue(started.startswith(expected), (own, cpus_of_job, started))

    def test_a_missing_program_or_argument_is_a_mistake(self) -> None:
        for script in (SCRIPT, SCRIPT.with_name("run_array.sbatch")):
            cases: list[tuple[list[str], str]] = [([], "usage: sbatch"), (["grid.yaml"], "set ESPALIER to its path")]
            for arguments, message in cases:
                slurm = {"SLURM_JOB_ID": "7", "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_MAX": "1",
                         "SLURM_ARRAY_TASK_COUNT": "1", "SLURM_ARRAY_TASK_ID": "1", "ESPALIER": "/nonexistent/espalier"}
                ended = subprocess.run(["bash", script, *arguments], cwd=self.folder, timeout=60, capture_output=True, text=True,
                                       env=runs.environment(PATH=f"{self.tools}:{os.environ['PATH']}", **slurm))
                self.assertEqual((ended.returncode, len(ended.stderr.splitlines())), (2, 1), ended.stderr)
                self.assertIn(message, ended.stderr)

    def test_the_results_file_has_the_name_of_the_grid(self) -> None:
        for grid, name in (("grid.yaml", "grid.h5"), ("./v1.5/mygrid", "mygrid.h5"), ("v1.5/my.grid.yml", "my.grid.h5"),
                           ("two words/it's.yaml", "it's.h5"), ("-x.yaml", "./-x.h5"), ("Grüße/模型.yaml", "模型.h5")):
            started = self.start_of(SCRIPT, grid)
            self.assertIn(f"\n-o\n{name}\n", started)
            self.assertIn(f"run\n{'./' if grid.startswith('-') else ''}{grid}\n", started)
        self.assertIn("\n-o\nmy file's $HOME.h5\n--quiet\n",
                      self.start_of(SCRIPT, "grid.yaml", "my file's $HOME.h5", "--quiet"))

    def test_an_array_works_from_any_folder(self) -> None:
        array = {"SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_MAX": "2", "SLURM_ARRAY_TASK_COUNT": "2",
                 "SLURM_ARRAY_TASK_ID": "1", "SLURM_ARRAY_JOB_ID": "7", "SLURM_JOB_PARTITION": "main"}
        for name in ("my scripts", "a  b", "it's", "[x]*", "Grüße", "plain"):
            scripts = self.folder / name
            shutil.copytree(SCRIPT.parent, scripts)
            script = scripts / "run_array.sbatch"
            self.stand_in("scontrol", f"printf '%s\\n' \"   Command={script} my grid.yaml out.h5\"")
            self.stand_in("sbatch", f"printf '%s\\n' \"$@\" > '{self.folder}/joining'")
            started = self.start_of(script, "my grid.yaml", "out it's.h5", **array)
            self.assertIn("run\nmy grid.yaml\n-o\nout it's.part-1-of-2.h5\n--shard\n1/2\n", started, name)
            self.assertIn("--output=out it's.merge.log\n", (self.folder / "joining").read_text())

    def array_of(self, tasks: list[int], task: int, **extra: str) -> str:
        """What task `task` of sbatch --array=TASKS starts, or the one line that it refuses to with."""
        self.stand_in("scontrol", f"printf '%s\\n' \"   Command={SCRIPT.with_name('run_array.sbatch')} grid.yaml\"")
        self.stand_in("sbatch", f"printf '%s\\n' \"$@\" > '{self.folder}/joining'")
        array = {"SLURM_ARRAY_TASK_MIN": str(min(tasks)), "SLURM_ARRAY_TASK_MAX": str(max(tasks)),
                 "SLURM_ARRAY_TASK_COUNT": str(len(tasks)), "SLURM_ARRAY_TASK_ID": str(task), "SLURM_ARRAY_JOB_ID": "7",
                 "SLURM_JOB_PARTITION": "main", **extra}
        try:
            return self.start_of(SCRIPT.with_name("run_array.sbatch"), "grid.yaml", **array)
        except subprocess.CalledProcessError as error:
            self.assertEqual((error.returncode, error.stderr.count(b"\n")), (2, 1), error.stderr)
            return str(error.stderr.decode())

    def test_single_parts_of_an_array_resume_with_the_same_files(self) -> None:
        self.assertIn("submit all parts first with sbatch --array=1-N, or set ESPALIER_PARTS=N", self.array_of([3, 7], 3))
        (self.folder / "grid.part-2-of-8.h5").touch()

        self.assertIn("\ngrid.part-7-of-8.h5\n--shard\n7/8\n", self.array_of([3, 7], 7))
        self.assertFalse((self.folder / "joining").exists())
        self.assertIn("\ngrid.part-3-of-8.h5\n--shard\n3/8\n", self.array_of([3, 7], 3))
        self.assertIn("grid.part-8-of-8.h5", (self.folder / "joining").read_text())
        self.assertIn("part 9 is beyond the 8 parts of grid.h5", self.array_of([3, 9], 3))
        self.assertIn("\n--shard\n3/10\n", self.array_of([3, 9], 3, ESPALIER_PARTS="10"))
        (self.folder / "grid.part-1-of-4.h5").touch()
        self.assertIn("parts found of N = 4 8", self.array_of([3, 7], 3))

    def test_a_joined_file_that_is_there_stays(self) -> None:
        (self.folder / "grid.h5").touch()

        self.array_of([1, 2], 1)

        self.assertFalse((self.folder / "joining").exists())


if __name__ == "__main__":
    unittest.main()
