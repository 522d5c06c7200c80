#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Seeds that run one after another until an interval is narrow. `--kills N` for a long soak."""

import argparse
import json
import sys
import time
import unittest
from pathlib import Path
from typing import Any

import espalier_runs as runs
import numpy as np
from scipy import stats
from test_kills import Soak

KILLS, SEED = 4, 20260225
NOT_NEEDED = 4  # status of a row that is left out
MOST, LEAST = 12, 4  # seeds
HALF = 0.042  # with it the groups of the grid end at different seeds


def until_grid(half_width: float = HALF, **axes: Any) -> dict[str, Any]:
    """Up to 12 networks of each of two topologies, two cells each."""
    rule = {"half_width": half_width, "of": "accuracy", "at_least": LEAST}
    made = runs.small_grid(seed={"from": 0, "to": MOST - 1, "until": rule}, topology=["set", "static"], noise=["none"],
                           perturbation=[{"kind": "none"}, {"kind": "remove-links", "level": 0.6}])
    made["grid"].update(axes)
    made["train"] = {"hidden": [60, 60], "epochs": 2}
    return made


def taken(file: Path, status: int = runs.DONE) -> dict[tuple[str, str], dict[int, float]]:
    """(topology, perturbation) -> seed -> accuracy of the cells with this status."""
    groups: dict[tuple[str, str], dict[int, float]] = {}
    for cell, result in zip(runs.rows(file, "cells"), runs.rows(file, "results"), strict=True):
        group = groups.setdefault((cell["topology"].decode(), cell["perturbation"].decode()), {})
        if result["status"] == status:
            group[int(cell["seed"])] = float(result["accuracy"])
    return groups


def half_width(values: list[float]) -> float:
    n = len(values)
    return float((1 + 1.5 / (LEAST * n**0.5)) * stats.t.ppf(0.975, n - 1) * stats.sem(values))


class Until(runs.SystemTest):
    def test_the_same_seeds_run_on_any_number_of_ranks_and_the_digest_is_the_same(self) -> None:
        grid = self.write(until_grid())
        digests, seeds = set(), []

        for ranks, writer in ((None, "ranks"), (1, "ranks"), (2, "ranks"), (3, "coordinator")):
            file = self.folder / f"{ranks}.h5"
            self.assert_run(grid, file, ranks, "--writer", writer)
            digests.add(runs.digest(file))
            seeds.append({group: sorted(values) for group, values in taken(file).items()})
            self.assertEqual(set(runs.rows(file, "results")["status"]), {runs.DONE, NOT_NEEDED})

        self.assertEqual(len(digests), 1)
        self.assertEqual(seeds, seeds[:1] * 4)

    def test_a_group_ends_with_the_first_seed_that_makes_its_interval_narrow(self) -> None:
        file = self.folder / "out.h5"
        self.assert_run(self.write(until_grid()), file)

        groups = taken(file)

        lengths = set()
        for group, values in groups.items():
            with self.subTest(group=group):
                n = len(values)
                lengths.add(n)
                self.assertEqual(sorted(values), list(range(n)))
                in_order = [values[seed] for seed in range(n)]
                self.assertTrue(n == MOST or half_width(in_order) <= HALF)
                for before in range(LEAST, n):
                    self.assertGreater(half_width(in_order[:before]), HALF)
        self.assertGreater(len(lengths), 1, groups)  # the test is about groups that differ

    def test_only_networks_that_a_cell_needs_are_trained(self) -> None:
        file = self.folder / "out.h5"
        self.assert_run(self.write(until_grid()), file)

        cells, results, models = (runs.rows(file, name) for name in ("cells", "results", "models"))

        used = {int(model) for model in cells["model"][results["status"] == runs.DONE]}
        self.assertLess(len(used), len(models))
        for row, model in enumerate(models):
            self.assertEqual(model["status"], runs.DONE if row in used else NOT_NEEDED)
            self.assertEqual(model["attempt"], 1 if row in used else 0)

    def test_differences_run_until_their_interval_is_narrow(self) -> None:
        asked = 0.05
        grid = until_grid(asked)
        grid["grid"]["seed"]["until"].update({"of": "difference", "against": {"topology": "static"}})
        digests = set()
        for ranks in (1, 3):
            file = self.folder / f"{ranks}.h5"
            self.assert_run(self.write(grid), file, ranks)
            digests.add(runs.digest(file))

        groups = taken(file)

        self.assertEqual(len(digests), 1)
        for kind in ("none", "remove-links"):
            own, other = groups["set", kind], groups["static", kind]
            self.assertEqual(sorted(own), sorted(other))
            pairs = [own[seed] - other[seed] for seed in sorted(own)]
            self.assertTrue(len(pairs) == MOST or half_width(pairs) <= asked)
            for before in range(LEAST, len(pairs)):
                self.assertGreater(half_width(pairs[:before]), asked)

    def test_a_run_that_is_killed_again_and_again_ends_with_the_same_rows(self) -> None:
        made = until_grid()
        made["train"]["epochs"] = 6
        grid, reference = self.write(made), self.folder / "reference.h5"
        began = time.monotonic()
        self.assert_run(grid, reference, 2)
        seconds = time.monotonic() - began

        count = Soak(self.folder, grid, runs.digest(reference), seconds, SEED).until(KILLS)

        print(f"{count} (a run of 2 ranks takes {seconds:.1f} s)")
        self.assertEqual((count.lost, count.cells_twice, count.models_twice, count.digests_differ), (0, 0, 0, 0), count)

    def test_failed_cells_give_no_value_and_the_next_seed_runs(self) -> None:
        grid, file = self.write(until_grid()), self.folder / "out.h5"
        reference = self.folder / "reference.h5"
        self.assert_run(grid, reference)
        row = int(np.flatnonzero(runs.rows(reference, "results")["status"] == runs.DONE)[0])
        fault = {"ESPALIER_FAULT": f"cell {row} throw"}

        ended = runs.run(grid, file, 2, program=runs.faulty(), **fault)

        self.assertEqual(ended.returncode, 3, ended.stdout + ended.stderr)
        topology, kind = (runs.rows(file, "cells")[name][row].decode() for name in ("topology", "perturbation"))
        values = taken(file)[topology, kind]
        self.assertNotIn(0, values)
        self.assertGreaterEqual(len(values), LEAST)


