# SPDX-License-Identifier: BSD-3-Clause
"""How the generators of fixtures print numbers."""

import numpy as np


def show(name, A):
    """As read_fixtures() of fixtures.hpp reads it: name, rows, columns, then the rows."""
    A = np.atleast_2d(A)
    print(name, *A.shape)
    for row in A:
        print(*(f"{float(x):.9g}" for x in row))


def exact(A):
    """As the fixtures' reader sees it: floats."""
    return np.float32(A).astype(float)
