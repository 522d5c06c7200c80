"""What every figure is drawn with: colours, curves with bands, heat maps and bars with intervals, captions, files.

The functions draw onto matplotlib's axes; what they draw are tables with the columns estimate, low, high and n, as
`espalier.intervals.over_seeds` gives them.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullFormatter

from espalier import output

# Okabe and Ito's colours, which stay apart for colour-blind readers; markers keep lines apart in grey print.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]
DASHES: list[Any] = ["-", "--", ":", "-.", (0, (5, 1, 1, 1, 1, 1))]
HEAT = "cividis"  # even in lightness, for colour-blind readers and grey print
SIGNED = "PuOr_r"  # orange above 0, violet below: apart for colour-blind readers
ENDINGS = ("png", "pdf")
MOST_PIXELS, LONGEST_SIDE = 6e7, 32000  # of an image: more make neither a page nor a figure clearer

HOUSE = {
    "axes.grid": True, "axes.axisbelow": True,
    "grid.alpha": 0.25, "grid.linewidth": 0.6, "axes.spines.top": False, "axes.spines.right": False,
    "axes.titlesize": 10, "axes.labelsize": 9, "xtick.labelsize": 8, "ytick.labelsize": 8, "legend.fontsize": 8.5,
    "legend.frameon": False, "svg.fonttype": "path", "svg.hashsalt": "espalier", "pdf.fonttype": 42,
    "text.parse_math": False,  # a name from a results file is text: dollar signs in it mean nothing
}


@contextmanager
def house_style() -> Iterator[None]:
    """The look of the project's figures, for the block or, as a decorator, the function. Figures made outside keep their look."""
    with matplotlib.rc_context(HOUSE):
        yield


def subplots(rows: int = 1, columns: int = 1, **how: Any) -> tuple[Any, Any]:
    """A figure and its axes as pyplot's function of this name gives them, without pyplot: no backend is chosen, no window opens,
    and nothing has to be closed. `how`: figsize, and what Figure.subplots takes."""
    figure = Figure(figsize=how.pop("figsize", None))
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, **how)


class Style(NamedTuple):
    colour: str
    marker: str
    dash: Any = "-"


