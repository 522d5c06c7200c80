# SPDX-License-Identifier: BSD-3-Clause
"""One figure of a results file: accuracy against the level of each perturbation."""

from __future__ import annotations

import itertools
import textwrap
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd

from espalier import figures
from espalier.errors import ResultsError
from espalier.families import WEAKER_WITH_LEVEL
from espalier.figures import Style, curve, sample_size, style
from espalier.intervals import over_seeds
from espalier.labels import labelled
from espalier.results import Results

PANELS_PER_ROW = 3
PANEL, MARGIN = 2.75, 0.9  # inches: three panels in a row can still be read on paper


def with_level_zero(done: pd.DataFrame) -> pd.DataFrame:
    """Labelled cells that have a level, and those without perturbation as level 0 of every panel whose levels grow from there;
    the others are left out."""
    untouched = done["perturbation"] == "none"
    damaged = done[~untouched & done["level"].notna()]
    panels = damaged.loc[~damaged["perturbation"].isin(WEAKER_WITH_LEVEL), "panel"].unique()
    return pd.concat([damaged] + [done[untouched].assign(panel=panel, level=0.0) for panel in panels])


def curves(levels: pd.DataFrame, at_least: int | None = None) -> pd.DataFrame:
    """Mean accuracy and its interval over seeds, one row per (dataset, panel, line, noise, level), of `with_level_zero`.
    `at_least` as in `over_seeds`."""
    return over_seeds(levels, ["dataset", "panel", "line", "noise", "level"], at_least=at_least)


def caption(results: Results, table: pd.DataFrame) -> str:
    """Names what is drawn: the sample size, the interval, and what is missing."""
    cells = results.cells
    count = cells["status"].value_counts()
    text = f"{explained(table)} {count.get('done', 0)} of {len(cells)} cells done"
    return text + (f", {count['failed']} failed." if count.get("failed", 0) else ".")


def explained(table: pd.DataFrame) -> str:
    zero = " Level 0: not perturbed." if (table["level"] == 0).any() else ""
    return f"Lines: mean test accuracy; {sample_size(table)}.{zero}"


def look(i: int, j: int, lines: list[str], noises: list[str]) -> Style:
    """Of the i-th line with the j-th noise: colours for what there is more of, dashes for the other."""
    return style(i, j) if len(lines) >= len(noises) else style(j, i)


def draw_panel(axes: Any, table: pd.DataFrame, lines: list[str], noises: list[str]) -> None:
    for (i, line), (j, noise) in itertools.product(enumerate(lines), enumerate(noises)):
        shown = table[(table["line"] == line) & (table["noise"] == noise)]
        if not shown.empty:
            curve(axes, "level", shown, look(i, j, lines, noises))


def legend_entries(lines: list[str], noises: list[str]) -> list[Any]:
    said = [] if noises == ["none"] else ["no noise" if noise == "none" else f"noise {noise}" for noise in noises]
    coloured, dashed = (lines, said) if len(lines) >= len(noises) else (said, lines)
    return ([figures.legend_entry(style(i), name) for i, name in enumerate(coloured)]
            + [figures.legend_entry(Style("0.35", "", style(0, j).dash), name) for j, name in enumerate(dashed)])


def canvas(rows: int, columns: int, entries: list[Any]) -> tuple[Any, Any]:
    """A figure with rows x columns panels, and the legend below them."""
    width = PANEL * columns + MARGIN  # inches, as all here
    widest = 0.6 + 0.068 * max(len(entry.get_label()) for entry in entries)
    per_row = max(1, min(len(entries), int((width - 0.4) / widest)))
    below = 0.95 + 0.22 * -(-len(entries) // per_row)  # for axis label, legend and caption
    height = 2.9 * rows + 0.55 + below
    figure, grid = figures.subplots(rows, columns, figsize=(width, height), sharey=True, squeeze=False)
    figure.subplots_adjust(left=0.7 / width, right=1 - 0.2 / width, top=1 - 0.75 / height, bottom=(below + 0.15) / height,
                           wspace=0.08, hspace=0.42)
    figure.legend(handles=entries, loc="lower center", bbox_to_anchor=(0.5, 0.45 / height), ncol=per_row, frameon=False,
                  fontsize=9)
    return figure, grid


def panels_of(table: pd.DataFrame) -> Any:
    """A figure of the curves, one panel per data set and perturbation, with the legend below."""
    lines = sorted(table["line"].unique())
    noises = sorted(table["noise"].unique(), key=lambda noise: (noise != "none", noise))
    panels = list(table.groupby(["dataset", "panel"], observed=True, sort=False).groups)
    columns = min(PANELS_PER_ROW, len(panels))
    figure, grid = canvas(-(-len(panels) // columns), columns, legend_entries(lines, noises))
    several = table["dataset"].nunique() > 1
    for axes, key in itertools.zip_longest(grid.flat, panels):
        if key is None:
            axes.set_visible(False)
            continue
        dataset, panel = key
        draw_panel(axes, table[(table["dataset"] == dataset) & (table["panel"] == panel)], lines, noises)
        axes.set_title(textwrap.fill(f"{dataset}: {panel}" if several else str(panel), round(13 * PANEL)), fontsize=9)
        axes.set_xlabel("level")
    for axes in grid[:, 0]:
        axes.set_ylabel("test accuracy")
    grid[0, 0].set_ylim(0, min(float(np.nanmax(table[["estimate", "high"]])), 1.0) * 1.05)
    return figure


@figures.house_style()
def draw(results: Results, out: str | PathLike[str]) -> None:
    """Draws accuracy against level, one panel per perturbation, into `out` (PNG, PDF or SVG by the ending)."""
    done = results.cells[results.cells["status"] == "done"]
    table = curves(with_level_zero(labelled(done)), results.until.at_least if results.until else None)
    if table.empty:
        raise ResultsError(f"{results.path}: no cell with a level is done yet: nothing to draw")
    figure = panels_of(table)
    left = 0.2 / figure.get_figwidth()
    figure.text(left, 1 - 0.12 / figure.get_figheight(), f"{results.name}: {', '.join(table['dataset'].unique())}",
                fontsize=12, va="top")
    figures.caption(figure, caption(results, table))
    figures.save_as(figure, out)