class Commands(runs.SystemTest):
    def test_plan_gives_the_range_and_status_the_groups(self) -> None:
        grid, file = self.write(until_grid()), self.folder / "out.h5"
        plan = json.loads(runs.espalier("plan", grid, "--json").stdout)
        self.assertEqual(plan["until"]["groups"], 4)
        self.assertEqual((plan["until"]["least"]["models"], plan["models"]), (2 * LEAST, 2 * MOST))
        self.assertIn(f"{2 * LEAST} to {2 * MOST} models, {4 * LEAST} to {4 * MOST} cells", runs.espalier("plan", grid).stdout)

        self.assert_run(grid, file)

        said, status = runs.espalier("status", file).stdout, json.loads(runs.espalier("status", file, "--json").stdout)
        groups = taken(file)
        widest = max(half_width(list(values.values())) for values in groups.values())
        self.assertEqual((status["until"]["groups"], status["until"]["open"], status["to_do"]), (4, 0, 0))
        self.assertEqual(status["not_needed"], 4 * MOST - sum(map(len, groups.values())))
        self.assertAlmostEqual(status["until"]["widest"], widest, delta=1e-9)  # the same formula in another order
        self.assertRegex(said, r"until +half width 0.042 of accuracy: 0 of 4 groups open")

    def test_shards_join_into_the_file_of_one_run(self) -> None:
        grid, whole, joined = self.write(until_grid()), self.folder / "whole.h5", self.folder / "joined.h5"
        self.assert_run(grid, whole)
        parts = [self.folder / f"part{i}.h5" for i in (1, 2)]
        for i, part in enumerate(parts, 1):
            self.assert_run(grid, part, 1, "--shard", f"{i}/2")

        ended = runs.espalier("merge", "-o", joined, *parts)

        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertEqual(runs.digest(joined), runs.digest(whole))
        for table in ("results", "models"):
            self.assertEqual(runs.rows(joined, table)["status"].tolist(), runs.rows(whole, table)["status"].tolist())

    def test_only_leaves_groups_open_and_a_run_without_it_completes_them(self) -> None:
        grid, whole, file = self.write(until_grid()), self.folder / "whole.h5", self.folder / "out.h5"
        self.assert_run(grid, whole)

        said = self.assert_run(grid, file, 2, "--only", "seed=0", "--only", "seed=2", "--only", "seed=11")

        self.assertEqual({seed for values in taken(file).values() for seed in values}, {0, 2})
        self.assertIn("4 groups of seeds wait for cells that --only leaves out", said)
        self.assert_run(grid, file)
        self.assertEqual(runs.digest(file), runs.digest(whole))

    def test_another_rule_is_refused_and_takes_over_what_it_needs(self) -> None:
        file, wider = self.folder / "out.h5", self.folder / "narrow.h5"
        self.assert_run(self.write(until_grid(0.06)), file)
        narrow = self.write(until_grid(), "narrow.yaml")

        said = self.assert_run(narrow, file, 2, code=2)
        self.assert_run(narrow, wider, 2, "--reuse", str(file))
        self.assert_run(narrow, self.folder / "fresh.h5")

        self.assertIn("until: ", said)
        self.assertEqual(runs.digest(wider), runs.digest(self.folder / "fresh.h5"))

    def test_readers_see_the_rule_and_drop_the_rows_that_are_not_needed(self) -> None:
        file = self.folder / "out.h5"
        self.assert_run(self.write(until_grid()), file)
        sys.path.insert(0, str(runs.ROOT / "analysis"))
        import espalier

        results = espalier.open(file)

        self.assertEqual(results.until, (HALF, "accuracy", LEAST, {}))
        self.assertEqual(set(results.cells["status"]), {"done", "not needed"})
        self.assertFalse(results.cells[results.cells["status"] == "done"]["accuracy"].isna().any())
        self.assertEqual(runs.espalier("verify", file, "--sample", "2").returncode, 0)
        lines = runs.espalier("export", file, "-o", "-").stdout.splitlines()
        self.assertEqual(len(lines), 4 * MOST + 1)
        self.assertTrue(any("not needed" in line for line in lines))
        page = self.folder / "report"
        made = runs.espalier("report", file, "-o", page, timeout=120, PYTHONPATH=str(runs.ROOT / "analysis"))
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertIn("seeds were taken sequentially", (page / "report.html").read_text())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=SEED)
    known, rest = parser.parse_known_args()
    KILLS, SEED = known.kills, known.seed
    unittest.main(argv=[sys.argv[0], *rest])
