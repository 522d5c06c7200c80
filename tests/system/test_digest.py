#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The results do not depend on how many ranks computed them, and each model is trained once."""

import unittest

from espalier_runs import DONE, SystemTest, digest, rows, small_grid


class Digest(SystemTest):
    def test_the_digest_is_the_same_without_mpirun_and_with_1_2_3_and_8_ranks(self) -> None:
        attacked = {"kind": "static", "adversarial": "pgd", "adversarial_level": 0.1, "adversarial_steps": 3,
                    "adversarial_share": 0.5}
        grid = self.write(small_grid(topology=["set", attacked]))
        digests = {}

        for ranks in (None, 1, 2, 3, 8):
            file = self.folder / f"{ranks}.h5"
            self.assert_run(grid, file, ranks)
            digests[ranks] = digest(file)

        self.assertEqual(len(set(digests.values())), 1, digests)

    def test_the_digest_differs_for_another_master_seed(self) -> None:
        one, two = small_grid(seed=[0]), small_grid(seed=[0])
        two["seed"] = one["seed"] + 1
        for name, grid in (("one", one), ("two", two)):
            self.assert_run(self.write(grid), self.folder / f"{name}.h5")

        self.assertNotEqual(digest(self.folder / "one.h5"), digest(self.folder / "two.h5"))

    def test_running_a_finished_file_again_changes_no_row(self) -> None:
        grid, file = self.write(small_grid()), self.folder / "out.h5"
        self.assert_run(grid, file)
        before = rows(file, "results").tobytes(), rows(file, "models").tobytes(), digest(file)

        self.assert_run(grid, file)

        self.assertEqual((rows(file, "results").tobytes(), rows(file, "models").tobytes(), digest(file)), before)
        self.assertEqual(sum(rows(file, "runs")["start"] > 0), 2)


class Sharing(SystemTest):
    def test_12_models_with_30_cells_each_are_trained_exactly_12_times(self) -> None:
        shared = small_grid(
            topology=["set", "static"],
            seed={"from": 0, "to": 5},
            perturbation=[{"kind": "remove-links", "level": {"from": 0.05, "to": 0.75, "step": 0.05}}],
        )
        shared["train"]["epochs"] = 1
        shared["evaluate"]["images"] = 100
        grid = self.write(shared)
        digests = set()

        for ranks in (1, 2, 3):
            file = self.folder / f"{ranks}.h5"
            self.assert_run(grid, file, ranks)
            digests.add(digest(file))
            models, results = rows(file, "models"), rows(file, "results")
            self.assertEqual((len(models), len(results)), (12, 360))
            self.assertEqual(set(models["attempt"]), {1})
            self.assertEqual(set(results["attempt"]), {1})
            self.assertEqual(set(results["status"]), {DONE})

        self.assertEqual(len(digests), 1)


if __name__ == "__main__":
    unittest.main()
