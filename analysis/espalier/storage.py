"""The HDF5 side of a results file, which is untrusted input: what it holds is checked before any of it is read.

Only plain data sets of numbers, text of fixed width and tables of them count. Links to other files, virtual data sets, external
storage and loadable filters are refused, and nothing is read that is larger than the file can account for.
"""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import h5py
import numpy as np

from espalier.errors import ResultsError
from espalier.names import clean
from espalier.probe import try_reading
from espalier.seal import Seal, is_active, seal_of

# What espalier writes. Others that a user adds are read where that is safe, and left out where it is not.
KNOWN = {"cells", "results", "outcomes", "class_accuracy", "models", "layers", "epochs", "degrees", "weights", "links",
         "checkpoints", "noise", "spectra", "eigenvectors", "tails", "tail_weights", "runs"}
FILTERS = {1, 2, 3}  # deflate, shuffle, fletcher32: those that HDF5 brings along; others may load code
WIDEST_ROW = 1 << 20  # bytes
LONGEST_ATTRIBUTE = 1 << 24  # bytes
MOST_LINKS = 1000
MOST_DIMENSIONS = 5
BLOCK_ROWS = 1 << 16
PACKED_ROOM, PACKED_RATIO = 1 << 26, 20  # of data in chunks: bytes, and times the size of the file
REREADS = 20  # of a block that changes under its reader
# What h5py raises on damaged files.
DAMAGE = (OSError, KeyError, ValueError, TypeError, RuntimeError, OverflowError, AttributeError, IndexError, MemoryError,
          RecursionError)

Rows = np.ndarray[Any, Any]


class Stored(NamedTuple):
    """One data set: what it holds."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    plain: bool  # contiguous or compact: its bytes lie in the file as they are
    attributes: dict[str, str]

    @property
    def columns(self) -> list[str]:
        """Of a table; none for a plain array."""
        return list(self.dtype.names or ())

    @property
    def row_bytes(self) -> int:
        return self.dtype.itemsize * math.prod(self.shape[1:])

    @property
    def size(self) -> int:
        """Bytes."""
        return self.dtype.itemsize * math.prod(self.shape)


def attribute_text(value: Any) -> str:
    return clean(value.decode(errors="replace") if isinstance(value, bytes) else str(value))


def attributes_of(place: Any) -> dict[str, str]:
    """The attributes that are one text or one number, as text; others are left out."""
    found = {}
    for number in range(min(h5py.h5a.get_num_attrs(place.id), MOST_LINKS)):
        one = h5py.h5a.open(place.id, index=number)
        kind = one.dtype.kind
        if one.shape == () and kind in "SfiuO" and one.get_storage_size() <= LONGEST_ATTRIBUTE:
            name = one.name.decode(errors="replace")
            if kind != "O" or h5py.check_string_dtype(one.dtype):
                found[clean(name)] = attribute_text(place.attrs[name])
    return found


def checked_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The type itself where it is a number, text of fixed width, or a table of these."""
    for part in [dtype[name] for name in dtype.names] if dtype.names else [dtype]:
        if part.kind not in "fiuS" or part.shape or part.names or (part.kind != "S" and part.itemsize > 8) or part.itemsize == 0:
            raise ValueError(f"it holds values of the type {part}")
    if not 0 < dtype.itemsize <= WIDEST_ROW:
        raise ValueError(f"a value of it has {dtype.itemsize} bytes, at most {WIDEST_ROW} are allowed")
    return dtype


def is_plain(dataset: h5py.Dataset, size: int, file_bytes: int) -> bool:
    """Whether the bytes lie in the file as they are. ValueError where they are not all in the file."""
    plan = dataset.id.get_create_plist()
    layout, filters = plan.get_layout(), {plan.get_filter(i)[0] for i in range(plan.get_nfilters())}
    if layout == h5py.h5d.VIRTUAL or plan.get_external_count():
        raise ValueError("its values lie in other files")
    if not filters <= FILTERS:
        raise ValueError("it is packed with a filter that HDF5 does not bring along")
    if layout == h5py.h5d.CHUNKED:
        if size > PACKED_ROOM + PACKED_RATIO * file_bytes or math.prod(dataset.chunks) * dataset.dtype.itemsize > PACKED_ROOM:
            raise ValueError(f"it claims {size} bytes in a file of {file_bytes}")
        return False
    there = dataset.id.get_storage_size()
    if there != size or (layout == h5py.h5d.CONTIGUOUS and size and not 0 < dataset.id.get_offset() <= file_bytes - size):
        raise ValueError(f"{there} of its {size} bytes are in the file")
    return True


