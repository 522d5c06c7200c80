#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes certificate_fixture.hpp: lower bounds of a probability from votes by scipy.stats.beta.ppf, and Phi^-1 of them
by norm.ppf."""

from pathlib import Path

from scipy.stats import beta, norm

VOTES = [(0, 10), (1, 10), (5, 10), (9, 10), (10, 10), (60, 100), (99, 100), (100, 100), (501, 1000), (560, 1000), (987, 1000),
         (1000, 1000), (99990, 100000), (100000, 100000)]
CONFIDENCES = [0.95, 0.999]


def main() -> None:
    rows = []
    for k, n in VOTES:
        for confidence in CONFIDENCES:
            bound = float(beta.ppf(1 - confidence, k, n - k + 1)) if k else 0.0
            radius = max(float(norm.ppf(bound)), 0.0)
            rows.append(f"    {{{k}, {n}, {confidence!r}, {bound!r}, {radius!r}}}")
    text = "// Made by certificate_fixture.py.\n#pragma once\n\n#include <vector>\n\n"
    text += "struct KnownBound {\n  unsigned successes, trials;\n  double confidence, bound, radius;\n};\n\n"
    text += "inline const std::vector<KnownBound> known_bounds{\n" + ",\n".join(rows) + "};\n"
    Path(__file__).with_name("certificate_fixture.hpp").write_text(text)


if __name__ == "__main__":
    main()
