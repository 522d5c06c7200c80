#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""espalier export: columns, rows and the long form of the table."""

import csv
import importlib.util
import io
import json
import re
import subprocess
import sys
import unittest

import espalier_runs as runs
import pandas

sys.path.insert(0, str(runs.ROOT / "analysis"))

import espalier  # noqa: E402  (the package of this clone)

METRICS = 22  # of /results, from accuracy to certified_accuracy


class Export(runs.SystemTest):
    def setUp(self) -> None:
        super().setUp()
        self.file = self.folder / "out.h5"
        self.assert_run(self.write(runs.small_grid()), self.file)

    def table(self, *options: str) -> list[dict[str, str]]:
        ended = runs.espalier("export", "-o", "-", *options, self.file)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return list(csv.DictReader(io.StringIO(ended.stdout)))

    def refused(self, *options: str) -> str:
        """The one line of a mistake; nothing is written."""
        before = sorted(self.folder.iterdir())
        target = () if "-o" in options else ("-o", str(self.folder / "new.csv"))
        ended = runs.espalier("export", self.file, *target, *options)
        self.assertEqual((ended.returncode, ended.stdout), (2, ""))
        self.assertEqual(len(ended.stderr.splitlines()), 1, ended.stderr)
        self.assertEqual(sorted(self.folder.iterdir()), before)
        return ended.stderr

    def test_columns_come_in_the_given_order_with_the_values_of_the_whole_table(self) -> None:
        whole = self.table()

        some = self.table("--columns", "accuracy,id,level")

        self.assertEqual(list(some[0]), ["accuracy", "id", "level"])
        self.assertEqual(some, [{name: row[name] for name in ("accuracy", "id", "level")} for row in whole])

    def test_columns_of_json_keep_their_order_and_types(self) -> None:
        ended = runs.espalier("export", self.file, "-o", "-", "--format", "json", "--columns", "seed,topology,level")

        first = json.loads(ended.stdout)[0]

        self.assertEqual(list(first.items()), [("seed", 0), ("topology", "set"), ("level", None)])

    def test_only_selects_rows_without_a_look_at_the_data(self) -> None:
        rows = self.table("--only", "perturbation=remove-links", "--only", "level=0.60", "--only", "seed=1")

        self.assertEqual({(row["perturbation"], row["level"], row["seed"]) for row in rows}, {("remove-links", "0.6", "1")})
        self.assertEqual(len(rows), 2)
        self.assertEqual({row["noise"] for row in rows}, {"none", "isotropic"})

    def test_the_long_form_has_a_row_per_cell_and_metric(self) -> None:
        whole = self.table()

        rows = self.table("--long")

        self.assertEqual(len(rows), len(whole) * METRICS)
        self.assertEqual(list(rows[0])[-2:], ["metric", "value"])
        self.assertNotIn("accuracy", rows[0])
        by_cell = {(row["id"], row["metric"]): row["value"] for row in rows}
        for row in whole:
            for metric in ("accuracy", "loss", "links", "certified_accuracy"):
                self.assertEqual(by_cell[row["id"], metric], row[metric])

    def test_columns_choose_among_the_metrics_of_the_long_form(self) -> None:
        rows = self.table("--long", "--columns", "seed,loss,id,accuracy")

        self.assertEqual(list(rows[0]), ["seed", "id", "metric", "value"])
        self.assertEqual([row["metric"] for row in rows], ["loss", "accuracy"] * 12)
        self.assertEqual(len(self.table("--long", "--columns", "seed")), 12 * METRICS)

    def test_an_unknown_column_is_named_with_the_nearest_and_all_that_there_are(self) -> None:
        said = self.refused("--columns", "id,acuracy")

        self.assertIn("has no column 'acuracy' (did you mean 'accuracy'?); choose from id, model, ", said)
        self.assertIn(", noise_trace, ", said)
        self.assertIn("has no column 'zzzzzzzz'; choose from", self.refused("--columns", "zzzzzzzz"))
        self.assertIn("has no column 'crc'", self.refused("--columns", "crc"))
        self.assertNotIn("\x1b", self.refused("--columns", "\x1b[2J"))

    def test_a_column_twice_and_cells_that_are_not_there_are_refused(self) -> None:
        self.assertIn("the column 'id' is chosen twice", self.refused("--columns", "id,seed,id"))
        self.assertIn("--only seed=7: no cell of this grid matches", self.refused("--only", "seed=7"))
        self.assertIn("--only must be KEY=VALUE", self.refused("--only", "seed"))

    def test_parquet_names_what_it_needs(self) -> None:
        said = self.refused("-o", str(self.folder / "new.parquet"))

        self.assertIn("pip install pyarrow", said)
        self.assertIn(".cells.to_parquet(", said)

    def test_the_advised_line_writes_parquet_or_says_that_pyarrow_is_missing(self) -> None:
        said = self.refused("-o", str(self.folder / "new.parquet"))
        advised = re.search(r"python3 (-c) \"([^\"]+)\"", said)
        assert advised is not None, said

        ended = subprocess.run([sys.executable, *advised.groups()], cwd=self.folder, capture_output=True, text=True,
                               env=runs.environment(PYTHONPATH=str(runs.ROOT / "analysis")))

        written = self.folder / "out.parquet"
        if not any(importlib.util.find_spec(name) for name in ("pyarrow", "fastparquet")):
            self.assertEqual(ended.returncode, 1)
            self.assertIn("Missing optional dependency 'pyarrow'", ended.stderr)
            self.assertFalse(written.exists())
            return
        self.assertEqual(ended.returncode, 0, ended.stderr)
        pandas.testing.assert_frame_equal(pandas.read_parquet(written), espalier.open(self.file).cells, check_dtype=False,
                                          check_categorical=False)


if __name__ == "__main__":
    unittest.main()
