# SPDX-License-Identifier: BSD-3-Clause
"""The answer of study 2: its text, tables and figures are what the committed tables say, and the statistics are right."""

import tempfile
import unittest
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import study2
import study2_figures
from answer_checks import AnswerChecks
from answers import write
from scipy import stats
from study2_tables import read


def cell(correct: int, seed: int, noise: str = "none", **others: Any) -> dict[str, Any]:
    """One row of a compact table: 100 images, a static network at 99 %, PGD unless said otherwise."""
    return {"dataset": "fashion-mnist", "topology": "static", "sparsity": 0.99, "seed": seed, "perturbation": "pgd", "level": 0.1,
            "severity": np.nan, "eot": 10, "noise": noise, "noise_source": "" if noise in ("none", "isotropic") else "pgd",
            "noise_trace": np.nan if noise == "none" else 2, "noise_layer": 2, "noise_retrain_tail": 1,
            "correct": correct, "judged": 100, "clean_accuracy": 0.8, **others}


class Answer(AnswerChecks, unittest.TestCase):
    answer = study2.ANSWER
    figures = study2_figures.FIGURES
    one_figure = staticmethod(study2_figures.adaptive)


class Statistics(unittest.TestCase):
    def table(self, name: str, of: Any, cells: list[dict[str, Any]]) -> pd.DataFrame:
        with tempfile.TemporaryDirectory() as folder:
            write(pd.DataFrame(cells), Path(folder) / f"study2-{name}-cells.csv.gz")
            result: pd.DataFrame = of(Path(folder))
        return result

    def test_what_is_read_back_has_accuracy_condition_and_network(self) -> None:
        blur = cell(30, 0, perturbation="motion-blur", level=np.nan, severity=5, eot=np.nan)

        frame = self.table("sparse", lambda folder: read(folder, "sparse"), [cell(20, 0), blur])

        self.assertEqual(list(frame["condition"]), ["pgd 0.1", "motion-blur 5"])
        self.assertEqual(list(frame["accuracy"]), [0.2, 0.3])
        self.assertEqual(list(frame["network"]), ["static 99 %"] * 2)

    def test_a_structure_is_compared_with_none_seed_by_seed_whatever_the_draws_of_the_attack(self) -> None:
        cells = [cell(c, seed, eot=eot) for eot in (1, 10) for seed, c in enumerate((10, 12, 11))]
        cells += [cell(c, seed, "full") for seed, c in enumerate((20, 25, 22))]
        cells += [cell(90, seed, "full", eot=1) for seed in range(3)]

        row = self.table("structures", study2.structures, cells).set_index("noise").loc["full"]

        self.assertEqual(row["accuracy"].split()[0], "22.3")
        self.assertEqual(row["against none"].split()[0], "+11.3")
        self.assertEqual(row["p (Holm)"], f"{stats.ttest_rel([0.2, 0.25, 0.22], [0.1, 0.12, 0.11]).pvalue:.3f}")

    def test_the_full_covariance_is_compared_with_its_controls_in_the_right_direction(self) -> None:
        correct = {"full": (25, 23, 26), "rotated": (20, 23, 21)}
        cells = [cell(c, seed, noise) for noise, of in correct.items() for seed, c in enumerate(of)]

        row = self.table("structures", study2.controls, cells).iloc[0]

        self.assertEqual((row["full against"], row["difference"].split()[0]), ("rotated", "+3.3"))

    def test_what_the_strictest_attack_leaves_of_the_gain(self) -> None:
        attacks = {"one draw": {"eot": 1, "steps": 20, "perturbation_loss": "ce"},
                   "ten draws": {"eot": 10, "steps": 20, "perturbation_loss": "ce"},
                   "margin": {"eot": 20, "steps": 60, "perturbation_loss": "margin"},
                   "cascade": {"perturbation": "cascade", "eot": np.nan, "steps": 30, "perturbation_loss": ""}}
        full = {"one draw": (30, 32, 34), "ten draws": (25, 26, 27), "margin": (22, 22, 22), "cascade": (20, 21, 22)}
        cells = [cell(10, seed, **extra) for extra in attacks.values() for seed in range(3)]
        cells += [cell(c, seed, "full", **attacks[name]) for name, of in full.items() for seed, c in enumerate(of)]
        cells += [cell(50, seed, "full", eot=40, steps=60, perturbation_loss="margin") for seed in range(3)]  # not in the table

        row = self.table("adaptive", study2.adaptive, cells).set_index("noise").loc["full"]

        self.assertEqual(list(row[list(attacks)]), ["32.0", "26.0", "22.0", "21.0"])
        self.assertEqual((row["lost"].split()[0], row["left"]), ("+11.0", "50 %"))
        self.assertEqual(row["p (Holm)"], f"{stats.ttest_rel([0.30, 0.32, 0.34], [0.20, 0.21, 0.22]).pvalue:.3f}")

    def test_noises_of_equal_cost_are_compared_and_not_of_equal_trace(self) -> None:
        cells = [cell(attacked, seed, noise, noise_trace=trace, clean_accuracy=clean) for seed in range(2)
                 for noise, of in {"isotropic": ((0.9, 10), (0.7, 30 + 2 * seed)), "full": ((0.84, 30), (0.76, 40))}.items()
                 for trace, (clean, attacked) in enumerate(of, 1)]

        row = self.table("trace", study2.equal_cost, cells).set_index("noise").loc["full"]

        self.assertEqual((row["accuracy"].split()[0], row["against isotropic"].split()[0]), ("35.0", "+14.5"))

    def test_gains_of_adaptive_and_fixed_links_are_compared_seed_by_seed(self) -> None:
        gains = {"static": (10, 12, 11), "set": (20, 21, 25)}
        cells = [cell(30 + seed + (gain if noise != "none" else 0), seed, noise, topology=topology)
                 for topology, of in gains.items() for seed, gain in enumerate(of) for noise in ("none", "isotropic", "full")]

        row = self.table("sparse", study2.adaptivity, cells).set_index("noise").loc["full"]

        self.assertEqual((row["gain, static"], row["gain, set"], row["difference"].split()[0]), ("+11.0", "+22.0", "+11.0"))
        p = stats.ttest_rel([0.20, 0.21, 0.25], [0.10, 0.12, 0.11]).pvalue
        self.assertEqual(row["p (Holm)"], f"{2 * p:.3f}")  # two noises, equal p


if __name__ == "__main__":
    unittest.main()
