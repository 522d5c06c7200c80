# SPDX-License-Identifier: BSD-3-Clause
"""Damage to a results file, as accidents and attackers make it: each mutation changes a file in place, by a random generator."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

HOSTILE = [b"../../outside", b"/tmp/espalier-fuzz-outside", b"price $x_{$", b"$\\sparsity$", b"=cmd|' /C calc'!A0",
           b"<script>x</script>", b"\xff\xfe\x80", b"a\nb\x1b[2J", b"", b"none", b"-o", b"`id`; $(id)", b"%s%n{0}",
           b"\xe2\x80\xae" * 8, b"x" * 5000, b"nan", b"../", b"." * 300, b"{\\", b"remove-links"]
NUMBERS = [0, 1, -1, 2, 255, -2**63, 2**63 - 1, 2**31, 1e308, -1e308, 1e-308, float("nan"), float("inf"), float("-inf"), 0.5,
           1e15]
# What HDF5 and numpy refuse to write.
REFUSED = (ValueError, TypeError, KeyError, OSError, RuntimeError, OverflowError, AttributeError, MemoryError, IndexError)
TYPES = ["<i4", ">i8", "<f4", ">f8", "<u8", "S3", "<f2", "u1"]

Mutation = Callable[[h5py.File, random.Random], None]


def some(file: h5py.File, draw: random.Random) -> str:
    """The name of a data set; tables more often than arrays."""
    names = list(file)
    tables = [name for name in names if isinstance(file.get(name), h5py.Dataset) and file[name].dtype.names]
    return str(draw.choice(tables if tables and draw.random() < 0.7 else names or ["cells"]))


def value_for(dtype: np.dtype[Any], draw: random.Random) -> Any:
    """A value of the type that no reader expects."""
    if dtype.kind == "S":
        return draw.choice(HOSTILE)[:dtype.itemsize]
    with np.errstate(all="ignore"):
        number = draw.choice(NUMBERS)
        if dtype.kind in "iu":
            limits = np.iinfo(dtype)
            number = 0 if number != number else int(min(max(number, limits.min), limits.max))
        return np.array(number).astype(dtype)


def change_values(file: h5py.File, draw: random.Random) -> None:
    """One field of one row, of some rows, or of all."""
    dataset = file[some(file, draw)]
    if not dataset.size:
        return
    values = dataset[()]
    flat = values.reshape(-1)
    target = flat[draw.choice(flat.dtype.names)] if flat.dtype.names else flat
    rows = draw.choice([1, 1, 3, len(flat)])
    for row in range(len(flat)) if rows == len(flat) else [draw.randrange(len(flat)) for _ in range(rows)]:
        target[row] = value_for(target.dtype, draw)
    dataset[...] = values


def change_type(file: h5py.File, draw: random.Random) -> None:
    """A table with a column that is missing, renamed or of another type; or an array of another type."""
    name = some(file, draw)
    values, attributes = file[name][()], dict(file[name].attrs)
    if values.dtype.names:
        fields = [(column, values.dtype[column]) for column in values.dtype.names]
        place = draw.randrange(len(fields))
        column, old = fields[place]
        how = draw.randrange(5)
        changed = {0: None, 1: (column + "x", old), 2: (column, np.dtype(draw.choice(TYPES))), 3: (column, np.dtype((old, (2,)))),
                   4: ("a\n<b>$" + column, old)}[how]
        new = fields[:place] + ([changed] if changed else []) + fields[place + 1:]
        out = np.zeros(values.shape, new or [("x", "<i4")])
        for field in out.dtype.names or ():
            if field in values.dtype.names and out.dtype[field] == values.dtype[field]:
                out[field] = values[field]
    else:
        out = np.zeros(values.shape, draw.choice([*TYPES, "<c16", "S1", "?"]))
    replace(file, name, attributes, data=out)


def change_shape(file: h5py.File, draw: random.Random) -> None:
    """Rows or dimensions that are missing or too many."""
    name = some(file, draw)
    values, attributes = file[name][()], dict(file[name].attrs)
    flat = values.reshape(-1)
    shapes = [flat[:len(flat) // 2], flat[:0], np.concatenate([flat, flat[:3]]), flat.reshape(1, -1), flat.reshape(-1, 1, 1),
              flat[0] if len(flat) else np.float64(0), flat[:1].repeat(draw.choice([2, 700]))]
    replace(file, name, attributes, data=draw.choice(shapes))


def replace(file: h5py.File, name: str, attributes: dict[str, Any], **how: Any) -> None:
    del file[name]
    made = file.create_dataset(name, **how)
    for key, value in attributes.items():
        made.attrs[key] = value


def change_storage(file: h5py.File, draw: random.Random) -> None:
    """Chunks of nothing, filters, values in other files."""
    name = some(file, draw)
    dtype, shape, attributes = file[name].dtype, file[name].shape, dict(file[name].attrs)
    huge = (draw.choice([10**6, 10**9, 2**40, 2**62]),) + shape[1:]
    how = draw.randrange(7)
    if how == 0:
        replace(file, name, attributes, shape=huge, dtype=dtype, chunks=(1000,) + tuple(max(n, 1) for n in shape[1:]))
    elif how == 1:
        replace(file, name, attributes, data=file[name][()], compression="gzip", chunks=True)
    elif how == 2:
        replace(file, name, attributes, shape=huge, dtype=dtype)
    elif how == 3:
        replace(file, name, attributes, shape=(8,), dtype="u1", external=[("/etc/passwd", 0, 8)])
    elif how == 4:
        layout = h5py.VirtualLayout(shape or (1,), dtype)
        layout[...] = h5py.VirtualSource("other.h5", name, shape or (1,))
        del file[name]
        file.create_virtual_dataset(name, layout)
    elif how == 5:
        replace(file, name, attributes, shape=(2**20, 2**20, 2**20), dtype="u1", chunks=(1, 1, 1))
    else:
        replace(file, name, attributes, data=np.zeros(1 << 22, "u1"), compression="gzip")


def change_links(file: h5py.File, draw: random.Random) -> None:
    """A data set that is missing, a link, a loop, a group, or text of any length."""
    name = some(file, draw)
    other = some(file, draw)
    del file[name]
    how = draw.randrange(7)
    if how == 0:
        file[name] = h5py.ExternalLink("/etc/passwd", "/cells")
    elif how == 1:
        file[name] = h5py.SoftLink("/" + draw.choice([name, other, "nowhere"]))
    elif how == 2:
        file.create_group(name)
    elif how == 3:
        file[name] = ["text", "of any length"]
    elif how == 4 and other in file:
        file[name] = file[other]
    elif how == 5:
        file[name] = h5py.Empty("f8")


def change_attributes(file: h5py.File, draw: random.Random) -> None:
    """An attribute of the file or of a data set that is not what it should be."""
    place = file if draw.random() < 0.6 else file[some(file, draw)]
    name = draw.choice([*list(place.attrs), "name", "grid", "description", "first_degree", "new \udc80"])
    text = draw.choice(HOSTILE)
    values: list[Any] = [np.bytes_(text or b"x"), text.decode(errors="replace").replace("\0", ""), np.arange(5), 1e300, -1,
                         h5py.Empty("S4"), file.ref, ["a", "b"], np.bytes_(b"\xff" * 1000), "# " + "q\n" * 3000]
    value = draw.choice(values)
    if name in place.attrs:
        del place.attrs[name]
    place.attrs[name.encode(errors="surrogateescape")] = value


def add_things(file: h5py.File, draw: random.Random) -> None:
    """What a user may add: a note, a table, a group, a link."""
    file.attrs["note"] = "the good one"
    how = draw.randrange(3)
    if how == 0:
        file["mine"] = np.zeros(3, [("status", "u1"), ("x", "f8", (2,))])
    elif how == 1:
        file["elsewhere"] = h5py.ExternalLink("/etc/passwd", "/")
    else:
        file.create_group("group/within/group")


STRUCTURED: list[Mutation] = [change_values, change_values, change_values, change_type, change_shape, change_storage,
                              change_links, change_attributes, add_things]


def flip_bytes(path: Path, draw: random.Random) -> None:
    """A few bytes anywhere, or near each other."""
    size = path.stat().st_size
    near = draw.randrange(size)
    with open(path, "r+b") as file:
        for _ in range(draw.choice([1, 2, 8, 64])):
            file.seek(draw.randrange(size) if draw.random() < 0.3 else min(size - 1, near + draw.randrange(256)))
            file.write(bytes([draw.choice([0, 255, 1, 128, draw.randrange(256)])]))


def flip_metadata(path: Path, draw: random.Random) -> None:
    """Bytes of HDF5's own structures, found by their signatures."""
    data = bytearray(path.read_bytes())
    places = [at for mark in (b"TREE", b"HEAP", b"SNOD", b"GCOL", b"\x89HDF", b"OHDR", b"\x01\x00\x01\x00")
              for at in [data.find(mark, draw.randrange(len(data)))] if at >= 0]
    for _ in range(draw.choice([1, 2, 6])):
        at = (draw.choice(places) if places else 0) + draw.randrange(200)
        if at < len(data):
            data[at] = draw.choice([0, 255, 128, draw.randrange(256)])
    path.write_bytes(data)


