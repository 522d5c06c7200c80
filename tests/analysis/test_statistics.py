# SPDX-License-Identifier: BSD-3-Clause
"""Intervals, comparisons and corrections against scipy, statsmodels, brute force and simulation."""

import doctest
import itertools
import math
import unittest

import numpy as np
from scipy import integrate, stats
from scipy.optimize import brentq
from statsmodels.stats.weightstats import DescrStatsW, ttost_paired

import espalier.comparisons
import espalier.intervals
import espalier.robustness
from espalier.comparisons import benjamini_hochberg, holm, mcnemar, paired_t, sign_flip, tost
from espalier.intervals import FEWEST_FOR_BOOTSTRAP, bootstrap_interval, t_interval, wilson_interval
from espalier.robustness import at_clean_accuracy, critical_level, robustness_area

FIRST = [0.861, 0.874, 0.869, 0.858, 0.881, 0.866, 0.872, 0.859, 0.877, 0.863]
SECOND = [0.855, 0.871, 0.870, 0.849, 0.869, 0.861, 0.866, 0.861, 0.870, 0.858]


class IntervalsTest(unittest.TestCase):
    def test_the_t_interval_is_that_of_statsmodels(self) -> None:
        low, high = DescrStatsW(FIRST).tconfint_mean(0.1)

        mine = t_interval(FIRST, 0.9)

        # Tolerance: rounding of the same formula.
        np.testing.assert_allclose([mine.low, mine.high], [low, high], rtol=1e-12)

    def test_one_value_has_no_interval_and_none_no_mean(self) -> None:
        self.assertEqual(t_interval([0.5]).estimate, 0.5)
        self.assertTrue(math.isnan(t_interval([0.5]).low))
        self.assertTrue(math.isnan(t_interval([]).estimate))

    def test_values_that_are_not_finite_are_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "1 of 3 values are not finite"):
            t_interval([0.1, math.nan, 0.2])

    def test_the_ends_of_the_wilson_interval_are_where_the_score_test_is_at_its_limit(self) -> None:
        for correct, images in [(1, 10), (3, 10), (9, 10), (9012, 10000)]:
            share, z = correct / images, stats.norm.ppf(0.975)
            beyond = lambda p: abs(share - p) - z * math.sqrt(p * (1 - p) / images)

            mine = wilson_interval(correct, images)

            # Tolerance: of the search for the root.
            self.assertAlmostEqual(mine.low, brentq(beyond, 0, share, xtol=1e-14), delta=1e-12)
            self.assertAlmostEqual(mine.high, brentq(beyond, share, 1, xtol=1e-14), delta=1e-12)
        self.assertEqual((wilson_interval(0, 10).low, wilson_interval(10, 10).high), (0.0, 1.0))

    def test_more_correct_than_images_is_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, r"from 0 to images \(10\), not 11"):
            wilson_interval(11, 10)

    def test_the_bootstrap_interval_of_many_values_is_their_t_interval(self) -> None:
        values = np.random.default_rng(3).normal(0.8, 0.02, 400)

        mine, t = bootstrap_interval(values), t_interval(values)

        # Tolerance: 5 % of the width; the ends of 9999 resamples scatter by about 1.5 % of it.
        np.testing.assert_allclose([mine.low, mine.high], [t.low, t.high], atol=0.05 * (t.high - t.low))

    def test_the_bootstrap_needs_ten_values_and_takes_equal_ones(self) -> None:
        self.assertTrue(math.isnan(bootstrap_interval(FIRST[:9]).low))
        self.assertEqual(bootstrap_interval([0.5] * 12)[:3], (0.5, 0.5, 0.5))

    def test_the_bootstrap_gives_the_same_interval_again(self) -> None:
        self.assertEqual(bootstrap_interval(FIRST, np.median), bootstrap_interval(FIRST, np.median))


