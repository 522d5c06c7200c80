# SPDX-License-Identifier: BSD-3-Clause
"""Seeds that were taken one after another until an interval was narrow (`until` in the grid), and intervals that allow for it."""

from __future__ import annotations

import json
import math
from typing import Any, NamedTuple

import pandas as pd

from espalier.errors import ResultsError

FEWEST = 3  # values before the first decision, as the program wants


class Rule(NamedTuple):
    """When the seeds of a group of cells were enough."""

    half_width: float  # of the 95 % interval of the mean, in the unit of what `of` names
    of: str  # a metric, or "difference": of the accuracies of two cells
    at_least: int  # values before the first decision
    against: dict[str, str]  # axis -> its value in the second cell of a difference


def read_rule(text: str, path: object) -> Rule | None:
    """The attribute `until` of a results file; None for a file without it."""
    if not text:
        return None
    try:
        said: dict[str, Any] = json.loads(text)
        rule = Rule(float(said["half_width"]), str(said["of"]), int(said["at_least"]),
                    {key.removeprefix("against."): str(value) for key, value in said.items() if key.startswith("against.")})
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise ResultsError(f"{path}: is damaged: its attribute 'until' is not a rule") from error
    if not (0 < rule.half_width < math.inf and rule.at_least >= FEWEST):
        raise ResultsError(f"{path}: is damaged: its attribute 'until' has half_width {rule.half_width} and at_least "
                           f"{rule.at_least}")
    return rule


def widening(at_least: int | None, n: Any) -> Any:
    """By how much a 95 % t interval of n values is wider where they were taken one after another, at least `at_least` of them,
    until it was narrow: 1 + 1.5 / (at_least sqrt(n)); 1 where their number was fixed (`at_least` None).

    The sample tends to end where its deviation happens to be small [Chow and Robbins 1965], so that the plain interval holds
    the mean too rarely. The factor is fitted by simulation (docs/sequential.md).

    >>> round(widening(5, 16), 3)
    1.075
    """
    return 1.0 if at_least is None else 1 + 1.5 / (at_least * n**0.5)


def balanced(cells: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The cells of those seeds that a group of the columns `by` has completely: groups stop at different seeds, and a mean over
    several of them would else be one of other groups for each seed."""
    counts = cells.groupby([*by, "seed"], observed=True)["seed"].transform("size")
    return cells[counts == counts.groupby([cells[name] for name in by], observed=True).transform("max")]
