"""Pieces of HTML: escaped text, tables, figures as inline vectors, and the page around them."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Callable
from html import escape
from importlib import resources
from typing import Any

import pandas as pd

# Nothing is loaded from anywhere: a browser that meets this line refuses every request.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def part(name: str) -> str:
    return resources.files("espalier.report").joinpath(name).read_text(encoding="utf-8")


def page(title: str, body: list[str]) -> str:
    return "\n".join([
        "<!DOCTYPE html>", '<html lang="en">', "<head>", '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title>", f"<style>\n{part('style.css')}</style>", "</head>", "<body>", *body,
        f"<script>\n{part('touch.js')}</script>", "</body>", "</html>", ""])


def number(value: float) -> str:
    """Three decimals for shares, enough digits for others; nothing for NaN."""
    if math.isnan(value):
        return ""
    if float(value).is_integer() and abs(value) < 1e12:
        return f"{value:.0f}"
    return f"{value:.3f}" if 1e-3 <= abs(value) < 100 else f"{value:.3g}"


def cell(value: Any) -> str:
    if isinstance(value, float):
        return f'<td class="number" data-value="{value!r}">{number(value)}</td>'
    if isinstance(value, int):
        return f'<td class="number" data-value="{value}">{value}</td>'
    return f"<td>{escape(str(value)).replace(' %', '&nbsp;%')}</td>"


def table(frame: pd.DataFrame, headings: dict[str, str] | None = None, filtered: bool = False,
          bold: Callable[[dict[str, Any]], bool] = lambda row: False) -> str:
    """A table; one with `filtered` gets a search field, sorts by click, and is cut on paper. `bold` picks rows to stress."""
    names = headings or {}
    numeric = {name: ' class="number"' if pd.api.types.is_numeric_dtype(frame[name]) else "" for name in frame}
    head = "".join(f"<th{numeric[name]}>{escape(names.get(str(name), str(name)))}</th>" for name in frame)
    rows = [('<tr class="sure">' if bold(row) else "<tr>") + "".join(map(cell, row.values())) + "</tr>"
            for row in frame.to_dict("records")]
    outer, inner = ('class="scroll tall"', ' class="filtered"') if filtered else ('class="scroll"', "")
    return f"<div {outer}><table{inner}><thead><tr>{head}</tr></thead><tbody>\n" + "\n".join(rows) + "\n</tbody></table></div>"


def figure(drawing: Any, title: str, caption: str) -> str:
    """The drawing as inline SVG; its ids are unique, since several drawings share one page."""
    content = io.BytesIO()
    drawing.savefig(content, format="svg", bbox_inches="tight", metadata={"Date": None})
    data = base64.b64encode(content.getvalue()).decode()
    width = round(drawing.get_figwidth() * 96)
    return (f'<figure><h3>{escape(title)}</h3><img width="{width}" alt="{escape(title)}" src="data:image/svg+xml;base64,{data}">'
            f"<figcaption>{escape(caption)}</figcaption></figure>")
