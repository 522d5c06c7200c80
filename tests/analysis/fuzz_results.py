#!/usr/bin/env python3
"""fuzz_results.py [--count N] [--seed S] [--file FILE.h5]: damaged and hostile results files for the reader and the report.

Every file is read whole in a process of its own with limits of memory and time; every N-th becomes a report, a figure and a
network. A file must be read, or refused with one line. Nothing may be written outside of the output folder.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import io
import multiprocessing
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[2] / "analysis")]

import synthetic  # noqa: E402
from mutations import mutate  # noqa: E402

import espalier  # noqa: E402
from espalier.__main__ import main as command  # noqa: E402
from espalier.report import write as write_report  # noqa: E402, F401  (loaded once, before the processes part)

MEMORY = 1 << 30  # bytes on top of what the libraries take
READ_SECONDS, REPORT_SECONDS = 60, 240  # of the slowest case on a busy machine
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Outcome(NamedTuple):
    what: str  # read, refused, or what went wrong
    detail: str
    peak: int  # KiB


def read_all(path: Path) -> None:
    """Everything that the package reads from a file."""
    results = espalier.open(path)
    for name in ("cells", "models", "noise", "tails", "runs", "columns", "epochs", "degrees", "classes", "name", "remark"):
        with contextlib.suppress(espalier.ResultsError):
            getattr(results, name)
    reads: list[Callable[[], object]] = [
        lambda: results.select("level", "accuracy", "model_seed", "run_hosts"), lambda: results.layers(0),
        lambda: results.outcomes(0), lambda: results.covariance(0), lambda: results.describe("cells")]
    for read in reads:
        with contextlib.suppress(espalier.ResultsError):
            read()


def guard_writes(folder: Path, broken: list[str]) -> None:
    """Notes every file that is opened for writing, made, renamed or removed outside of the folder."""
    inside = str(folder.resolve()) + os.sep

    def watch(event: str, given: tuple[Any, ...]) -> None:
        if event == "open" and (not isinstance(given[2], int) or not given[2] & WRITES):
            return
        if event in ("open", "os.mkdir", "os.remove", "os.rename", "os.link", "os.symlink", "os.truncate", "shutil.rmtree"):
            for path in given[:2] if event in ("os.rename", "os.link", "os.symlink") else given[:1]:
                if isinstance(path, (str, bytes, os.PathLike)):
                    where = os.path.realpath(os.fsdecode(path))
                    if not (where + os.sep).startswith(inside) and where != os.devnull:
                        broken.append(f"{event} {where}")

    sys.addaudithook(watch)


def commands(path: Path, folder: Path) -> str:
    """Runs the commands on a file; says what they did wrong."""
    broken: list[str] = []
    guard_writes(folder, broken)
    for arguments in (["report", "-o", str(folder / "report")], ["picture", "-o", str(folder / "a.png")],
                      ["model", "-o", str(folder / "a.npz")]):
        given = [arguments[0], str(path), *(["0"] if arguments[0] == "model" else []), *arguments[1:]]
        said = io.StringIO()
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            code = command(given)
        lines = said.getvalue().splitlines()
        if code not in (0, 2) or len(lines) != (code == 2):
            return f"{arguments[0]}: exit code {code}: {said.getvalue()}"
    return f"writes outside: {broken[0]}" if broken else ""


def limit(seconds: int) -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(seconds)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def child(path: Path, folder: Path, report: bool, answer: int) -> None:
    """Reads one file, and writes what came of it."""
    said = "read"
    try:
        limit(REPORT_SECONDS if report else READ_SECONDS)
        read_all(path)
        if report and (wrong := commands(path, folder)):
            said = f"wrong\n{wrong}"
    except espalier.ResultsError as error:
        said = "refused\n" + str(error)
    except BaseException:
        said = "wrong\n" + traceback.format_exc()[-1500:]
    os.write(answer, said.encode(errors="replace")[:4000])


def tried(path: Path, folder: Path, report: bool) -> Outcome:
    listen, answer = os.pipe()
    pid = os.fork()
    if pid == 0:
        child(path, folder, report, answer)
        os._exit(0)
    os.close(answer)
    with open(listen, "rb") as pipe:
        what, _, detail = pipe.read().decode(errors="replace").partition("\n")
    _, status, usage = os.wait4(pid, 0)
    if status:
        return Outcome("wrong", f"the reader ended with {os.waitstatus_to_exitcode(status)}", usage.ru_maxrss)
    if what == "refused" and "\n" in detail.strip():
        return Outcome("wrong", f"a message of several lines: {detail}", usage.ru_maxrss)
    return Outcome(what, detail, usage.ru_maxrss)


def one_case(number: int, seed: int, base: bytes, every: int, place: Path) -> tuple[list[str], Outcome]:
    draw = random.Random(f"{seed}/{number}")
    folder = place / "deep" / "er" / f"{number}"
    (folder / "out").mkdir(parents=True)
    path = folder / "tiny.h5"
    path.write_bytes(base)
    applied = mutate(path, draw)
    outcome = tried(path, folder / "out", number % every == every - 1)
    stray = sorted(one.name for one in folder.iterdir() if one.name not in ("out", "tiny.h5"))
    if stray:
        outcome = Outcome("wrong", f"files outside of the output folder: {stray}", outcome.peak)
    shutil.rmtree(folder)
    return applied, outcome


def work(share: tuple[int, int, int, int, bytes, int]) -> tuple[collections.Counter[str], list[str], int]:
    """One worker's cases: the first, the step, the count, the seed, the file, and how often a report is made."""
    first, step, count, seed, base, every = share
    counts: collections.Counter[str] = collections.Counter()
    wrong, peak = [], 0
    with tempfile.TemporaryDirectory(prefix="espalier-fuzz-") as name:
        for number in range(first, count, step):
            applied, outcome = one_case(number, seed, base, every, Path(name))
            counts[outcome.what] += 1
            peak = max(peak, outcome.peak)
            if outcome.what == "wrong":
                wrong.append(f"case {number} ({', '.join(applied)}): {outcome.detail}")
                print(wrong[-1], file=sys.stderr, flush=True)
    return counts, wrong, peak


def fuzz(count: int, seed: int, base: bytes, every: int, workers: int) -> tuple[collections.Counter[str], list[str], int]:
    """The outcomes by their kind, what went wrong, and the largest memory of a reader (KiB)."""
    shares = [(first, workers, count, seed, base, every) for first in range(workers)]
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        parts = pool.map(work, shares)
    counts: collections.Counter[str] = collections.Counter()
    for part in parts:
        counts.update(part[0])
    return counts, [line for part in parts for line in part[1]], max(part[2] for part in parts)


def synthetic_file() -> bytes:
    with tempfile.TemporaryDirectory() as name:
        synthetic.write(Path(name) / "tiny.h5")
        return (Path(name) / "tiny.h5").read_bytes()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--file", type=Path, help="the file to damage; default: a synthetic one")
    parser.add_argument("--report-every", type=int, default=100)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    start = time.monotonic()
    base = options.file.read_bytes() if options.file else synthetic_file()
    counts, wrong, peak = fuzz(options.count, options.seed, base, options.report_every, options.workers)
    print(f"{options.count} files: {counts['read']} read, {counts['refused']} refused, {len(wrong)} wrong; "
          f"{time.monotonic() - start:.0f} s, at most {peak / 1024:.0f} MiB")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
