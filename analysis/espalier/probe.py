"""Reads in a process of its own, because the HDF5 library may crash, or loop, on damaged metadata."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable

from espalier.errors import ResultsError

SECONDS = 20  # the structure of a file is read in milliseconds
MEMORY = 1 << 30  # bytes on top of what the process has
LONGEST_MESSAGE = 4096


def _limit() -> None:
    """Limits of the child: time, memory, no core file, silence."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(SECONDS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with open("/proc/self/statm", encoding="ascii") as statm:
        used = int(statm.read().split()[0]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = min(limit for limit in (used + MEMORY, soft, hard) if limit != resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(null, stream)


def _read(work: Callable[[], object], answer: int) -> int:
    """The child's part; gives its exit code. What is wrong goes to the parent."""
    try:
        _limit()
        work()
        return 0
    except ResultsError as error:
        os.write(answer, str(error).encode(errors="replace")[:LONGEST_MESSAGE])
    except BaseException as error:
        os.write(answer, f": {type(error).__name__}".encode())
    return 1


def try_reading(path: str | os.PathLike[str], work: Callable[[], object]) -> None:
    """Does the work in a child process. ResultsError with the child's own message, or where the child does not come back."""
    listen, answer = os.pipe()
    child = os.fork()
    if child == 0:
        os._exit(_read(work, answer))  # no clean-up: it would be the parent's
    os.close(answer)
    with open(listen, "rb") as pipe:
        message = pipe.read().decode(errors="replace")
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code < 0:
        raise ResultsError(f"{path}: its structure is damaged (the HDF5 library ends with signal {-code})")
    if code > 0:
        raise ResultsError(f"{path}: cannot be read{message}" if message.startswith(":") else message)
