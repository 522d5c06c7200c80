# SPDX-License-Identifier: BSD-3-Clause
"""What the figures, tables and statistics of a report share: labelled cells, curves per seed, the look of a label."""

from __future__ import annotations

from functools import cached_property

import pandas as pd

from espalier.intervals import over_seeds
from espalier.labels import labelled
from espalier.picture import with_level_zero
from espalier.results import Results
from espalier.robustness import critical_level, robustness_area
from espalier.sequential import balanced
from espalier.transfer import gains

CURVE = ["dataset", "panel", "line", "noise"]  # what tells one curve from another


class Study:
    """A results file with what is derived from its finished cells."""

    def __init__(self, results: Results) -> None:
        self.results = results

    @property
    def at_least(self) -> int | None:
        """For `over_seeds` and `paired_t`: how many seeds came before the first decision; None where all were asked for."""
        return self.results.until.at_least if self.results.until else None

    def over_seeds(self, cells: pd.DataFrame, by: list[str], value: str = "accuracy") -> pd.DataFrame:
        """`over_seeds` that allows for seeds that were taken one after another."""
        return over_seeds(cells if self.at_least is None else balanced(cells, by), by, value, at_least=self.at_least)

    @cached_property
    def done(self) -> pd.DataFrame:
        """Finished cells with the columns dataset, perturbation, family, panel, line, noise, level, seed, accuracy, model."""
        cells = self.results.cells
        return labelled(cells[cells["status"] == "done"])

    @cached_property
    def levels(self) -> pd.DataFrame:
        """The finished cells that make curves, level 0 (not perturbed) in each."""
        return with_level_zero(self.done)

    @cached_property
    def clean(self) -> pd.DataFrame:
        """The finished cells that are not perturbed."""
        return self.done[self.done["perturbation"] == "none"]

    @cached_property
    def chance(self) -> float:
        """Accuracy of guessing: one over the number of classes."""
        return 1 / self.results.classes

    @cached_property
    def areas(self) -> pd.DataFrame:
        """Robustness area and critical level of each curve of each seed; curves that are not there from level 0 on are left out.

        `critical` is NaN where a curve keeps half of its accuracy above chance at all levels.
        """
        means = self.levels.groupby([*CURVE, "seed", "level"], observed=True)["accuracy"].mean().reset_index("level")
        if self.at_least is not None:  # the levels of a curve may stop at different seeds
            means = balanced(means.reset_index(), CURVE).set_index([*CURVE, "seed"])
        rows = []
        for key, curve in means.groupby(level=[*CURVE, "seed"], observed=True):
            x, y = curve["level"].to_numpy(), curve["accuracy"].to_numpy()
            if len(x) > 1 and x[0] == 0 and y[0] > self.chance:
                rows.append((*key, robustness_area(x, y, self.chance), critical_level(x, y, self.chance), x[-1]))
        return pd.DataFrame(rows, columns=[*CURVE, "seed", "area", "critical", "highest"])

    @cached_property
    def gains(self) -> pd.DataFrame:
        """What fitted noises gain over no noise, one row per cell (see espalier.transfer)."""
        return gains(self.results.cells)

    @cached_property
    def line_of_model(self) -> pd.Series:
        """The label of each model that has a finished cell."""
        return self.done.drop_duplicates("model").set_index("model")["line"].sort_index()
