# SPDX-License-Identifier: BSD-3-Clause
"""Reads espalier's results files as tidy tables and draws them.

>>> import espalier
>>> results = espalier.open("results/quickstart.h5")        # doctest: +SKIP
>>> results.cells.groupby("topology").accuracy.mean()       # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from espalier.errors import ResultsError

if TYPE_CHECKING:
    from espalier.results import Results, open_results as open  # noqa: A004

__all__ = ["Results", "ResultsError", "open"]


def __getattr__(name: str) -> Any:
    """Loads h5py, numpy and pandas when they are first needed: the command can then say which of them is missing."""
    if name not in __all__:
        raise AttributeError(f"module 'espalier' has no attribute '{name}'")
    from espalier import results

    return results.open_results if name == "open" else results.Results
