# SPDX-License-Identifier: BSD-3-Clause
"""What the system tests share: small grids, runs of the real program (ESPALIER_BINARY) under mpirun, digests, kills."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any, Callable

import h5py
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
DONE = 2  # status of a finished row
OPEN_MPI = "mpirun --oversubscribe --allow-run-as-root --bind-to none --mca btl ^tcp"  # what Debian's mpirun needs as root
MPIRUN = [*os.environ.get("ESPALIER_LAUNCHER", OPEN_MPI).split(), "-n"]
REPORTS_KILLED_RANKS = "--oversubscribe" in MPIRUN  # MPICH's launcher can end with 0 after a rank was killed
PATIENCE = float(os.environ.get("ESPALIER_TEST_PATIENCE", "1"))  # how much slower than usual the programs may be
RUN_SECONDS = 120 * PATIENCE  # no run of these tests takes a tenth of it


def binary() -> str:
    path = os.environ.get("ESPALIER_BINARY")
    if not path:
        raise unittest.SkipTest("ESPALIER_BINARY does not name the program")
    return path


def faulty() -> str:
    """The program with the injector of faults."""
    path = os.environ.get("ESPALIER_FAULTY")
    if not path:
        raise unittest.SkipTest("ESPALIER_FAULTY does not name the program with the injector")
    return path


def small_grid(**axes: Any) -> dict[str, Any]:
    """A grid of 12 cells on 2 models that takes about a second; `axes` replaces or adds axes."""
    grid: dict[str, Any] = {
        "dataset": ["synthetic"],
        "topology": ["set"],
        "sparsity": [0.9],
        "seed": [0, 1],
        "perturbation": [{"kind": "none"}, {"kind": "remove-links", "level": [0.3, 0.6]}],
        "noise": [{"structure": "none"}, {"structure": "isotropic", "layer": 2, "trace": 0.5, "draws": 3}],
    }
    grid.update(axes)
    return {
        "espalier": 1,
        "name": "small",
        "seed": 7,
        "grid": grid,
        "train": {"hidden": [100, 100, 100], "epochs": 2},
        "evaluate": {"images": 500},
    }


def long_training() -> dict[str, Any]:
    """One model of many short epochs, long enough to keep its state in the file."""
    made = small_grid(seed=[0], topology=["set"])
    made["train"] = {"hidden": [100, 100], "epochs": 1500}
    return made


def environment(**extra: str) -> dict[str, str]:
    """Without what would make a reader of the file work by accident."""
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("HDF5_", "OMPI_", "SLURM_"))}
    return {**keep, **extra}


def run_command(grid: Path, file: Path, ranks: int | None, *options: str, program: str | None = None) -> list[str]:
    launcher = [] if ranks is None else [*MPIRUN, str(ranks)]
    return [*launcher, program or binary(), "run", str(grid), "-o", str(file), *options]


def run(grid: Path, file: Path, ranks: int | None = 2, *options: str, program: str | None = None,
        **extra: str) -> "subprocess.CompletedProcess[str]":
    """`espalier run` to its end; ranks None: without mpirun."""
    command = run_command(grid, file, ranks, *options, program=program)
    return subprocess.run(command, env=environment(**extra), capture_output=True, text=True, timeout=RUN_SECONDS)


def run_by_rank(*commands: str) -> "subprocess.CompletedProcess[str]":
    """Rank I runs the I-th shell command, all as one MPI job."""
    rank = "${OMPI_COMM_WORLD_RANK:-${PMIX_RANK:-$PMI_RANK}}"
    cases = " ".join(f"{i}) {command} ;;" for i, command in enumerate(commands))
    return subprocess.run([*MPIRUN, str(len(commands)), "sh", "-c", f"case {rank} in {cases} esac"], env=environment(),
                          capture_output=True, text=True, timeout=RUN_SECONDS)


def start(grid: Path, file: Path, ranks: int | None = 2, *options: str, program: str | None = None,
          **extra: str) -> "subprocess.Popen[bytes]":
    """`espalier run` in the background; end it with kill_all() or wait()."""
    command = run_command(grid, file, ranks, *options, program=program)
    with open(f"{file}.log", "ab") as log:
        return subprocess.Popen(command, env=environment(**extra), stdout=log, stderr=log)


def espalier(*arguments: str | Path, timeout: float = 30, **extra: str) -> "subprocess.CompletedProcess[str]":
    command = [binary(), *map(str, arguments)]
    return subprocess.run(command, env=environment(**extra), capture_output=True, text=True, timeout=timeout)


def digest(file: Path) -> str:
    answer = espalier("digest", file)
    if answer.returncode != 0 or not re.fullmatch(r"[0-9a-f]{64}\n", answer.stdout):
        raise AssertionError(f"digest {file}: {answer.returncode} {answer.stdout}{answer.stderr}")
    return answer.stdout.strip()


def descendants(pid: int) -> list[int]:
    """All processes below `pid`: mpirun gives its ranks process groups of their own."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    below, todo = [], [pid]
    while todo:
        below += (found := children.get(todo.pop(), []))
        todo += found
    return below


