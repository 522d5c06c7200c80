# SPDX-License-Identifier: BSD-3-Clause
"""Bands of whole curves, intervals over seeds and images, and differences on the same images: closed forms and simulation."""

import math
import unittest

import numpy as np
from scipy import special, stats
from statsmodels.stats.proportion import confint_proportions_2indep

from espalier.comparisons import newcombe
from espalier.intervals import seeds_and_images_interval, simultaneous_band, t_interval

EXPERIMENTS = 1000


class Coverage(unittest.TestCase):
    def share(self, hits: list[bool]) -> None:
        """95 % intervals hold the truth in 93 to 97 %; 1000 experiments have a standard error of 0.7 % themselves."""
        self.assertEqual(len(hits), EXPERIMENTS)
        self.assertGreaterEqual(np.mean(hits), 0.93)
        self.assertLessEqual(np.mean(hits), 0.97)


class BandTest(Coverage):
    def test_the_band_of_one_point_is_its_t_interval(self) -> None:
        values = [0.86, 0.88, 0.87, 0.84, 0.9]

        mean, low, high = simultaneous_band(np.transpose([values]), resamples=50000)

        t = t_interval(values)
        # Tolerance: 3 % of the width; the 95 % quantile of 50 000 draws scatters by 1 % of it.
        np.testing.assert_allclose([mean[0], low[0], high[0]], t[:3], atol=0.03 * (t.high - t.low))

    def test_points_that_move_together_need_no_wider_band_and_independent_ones_do(self) -> None:
        random = np.random.default_rng(3)
        one = random.normal(size=(8, 1))
        together, apart = np.tile(one, 6), random.normal(size=(8, 6))

        def quantile(x: np.ndarray) -> float:
            mean, _, high = simultaneous_band(x)
            return float(((high - mean) / x.std(axis=0, ddof=1) * math.sqrt(8)).max())

        # Tolerance: 4 %, the scatter of the quantile of 9999 draws.
        self.assertAlmostEqual(quantile(together) / stats.t.ppf(0.975, 7), 1, delta=0.04)
        self.assertGreater(quantile(apart), 1.25 * stats.t.ppf(0.975, 7))

    def test_the_whole_curve_is_held_in_95_percent(self) -> None:
        random = np.random.default_rng(5)
        rule = np.linalg.cholesky(0.9 ** np.abs(np.subtract.outer(np.arange(6), np.arange(6))))
        for seeds in (5, 10):
            with self.subTest(seeds=seeds):
                bands = [simultaneous_band(random.normal(size=(seeds, 6)) @ rule.T, resamples=399) for _ in range(EXPERIMENTS)]

                self.share([bool(((low <= 0) & (high >= 0)).all()) for _, low, high in bands])

    def test_one_seed_has_no_band_and_equal_points_no_width(self) -> None:
        self.assertTrue(np.isnan(simultaneous_band([[0.5, 0.6]])[1]).all())
        mean, low, high = simultaneous_band([[0.5, 0.1], [0.6, 0.1], [0.7, 0.1]])
        self.assertEqual((low[1], high[1]), (mean[1], mean[1]))
        self.assertLess(low[0], 0.5)


class SeedsAndImagesTest(Coverage):
    def test_without_differences_between_images_it_is_the_t_interval_over_seeds(self) -> None:
        seeds = np.array([0.2, 0.5, 0.4, 0.6])

        mine = seeds_and_images_interval(np.tile(seeds[:, None], 1000))

        np.testing.assert_allclose(mine, t_interval(seeds), rtol=1e-9)

    def test_accuracy_over_new_seeds_and_new_images_is_held_in_95_percent(self) -> None:
        random = np.random.default_rng(7)
        for seed_sd, image_sd in ((0.1, 2.0), (0.5, 0.5)):
            truth = float(stats.norm.expect(lambda z: special.expit(1.5 + z), scale=math.hypot(seed_sd, image_sd)))
            with self.subTest(seed_sd=seed_sd, image_sd=image_sd):
                hits = []
                for _ in range(EXPERIMENTS):
                    logit = 1.5 + random.normal(0, seed_sd, (10, 1)) + random.normal(0, image_sd, 300)
                    interval = seeds_and_images_interval(random.random((10, 300)) < special.expit(logit))
                    hits.append(interval.low <= truth <= interval.high)

                self.share(hits)

    def test_it_is_never_narrower_than_images_or_seeds_alone_would_make_it(self) -> None:
        outcomes = np.eye(6, dtype=bool)  # every seed and every image is right once: less than chance would spread them

        mine = seeds_and_images_interval(outcomes)

        self.assertAlmostEqual(mine.estimate, 1 / 6, delta=1e-12)
        self.assertEqual(mine.low, mine.high)
        self.assertTrue(math.isnan(seeds_and_images_interval([[1, 0, 1]]).low))


class NewcombeTest(Coverage):
    def test_where_outcomes_are_unrelated_it_is_the_interval_of_independent_shares(self) -> None:
        # both 24, only first 36, only second 16, neither 24: 24 * 24 = 36 * 16, so phi is 0
        first = np.repeat([1, 1, 0, 0], [24, 36, 16, 24])
        second = np.repeat([1, 0, 1, 0], [24, 36, 16, 24])

        mine = newcombe(first, second)

        theirs = confint_proportions_2indep(60, 100, 40, 100, method="newcomb", compare="diff")
        # Tolerance: rounding of the same formula.
        np.testing.assert_allclose([mine.low, mine.high], theirs, rtol=1e-9)
        self.assertAlmostEqual(mine.difference, 0.2, delta=1e-12)

    def test_networks_that_are_right_together_differ_more_surely(self) -> None:
        first = np.repeat([1, 1, 0, 0], [80, 6, 2, 12])
        second = np.repeat([1, 0, 1, 0], [80, 6, 2, 12])
        alone = confint_proportions_2indep(86, 100, 82, 100, method="newcomb", compare="diff")

        mine = newcombe(first, second)

        # Half widths add up as the sides of a triangle; sqrt(1 - phi) = 0.57 of the independent ones for equal sides.
        self.assertAlmostEqual((mine.high - mine.low) / (alone[1] - alone[0]), 0.57, delta=0.05)
        self.assertEqual([-x for x in newcombe(second, first)[1:3]][::-1], list(mine[1:3]))

    def test_it_holds_the_difference_of_related_networks_in_95_percent(self) -> None:
        random = np.random.default_rng(11)
        shares = [0.75, 0.08, 0.05, 0.12]  # both, only first, only second, neither
        hits = []
        for _ in range(EXPERIMENTS):
            counts = random.multinomial(300, shares)
            mine = newcombe(np.repeat([1, 1, 0, 0], counts), np.repeat([1, 0, 1, 0], counts))
            hits.append(mine.low <= 0.03 <= mine.high)

        self.share(hits)

    def test_perfect_networks_still_have_an_interval(self) -> None:
        mine = newcombe(np.ones(100), np.ones(100))

        self.assertEqual(mine.difference, 0)
        self.assertLess(mine.low, -0.03)
        self.assertGreater(mine.high, 0.03)


if __name__ == "__main__":
    unittest.main()
