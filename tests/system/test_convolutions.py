#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Convolutional networks in the whole program: every perturbation and noise, any number of ranks, kills, bad input."""

import time
import unittest
from typing import Any

import numpy as np

from espalier_runs import SystemTest, digest, espalier, kill_all, rows, small_grid

LAYERS = [{"conv": 3, "kernel": 5, "padding": 2}, {"pool": 2}, {"conv": 4}, {"pool": 2}, {"dense": 20}]
PERTURBATIONS = [{"kind": "none"}, {"kind": "remove-links", "level": 0.3}, {"kind": "remove-neurons", "level": 0.3},
                 {"kind": "shuffle-weights", "level": 0.5}, {"kind": "weight-noise", "level": 0.5},
                 {"kind": "quantise", "level": 3}, {"kind": "rewire-links", "level": 0.3},
                 {"kind": "pgd", "level": 0.05, "steps": 2}, {"kind": "rotate", "level": 30}]
NOISE = [{"structure": "none"}, {"structure": "full", "source": {"kind": "rotate", "level": 30}, "layer": 1, "trace": 0.5,
                                 "draws": 2, "retrain_tail": True}]


def grid(train: dict[str, Any], **axes: Any) -> dict[str, Any]:
    made = small_grid(**{"perturbation": PERTURBATIONS, "noise": NOISE, "topology": ["set", "dense"], "seed": 0, "sparsity": 0.5,
                         **axes})
    made["train"] = train
    made["evaluate"]["images"] = 100
    return made


class Convolutions(SystemTest):
    def test_any_number_of_ranks_gives_the_same_rows_and_a_repeated_cell_its_bits(self) -> None:
        path = self.write(grid({"layers": LAYERS, "activation": "tanh", "init": "pytorch", "epochs": 2}))
        digests = set()
        for ranks in (1, 2, 3):
            file = self.folder / f"ranks-{ranks}.h5"
            self.assert_run(path, file, ranks)
            digests.add(digest(file))
        self.assertEqual(len(digests), 1)
        self.assertTrue((rows(file, "results")["status"] == 2).all())
        self.assertTrue((rows(file, "layers")["activation"] == 1).all())
        checked = espalier("verify", "--sample", "4", file)
        self.assertEqual(checked.returncode, 0, checked.stderr)

    def test_a_network_by_name_resumes_after_kills_to_the_same_digest(self) -> None:
        path = self.write(grid({"network": "2c3f", "epochs": 3}, dataset="synthetic", topology="set",
                               perturbation=[{"kind": "none"}, {"kind": "pgd", "level": 0.05, "steps": 5}]))
        whole, killed = self.folder / "whole.h5", self.folder / "killed.h5"
        self.assert_run(path, whole)
        for pause in (0.5, 1, 1.5):
            process = self.start(path, killed)
            time.sleep(pause)
            kill_all(process)
        self.assert_run(path, killed)
        self.assertEqual(digest(killed), digest(whole))

    def test_networks_can_be_an_axis_for_every_topology_and_have_a_column(self) -> None:
        topologies = ["static", "set", "rigl", "random", "cht", "dense-small", "dense"]
        noise = [{"structure": "isotropic", "layer": 4, "trace": 0.1, "draws": 2}]  # 'hidden' has three layers where it counts
        made = grid({"epochs": 2}, topology=topologies, sparsity=0.98, perturbation=[{"kind": "none"}], noise=noise)
        made["grid"]["train.network"] = ["2c3f", "3c3f"]
        file = self.folder / "networks.h5"
        self.assert_run(self.write(made), file)
        self.assertEqual(sorted(rows(file, "models")["network"].astype(str)), ["2c3f"] * 7 + ["3c3f"] * 7)
        self.assertTrue((rows(file, "results")["status"] == 2).all())
        self.assertEqual(np.unique(rows(file, "layers")["filters"]).tolist(), [0, 6, 16])

    def refusal(self, train: dict[str, Any], **axes: Any) -> str:
        """What the program says about a grid, which it must refuse in one line and without a file."""
        answer = espalier("run", self.write(grid(train, **axes)), "-o", self.folder / "none.h5")
        self.assertEqual(answer.returncode, 2, answer.stdout + answer.stderr)
        self.assertFalse((self.folder / "none.h5").exists())
        self.assertEqual(len(answer.stderr.strip().splitlines()), 1, answer.stderr)
        return answer.stderr

    def test_networks_that_do_not_fit_are_refused(self) -> None:
        cases: list[tuple[dict[str, Any], dict[str, Any], tuple[str, ...]]] = [
            ({"layers": [{"conv": 3, "kernel": 31, "padding": 1}, {"dense": 4}]}, {},
             ("layer 1 (conv=3 kernel=31 padding=1)", "1 x 28 x 28", "'kernel' must be from 1 to 30")),
            ({"layers": [{"conv": 3}, {"pool": 2}, {"conv": 3, "kernel": 3}, {"pool": 2}, {"conv": 3, "kernel": 2}, {"pool": 2}]},
             {"topology": "dense"}, ("layer 4 (pool=2)", "3 x 11 x 11", "multiples of 2")),
            ({"layers": [{"dense": 3}, {"conv": 3}]}, {}, ("layer 2", "before the fully connected layers")),
            ({"layers": [{"conv": 3}]}, {}, ("topology 'set' applies to fully connected hidden layers",)),
            ({"layers": LAYERS}, {"noise": [{"structure": "isotropic", "layer": 5, "trace": 1, "draws": 2}]},
             ("noise 'isotropic' at layer 5", "hidden layers 1 to 3")),
            ({"layers": [{"conv": 0}]}, {}, ("'conv' must be a whole number from 1 to 4096, given 0",)),
            ({"layers": [{"kernel": 3}]}, {}, ("'layers' must be a list of maps, each with one of 'conv', 'pool', 'dense'",)),
            ({"layers": [{"conv": 3, "stride": 2}]}, {}, ("'stride' is not a key of 'conv'", "conv, kernel, padding")),
            ({"layers": LAYERS, "network": "3c3f"}, {}, ("'layers' is for 'network: layers', given 3c3f",)),
            ({"network": "layers"}, {}, ("'network: layers' needs 'layers'",)),
        ]
        for train, axes, parts in cases:
            with self.subTest(train=train):
                said = self.refusal(train, **axes)
                for part in parts:
                    self.assertIn(part, said)


if __name__ == "__main__":
    unittest.main()
