#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Intervals over seeds that were taken one after another, and what a report says of them."""

import doctest
import json
import math
import tempfile
import unittest
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import synthetic
from scipy import stats

import espalier
import espalier.sequential
from espalier.comparisons import paired_t
from espalier.intervals import over_seeds, t_interval
from espalier.report import words
from espalier.sequential import Rule, balanced, read_rule
from espalier.study import Study

VALUES = [0.861, 0.874, 0.869, 0.858, 0.881, 0.866]
RULE: dict[str, Any] = {"half_width": 0.005, "of": "accuracy", "at_least": 5}


class Sequential(unittest.TestCase):
    def test_the_interval_is_student_s_times_the_factor(self) -> None:
        t, mine = t_interval(VALUES), t_interval(VALUES, at_least=5)

        factor = 1 + 1.5 / (5 * math.sqrt(6))
        self.assertAlmostEqual((mine.high - mine.low) / (t.high - t.low), factor, delta=1e-12)  # rounding
        # The number that tests/core/precision.cpp checks: the program decides by the same interval.
        self.assertAlmostEqual(mine.high - mine.estimate, 0.0099791528690507, delta=1e-12)

    def test_over_seeds_gives_the_same_interval(self) -> None:
        cells = pd.DataFrame({"line": "a", "seed": range(6), "accuracy": VALUES})

        row = over_seeds(cells, ["line"], at_least=5).iloc[0]

        np.testing.assert_allclose(row[["low", "high"]].astype(float), t_interval(VALUES, at_least=5)[1:3], rtol=1e-12)

    def test_p_is_below_5_percent_where_the_interval_excludes_zero(self) -> None:
        rng = np.random.default_rng(1)
        for shift in np.linspace(0, 0.03, 30):
            d = paired_t(rng.normal(shift, 0.02, 8), np.zeros(8), at_least=4)
            self.assertEqual(d.p < 0.05, not d.low <= 0 <= d.high)
        self.assertEqual(paired_t([1.0, 1.0], [0.0, 0.0], at_least=3).p, 0.0)

    def test_balanced_keeps_the_seeds_that_all_cells_of_a_group_have(self) -> None:
        cells = pd.DataFrame({"line": list("aaaaabb"), "level": [1, 1, 2, 2, 1, 1, 1], "seed": [0, 1, 0, 1, 2, 0, 1]})

        kept = balanced(cells, ["line"])

        self.assertEqual(kept.index.tolist(), [0, 1, 2, 3, 5, 6])

    def test_the_rule_of_a_file_is_read_and_nonsense_is_refused(self) -> None:
        self.assertIsNone(read_rule("", "f"))
        self.assertEqual(read_rule(json.dumps(RULE | {"of": "difference", "against.topology": "static"}), "f"),
                         Rule(0.005, "difference", 5, {"topology": "static"}))
        wrong: list[dict[str, Any]] = [{"half_width": 0}, {"half_width": "x"}, {"at_least": 1}, {"at_least": 1e999}]
        for text in ("{", "[]", "3", '{"half_width": 1}', *(json.dumps(RULE | change) for change in wrong)):
            with self.subTest(text=text), self.assertRaisesRegex(espalier.ResultsError, "'until'"):
                read_rule(text, "f")

    def test_doctests(self) -> None:
        self.assertEqual(doctest.testmod(espalier.sequential).failed, 0)


class Report(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name) / "tiny.h5"
        synthetic.write(self.file)
        with h5py.File(self.file, "r+") as file:
            file.attrs["until"] = json.dumps(RULE | {"at_least": 3})
            file["results"][-1, "status"] = 4

    def test_rows_that_are_not_needed_are_neither_done_nor_missing(self) -> None:
        study = Study(espalier.open(self.file))

        self.assertEqual(study.results.cells["status"].iloc[-1], "not needed")
        self.assertEqual(len(study.done), len(study.results.cells) - 1)
        self.assertFalse([line for line in words.warnings(study) if "not finished" in line])

    def test_the_report_says_that_seeds_were_taken_sequentially_and_widens_its_intervals(self) -> None:
        study = Study(espalier.open(self.file))

        said = [line for line in words.warnings(study) if "sequentially" in line]
        table = study.over_seeds(study.clean, ["line", "noise"])

        self.assertEqual(len(said), 1)
        self.assertIn("±0.005", said[0])
        plain = over_seeds(study.clean, ["line", "noise"])
        ratio = (table["high"] - table["low"]) / (plain["high"] - plain["low"])
        np.testing.assert_allclose(ratio, 1 + 1.5 / (3 * math.sqrt(3)), rtol=1e-9)

    def test_curves_of_areas_have_all_their_levels(self) -> None:
        # The last seed of one network lacks the level that another group did not need.
        areas = Study(espalier.open(self.file)).areas

        self.assertTrue((areas["highest"] == areas.groupby("panel")["highest"].transform("max")).all())


class Coverage(unittest.TestCase):
    """Paired differences of two groups that end at their own seeds: the shared seeds, as a report compares them."""

    def test_differences_over_the_seeds_that_both_groups_have_are_covered_too(self) -> None:
        rng, least, most, studies = np.random.default_rng(5), 5, 30, 1000
        held = 0
        n = np.arange(2, most + 1)
        quantile = (1 + 1.5 / (least * np.sqrt(n))) * stats.t.ppf(0.975, n - 1) / np.sqrt(n)
        for _ in range(studies):
            pairs = rng.normal(0, (1.6, 2.4), (most, 2))
            deviations = np.array([pairs[:k].std(axis=0, ddof=1) for k in n])
            narrow = (deviations * quantile[:, None] <= 1) & (n[:, None] >= least)
            ends = np.where(narrow.any(axis=0), n[narrow.argmax(axis=0)], most)
            shared = pairs[: ends.min()]
            d = paired_t(shared[:, 0], shared[:, 1], at_least=least)
            held += d.low <= 0 <= d.high
        # Standard error of the share: 0.7 %.
        self.assertGreater(held / studies, 0.93)
        self.assertLess(held / studies, 0.98)


if __name__ == "__main__":
    unittest.main()
