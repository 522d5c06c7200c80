#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A grid in shards, joined; a grid that grows; a file that is checked by computing cells again."""

import fcntl
import time
import unittest

import espalier_runs as runs
import numpy as np


class Shards(runs.SystemTest):
    def test_shards_join_into_the_file_of_one_run(self) -> None:
        grid, whole, joined = self.write(runs.small_grid()), self.folder / "whole.h5", self.folder / "joined.h5"
        self.assert_run(grid, whole)
        parts = [self.folder / f"part{i}.h5" for i in (1, 2)]
        for i, part in enumerate(parts, 1):
            self.assert_run(grid, part, 1, "--shard", f"{i}/2")

        ended = runs.espalier("merge", "-o", joined, *parts)

        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertEqual(runs.digest(joined), runs.digest(whole))

    def test_a_file_of_one_shard_is_not_resumed_as_another(self) -> None:
        grid, part = self.write(runs.small_grid()), self.folder / "part.h5"
        self.assert_run(grid, part, 1, "--shard", "1/2")

        said = self.assert_run(grid, part, 1, "--shard", "2/2", code=2)

        self.assertIn("holds part 1/2 (--shard) of the same grid", said)

    def test_a_shard_is_computed_again_as_the_shard_that_it_is(self) -> None:
        grid = self.write(runs.small_grid(perturbation=[{"kind": "gaussian-noise", "severity": 3}]))
        whole, part, again = self.folder / "whole.h5", self.folder / "part.h5", self.folder / "again.npy"
        self.assert_run(grid, whole)
        self.assert_run(grid, part, 1, "--shard", "2/2")

        ended = runs.espalier("verify", part, "--sample", "9")

        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        images = []
        for file in (part, whole):
            made = runs.espalier("inputs", file, "-o", again, "--images", "2", "--only", "seed=1", "--only", "noise=none")
            self.assertEqual(made.returncode, 0, made.stderr)
            images.append(np.load(again)["changed"].tobytes())
        self.assertEqual(images[0], images[1])

    def test_a_damaged_row_is_named_and_left_out_and_a_run_computes_it_again(self) -> None:
        grid, whole, joined = self.write(runs.small_grid()), self.folder / "whole.h5", self.folder / "joined.h5"
        self.assert_run(grid, whole)
        damaged = self.folder / "damaged.h5"
        content = bytearray(whole.read_bytes())
        content[content.index(next(iter(runs.done_rows(whole, "results").values()))) + 60] ^= 0x10
        damaged.write_bytes(content)

        merged = runs.espalier("merge", "-o", joined, damaged)
        reused = self.assert_run(grid, self.folder / "reused.h5", 1, "--reuse", str(damaged))

        self.assertEqual(merged.returncode, 5, merged.stdout + merged.stderr)
        self.assertRegex(merged.stderr, rf"damaged: cell [0-9a-f]+ \(row \d+ of /results\) in {damaged}")
        self.assertIn("damaged.h5: 1 rows are damaged and are not imported", reused)
        self.assert_run(grid, joined)
        self.assertEqual(runs.digest(joined), runs.digest(whole))

    def test_a_file_that_another_process_owns_is_not_merged_into(self) -> None:
        grid, whole, joined = self.write(runs.small_grid()), self.folder / "whole.h5", self.folder / "joined.h5"
        self.assert_run(grid, whole)

        with open(f"{joined}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            ended = runs.espalier("merge", "-o", joined, whole)

        self.assertEqual(ended.returncode, 4, ended.stdout + ended.stderr)
        self.assertFalse(joined.exists())


class Growth(runs.SystemTest):
    def test_a_grown_grid_takes_over_what_is_done(self) -> None:
        small = runs.small_grid()
        larger = runs.small_grid(seed={"from": 0, "to": 3})
        old, new = self.folder / "old.h5", self.folder / "new.h5"
        self.assert_run(self.write(small, "small.yaml"), old)
        before = len(runs.done_rows(old, "models"))

        said = self.assert_run(self.write(larger, "larger.yaml"), new, 2, "--reuse", str(old))

        self.assertIn(f"{before} models imported", said)
        self.assertGreater(len(runs.done_rows(new, "models")), before)

    def test_rows_that_are_taken_over_keep_the_time_of_their_writing(self) -> None:
        grid, old, new = self.write(runs.small_grid()), self.folder / "old.h5", self.folder / "new.h5"
        before = time.time()
        self.assert_run(grid, old)
        after = time.time()

        self.assert_run(grid, new, 2, "--reuse", str(old))

        for table in ("results", "models"):
            written = runs.rows(old, table)["written"]
            self.assertGreater(written.min(), before)
            self.assertLess(written.max(), after)
            self.assertEqual(runs.rows(new, table)["written"].tolist(), written.tolist())


class Verify(runs.SystemTest):
    def test_cells_computed_again_have_the_same_bits(self) -> None:
        file = self.folder / "out.h5"
        self.assert_run(self.write(runs.small_grid()), file)

        ended = runs.espalier("verify", file, "--sample", "4")

        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertIn("computed 4 finished cells again", ended.stdout)

    def test_a_flipped_bit_exits_5_and_is_named(self) -> None:
        file = self.folder / "out.h5"
        self.assert_run(self.write(runs.small_grid()), file)
        content = bytearray(file.read_bytes())
        row = next(iter(runs.done_rows(file, "results").values()))
        content[content.index(row) + 60] ^= 0x10
        file.write_bytes(content)

        ended = runs.espalier("verify", file)

        self.assertEqual(ended.returncode, 5, ended.stdout + ended.stderr)
        self.assertIn("damaged: cell ", ended.stderr)
        self.assertIn("1 rows are damaged; their status in the table is 'to do'",
                      runs.espalier("export", file, "-o", self.folder / "out.csv").stderr)

    def test_a_damaged_model_is_made_again_also_where_all_its_cells_are_done(self) -> None:
        grid, file = self.write(runs.small_grid()), self.folder / "out.h5"
        self.assert_run(grid, file)
        digest, content = runs.digest(file), bytearray(file.read_bytes())
        content[content.index(runs.rows(file, "weights")[:8].tobytes()) + 2] ^= 0x10
        file.write_bytes(content)
        self.assertEqual(runs.espalier("verify", file).returncode, 5)

        said = self.assert_run(grid, file)

        self.assertIn("1 rows are damaged and will be computed again", said)
        self.assertEqual(runs.espalier("verify", file).returncode, 0)
        self.assertEqual(runs.digest(file), digest)


if __name__ == "__main__":
    unittest.main()
