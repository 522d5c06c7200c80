"""Accuracy against level, one figure per family of perturbations: damage, attacks, changed images."""

from __future__ import annotations

from collections.abc import Iterator

from espalier.families import family
from espalier.picture import curves, explained, panels_of
from espalier.plots import Plot
from espalier.study import Study

TITLES = {"damage": "Accuracy of damaged networks", "attacks": "Accuracy under attack",
          "changed images": "Accuracy on changed images"}


def plots(study: Study) -> Iterator[Plot]:
    if study.levels.empty:
        return
    families = study.levels["panel"].map(lambda panel: family(panel.split(",")[0]))
    for name, title in TITLES.items():
        cells = study.levels[families == name]
        if not cells.empty:
            table = curves(cells)
            yield Plot(f"levels-{name.replace(' ', '-')}", title, panels_of(table), explained(table))
