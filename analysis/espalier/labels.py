# SPDX-License-Identifier: BSD-3-Clause
"""The names that cells go by in figures and tables: what is alike for all cells of a kind is left out."""

from __future__ import annotations

import pandas as pd

from espalier.families import families
from espalier.names import shortened

# Columns of /cells that are no parameter of a perturbation.
FIXED = {"id", "model", "fit", "tail", "dataset", "topology", "sparsity", "seed", "perturbation", "perturbation_family", "level",
         "noise", "images", "outcome_offset"}
PREFIXES = ("topology_", "train_", "noise_", "tail_", "evaluate_")
SOURCE = "noise_source"  # kind of the perturbation that a noise is fitted to; its parameters are noise_source_...


def is_said(values: pd.Series) -> pd.Series:
    """False where the kind does not take the parameter, or does not use it in that cell."""
    return values.notna() & (values.astype(object) != "")


def short_labels(labels: pd.Series) -> pd.Series:
    """`shortened` for each label."""
    return labels.map({label: shortened(str(label)) for label in labels.unique()})


def variants(cells: pd.DataFrame, kind: str, parameters: list[str], prefix: str = "") -> pd.Series:
    """A label per cell: the kind, and those of its parameters that vary among the cells of that kind."""
    label = cells[kind].astype(str)
    for _, group in cells.groupby(kind, observed=True):
        for parameter in parameters:
            said = group.loc[is_said(group[parameter]), parameter]
            values = said.map(lambda v: f"{v:g}" if isinstance(v, float) else str(v)).astype(str)
            if values.nunique() > 1:
                label[values.index] += ", " + parameter.removeprefix(prefix).replace("_", " ") + " " + values
    return short_labels(label)


def parameters_of_perturbations(cells: pd.DataFrame) -> list[str]:
    """Columns that say more about a perturbation than its kind and its strength."""
    end = list(cells).index("status")  # columns of /cells stand before those of /results
    return [name for name in list(cells)[:end]
            if name not in FIXED and not name.startswith(PREFIXES) and name != "severity"]


def sources(cells: pd.DataFrame) -> pd.Series:
    """What the noise of each cell is fitted to; empty where it is fitted to nothing."""
    if SOURCE not in cells:
        return pd.Series("", index=cells.index)
    own = [name for name in cells if name.startswith(f"{SOURCE}_") or name == "noise_fit_images"]
    return variants(cells, SOURCE, own, f"{SOURCE}_")


def structures(cells: pd.DataFrame) -> pd.Series:
    """The noise of each cell with the training of its tail, whatever it is fitted to."""
    own = [name for name in cells
           if name.startswith(("noise_", "tail_")) and not name.startswith(SOURCE) and name != "noise_fit_images"]
    return variants(cells, "noise", own, "noise_")


def is_matched(cells: pd.DataFrame) -> pd.Series:
    """Whether the noise of a cell is fitted to the perturbation that the cell meets."""
    if SOURCE not in cells:
        return pd.Series(False, index=cells.index)
    same = cells[SOURCE].astype(str) == cells["perturbation"].astype(str)
    for name in [name for name in cells if name.startswith(f"{SOURCE}_")]:
        said = name.removeprefix(f"{SOURCE}_")
        met = cells.get(f"perturbation_{said}", cells.get(said))  # a result has the name, too: loss of apgd
        same &= ~is_said(cells[name]) | (False if met is None else cells[name].astype(object) == met.astype(object))
    return same


def noises(cells: pd.DataFrame) -> pd.Series:
    """The noise of each cell with its source where that varies; not where each cell has its own perturbation as the source."""
    label, source = structures(cells), sources(cells)
    fitted = source != ""
    if is_matched(cells)[fitted].all():
        return label
    for _, group in source[fitted].groupby(cells.loc[fitted, "noise"], observed=True):
        if group.nunique() > 1:
            label[group.index] += " from " + group
    return short_labels(label)


def labelled(cells: pd.DataFrame) -> pd.DataFrame:
    """Cells with the columns that figures are laid out by: panel, line, noise and level."""
    own = [name for name in cells if name.startswith(("topology_", "train_"))]
    sparsity = cells["sparsity"].map(lambda s: f" {100 * s:g} %" if s else "")
    topology = cells.assign(topology=cells["topology"].astype(str) + sparsity)
    return pd.DataFrame({
        "dataset": short_labels(cells["dataset"].astype(str)),
        "perturbation": short_labels(cells["perturbation"].astype(str)),
        "panel": variants(cells, "perturbation", parameters_of_perturbations(cells)),
        "family": families(cells),
        "line": variants(topology, "topology", own, "topology_"),
        "noise": noises(cells),
        "level": cells["level"].fillna(cells["severity"]) if "severity" in cells else cells["level"],
        "seed": cells["seed"],
        "accuracy": cells["accuracy"],
        "model": cells["model"],
    })
