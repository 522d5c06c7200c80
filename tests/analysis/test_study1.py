# SPDX-License-Identifier: BSD-3-Clause
"""The answer of study 1: its text, tables and figures are what the committed tables say, and the statistics are right."""

import tempfile
import unittest
from pathlib import Path

import answers
import numpy as np
import pandas as pd
import study1
import study1_figures
import study1_tables
import synthetic
from answer_checks import AnswerChecks
from scipy import stats

from espalier import open as open_results


def cells(accuracy: dict[str, list[list[float]]], levels: list[float]) -> pd.DataFrame:
    """Removal curves: accuracy[topology][seed] at `levels`, of which the first is 0 (not perturbed)."""
    rows = [("mnist", topology, 0.99, seed, *(("remove-links", "random", level) if level else ("none", "", np.nan)), value)
            for topology, curves in accuracy.items() for seed, curve in enumerate(curves) for level, value in zip(levels, curve)]
    columns = ["dataset", "topology", "sparsity", "seed", "perturbation", "order", "level", "accuracy"]
    return pd.DataFrame(rows, columns=columns)


class Answer(AnswerChecks, unittest.TestCase):
    answer = study1.ANSWER
    figures = study1_figures.FIGURES
    one_figure = staticmethod(study1_figures.structure)


class Collect(unittest.TestCase):
    def test_cells_that_are_done_are_taken_with_their_topology_and_read_back(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            synthetic.write(folder / "tiny.h5", failed=1)
            digest = folder / "digest"
            digest.write_text("#!/bin/sh\necho abc\n")
            digest.chmod(0o755)
            results = open_results(folder / "tiny.h5")
            results.attributes.update(name="study1-tiny", revision="r", espalier_version="1", plan_hash="p")

            answers.collect(study1.ANSWER, results, ["cells"], str(digest), folder)

            taken, source = study1_tables.read(folder, "tiny", "cells"), answers.sources(folder)
        self.assertEqual(len(taken), 2 * 3 * 4 * 2 - 1)
        self.assertEqual(list(taken["topology"].cat.categories), ["static", "set"])
        row = taken[(taken["seed"] == 1) & (taken["topology"] == "set") & (taken["order"] == "weakest")].iloc[0]
        self.assertEqual((row["perturbation"], row["level"]), ("remove-links", 0.5))
        self.assertEqual(list(source.iloc[0]), ["`study1-tiny.yaml`", "47 of 48", 6, "`r`", "`abc`"])


class Statistics(unittest.TestCase):
    LEVELS = [0.0, 0.5, 1.0]

    def test_an_area_is_taken_per_network_and_compared_seed_by_seed(self) -> None:
        table = cells({"static": [[0.9, 0.5, 0.1], [0.9, 0.3, 0.1]], "set": [[0.9, 0.9, 0.1], [0.9, 0.5, 0.1]]}, self.LEVELS)

        areas = study1_tables.removal(table, "random")
        compared = study1_tables.against_control(areas).set_index("topology")

        # Kept shares at level 0.5: 1/2 and 1/4, 1 and 1/2; trapezoids of width 1/2.
        np.testing.assert_allclose(areas.sort_values(["topology", "seed"])["value"], [0.5, 0.375, 0.75, 0.5], rtol=1e-12)
        self.assertAlmostEqual(compared.loc["set", "difference"], (0.25 + 0.125) / 2, places=12)
        self.assertAlmostEqual(compared.loc["set", "p"], stats.ttest_rel([0.75, 0.5], [0.5, 0.375]).pvalue, places=12)
        self.assertTrue(np.isnan(compared.loc["static", "p"]))

    def test_a_seed_that_one_of_two_lacks_is_left_out_of_their_difference(self) -> None:
        values = pd.DataFrame({"dataset": "mnist", "topology": ["static", "static", "set", "set", "set"], "seed": [0, 1, 0, 1, 2],
                               "value": [0.1, 0.2, 0.2, 0.4, 9.0]})

        compared = study1_tables.against_control(values).set_index("topology")

        self.assertAlmostEqual(compared.loc["set", "difference"], 0.15, places=12)
        self.assertEqual(compared.loc["set", "n"], 3)

    def test_what_is_kept_at_a_level_is_relative_to_chance(self) -> None:
        table = cells({"static": [[0.9, 0.5, 0.1]]}, self.LEVELS)

        kept = study1_tables.kept_at(study1_tables.curves(table, "remove-links", order="random"), 0.5)

        self.assertAlmostEqual(kept["value"].item(), 0.5, places=12)

    def test_topologies_are_called_by_what_varies(self) -> None:
        frame = pd.DataFrame({"topology": ["static", "static", "set", "set"],
                              "topology_links": ["uniform", "fixed-fan-in", "uniform", "uniform"],
                              "topology_rewire_decay": ["", "", "cosine", "constant"],
                              "topology_rewire_until": [np.nan, np.nan, 1, 0.5]})

        self.assertEqual(list(study1_tables.named_topologies(frame)),
                         ["static", "static, fixed-fan-in", "set, cosine, until 1", "set, constant, until 0.5"])

    def test_tables_in_markdown_hide_what_makes_names_unique(self) -> None:
        table = pd.DataFrame({"a": ["x"], "p|one": ["1"], "p|two": ["2"]})

        self.assertEqual(answers.markdown(table), "| a | p | p |\n| --- | --- | --- |\n| x | 1 | 2 |\n")


if __name__ == "__main__":
    unittest.main()
