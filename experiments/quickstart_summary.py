# SPDX-License-Identifier: BSD-3-Clause
"""Prints in three lines what the quickstart found: python3 quickstart_summary.py FILE.h5.

The package espalier must be importable.
"""

import sys

import espalier


def mean_accuracies(path: str) -> dict[tuple[str, str, float], float]:
    """Mean over seeds per (topology, perturbation, level) at the higher sparsity, without noise; level 0: unperturbed."""
    cells = espalier.open(path).cells
    cells = cells[(cells.status == "done") & (cells.noise == "none") & (cells.sparsity == cells.sparsity.max())]
    grouped = cells.assign(level=cells.level.fillna(0)).groupby(["topology", "perturbation", "level"], observed=True)
    return {key: float(value) for key, value in grouped.accuracy.mean().items()}


def main(path: str) -> None:
    accuracy = mean_accuracies(path)
    for title, kind, level in (("without perturbation", "none", 0.0),
                               ("after the removal of 40 % of the links", "remove-links", 0.4),
                               ("under the attack FGSM with radius 0.03", "fgsm", 0.03)):
        shares = (f"{topology} {100 * accuracy[topology, kind, level]:.1f} %" for topology in ("set", "static")
                  if (topology, kind, level) in accuracy)
        print(f"mean accuracy at 99 % sparsity, {title}: {', '.join(shares)}")


if __name__ == "__main__":
    main(sys.argv[1])
