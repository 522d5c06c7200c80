# SPDX-License-Identifier: BSD-3-Clause
"""Tables of a results file as DataFrames: text becomes categories, codes become words, units and descriptions come along."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from espalier.names import clean, csv_cell
from espalier.storage import Rows, Stored

STATUS = ["to do", "started", "done", "failed", "not needed"]
REASON = ["none", "exception", "not finite", "time limit", "out of memory", "crashed", "what it needs failed"]
CODES = {"status": STATUS, "reason": REASON}


class Meaning(NamedTuple):
    unit: str
    description: str


def meanings(stored: Stored) -> dict[str, Meaning]:
    """Unit and description of each column, as the data set's description says: one line 'name [unit]: description' each."""
    said = stored.attributes.get("description", "")
    lines = re.findall(r"^(\w+) \[([^]\n]*)\]: (.*)$", said, re.MULTILINE)
    return {name: Meaning(unit, description) for name, unit, description in lines}


def category(texts: list[bytes], codes: Rows) -> pd.Categorical:
    """Text as categories; texts that read the same, because neither is proper UTF-8, are one."""
    words = [clean(t.decode(errors="replace")) for t in texts]
    places = {word: place for place, word in enumerate(dict.fromkeys(words))}
    if len(places) < len(words):
        codes = np.array([places[word] for word in words], np.int32)[codes]
    return pd.Categorical.from_codes(codes, list(places))


class Column:
    """Collects one column block by block: text becomes a category, each distinct text decoded once; codes become words."""

    def __init__(self, name: str, dtype: np.dtype[Any], rows: int) -> None:
        self.name, self.is_text = name, dtype.kind == "S"
        self.values = np.empty(rows, np.int32 if self.is_text else dtype.newbyteorder("="))
        self.codes: dict[bytes, int] = {}

    def put(self, first: int, block: Rows) -> None:
        if self.is_text:
            texts, inverse = np.unique(block, return_inverse=True)
            known = np.array([self.codes.setdefault(bytes(t), len(self.codes)) for t in texts], np.int32)
            block = known[inverse]
        self.values[first:first + len(block)] = block

    def series(self) -> Any:
        if self.is_text:
            order = sorted(self.codes)  # categories in alphabetical order
            place = np.empty(len(order), np.int32)
            place[[self.codes[t] for t in order]] = np.arange(len(order))
            return category(order, place[self.values])
        if self.name in CODES:
            names = CODES[self.name]
            known = (self.values >= 0) & (self.values < len(names))
            return pd.Categorical.from_codes(np.where(known, self.values, -1).astype(np.int8), names)
        return self.values


def tidy(stored: Stored, blocks: Iterator[tuple[int, Rows]], names: Iterable[str]) -> pd.DataFrame:
    """Columns of a table as a DataFrame; its attrs carry 'units' and 'descriptions'."""
    names, rows = list(names), stored.shape[0]
    columns = [Column(name, stored.dtype[name], rows) for name in names]
    for first, block in blocks:
        for column in columns:
            column.put(first, block[column.name])
    frame = pd.DataFrame({column.name: column.series() for column in columns}, index=pd.RangeIndex(rows))
    said = meanings(stored)
    frame.attrs = {"units": {n: said[n].unit for n in names if n in said},
                   "descriptions": {n: said[n].description for n in names if n in said}}
    return frame


def joined(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    """The columns of both, row by row, with the words of both."""
    both = pd.concat([left, right], axis="columns", copy=False)
    both.attrs = {key: {**left.attrs.get(key, {}), **right.attrs.get(key, {})} for key in ("units", "descriptions")}
    return both


def for_csv(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with `csv_cell` applied to every text in it, headings too."""
    plain = frame.rename(columns=lambda name: csv_cell(name))
    for place, name in enumerate(frame):
        if not pd.api.types.is_numeric_dtype(frame[name]):
            plain.isetitem(place, frame[name].astype(object).map(csv_cell))
    return plain
