# SPDX-License-Identifier: BSD-3-Clause
"""What stands around the HDF5 data of a results file: the sealed header in front, and the lock file beside it.

The first 4096 bytes (HDF5's user block) are text with a checksum of everything that never changes after creation.
"""

from __future__ import annotations

import hashlib
import os
import re
import socket
import time
import zlib
from typing import BinaryIO, NamedTuple

from espalier.errors import ResultsError

USER_BLOCK = 4096
MAGIC = b"espalier results\n"
FLAGS = (USER_BLOCK + 20, 4)  # bytes of HDF5's superblock that change while a writer has the file open
LARGEST_STRUCTURE = 1 << 28  # bytes; the structure of a file is a few hundred kB, with a long grid some MB
BLOCK = 1 << 20  # bytes that are hashed at a time
HEARTBEAT_SECONDS = 60  # a run without a heartbeat for this long is dead
LOCK_BYTES = 512


class Seal(NamedTuple):
    """What the header says: whether there is one, and whether the structure is the one that espalier wrote."""

    found: bool
    intact: bool


def header_lines(block: bytes, path: object) -> list[list[str]]:
    """The words of each line of a header whose checksum is right."""
    text = block.rstrip(b"\0")
    body, _, end = text.rpartition(b"end ")
    if end.strip() != b"%08x" % zlib.crc32(body):
        raise ResultsError(f"{path}: its header is damaged (the first {USER_BLOCK} bytes fail their checksum)")
    return [line.split() for line in body.decode(errors="replace").splitlines()]


def hidden(lines: list[list[str]]) -> list[tuple[int, int]]:
    """Offset and size of everything in the file that changes, in the order of the file."""
    numbers = [(words[2], words[3]) for words in lines if len(words) >= 4 and words[0] in ("data", "fixed")]
    return sorted([(int(offset), int(size)) for offset, size in numbers if offset.isdecimal() and size.isdecimal()] + [FLAGS])


def structure(file: BinaryIO, size: int, ranges: list[tuple[int, int]]) -> str:
    """SHA-256 of all bytes behind the header that are in none of the ranges; empty where they are too many to be a structure."""
    kept, at = [], USER_BLOCK
    for first, count in ranges:
        if count and first > at:
            kept.append((at, first))
        at = max(at, first + count) if count else at
    kept.append((at, max(at, size)))
    if sum(end - start for start, end in kept) > LARGEST_STRUCTURE:
        return ""
    found = hashlib.sha256()
    for start, end in kept:
        file.seek(start)
        for at in range(start, end, BLOCK):
            found.update(file.read(min(BLOCK, end - at)))
    return found.hexdigest()


def seal_of(path: str | os.PathLike[str]) -> Seal:
    """Reads the header of a file. ResultsError where the file cannot be read, is truncated, or its header is damaged."""
    try:
        with open(path, "rb") as file:
            block = file.read(USER_BLOCK)
            if not block.startswith(MAGIC):
                return Seal(False, False)
            lines = header_lines(block, path)
            said = {words[0]: words[1] for words in lines if len(words) > 1}
            size, there = int(said.get("size", "0")), os.fstat(file.fileno()).st_size
            if there < size:
                raise ResultsError(f"{path}: is truncated: {there} of {size} bytes are there; restore it from a copy")
            return Seal(True, structure(file, size, hidden(lines)) == said.get("structure"))
    except FileNotFoundError:
        raise ResultsError(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise ResultsError(f"{path}: is a folder; name a results file") from None
    except (OSError, ValueError) as error:
        raise ResultsError(f"{path}: cannot be read ({error})") from None


def lock_path(path: str | os.PathLike[str]) -> str:
    """The lock file of a run that writes the file."""
    return os.path.realpath(path) + ".lock"


def is_active(path: str | os.PathLike[str]) -> bool:
    """Whether a run writes the file now: the lock file beside it has a heartbeat of the last minute, and its process lives as far
    as this host can tell."""
    try:
        with open(lock_path(path), "rb") as file:
            text = file.read(LOCK_BYTES).decode(errors="replace")
    except OSError:
        return False
    host = re.search(r'"host": "([^"]+)"', text)
    heartbeat = re.search(r'"heartbeat": (\d{1,15}(?:\.\d+)?)', text)
    process = re.search(r'"pid": (\d{1,10})', text)
    if not host or not heartbeat or time.time() - float(heartbeat[1]) > HEARTBEAT_SECONDS:
        return False
    return not (process and host[1] == socket.gethostname() and not os.path.exists(f"/proc/{process[1]}"))