def style(line: int, dash: int = 0) -> Style:
    """The look of the line-th line, different for the first 49; `dash` tells its variants apart."""
    return Style(COLOURS[line % len(COLOURS)], MARKERS[(line + line // len(COLOURS)) % len(MARKERS)], DASHES[dash % len(DASHES)])


def legend_entry(look: Style, label: str, **how: Any) -> Line2D:
    """A line for a legend only."""
    return Line2D([], [], color=look.colour, marker=look.marker, markersize=4, linestyle=look.dash, label=label, **how)


def curve(axes: Any, x: str, table: pd.DataFrame, look: Style, label: str | None = None) -> None:
    """A line through the estimates over column `x` with the band of their intervals."""
    table = table.sort_values(x)
    axes.plot(table[x], table["estimate"], color=look.colour, marker=look.marker, markersize=4, linestyle=look.dash,
              linewidth=1.4, label=label)
    axes.fill_between(table[x], table["low"], table["high"], color=look.colour, alpha=0.14, linewidth=0)


def name_places(axes: Any, labels: list[str]) -> None:
    """Names the places 0, 1, 2, ... of the x axis; labels that would run into each other lean."""
    lean = max(len(label) for label in labels) * len(labels) > 60
    axes.set_xticks(range(len(labels)), labels, rotation=30 if lean else 0, ha="right" if lean else "center")


def bars(axes: Any, labels: list[str], table: pd.DataFrame, looks: list[Style] | None = None) -> None:
    """A bar per row of the table, with its interval and its value."""
    place = np.arange(len(table))
    colours = [look.colour for look in looks] if looks else COLOURS[0]
    halves = np.abs(np.nan_to_num(table[["low", "high"]].to_numpy().T - table["estimate"].to_numpy()))
    axes.bar(place, table["estimate"], 0.65, color=colours, alpha=0.85, yerr=halves, capsize=4, ecolor="0.15")
    for i, row in enumerate(table.itertuples()):
        top = np.nanmax([row.estimate, row.high])
        axes.annotate(f"{row.estimate:.3g}", (i, top), (0, 3), textcoords="offset points", ha="center", fontsize=8)
    name_places(axes, labels)
    axes.grid(False, axis="x")
    axes.margins(y=0.12)


def points(axes: Any, labels: list[str], table: pd.DataFrame, looks: list[Style]) -> None:
    """A point per row with its interval and its value, for axes that do not start at 0."""
    for i, (row, look) in enumerate(zip(table.itertuples(), looks, strict=True)):
        axes.plot([i, i], [row.low, row.high], color=look.colour, linewidth=1.6)
        axes.plot(i, row.estimate, color=look.colour, marker=look.marker, markersize=6)
        axes.annotate(f"{row.estimate:.3f}", (i, row.estimate), (7, 0), textcoords="offset points", va="center", fontsize=8)
    name_places(axes, labels)
    axes.set_xlim(-0.5, len(labels) - 0.2)
    axes.grid(False, axis="x")
    axes.margins(y=0.12)


def grid_of(table: pd.DataFrame, rows: str, columns: str, value: str) -> pd.DataFrame:
    """A table of one row per pair as a grid, rows and columns in the order they come in; NaN where a pair is missing."""
    grid = table.pivot(index=rows, columns=columns, values=value)
    return grid.reindex(index=list(dict.fromkeys(table[rows])), columns=list(dict.fromkeys(table[columns])))


def ink_on(colour: Any) -> str:
    """Black or white, whatever can be read on the colour (relative luminance of WCAG 2, without its gamma)."""
    red, green, blue = colour[:3]
    return "black" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.45 else "white"


def interval_words(row: Any, digits: int = 3) -> str:
    """'0.500' above '[0.400, 0.600]', or only the estimate where there is no interval."""
    ends = "" if np.isnan(row.low) else f"\n[{row.low:.{digits}f}, {row.high:.{digits}f}]"
    return f"{row.estimate:.{digits}f}{ends}"


def heat_map(axes: Any, table: pd.DataFrame, rows: str, columns: str, words: Callable[[Any], str] = interval_words,
             span: float | None = None) -> Any:
    """A square per pair of rows and columns: the estimate as colour, and `words` of the table's row. Returns the image.

    With `span` the estimates are signed: two colours, from -span to span, white at 0.
    """
    estimate = grid_of(table, rows, columns, "estimate")
    signed = {} if span is None else {"vmin": -span, "vmax": span}
    image = axes.imshow(estimate.to_numpy(dtype=float), cmap=HEAT if span is None else SIGNED, aspect="auto", **signed)
    said = {(getattr(row, rows), getattr(row, columns)): words(row) for row in table.itertuples()}
    for (i, j), value in np.ndenumerate(estimate.to_numpy(dtype=float)):
        here = said.get((estimate.index[i], estimate.columns[j]), "none")
        ink = "0.4" if np.isnan(value) else ink_on(image.cmap(image.norm(value)))
        axes.text(j, i, here, ha="center", va="center", fontsize=7.5, linespacing=1.4, color=ink)
    name_places(axes, [str(c) for c in estimate.columns])
    axes.set_yticks(range(estimate.shape[0]), [str(r) for r in estimate.index])
    axes.grid(False)
    axes.set_xlabel(columns)
    axes.set_ylabel(rows)
    return image


def sample_size(table: pd.DataFrame, interval: str = "95 % t interval of the mean over seeds", mark: str = "bands") -> str:
    """The words of a caption for sample size and interval: 'n = 3 to 5 seeds; bands: 95 % t interval of the mean over seeds'."""
    low, high = int(table["n"].min()), int(table["n"].max())
    n = f"n = {low}" if low == high else f"n = {low} to {high}"
    seeds = "seed" if high == 1 else "seeds"
    return f"{n} {seeds}; " + (f"{mark}: {interval}" if high > 1 else f"no {mark}: one seed has no interval")


AXES = {"dataset": "data sets", "panel": "perturbations", "line": "networks", "noise": "noises", "level": "levels"}


def averaged(cells: pd.DataFrame, by: list[str]) -> str:
    """The words of a caption for the axes, beside the seed, that a mean over groups of labelled cells hides: ', averaged over
    networks and levels'; empty where every group has one value of each axis."""
    groups = cells.groupby(by, observed=True)
    hidden = [name for axis, name in AXES.items() if axis not in by and axis in cells
              and groups[axis].nunique(dropna=False).max() > 1]
    return f", averaged over {' and '.join(filter(None, [', '.join(hidden[:-1]), hidden[-1]]))}" if hidden else ""


def caption(figure: Any, text: str) -> None:
    """Writes the caption below everything that is drawn so far; `save` makes room for it."""
    box = figure.get_tightbbox(figure.canvas.get_renderer())  # inches
    wrapped = "\n".join(textwrap.wrap(text, int(box.width * 16)))
    figure.text(box.x0 / figure.get_figwidth(), (box.y0 - 0.12) / figure.get_figheight(), wrapped, fontsize=8, va="top")


def logarithmic(axes: Any, *directions: str) -> None:
    """Makes the axes 'x', 'y' or both logarithmic, with plain numbers at the powers of ten."""
    for direction in directions:
        axes.set(**{f"{direction}scale": "log"})
        axis = getattr(axes, f"{direction}axis")
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_formatter(NullFormatter())


def resolution(figure: Any, dpi: float) -> float:
    """The dots per inch, or fewer where the image would be larger than any reader can take."""
    box = figure.get_tightbbox(figure.canvas.get_renderer())  # inches
    width, height = max(float(box.width), 0.1) + 0.2, max(float(box.height), 0.1) + 0.2
    return min(dpi, math.sqrt(MOST_PIXELS / (width * height)), LONGEST_SIDE / max(width, height))


def save_as(figure: Any, path: str | PathLike[str], dpi: float = 160) -> None:
    """Writes the figure in the format that the ending names (png, pdf, svg)."""
    with output.replaced(path) as temporary:
        ending = Path(path).suffix[1:].lower()
        # No date inside: the same results give the same file.
        undated = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}.get(ending)
        figure.savefig(temporary, format=ending, dpi=resolution(figure, dpi), bbox_inches="tight", metadata=undated)


def save(figure: Any, stem: str | PathLike[str], endings: tuple[str, ...] = ENDINGS, dpi: float = 160) -> list[Path]:
    """Writes the figure as image and as vectors (STEM.png, STEM.pdf), and gives the paths."""
    paths = [Path(f"{stem}.{ending}") for ending in endings]
    for path in paths:
        save_as(figure, path, dpi)
    return paths
