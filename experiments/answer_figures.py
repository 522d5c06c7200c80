"""What the figures of the answers in experiments/ have in common: small panels, one legend, a caption, a small file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from espalier import figures

DPI = 80  # the pictures are kept in the repository
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
    figures.save(figure, path, ("png",), DPI)
