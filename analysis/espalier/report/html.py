# SPDX-License-Identifier: BSD-3-Clause
"""The page of a report from its templates: page.html, table.html. All text is escaped by Jinja2."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Callable
from functools import lru_cache
from importlib import resources
from typing import Any, NamedTuple

import jinja2
import pandas as pd
from markupsafe import Markup


def part(name: str) -> str:
    """A file beside this one: a template, the style or the script."""
    return resources.files("espalier.report").joinpath(name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def templates() -> jinja2.Environment:
    return jinja2.Environment(loader=jinja2.FunctionLoader(part), autoescape=True, trim_blocks=True, lstrip_blocks=True,
                              undefined=jinja2.StrictUndefined)


def page(**content: Any) -> str:
    """The page; `content` is what the template names."""
    parts = {"style": Markup(part("style.css")), "script": Markup(part("touch.js"))}
    return templates().get_template("page.html").render(**parts, **content)


def number(value: float) -> str:
    """Three decimals for shares, enough digits for others; nothing for NaN."""
    if math.isnan(value):
        return ""
    if float(value).is_integer() and abs(value) < 1e12:
        return f"{value:.0f}"
    return f"{value:.3f}" if 1e-3 <= abs(value) < 100 else f"{value:.3g}"


class Cell(NamedTuple):
    text: str
    value: str | None = None  # of a number, for sorting


def cell(value: Any) -> Cell:
    if isinstance(value, float):
        return Cell(number(value), repr(value))
    if isinstance(value, int):
        return Cell(str(value), str(value))
    return Cell(str(value).replace(" %", "\u00a0%"))


def table(frame: pd.DataFrame, headings: dict[str, str] | None = None, filtered: bool = False,
          bold: Callable[[dict[str, Any]], bool] = lambda row: False) -> Markup:
    """A table; one with `filtered` gets a search field, sorts by click, and is cut on paper. `bold` picks rows to stress."""
    names = headings or {}
    heads = [{"text": names.get(str(name), str(name)), "number": pd.api.types.is_numeric_dtype(frame[name])} for name in frame]
    rows = [{"bold": bold(row), "cells": [cell(value) for value in row.values()]} for row in frame.to_dict("records")]
    return Markup(templates().get_template("table.html").render(heads=heads, rows=rows, filtered=filtered))


class Drawing(NamedTuple):
    """A figure as inline SVG; it is an image, so that its ids stay apart from those of others on the page."""

    title: str
    caption: str
    width: int  # CSS pixels
    data: str  # SVG in base 64


def drawing(figure: Any, title: str, caption: str) -> Drawing:
    content = io.BytesIO()
    figure.savefig(content, format="svg", bbox_inches="tight", metadata={"Date": None})
    return Drawing(title, caption, round(figure.get_figwidth() * 96), base64.b64encode(content.getvalue()).decode())
