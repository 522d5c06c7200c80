# SPDX-License-Identifier: BSD-3-Clause
"""Work in a child process that may end badly."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable
from typing import NoReturn

from espalier.errors import ResultsError

SECONDS = 20  # the structure of a file is read in milliseconds
MEMORY = 7 << 27  # bytes of the child with what it has from its parent: 896 MiB, so that all stays below 1 GiB
LEAST_MEMORY = 1 << 28  # bytes on top of a parent that has much already
PIECE = 1 << 20  # bytes of an answer that are read at once
LONGEST_MESSAGE = 4096
GOOD, REFUSED, BROKEN = b"+", b"!", b"?"  # how an answer begins


def _limit() -> None:
    """Limits of the child: time, memory, no core file, silence."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(SECONDS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with open("/proc/self/statm", encoding="ascii") as statm:
        mapped, resident = (int(pages) * resource.getpagesize() for pages in statm.read().split()[:2])
    own = mapped + max(MEMORY - resident, LEAST_MEMORY)
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = min(limit for limit in (own, soft, hard) if limit != resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(null, stream)


def _answer(work: Callable[[], bytes]) -> bytes:
    """The child's part: what the work gives, or what is wrong."""
    try:
        _limit()
        return GOOD + work()
    except ResultsError as error:
        return REFUSED + str(error).encode(errors="replace")[:LONGEST_MESSAGE]
    except BaseException as error:
        line = (str(error) or type(error).__name__).split("\n", 1)[0]
        return BROKEN + line.encode(errors="replace")[:LONGEST_MESSAGE]


def _be_the_child(work: Callable[[], bytes], listen: int, tell: int) -> NoReturn:
    """Answers and ends, whatever happens: the child must not return into what the parent was doing, nor clean up after it."""
    code = 1
    try:
        os.close(listen)
        rest = memoryview(_answer(work))
        while rest:
            rest = rest[os.write(tell, rest):]
        code = 0
    finally:
        os._exit(code)


def _received(listen: int) -> tuple[bytes, bytearray]:
    """How an answer begins, and the rest of it, which is in memory only once."""
    rest = bytearray()
    with open(listen, "rb") as pipe:
        begins = pipe.read(1)
        while piece := pipe.read(PIECE):
            rest += piece
    return begins, rest


def in_child(path: str | os.PathLike[str], work: Callable[[], bytes]) -> bytearray:
    """What the work gives, done in a child process. ResultsError with the child's own message, or where it does not come back."""
    listen, tell = os.pipe()
    child = os.fork()
    if child == 0:
        _be_the_child(work, listen, tell)
    os.close(tell)
    begins, rest = _received(listen)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code:
        how = f"signal {-code}" if code < 0 else "an error"
        raise ResultsError(f"{path}: its structure is damaged (the HDF5 library ends with {how})")
    if begins != GOOD:
        said = rest.decode(errors="replace")
        raise ResultsError(said if begins == REFUSED else f"{path}: not an HDF5 file that can be read ({said})")
    return rest
