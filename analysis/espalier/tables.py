"""Tables of a results file as DataFrames: text becomes categories, codes become words, units and descriptions come along."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import h5py
import numpy as np
import pandas as pd

STATUS = ["to do", "started", "done", "failed"]
REASON = ["none", "exception", "not finite", "time limit", "out of memory", "crashed", "what it needs failed"]
CODES = {"status": STATUS, "reason": REASON}
BLOCK_ROWS = 1 << 16

Rows = np.ndarray[Any, Any]


class Meaning(NamedTuple):
    unit: str
    description: str


def text(attribute: Any) -> str:
    return attribute.decode() if isinstance(attribute, bytes) else str(attribute)


def meanings(dataset: h5py.Dataset) -> dict[str, Meaning]:
    """Unit and description of each column, as the dataset's description says: one line 'name [unit]: description' each."""
    said = text(dataset.attrs.get("description", ""))
    lines = re.findall(r"^(\w+) \[([^]]*)\]: (.*)$", said, re.MULTILINE)
    return {name: Meaning(unit, description) for name, unit, description in lines}


def category(texts: list[bytes], codes: Rows) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, [t.decode(errors="replace") for t in texts])


class Column:
    """Collects one column block by block: text becomes a category, each distinct text decoded once; codes become words."""

    def __init__(self, name: str, dtype: np.dtype[Any], rows: int) -> None:
        self.name, self.is_text = name, dtype.kind == "S"
        self.values = np.empty(rows, np.int32 if self.is_text else dtype)
        self.codes: dict[bytes, int] = {}

    def put(self, first: int, block: Rows) -> None:
        if self.is_text:
            texts, inverse = np.unique(block, return_inverse=True)
            known = np.array([self.codes.setdefault(bytes(t), len(self.codes)) for t in texts], np.int32)
            block = known[inverse]
        self.values[first:first + len(block)] = block

    def series(self) -> Any:
        if self.is_text:
            order = sorted(self.codes)  # categories in alphabetical order, whatever came first
            place = np.empty(len(order), np.int32)
            place[[self.codes[t] for t in order]] = np.arange(len(order))
            return category(order, place[self.values])
        if self.name in CODES:
            names = CODES[self.name]
            return pd.Categorical.from_codes(np.where(self.values < len(names), self.values, -1), names)
        return self.values


def blocks(dataset: h5py.Dataset) -> Iterator[tuple[int, Rows]]:
    """The rows of a table in pieces, each with the number of its first row: a file of millions of cells needs little memory."""
    for first in range(0, len(dataset), BLOCK_ROWS):
        yield first, dataset[first:first + BLOCK_ROWS]


def tidy(dataset: h5py.Dataset, names: Iterable[str]) -> pd.DataFrame:
    """Columns of a compound dataset as a DataFrame; its attrs carry 'units' and 'descriptions'."""
    names = list(names)
    columns = [Column(name, dataset.dtype[name], len(dataset)) for name in names]
    for first, rows in blocks(dataset):
        for column in columns:
            column.put(first, rows[column.name])
    frame = pd.DataFrame({column.name: column.series() for column in columns}, index=pd.RangeIndex(len(dataset)))
    said = meanings(dataset)
    frame.attrs = {"units": {n: said[n].unit for n in names if n in said},
                   "descriptions": {n: said[n].description for n in names if n in said}}
    return frame


def joined(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    """The columns of both, row by row, with the words of both."""
    both = pd.concat([left, right], axis="columns", copy=False)
    both.attrs = {key: {**left.attrs.get(key, {}), **right.attrs.get(key, {})} for key in ("units", "descriptions")}
    return both