class CoverageTest(unittest.TestCase):
    """An interval of 95 % must hold the truth in 93 to 97 % of simulated experiments (2000: standard error 0.5 %)."""

    EXPERIMENTS = 2000

    def share(self, hits: list[bool]) -> None:
        self.assertEqual(len(hits), self.EXPERIMENTS)
        self.assertGreaterEqual(np.mean(hits), 0.93)
        self.assertLessEqual(np.mean(hits), 0.97)

    def accuracies(self, seeds: int) -> np.ndarray:
        """Networks of true accuracy 0.9, sd 0.005 between seeds, each judged on 10 000 images."""
        random = np.random.default_rng(seeds)
        shape = (self.EXPERIMENTS, seeds)
        return random.binomial(10000, random.normal(0.9, 0.005, shape)) / 10000

    def test_t_intervals_of_3_5_and_10_seeds(self) -> None:
        for seeds in (3, 5, 10):
            with self.subTest(seeds=seeds):
                intervals = [t_interval(x) for x in self.accuracies(seeds)]

                self.share([i.low <= 0.9 <= i.high for i in intervals])

    def test_bootstrap_intervals_of_the_fewest_seeds_and_of_20(self) -> None:
        for seeds in (FEWEST_FOR_BOOTSTRAP, 20):
            with self.subTest(seeds=seeds):
                intervals = [bootstrap_interval(x, resamples=999) for x in self.accuracies(seeds)]

                self.share([i.low <= 0.9 <= i.high for i in intervals])

    def test_wilson_intervals_of_one_network(self) -> None:
        for accuracy in (0.1, 0.5, 0.98):
            with self.subTest(accuracy=accuracy):
                correct = np.random.default_rng(5).binomial(1000, accuracy, self.EXPERIMENTS)
                intervals = [wilson_interval(int(k), 1000) for k in correct]

                self.share([i.low <= accuracy <= i.high for i in intervals])

    def test_intervals_of_a_difference_and_false_alarms_of_both_tests(self) -> None:
        first, second = self.accuracies(10), self.accuracies(10)[::-1]
        t = [paired_t(a, b) for a, b in zip(first, second, strict=True)]
        flips = [sign_flip(a, b) for a, b in zip(first, second, strict=True)]

        self.share([c.low <= 0 <= c.high for c in t])
        self.share([c.p > 0.05 for c in t])
        self.share([c.p > 0.05 for c in flips])

    def test_a_difference_of_the_margin_is_called_equivalent_in_at_most_one_of_twenty(self) -> None:
        first = self.accuracies(10)
        second = np.random.default_rng(7).permutation(first) - 0.02

        alarms = [tost(a, b, 0.02).p < 0.05 for a, b in zip(first, second, strict=True)]

        self.share([not alarm for alarm in alarms])


class ComparisonsTest(unittest.TestCase):
    def test_the_paired_t_test_is_the_integral_of_students_density(self) -> None:
        d = np.subtract(FIRST, SECOND)
        n = len(d)
        t = abs(d.mean()) / math.sqrt(((d - d.mean()) ** 2).sum() / (n - 1) / n)
        constant = math.gamma(n / 2) / (math.sqrt((n - 1) * math.pi) * math.gamma((n - 1) / 2))
        inner, _ = integrate.quad(lambda x: constant * (1 + x * x / (n - 1)) ** (-n / 2), -t, t, epsabs=1e-13)

        mine = paired_t(FIRST, SECOND)

        # Tolerance: of the quadrature.
        self.assertAlmostEqual(mine.p, 1 - inner, delta=1e-11)
        self.assertAlmostEqual(mine.difference, np.mean(FIRST) - np.mean(SECOND), delta=1e-15)

    def test_equal_differences_are_certain_and_no_differences_are_none(self) -> None:
        self.assertEqual(paired_t([1.0, 2.0], [0.5, 1.5]).p, 0.0)
        self.assertEqual(paired_t([1.0, 2.0], [1.0, 2.0]).p, 1.0)
        self.assertEqual(sign_flip([1.0, 2.0], [1.0, 2.0]).p, 1.0)

    def test_sign_flips_are_all_2_to_the_n(self) -> None:
        for n in (1, 2, 5, 10):
            d = np.subtract(FIRST[:n], SECOND[:n])
            sums = [abs(np.dot(signs, d)) for signs in itertools.product([1, -1], repeat=n)]
            # 1e-12: sums that differ by rounding alone are equal.
            share = np.mean(np.array(sums) >= abs(d.sum()) - 1e-12)

            self.assertEqual(sign_flip(FIRST[:n], SECOND[:n]).p, share)

    def test_sign_flips_are_those_of_scipy(self) -> None:
        theirs = stats.permutation_test((np.subtract(FIRST, SECOND),), np.mean, permutation_type="samples", n_resamples=np.inf)

        self.assertAlmostEqual(sign_flip(FIRST, SECOND).p, theirs.pvalue, delta=1e-12)

    def test_sign_flips_refuse_more_pairs_than_can_be_counted(self) -> None:
        with self.assertRaisesRegex(ValueError, "at most 40 pairs, not 41"):
            sign_flip(np.arange(41), np.zeros(41))

    def test_mcnemar_counts_the_throws_of_a_fair_coin_that_are_as_far_apart(self) -> None:
        random = np.random.default_rng(11)
        first, second = random.random(500) < 0.8, random.random(500) < 0.75
        only_first, only_second = int((first & ~second).sum()), int((~first & second).sum())
        apart, fewer = only_first + only_second, min(only_first, only_second)
        p = min(1.0, 2 * sum(math.comb(apart, k) for k in range(fewer + 1)) / 2**apart)

        mine = mcnemar(first, second)

        self.assertEqual((mine.only_first, mine.only_second), (only_first, only_second))
        self.assertAlmostEqual(mine.p, p, delta=1e-12)
        self.assertEqual(mcnemar(first, first).p, 1.0)

    def test_tost_is_that_of_statsmodels(self) -> None:
        for margin in (0.001, 0.005, 0.02):
            theirs = ttost_paired(np.array(FIRST), np.array(SECOND), -margin, margin)[0]

            mine = tost(FIRST, SECOND, margin)

            self.assertAlmostEqual(mine.p, theirs, delta=1e-12)
            self.assertEqual(mine.p < 0.05, -margin < mine.low and mine.high < margin)

    def test_a_margin_must_be_above_zero(self) -> None:
        with self.assertRaisesRegex(ValueError, "above 0, not 0"):
            tost(FIRST, SECOND, 0)

    def test_pairs_must_be_as_many(self) -> None:
        with self.assertRaisesRegex(ValueError, "not 10 and 9"):
            paired_t(FIRST, SECOND[:9])

    def test_corrections_are_those_of_their_definitions_and_keep_places_and_nan(self) -> None:
        p = np.random.default_rng(13).random(40) ** 3
        p[5] = p[6]
        n, rank = len(p), np.argsort(np.argsort(p, kind="stable"), kind="stable")
        by_holm = [min(1, max((n - rank[j]) * p[j] for j in range(n) if rank[j] <= rank[i])) for i in range(n)]
        by_bh = [min(1, min(n / (rank[j] + 1) * p[j] for j in range(n) if rank[j] >= rank[i])) for i in range(n)]
        for mine, theirs in ((holm, by_holm), (benjamini_hochberg, by_bh)):
            # Tolerance: rounding.
            np.testing.assert_allclose(mine(p), theirs, rtol=1e-12)
            with_gap = np.insert(p, 3, np.nan).reshape(1, 41)
            np.testing.assert_array_equal(mine(with_gap)[0], np.insert(mine(p), 3, np.nan))
        self.assertTrue(np.isnan(holm([np.nan, np.nan])).all())


