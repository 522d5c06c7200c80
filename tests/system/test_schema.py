#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""'espalier schema' accepts every grid that 'plan' accepts and rejects common mistakes; 'espalier new' writes grids that work."""

import copy
import json
import unittest
from typing import Any

import espalier_runs as runs

try:
    import jsonschema
    import yaml  # type: ignore
except ImportError:
    jsonschema = None

STUDIES = ("damage", "attacks", "corruptions", "noise")


@unittest.skipIf(jsonschema is None, "python3-jsonschema or python3-yaml is not installed")
class Schema(runs.SystemTest):
    def setUp(self) -> None:
        super().setUp()
        document = json.loads(runs.espalier("schema").stdout)
        jsonschema.Draft7Validator.check_schema(document)
        self.validator = jsonschema.Draft7Validator(document)

    def errors(self, grid: Any) -> list[str]:
        return [error.message for error in self.validator.iter_errors(grid)]

    def test_all_grids_of_the_repository_are_valid(self) -> None:
        grids = [runs.small_grid(), *(yaml.safe_load(path.read_text()) for path in (runs.ROOT / "experiments").glob("*.yaml"))]
        self.assertGreater(len(grids), 20)
        for grid in grids:
            self.assertEqual(self.errors(grid), [], grid["name"])

    def test_mistakes_are_invalid_for_the_schema_and_the_program(self) -> None:
        def with_axis(axis: str, value: Any) -> dict[str, Any]:
            return runs.small_grid(**{axis: value})

        mistakes = [with_axis("spasity", [0.9]), with_axis("topology", ["sett"]), with_axis("sparsity", [1.5]),
                    with_axis("perturbation", [{"kind": "pgd", "level": 0.1, "stepps": 3}]),
                    with_axis("perturbation", [{"kind": "fgsm", "level": -1}]), with_axis("seed", [0.5]),
                    with_axis("noise", [{"kind": "full"}]),
                    with_axis("seed", {"from": 0, "to": 9, "until": {"half_width": 0, "of": "accuracy", "at_least": 5}}),
                    with_axis("seed", {"from": 0, "to": 9, "until": {"half_width": 0.1, "of": "accuracy"}}),
                    {**runs.small_grid(), "espalier": 2},
                    {key: value for key, value in runs.small_grid().items() if key != "name"}]
        for grid in mistakes:
            self.assertNotEqual(self.errors(grid), [], json.dumps(grid))
            self.assertEqual(runs.espalier("plan", self.write(grid)).returncode, 2)

    def test_fractions_ranges_and_lists_of_kinds_are_valid(self) -> None:
        grid = copy.deepcopy(runs.small_grid(seed={"from": 0, "to": 3}))
        grid["grid"]["perturbation"] = [{"kind": ["fgsm", "pgd"], "level": ["8/255", {"from": 0.1, "to": 0.3, "step": 0.1}]}]
        self.assertEqual(self.errors(grid), [])

    def test_new_grids_are_valid_and_planned(self) -> None:
        for study in STUDIES:
            file = self.folder / f"{study}.yaml"
            self.assertEqual(runs.espalier("new", "--study", study, "-o", file).returncode, 0)
            self.assertEqual(self.errors(yaml.safe_load(file.read_text())), [])
            planned = runs.espalier("plan", file)
            self.assertEqual(planned.returncode, 0, planned.stderr)
            again = runs.espalier("new", "--study", study, "-o", file)
            self.assertEqual(again.returncode, 2)
            self.assertIn("already exists", again.stderr)


if __name__ == "__main__":
    unittest.main()