def described(file: h5py.File, name: str, file_bytes: int) -> Stored:
    """A data set of the file. ValueError, or another of DAMAGE, where it cannot be read safely."""
    raw = name.encode()
    if file.id.links.get_info(raw).type != h5py.h5l.TYPE_HARD:
        raise ValueError("it is a link to somewhere else")
    dataset = file[name]
    if not isinstance(dataset, h5py.Dataset) or dataset.shape is None or len(dataset.shape) > MOST_DIMENSIONS:
        raise ValueError("it is no array")
    size = dataset.id.get_type().get_size() * math.prod(dataset.shape)
    plain = is_plain(dataset, size, file_bytes)
    stored = Stored(name, checked_dtype(dataset.dtype), dataset.shape, plain, attributes_of(dataset))
    if stored.shape and stored.row_bytes > max(WIDEST_ROW, file_bytes):
        raise ValueError(f"a row of it has {stored.row_bytes} bytes")
    return stored


def first_line(error: BaseException) -> str:
    return str(error).split("\n", 1)[0][:200] or type(error).__name__


class Storage:
    """What a results file holds; `open_storage` makes one."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = path
        self.datasets: dict[str, Stored] = {}
        with self._file() as file:
            self.file_bytes = os.stat(path).st_size
            if "cells" not in file or "results" not in file:
                raise ResultsError(f"{path}: not a results file of espalier (it has no /cells and /results)")
            self.attributes = attributes_of(file["/"])
            for name in itertools.islice(file, MOST_LINKS):
                self._add(file, name)
        packed = sum(one.size for one in self.datasets.values() if not one.plain)
        if packed > PACKED_ROOM + PACKED_RATIO * self.file_bytes:
            raise ResultsError(f"{path}: is damaged: its data in chunks claim {packed} bytes in a file of {self.file_bytes}")

    def _add(self, file: h5py.File, name: str) -> None:
        try:
            self.datasets[name] = described(file, name, self.file_bytes)
        except DAMAGE as error:
            if name in KNOWN:
                raise ResultsError(f"{self.path}: /{name} cannot be read: {first_line(error)}") from None

    @contextmanager
    def _file(self) -> Iterator[h5py.File]:
        try:
            with h5py.File(self.path, "r") as file:
                yield file
        except FileNotFoundError:
            raise ResultsError(f"{self.path}: there is no such file") from None
        except DAMAGE as error:
            raise ResultsError(f"{self.path}: not an HDF5 file that can be read ({first_line(error)})") from None

    def need(self, name: str) -> Stored:
        """The data set of this name; ResultsError where the file has none."""
        if name not in self.datasets:
            raise ResultsError(f"{self.path}: has no data set /{name}")
        return self.datasets[name]

    def read(self, name: str, first: int = 0, count: int | None = None) -> Rows:
        """Rows of a data set; all of them from the first on where no count is given."""
        with self._file() as file:
            return self._rows(file, self.need(name), first, count)

    def _rows(self, file: h5py.File, stored: Stored, first: int, count: int | None) -> Rows:
        """Reads rows. Those that change under the reader, because a run writes them, are read again."""
        rows = stored.shape[0] if stored.shape else 0
        count = rows - first if count is None else count
        if first < 0 or count < 0 or first + count > rows:
            raise ResultsError(f"{self.path}: is damaged: it points to the elements from {first} to {first + count} of "
                               f"/{stored.name}, which has {rows}")
        needed = count * stored.row_bytes
        if needed > memory():
            raise ResultsError(f"{self.path}: /{stored.name} needs {needed >> 20} MiB of memory, more than there is")
        dataset = file[stored.name]
        if dataset.shape != stored.shape or dataset.dtype != stored.dtype:
            raise ResultsError(f"{self.path}: was replaced while it was read; open it again")
        block: Rows = dataset[first:first + count]
        for _ in range(REREADS if is_active(self.path) else 0):
            again = dataset[first:first + count]
            if again.tobytes() == block.tobytes():
                break
            block = again
        return block

    def blocks(self, name: str) -> Iterator[tuple[int, Rows]]:
        """The rows of a data set in pieces, each with the number of its first row: millions of rows need little memory."""
        rows = self.need(name).shape[0]
        for first in range(0, rows, BLOCK_ROWS):
            yield first, self.read(name, first, min(BLOCK_ROWS, rows - first))

    def read_structure(self) -> None:
        """Reads the ends of every data set, and all of those that lie in chunks: what may fail on damaged metadata."""
        with self._file() as file:
            for stored in self.datasets.values():
                rows = stored.shape[0] if stored.shape else 0
                step = BLOCK_ROWS if not stored.plain else max(rows - 1, 1)
                for first in range(0, rows, step):
                    self._rows(file, stored, first, min(1 if stored.plain else step, rows - first))


def memory() -> int:
    """Bytes that a table may take: half of what the machine has."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


def open_storage(path: str | os.PathLike[str]) -> tuple[Storage, Seal]:
    """Opens a file that a child process could read without a crash. The seal shows accidents only: anybody can renew it."""
    seal = seal_of(path)
    try_reading(path, lambda: Storage(path).read_structure())
    return Storage(path), seal