class RobustnessTest(unittest.TestCase):
    def test_the_area_is_the_integral_of_the_share_kept(self) -> None:
        # Shares 1, 3/4, 1/2, 0 at levels 0, 0.2, 0.6, 1: trapezoids 0.175 + 0.25 + 0.1.
        area = robustness_area([0, 0.2, 0.6, 1], [0.9, 0.7, 0.5, 0.1], chance=0.1)

        self.assertAlmostEqual(area, 0.525, delta=1e-15)

    def test_levels_may_come_in_any_order_and_end_anywhere(self) -> None:
        # Shares 1, 1/2 at levels 0, 60: on average 3/4.
        self.assertAlmostEqual(robustness_area([60, 0], [0.5, 0.9], chance=0.1), 0.75, delta=1e-15)

    def test_the_critical_level_is_the_first_crossing(self) -> None:
        # Shares 1, 1/4, 3/4, 0: half is passed at a third before level 0.3 (from 1 to 1/4: 2/3 of the way).
        level = critical_level([0, 0.3, 0.6, 0.9], [0.9, 0.3, 0.7, 0.1], chance=0.1)

        self.assertAlmostEqual(level, 0.2, delta=1e-15)

    def test_noises_are_compared_where_they_leave_the_same_clean_accuracy(self) -> None:
        clean, attacked = [0.7, 0.9, 0.8], [0.5, 0.1, 0.2]

        self.assertAlmostEqual(at_clean_accuracy(clean, attacked, 0.85), 0.15, places=12)
        self.assertAlmostEqual(at_clean_accuracy(clean, attacked, 0.725), 0.425, places=12)
        self.assertAlmostEqual(at_clean_accuracy(clean, attacked, 0.8), 0.2, places=12)
        self.assertTrue(math.isnan(at_clean_accuracy(clean, attacked, 0.95)))
        self.assertTrue(math.isnan(at_clean_accuracy(clean, attacked, 0.65)))
        with self.assertRaises(ValueError):
            at_clean_accuracy([0.8, 0.8], [0.1, 0.2], 0.8)

    def test_a_curve_that_stays_above_has_no_critical_level(self) -> None:
        self.assertTrue(math.isnan(critical_level([0, 1], [0.9, 0.6], chance=0.1)))

    def test_a_network_no_better_than_chance_has_neither(self) -> None:
        self.assertTrue(math.isnan(robustness_area([0, 1], [0.1, 0.1], chance=0.1)))
        self.assertTrue(math.isnan(critical_level([0, 1], [0.1, 0.1], chance=0.1)))

    def test_a_curve_needs_level_zero_and_each_level_once(self) -> None:
        with self.assertRaisesRegex(ValueError, "level 0"):
            robustness_area([0.1, 0.2], [0.9, 0.8], chance=0.1)
        with self.assertRaisesRegex(ValueError, "each level once"):
            robustness_area([0, 0.2, 0.2], [0.9, 0.8, 0.7], chance=0.1)


def load_tests(loader: unittest.TestLoader, tests: unittest.TestSuite, pattern: str) -> unittest.TestSuite:
    for module in (espalier.intervals, espalier.comparisons, espalier.robustness):
        tests.addTests(doctest.DocTestSuite(module))
    return tests
