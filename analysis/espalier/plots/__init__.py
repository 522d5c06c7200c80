# SPDX-License-Identifier: BSD-3-Clause
"""The figures of a report. Each module here draws one kind of figure from a Study, or none where the file lacks what it needs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from espalier.study import Study


class Plot(NamedTuple):
    """A figure, its file name without ending, its title, and the caption that names sample size and interval."""

    name: str
    title: str
    figure: Any
    caption: str


def file_name(*parts: str) -> str:
    """Parts of a name as one word that any file system takes."""
    return re.sub("[^A-Za-z0-9.]+", "-", "-".join(parts)).strip("-")


Plotter = Callable[[Study], Iterator[Plot]]


def plotters() -> list[Plotter]:
    """All of them, in the order of a report."""
    from espalier.plots import areas, degrees, learning, levels, noises, sparsities, spectra, timetable, transfers

    return [sparsities.plots, levels.plots, areas.plots, noises.plots, transfers.plots, spectra.plots, learning.plots,
            degrees.plots, timetable.plots]