def kill(*pids: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def gone(pid: int) -> bool:
    """Whether the process has ended with all its threads: until the last one ends, its files are open and its locks held."""
    try:
        threads = [stat.read_text() for stat in Path(f"/proc/{pid}/task").glob("[0-9]*/stat")]
    except OSError:
        return True
    return all(thread.rpartition(")")[2].split()[0] == "Z" for thread in threads)


def wait_until_gone(pids: list[int], seconds: float = 20) -> None:
    """The ranks of a killed mpirun live about a second longer."""
    if not wait_for(lambda: all(map(gone, pids)), seconds):
        raise AssertionError(f"processes {pids} do not end")


def wait_for(happened: Callable[[], bool], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds * PATIENCE
    while time.monotonic() < end:
        if happened():
            return True
        time.sleep(0.01)
    return False


def kill_all(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is not None:
        return
    pids = descendants(process.pid)
    kill(process.pid, *pids)
    process.wait()
    wait_until_gone(pids)


def rows(file: Path, table: str) -> np.ndarray[Any, Any]:
    with h5py.File(file, "r") as opened:
        return np.asarray(opened[table][:])


def done_rows(file: Path, table: str) -> dict[int, bytes]:
    """Row number -> its bytes, of the rows that are done."""
    if not file.exists():
        return {}
    return {int(i): row.tobytes() for i, row in enumerate(rows(file, table)) if row["status"] == DONE}


def wait_for_done_rows(file: Path, table: str, count: int, process: "subprocess.Popen[bytes]") -> bool:
    """True once `count` rows are done; False when the run ended before, or they do not come."""
    came = wait_for(lambda: process.poll() is not None or len(done_rows(file, table)) >= count)
    return came and process.poll() is None


class SystemTest(unittest.TestCase):
    """Each test has a folder of its own, with the grids it writes."""

    def setUp(self) -> None:
        binary()
        self.folder = Path(tempfile.mkdtemp(prefix="espalier-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def write(self, grid: dict[str, Any] | str, name: str = "grid.yaml") -> Path:
        """JSON is YAML."""
        path = self.folder / name
        path.write_text(grid if isinstance(grid, str) else json.dumps(grid, indent=1))
        return path

    def start(self, grid: Path, file: Path, ranks: int | None = 2, *options: str, program: str | None = None,
              **extra: str) -> "subprocess.Popen[bytes]":
        process = start(grid, file, ranks, *options, program=program, **extra)
        self.addCleanup(kill_all, process)
        return process

    def assert_run(self, grid: Path, file: Path, ranks: int | None = 2, *options: str, code: int = 0) -> str:
        """Runs to the end and gives back what was printed."""
        ended = run(grid, file, ranks, *options)
        self.assertEqual(ended.returncode, code, ended.stdout + ended.stderr)
        return ended.stdout + ended.stderr
