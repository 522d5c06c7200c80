#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""fuzz_results.py [--count N] [--seed S] [--file FILE.h5]: damaged and hostile results files for the reader and the report.

Every file is read whole, under limits of memory and time; every N-th becomes a report, a figure and a network. A file must be
read, or refused with one line. Nothing may be written outside of the output folder.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import io
import json
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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[2] / "analysis")]

import synthetic  # noqa: E402
from mutations import mutate  # noqa: E402

import espalier  # noqa: E402
from espalier.__main__ import main as command  # noqa: E402
from espalier.report import write as write_report  # noqa: E402, F401  (loaded once, before the processes part)

MEMORY = 1 << 30  # bytes of a process, with the libraries
READ_SECONDS, REPORT_SECONDS = 60, 240  # of the slowest case on a busy machine
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
WRITING = {"open", "os.mkdir", "os.remove", "os.rename", "os.link", "os.symlink", "os.truncate", "shutil.rmtree"}


def read_all(path: Path) -> None:
    """Everything that the package reads from a file."""
    results = espalier.open(path)
    for name in ("cells", "models", "noise", "tails", "runs", "columns", "epochs", "degrees", "classes", "name", "remark"):
        with contextlib.suppress(espalier.ResultsError):
            getattr(results, name)
    reads: list[Callable[[], object]] = [
        lambda: results.select("level", "accuracy", "model_seed", "run_hosts"),
        lambda: results.layers(1), lambda: results.layers(1, 0),
        lambda: results.outcomes(0), lambda: results.covariance(0), lambda: results.describe("cells")]
    for read in reads:
        with contextlib.suppress(espalier.ResultsError):
            read()


class WriteGuard:
    """Notes every file that is opened for writing, made, renamed or removed outside of a folder, while there is one."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self.broken: list[str] = []
        sys.addaudithook(self.watch)  # a hook stays for the life of the process

    def watch(self, event: str, given: tuple[Any, ...]) -> None:
        if self.folder is None or event not in WRITING:
            return
        if event == "open" and (not isinstance(given[2], int) or not given[2] & WRITES):
            return
        for path in given[:2] if event in ("os.rename", "os.link", "os.symlink") else given[:1]:
            if isinstance(path, (str, bytes, os.PathLike)):
                where = os.path.realpath(os.fsdecode(path))
                if not (where + os.sep).startswith(f"{self.folder}{os.sep}") and where != os.devnull:
                    self.broken.append(f"{event} {where}")


GUARD = WriteGuard()


def commands(path: Path, folder: Path) -> str:
    """Runs the commands on a file; says what they did wrong."""
    GUARD.folder, GUARD.broken = folder.resolve(), []
    for arguments in (["report", "-o", str(folder / "report")], ["plot", "-o", str(folder / "a.png")],
                      ["export-model", "-o", str(folder / "a.npz")]):
        given = [arguments[0], str(path), *(["1", "--tail", "0"] if arguments[0] == "export-model" else []), *arguments[1:]]
        said = io.StringIO()
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
            code = command(given)
        lines = said.getvalue().splitlines()
        if code not in (0, 2) or len(lines) != (code == 2):
            GUARD.folder = None
            return f"{arguments[0]}: exit code {code}: {said.getvalue()}"
    GUARD.folder = None
    return f"writes outside: {GUARD.broken[0]}" if GUARD.broken else ""


def limit_memory() -> None:
    """For this process and its children: address space for what is mapped now, and memory up to MEMORY."""
    mapped, resident = (int(pages) * resource.getpagesize() for pages in Path("/proc/self/statm").read_text().split()[:2])
    most = mapped + MEMORY - resident
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def outcome_of(path: Path, folder: Path, report: bool) -> list[str]:
    """What came of a file: read, refused or wrong, with the details."""
    try:
        read_all(path)
        wrong = commands(path, folder) if report else ""
        return ["wrong", wrong] if wrong else ["read", ""]
    except espalier.ResultsError as error:
        return ["wrong", f"several lines: {error}"] if "\n" in str(error).strip() else ["refused", ""]
    except BaseException:
        return ["wrong", traceback.format_exc()[-1500:]]


def case(number: int, options: argparse.Namespace, base: bytes, place: Path) -> tuple[list[str], list[str]]:
    """Damages a file and tries it: the mutations, and what came of them."""
    draw = random.Random(f"{options.seed}/{number}")
    folder = place / "deep" / "er" / f"{number}"
    (folder / "out").mkdir(parents=True)
    path = folder / "tiny.h5"
    path.write_bytes(base)
    applied = mutate(path, draw)
    if options.mutation and options.mutation not in applied:
        shutil.rmtree(folder)
        return applied, ["skipped", ""]
    report = number % options.report_every == options.report_every - 1
    signal.alarm(REPORT_SECONDS if report else READ_SECONDS)
    outcome = outcome_of(path, folder / "out", report)
    signal.alarm(0)
    stray = sorted(one.name for one in folder.iterdir() if one.name not in ("out", "tiny.h5"))
    shutil.rmtree(folder)
    return applied, ["wrong", f"files outside of the output folder: {stray}"] if stray else outcome


def work(numbers: range, options: argparse.Namespace, base: bytes, answer: int) -> None:
    """A process that tries its cases one after the other; a line for the start and the end of each."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    limit_memory()
    with tempfile.TemporaryDirectory(prefix="espalier-fuzz-") as name, os.fdopen(answer, "w") as told:
        for number in numbers:
            print(json.dumps(["begin", number]), file=told, flush=True)
            applied, outcome = case(number, options, base, Path(name))
            peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
            print(json.dumps(["end", number, *outcome, ", ".join(applied), peak]), file=told, flush=True)


