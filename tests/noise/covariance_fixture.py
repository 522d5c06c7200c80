#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes covariance_fixture.hpp: activations before and after a change (5 units x 40 images), numpy.cov of the differences, and
what noises of trace 2 make of it."""

from pathlib import Path

import numpy as np
import numpy.typing as npt


def numbers(name: str, values: npt.NDArray[np.generic]) -> str:
    text = ", ".join(repr(float(x)) for x in values.ravel())
    return f"inline const std::initializer_list<double> {name}{{{text}}};\n"


def main() -> None:
    generator = np.random.default_rng(20260225)
    # float32, as activations are; the differences are taken in double precision
    clean = generator.normal(size=(5, 40)).astype(np.float32)
    mixing = generator.normal(size=(5, 5))
    changed = (clean + mixing @ generator.normal(size=(5, 40)) + 0.5).astype(np.float32)
    difference = changed.astype(np.float64) - clean.astype(np.float64)
    text = "// SPDX-License-Identifier: BSD-3-Clause\n// Made by covariance_fixture.py: row by row.\n"
    text += "#pragma once\n\n#include <initializer_list>\n\n"
    text += numbers("fixture_clean", clean) + numbers("fixture_changed", changed)
    covariance = np.cov(difference)
    text += numbers("fixture_covariance", covariance)
    # As the code of arXiv 2606.13801 has it: the ridge before the diagonal is taken, and both before the trace is scaled.
    ridged = covariance + 1e-4 * np.eye(5)
    for name, matrix in [("full", ridged), ("diagonal", np.diag(np.diag(ridged)))]:
        text += numbers(f"fixture_{name}", matrix * (2.0 * 5 / np.trace(matrix)))
    Path(__file__).with_name("covariance_fixture.hpp").write_text(text)


if __name__ == "__main__":
    main()
