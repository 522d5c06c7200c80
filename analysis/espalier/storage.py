# SPDX-License-Identifier: BSD-3-Clause
"""The data sets of a results file, which is untrusted input: a child process reads its structure (see hdf5.py), which is checked
here, and the rows are then read as the bytes that they are, without the HDF5 library.
"""

from __future__ import annotations

import json
import math
import os
import resource
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from espalier import hdf5
from espalier.errors import ResultsError
from espalier.probe import in_child
from espalier.seal import Seal, is_active, seal_of

BLOCK_ROWS = 1 << 16
REREADS = 20  # of a block that changes under its reader

Rows = np.ndarray[Any, Any]


class Stored(NamedTuple):
    """One data set: what it holds, and where."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    place: int  # of its first byte in the file; -1: HDF5 has to unpack it
    attributes: dict[str, str]

    @property
    def columns(self) -> list[str]:
        """Of a table; none for a plain array."""
        return list(self.dtype.names or ())

    @property
    def rows(self) -> int:
        return self.shape[0] if self.shape else 0

    @property
    def row_bytes(self) -> int:
        return self.dtype.itemsize * math.prod(self.shape[1:])


def dtype_of(said: hdf5.Described) -> np.dtype[Any]:
    """The numpy type of a data set. ValueError where its columns overlap or reach out of a row."""
    if not said["columns"]:
        return np.dtype(said["type"])
    names, formats, offsets = zip(*said["columns"], strict=True)
    end = 0
    for _, form, offset in sorted(said["columns"], key=lambda column: int(column[2])):
        if offset < end:
            raise ValueError("its columns overlap")
        end = offset + np.dtype(form).itemsize
    return np.dtype({"names": list(names), "formats": list(formats), "offsets": list(offsets), "itemsize": said["width"]})


def stored(name: str, said: hdf5.Described, file_bytes: int) -> Stored:
    """A data set as the child found it. ValueError where its bytes are not in the file."""
    one = Stored(name, dtype_of(said), tuple(said["shape"]), said["place"], said["attributes"])
    if one.row_bytes > max(hdf5.WIDEST_ROW, file_bytes):
        raise ValueError(f"a row of it has {one.row_bytes} bytes")
    size = one.rows * one.row_bytes
    if size and one.place >= 0 and not 0 < one.place <= file_bytes - size:
        raise ValueError("its bytes are not in the file")
    return one


def memory() -> int:
    """Bytes that a table may take: half of what the machine has, or of what the process may take."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    allowed = resource.getrlimit(resource.RLIMIT_AS)[0]
    return (machine if allowed == resource.RLIM_INFINITY else min(machine, allowed)) // 2


class Storage:
    """What a results file holds."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = path
        self.seal: Seal = seal_of(path)
        found = json.loads(in_child(path, lambda: json.dumps(hdf5.survey(path)).encode()))
        state = os.stat(path)
        self.file_bytes, self._identity = state.st_size, (state.st_dev, state.st_ino)
        self.attributes: dict[str, str] = found["attributes"]
        self.datasets: dict[str, Stored] = {}
        for name, said in found["datasets"].items():
            try:
                self.datasets[name] = stored(name, said, self.file_bytes)
            except (ValueError, TypeError) as error:
                if name in hdf5.KNOWN:
                    raise ResultsError(f"{path}: is damaged: /{name}: {hdf5.first_line(error)}") from None

    def need(self, name: str) -> Stored:
        """The data set of this name; ResultsError where the file has none."""
        if name not in self.datasets:
            raise ResultsError(f"{self.path}: has no data set /{name}")
        return self.datasets[name]

    def read(self, name: str, first: int = 0, count: int | None = None) -> Rows:
        """Rows of a data set; all of them from the first on where no count is given. Rows that change under the reader, because a
        run writes them, are read again."""
        one = self.need(name)
        count = one.rows - first if count is None else count
        if first < 0 or count < 0 or first + count > one.rows:
            raise ResultsError(f"{self.path}: is damaged: it points to the elements from {first} to {first + count} of /{name}, "
                               f"which has {one.rows}")
        self._need_memory(one, count)
        block = self._bytes(one, first, count)
        for _ in range(REREADS if is_active(self.path) else 0):
            again = self._bytes(one, first, count)
            if again.tobytes() == block.tobytes():
                break
            block = again
        return block.reshape(count, *one.shape[1:])

    def _need_memory(self, one: Stored, rows: int) -> None:
        if rows * one.row_bytes > memory():
            raise ResultsError(f"{self.path}: /{one.name} needs {rows * one.row_bytes >> 20} MiB of memory, more than there is")

    def _bytes(self, one: Stored, first: int, count: int) -> Rows:
        """Rows without their dimensions."""
        values = count * math.prod(one.shape[1:])
        if one.place < 0:
            unpacked = in_child(self.path, lambda: hdf5.unpacked(self.path, one.name, first, count))
            block: Rows = np.frombuffer(unpacked, one.dtype)
        else:
            try:
                with open(self.path, "rb") as file:
                    state = os.fstat(file.fileno())
                    if (state.st_dev, state.st_ino) != self._identity:
                        raise ResultsError(f"{self.path}: was replaced while it was read; open it again")
                    file.seek(one.place + first * one.row_bytes)
                    block = np.fromfile(file, one.dtype, values)
            except OSError as error:
                raise ResultsError(f"{self.path}: cannot be read ({error.strerror})") from None
        if len(block) != values:
            raise ResultsError(f"{self.path}: is damaged: /{one.name} ends before its last row")
        return block

    def blocks(self, name: str) -> Iterator[tuple[int, Rows]]:
        """The rows of a data set in pieces, each with the number of its first row: millions of rows need little memory.
        ResultsError where all of them together need more than there is."""
        one = self.need(name)
        self._need_memory(one, one.rows)
        pieces = ((first, min(BLOCK_ROWS, one.rows - first)) for first in range(0, one.rows, BLOCK_ROWS))
        return ((first, self.read(name, first, count)) for first, count in pieces)