class Tally:
    """What came of all cases."""

    def __init__(self) -> None:
        self.counts: collections.Counter[str] = collections.Counter()
        self.peak = 0  # KiB

    def add(self, number: int, what: str, detail: str, applied: str, peak: int) -> None:
        self.counts[what] += 1
        self.peak = max(self.peak, peak)
        if what == "wrong":
            print(f"case {number} ({applied}): {detail}", file=sys.stderr, flush=True)
        if sum(self.counts.values()) % 5000 == 0:
            print(f"{sum(self.counts.values())} files: {dict(self.counts)}, {self.peak >> 10} MiB", flush=True)


def leave(work: Callable[[], None]) -> NoReturn:
    """Does the work of a child process and ends it, whatever happens: it must not return into what the parent was doing."""
    code = 1
    try:
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def supervise(numbers: range, options: argparse.Namespace, base: bytes, tally: Tally) -> None:
    """Runs the cases in a process; where the process dies, the case is wrong and another process takes the next."""
    while numbers:
        listen, answer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(listen)
            leave(lambda: work(numbers, options, base, answer))
        os.close(answer)
        at, over = numbers[0], False
        with open(listen, encoding="utf-8") as lines:
            for line in lines:
                what, at, *rest = json.loads(line)
                over = what == "end"
                if over:
                    tally.add(at, *rest)
        _, status = os.waitpid(pid, 0)
        if not over or status:
            tally.add(at, "wrong", f"the reader ended with {os.waitstatus_to_exitcode(status)}", "", 0)
        numbers = numbers[numbers.index(at) + 1:]


def synthetic_file() -> bytes:
    with tempfile.TemporaryDirectory() as name:
        synthetic.write(Path(name) / "tiny.h5")
        return (Path(name) / "tiny.h5").read_bytes()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--file", type=Path, help="the file to damage; default: a synthetic one")
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--mutation", help="only try files with this mutation among theirs")
    parser.add_argument("--report-every", type=int, default=100)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    start = time.monotonic()
    base = options.file.read_bytes() if options.file else synthetic_file()
    tally = Tally()
    cases = range(options.first, options.first + options.count)
    with ThreadPoolExecutor(options.workers) as pool:
        list(pool.map(lambda i: supervise(cases[i::options.workers], options, base, tally), range(options.workers)))
    counts = tally.counts
    print(f"{sum(counts.values())} files: {counts['read']} read, {counts['refused']} refused, {counts['wrong']} wrong; "
          f"{time.monotonic() - start:.0f} s, at most {tally.peak / 1024:.0f} MiB")
    return 1 if counts["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
