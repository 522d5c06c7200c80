# SPDX-License-Identifier: BSD-3-Clause
"""The alignment of covariances against cases whose index is known."""

import doctest
import unittest

import numpy as np

import espalier.alignment
from espalier.alignment import alignment, mahalanobis

GENERATOR = np.random.default_rng(20260225)
ROTATION, _ = np.linalg.qr(GENERATOR.normal(size=(6, 6)))
FALLING = np.array([32.0, 16.0, 8.0, 4.0, 2.0, 1.0])


def with_spectrum(spectrum: "np.ndarray[int, np.dtype[np.float64]]") -> "np.ndarray[int, np.dtype[np.float64]]":
    return np.asarray((ROTATION * spectrum) @ ROTATION.T)


class AlignmentTest(unittest.TestCase):
    def test_a_covariance_is_aligned_with_itself_and_with_every_one_of_its_eigenvectors(self) -> None:
        self.assertAlmostEqual(alignment(with_spectrum(FALLING), with_spectrum(FALLING)), 1, places=12)
        self.assertAlmostEqual(alignment(with_spectrum(FALLING**2), with_spectrum(FALLING)), 1, places=12)

    def test_the_opposite_order_is_the_opposite_index(self) -> None:
        self.assertAlmostEqual(alignment(with_spectrum(FALLING), with_spectrum(FALLING[::-1])), -1, places=12)

    def test_random_directions_have_no_relation_on_average(self) -> None:
        second = with_spectrum(FALLING)
        indices = []
        for _ in range(2000):
            turned, _ = np.linalg.qr(GENERATOR.normal(size=(6, 6)))
            indices.append(alignment((turned * FALLING) @ turned.T, second))

        self.assertLess(abs(np.mean(indices)), 4 * np.std(indices) / np.sqrt(2000))

    def test_a_flat_covariance_has_no_directions(self) -> None:
        self.assertEqual(alignment(with_spectrum(FALLING), np.eye(6)), 0)

    def test_lengths_are_those_of_whitened_shifts(self) -> None:
        covariance = with_spectrum(FALLING)
        shifts = GENERATOR.normal(size=(5, 6))

        whitened = shifts @ ROTATION / np.sqrt(FALLING)

        np.testing.assert_allclose(mahalanobis(shifts, covariance), np.linalg.norm(whitened, axis=1), rtol=1e-12)

    def test_the_examples_in_the_documentation_hold(self) -> None:
        self.assertEqual(doctest.testmod(espalier.alignment).failed, 0)


if __name__ == "__main__":
    unittest.main()
