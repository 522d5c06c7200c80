# SPDX-License-Identifier: BSD-3-Clause
"""Accuracy against level, one figure per data set and family of perturbations: damage, attacks, changed images."""

from __future__ import annotations

from collections.abc import Iterator

from espalier.families import LABELS, UNKNOWN
from espalier.picture import curves, explained, panels_of
from espalier.plots import Plot, file_name
from espalier.study import Study

TITLES = {LABELS["damage"]: "Accuracy of damaged networks", LABELS["attack"]: "Accuracy under attack",
          LABELS["input"]: "Accuracy on changed images", UNKNOWN: "Accuracy of perturbed networks"}
PANELS = 9  # of one figure: more do not fit a page of paper


def plots(study: Study) -> Iterator[Plot]:
    if study.levels.empty:
        return
    family_of_panel = study.levels["panel"].map(study.done.drop_duplicates("panel").set_index("panel")["family"])
    for name, title in TITLES.items():
        for dataset, cells in study.levels[family_of_panel == name].groupby("dataset"):
            panels = list(cells["panel"].unique())
            parts = [panels[i:i + PANELS] for i in range(0, len(panels), PANELS)]
            for i, part in enumerate(parts, 1):
                number, of = ([str(i)], f" ({i} of {len(parts)})") if len(parts) > 1 else ([], "")
                table = curves(cells[cells["panel"].isin(part)], study.at_least)
                yield Plot(file_name("levels", name, dataset, *number), f"{title}: {dataset}{of}", panels_of(table),
                           explained(table))
