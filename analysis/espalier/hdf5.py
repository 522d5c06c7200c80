# SPDX-License-Identifier: BSD-3-Clause
"""What a results file says in HDF5: where its data sets are, of which types they are, and its attributes.

Runs in a child process (see probe.py), because the HDF5 library overwrites memory, crashes or loops on damaged metadata. Only
plain data sets of numbers, text of fixed width and tables of them count. Links to other files, virtual data sets, external
storage and loadable filters are refused, and so is what is larger than the file can account for.
"""

from __future__ import annotations

import itertools
import math
import os
from typing import Any

import h5py
import numpy as np

from espalier.errors import ResultsError
from espalier.names import clean

# What espalier writes. Others that a user adds are read where that is safe, and left out where it is not.
KNOWN = {"cells", "results", "outcomes", "class_accuracy", "models", "layers", "epochs", "degrees", "weights", "links",
         "checkpoints", "noise", "spectra", "eigenvectors", "tails", "tail_weights", "runs"}
FILTERS = {1, 2, 3}  # deflate, shuffle, fletcher32: those that HDF5 brings along; others may load code
WIDEST_ROW = 1 << 20  # bytes
LONGEST_ATTRIBUTE = 1 << 24  # bytes
MOST_LINKS = 1000
MOST_DIMENSIONS = 5
PACKED_ROOM, PACKED_RATIO = 1 << 26, 20  # of data in chunks: bytes, and times the size of the file
# What h5py raises on damaged files.
DAMAGE = (OSError, KeyError, ValueError, TypeError, RuntimeError, OverflowError, AttributeError, IndexError, MemoryError,
          RecursionError)

Described = dict[str, Any]  # as JSON takes it


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


def type_text(dtype: np.dtype[Any], stored: Any) -> str:
    """A number or a text of fixed width as numpy writes its type. ValueError for everything else."""
    if dtype.kind not in "fiuS" or dtype.shape or dtype.names or (dtype.kind != "S" and dtype.itemsize > 8):
        raise ValueError(f"it holds values of the type {dtype}")
    if dtype.itemsize != stored.get_size():
        raise ValueError(f"it stores {dtype} in {stored.get_size()} bytes")
    return dtype.str


def columns_of(dtype: np.dtype[Any], stored: Any) -> list[list[Any]]:
    """Name, type and offset of each column of a table."""
    columns = []
    for place, name in enumerate(dtype.names or ()):
        columns.append([name, type_text(dtype[name], stored.get_member_type(place)), stored.get_member_offset(place)])
    return columns


def place_of(dataset: h5py.Dataset, size: int, file_bytes: int) -> int:
    """Where the bytes are in the file as they are; -1 where HDF5 has to unpack them. ValueError where they are not there."""
    plan = dataset.id.get_create_plist()
    layout, filters = plan.get_layout(), {plan.get_filter(i)[0] for i in range(plan.get_nfilters())}
    if layout == h5py.h5d.VIRTUAL or plan.get_external_count():
        raise ValueError("its values are in other files")
    if not filters <= FILTERS:
        raise ValueError("it is packed with a filter that HDF5 does not bring along")
    if layout == h5py.h5d.CHUNKED:
        if size > PACKED_ROOM + PACKED_RATIO * file_bytes or math.prod(dataset.chunks) * dataset.dtype.itemsize > PACKED_ROOM:
            raise ValueError(f"it claims {size} bytes in a file of {file_bytes}")
        return -1
    there = dataset.id.get_storage_size()
    if there != size:
        raise ValueError(f"{there} of its {size} bytes are in the file")
    return int(dataset.id.get_offset() or 0) if layout == h5py.h5d.CONTIGUOUS else -1


def described(file: h5py.File, name: str, file_bytes: int) -> Described:
    """A data set of the file. ValueError, or another of DAMAGE, where it cannot be read safely."""
    raw = name.encode()
    if file.id.links.get_info(raw).type != h5py.h5l.TYPE_HARD:
        raise ValueError("it is a link to somewhere else")
    dataset = file[name]
    if not isinstance(dataset, h5py.Dataset) or dataset.shape is None or len(dataset.shape) > MOST_DIMENSIONS:
        raise ValueError("it is not an array")
    stored, dtype = dataset.id.get_type(), dataset.dtype
    width = stored.get_size()
    if not 0 < width <= WIDEST_ROW or dtype.itemsize != width:
        raise ValueError(f"a value of it has {width} bytes, at most {WIDEST_ROW} are allowed")
    columns = columns_of(dtype, stored) if dtype.names else []
    return {"shape": list(dataset.shape), "width": width, "columns": columns, "type": "" if columns else type_text(dtype, stored),
            "place": place_of(dataset, width * math.prod(dataset.shape), file_bytes), "attributes": attributes_of(dataset)}


def first_line(error: BaseException) -> str:
    return str(error).split("\n", 1)[0][:200] or type(error).__name__


def survey(path: str | os.PathLike[str]) -> Described:
    """The attributes of a results file, and its data sets. ResultsError where it is not one, or a known data set is damaged."""
    size = os.stat(path).st_size
    found: Described = {"datasets": {}}
    with h5py.File(path, "r") as file:
        if "cells" not in file or "results" not in file:
            raise ResultsError(f"{path}: not a results file of espalier (it has no /cells and /results)")
        found["attributes"] = attributes_of(file["/"])
        for name in itertools.islice(file, MOST_LINKS):
            try:
                found["datasets"][name] = described(file, name, size)
            except DAMAGE as error:
                if name in KNOWN:
                    raise ResultsError(f"{path}: /{name} cannot be read: {first_line(error)}") from None
    return found


def unpacked(path: str | os.PathLike[str], name: str, first: int, count: int) -> bytes:
    """The bytes of rows that HDF5 has to unpack."""
    with h5py.File(path, "r") as file:
        return np.ascontiguousarray(file[name][first:first + count]).tobytes()
