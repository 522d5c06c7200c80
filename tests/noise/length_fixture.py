#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes length_fixture.hpp: a covariance (5 x 5), shifts (5 x 4) and their lengths sqrt(d' S^-1 d) by numpy.linalg; and the same
for a covariance of rank 2 by its pseudo-inverse, with shifts in its span."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

UNITS, SHIFTS, RANK = 5, 4, 2


def numbers(name: str, values: npt.NDArray[np.generic]) -> str:
    text = ", ".join(repr(float(x)) for x in values.ravel())
    return f"inline const std::initializer_list<double> {name}{{{text}}};\n"


def main() -> None:
    generator = np.random.default_rng(20260225)
    half = generator.normal(size=(UNITS, UNITS))
    covariance = half @ half.T + 0.1 * np.eye(UNITS)
    shifts = generator.normal(size=(UNITS, SHIFTS)).astype(np.float32)  # as activations are
    d = shifts.astype(np.float64)
    lengths = np.sqrt(np.sum(d * np.linalg.solve(covariance, d), axis=0))
    diagonal = np.sqrt(np.sum(d * d / np.diag(covariance)[:, None], axis=0))

    few = generator.normal(size=(UNITS, RANK))
    singular = few @ few.T
    inside = (few @ generator.normal(size=(RANK, SHIFTS))).astype(np.float32)
    e = inside.astype(np.float64)
    lengths_inside = np.sqrt(np.sum(e * (np.linalg.pinv(singular, rcond=1e-10) @ e), axis=0))

    text = "// Made by length_fixture.py: row by row.\n#pragma once\n\n#include <initializer_list>\n\n"
    text += numbers("length_covariance", covariance) + numbers("length_shifts", shifts)
    text += numbers("length_of_shifts", lengths) + numbers("length_of_shifts_diagonal", diagonal)
    text += numbers("length_singular", singular) + numbers("length_inside", inside)
    text += numbers("length_of_inside", lengths_inside)
    Path(__file__).with_name("length_fixture.hpp").write_text(text)


if __name__ == "__main__":
    main()