def cut(path: Path, draw: random.Random) -> None:
    """Truncated, extended by nothing, or with a block of zeros."""
    size = path.stat().st_size
    how = draw.randrange(3)
    if how == 0:
        os.truncate(path, draw.randrange(size))
    elif how == 1:
        os.truncate(path, size + draw.choice([1, 4096, 1 << 33]))
    else:
        with open(path, "r+b") as file:
            file.seek(draw.randrange(size))
            file.write(bytes(min(4096, draw.randrange(1, size))))


RAW = [flip_bytes, flip_bytes, flip_metadata, flip_metadata, cut]


def structured(path: Path, draw: random.Random) -> list[str]:
    """Applies one to three mutations through HDF5; gives their names."""
    applied = []
    with h5py.File(path, "r+") as file:
        for _ in range(draw.choice([1, 1, 2, 3])):
            mutation = draw.choice(STRUCTURED)
            applied.append(mutation.__name__)
            try:
                mutation(file, draw)
            except REFUSED:
                applied[-1] += " (refused by HDF5)"
    return applied


def mutate(path: Path, draw: random.Random) -> list[str]:
    """Applies one mutation or more; gives their names."""
    applied = []
    if draw.random() < 0.65:
        try:
            applied = structured(path, draw)
        except REFUSED:
            applied = ["a file that HDF5 could not finish"]
    if not applied or draw.random() < 0.1:
        raw = draw.choice(RAW)
        applied.append(raw.__name__)
        raw(path, draw)
    return applied
