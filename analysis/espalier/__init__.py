"""Reads espalier's results files as tidy tables and draws them.

>>> import espalier
>>> results = espalier.open("results/quickstart.h5")        # doctest: +SKIP
>>> results.cells.groupby("topology").accuracy.mean()       # doctest: +SKIP
"""

from espalier.errors import ResultsError
from espalier.results import Results, open_results as open  # noqa: A004

__all__ = ["Results", "ResultsError", "open"]
