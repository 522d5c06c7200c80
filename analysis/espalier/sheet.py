# SPDX-License-Identifier: BSD-3-Clause
"""A sheet of pictures: what the perturbations of a results file make of real images, one row per kind, one column per strength.

The images come from `espalier inputs FILE.h5 -o INPUTS.npy`, which makes the inputs of every attack and modification of the
file again. A red frame is an image that the network got wrong in that cell, a grey one an image that it got right.
"""

from __future__ import annotations

import math
from os import PathLike
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from espalier import figures
from espalier.errors import ResultsError
from espalier.results import Results

RIGHT, WRONG = "0.75", "#D55E00"
MOST_PIXELS = 1 << 20  # of one image
FIELDS = ("cell", "image", "label", "clean", "changed")

Inputs = npt.NDArray[Any]


def read_inputs(path: str | PathLike[str]) -> Inputs:
    """The records of `espalier inputs`: cell (row of /cells), image (number of the test image), label, clean, changed."""
    try:
        inputs: Inputs = np.load(path, mmap_mode="r")  # as large as the file, whatever its header claims
    except FileNotFoundError:
        raise ResultsError(f"{path}: there is no such file") from None
    except Exception as error:  # numpy evaluates the header and raises nearly everything on a damaged one
        raise ResultsError(f"{path}: not a file of espalier inputs ({type(error).__name__})") from None
    shape = getattr(inputs, "shape", None)
    names = inputs.dtype.names if isinstance(inputs, np.ndarray) else None
    if names != FIELDS or shape is None or len(shape) != 1 or not all(is_image(inputs.dtype[name]) for name in FIELDS[3:]):
        raise ResultsError(f"{path}: not a file of espalier inputs (its fields are {names})")
    return inputs


def is_image(field: np.dtype[Any]) -> bool:
    """Whether a field of the inputs holds the pixels of a grey image, or of red, green and blue."""
    grey_or_colour = len(field.shape) == 2 or (len(field.shape) == 3 and field.shape[0] == 3)
    return field.base.kind == "f" and grey_or_colour and 0 < math.prod(field.shape) <= MOST_PIXELS


def strengths(cells: pd.DataFrame) -> pd.Series:
    """What a cell's strength is called: its level or severity; empty where there is none."""
    def called(row: Any) -> str:
        for name in ("level", "severity"):
            if name in cells and not np.isnan(row[name]):
                return f"{name} {row[name]:g}"
        return ""

    return cells.apply(called, axis=1)


def rows_of(cells: pd.DataFrame) -> pd.Series:
    """The row of a cell: its kind, and which of its settings other than the strength tell cells of that kind apart."""
    perturbation = cells["perturbation"].astype(str)
    settings = [name for name in ("suite", "norm", "style", "perturbation_loss") if name in cells]
    label = perturbation.copy()
    for _, group in cells.groupby(perturbation):
        for name in settings:
            if group[name].astype(str).nunique() > 1:
                label[group.index] += "\n" + group[name].astype(str).replace({"nan": "", "": "-"})
    by_level = cells["level"].notna() if "level" in cells else pd.Series(False, index=cells.index)
    for _, group in cells.groupby(label):
        if 0 < by_level[group.index].sum() < len(group):
            label[group.index] += np.where(by_level[group.index], "\nby level", "\nby severity")
    return label


def tile(axes: Any, pixels: Inputs, frame: str, title: str, signed: bool = False) -> None:
    """Signed colours are drawn around grey."""
    if pixels.ndim == 3:
        pixels = np.clip((1 + pixels) / 2 if signed else pixels, 0, 1).transpose(1, 2, 0)
    axes.imshow(pixels, cmap="RdBu_r" if signed else "gray", vmin=-1 if signed else 0, vmax=1, interpolation="nearest")
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set(visible=True, color=frame, linewidth=1.5)
    axes.set_title(title, fontsize=6, pad=2)


@figures.house_style()
def draw(results: Results, inputs: Inputs, out: str | PathLike[str], place: int = 0, amplify: float = 0) -> None:
    """Draws the sheet of the `place`-th image of each cell; with `amplify` the change, so enlarged, under each row."""
    named = np.unique(inputs["cell"])
    if not len(named):
        raise ResultsError(f"{results.path}: no attack and no modification: nothing to draw")
    if named[0] < 0 or named[-1] >= len(results.cells):
        raise ResultsError(f"{results.path}: has no cells {named[0]} to {named[-1]}: the inputs are of another file")
    cells = results.cells.loc[named]
    labels, names = rows_of(cells), strengths(cells)
    rows = list(dict.fromkeys(labels))
    columns = 1 + int(labels.value_counts().max())
    bands = 2 if amplify else 1
    size = (columns + 1, 1.12 * bands * len(rows) + 0.5)  # inches
    figure, grid = figures.subplots(bands * len(rows), columns, squeeze=False, figsize=size)
    figure.subplots_adjust(left=0.9 / (columns + 1), right=0.99, bottom=0.01, top=1 - 0.4 / figure.get_figheight(), wspace=0.06,
                           hspace=0.22)
    for axes in grid.flat:
        axes.set_visible(False)
    for r, label in enumerate(rows):
        for c, cell in enumerate(cells.index[labels == label], start=1):
            mine = inputs[inputs["cell"] == cell]
            if not 0 <= place < len(mine):
                raise ResultsError(f"the file of inputs has {len(mine)} images per cell, there is no image {place}")
            record = mine[place]
            outcomes = results.outcomes(cell)
            if not 0 <= record["image"] < len(outcomes):
                raise ResultsError(f"{results.path}: cell {cell} has no image {record['image']}: the inputs are of another file")
            right = outcomes[record["image"]]
            pictures = [(record["clean"], RIGHT, "clean", 0)] if c == 1 else []
            for pixels, frame, title, column in [*pictures, (record["changed"], RIGHT if right else WRONG, names[cell], c)]:
                grid[bands * r, column].set_visible(True)
                tile(grid[bands * r, column], pixels, frame, title)
            if amplify:
                grid[bands * r + 1, c].set_visible(True)
                change = (record["changed"] - record["clean"]) * amplify
                tile(grid[bands * r + 1, c], change, RIGHT, f"change x {amplify:g}", signed=True)
        grid[bands * r, 0].set_ylabel(label, rotation=0, ha="right", va="center", fontsize=7)
    figure.text(0.01, 1 - 0.1 / figure.get_figheight(), f"{results.name}: {', '.join(cells['dataset'].unique())}, "
                f"test image {inputs['image'][place]}; red frame: the network got it wrong", fontsize=9, va="top")
    figures.save_as(figure, out, dpi=150)
