# SPDX-License-Identifier: BSD-3-Clause
"""What the figures of the answers in experiments/ have in common: small panels, one legend, a caption, a small file."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from espalier import figures, output

DPI = 110  # legible at half of its width, and small: the images are kept in the repository
COLOURS = 200  # of an image's palette, beside those of the lines
CHANCE_LINE = {"color": "0.5", "linewidth": 0.8, "linestyle": (0, (1, 2))}


def panels(rows: int, columns: int, width: float = 2.0, height: float = 2.1, **shared: Any) -> tuple[Any, Any]:
    figure, axes = figures.subplots(rows, columns, figsize=(width * columns, height * rows), squeeze=False, **shared)
    return figure, axes


def finish(figure: Any, axes: Any, text: str, path: Path, table: pd.DataFrame | None = None, mark: str = "bands") -> None:
    """One legend for all panels, the caption (with the sample size of what is drawn), the file."""
    handles: dict[str, Any] = {}
    for one in axes.flat:
        handles.update(zip(*reversed(one.get_legend_handles_labels())))
    figure.tight_layout()
    per_row = min(len(handles), int(8 * figure.get_figwidth() / max(map(len, handles))))
    figure.legend(handles.values(), handles.keys(), loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=per_row)
    figures.caption(figure, text if table is None else f"{text} {figures.sample_size(table, mark=mark)}.")
    save(figure, path)


def save(figure: Any, path: Path) -> None:
    """Writes PATH.png with a palette, which takes a third of the space. White and the colours of the lines are in it: thin
    lines have too few pixels to get a place by their number."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=DPI, bbox_inches="tight")
    image = Image.open(drawn).convert("RGB")
    exact = [[int(colour[i:i + 2], 16) for i in (1, 3, 5)] for colour in ("#FFFFFF", *figures.COLOURS)]
    palette = Image.new("P", (1, 1))
    palette.putpalette((image.quantize(COLOURS).getpalette() or [])[:3 * COLOURS] + sum(exact, []))
    pixels, places = np.asarray(image), np.array(image.quantize(palette=palette, dither=Image.Dither.NONE))
    for number, colour in enumerate(exact, COLOURS):  # the nearest colour, as PIL finds it, is only near
        places[(pixels == colour).all(axis=-1)] = number
    small = Image.fromarray(places, mode="P")
    small.putpalette(palette.getpalette() or [])
    with output.replaced(Path(f"{path}.png")) as temporary:
        small.save(temporary, format="png", optimize=True)
