# SPDX-License-Identifier: BSD-3-Clause
"""What a kind of perturbation changes, as the results file says it."""

from __future__ import annotations

import pandas as pd

# Kinds that do less at a higher level (bits that are left), so that no level is the network as it is.
WEAKER_WITH_LEVEL = {"quantise"}

LABELS = {"damage": "damage", "attack": "attacks", "input": "changed images"}
UNKNOWN = "perturbations"  # files of older versions do not say it


def families(cells: pd.DataFrame, column: str = "perturbation_family") -> pd.Series:
    """The family of each cell's perturbation, or of the source of its noise (`column`)."""
    if column not in cells:
        return pd.Series(UNKNOWN, index=cells.index)
    return cells[column].astype(str).map(lambda name: LABELS.get(name, UNKNOWN))
