# SPDX-License-Identifier: BSD-3-Clause
"""Accuracy against level, one figure per data set and family of perturbations: damage, attacks, changed images."""

from __future__ import annotations

from collections.abc import Iterator

from espalier.families import family
from espalier.picture import curves, explained, panels_of
from espalier.plots import Plot, file_name
from espalier.study import Study

TITLES = {"damage": "Accuracy of damaged networks", "attacks": "Accuracy under attack",
          "changed images": "Accuracy on changed images"}
PANELS = 9  # of one figure: more do not fit a page of paper


def plots(study: Study) -> Iterator[Plot]:
    if study.levels.empty:
        return
    families = study.levels["panel"].map(lambda panel: family(panel.split(",")[0]))
    for name, title in TITLES.items():
        for dataset, cells in study.levels[families == name].groupby("dataset"):
            panels = list(cells["panel"].unique())
            parts = [panels[i:i + PANELS] for i in range(0, len(panels), PANELS)]
            for i, part in enumerate(parts, 1):
                number, of = ([str(i)], f" ({i} of {len(parts)})") if len(parts) > 1 else ([], "")
                table = curves(cells[cells["panel"].isin(part)])
                yield Plot(file_name("levels", name, dataset, *number), f"{title}: {dataset}{of}", panels_of(table),
                           explained(table))
