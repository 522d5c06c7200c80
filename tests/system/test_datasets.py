#!/usr/bin/env python3
"""Data sets of the user's own: several in one grid, with different numbers of classes; hosts that see different ones."""

import struct
import subprocess
import unittest
from pathlib import Path

import espalier_runs as runs
import numpy as np


def write_idx(path: Path, values: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> None:
    """An IDX file of bytes."""
    path.write_bytes(struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape) + values.tobytes())


def write_dataset(folder: Path, classes: int, seed: int) -> None:
    """300 training and 100 test images of 8 x 8, whose class is how bright they are."""
    random = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    for kind, count in (("train", 300), ("t10k", 100)):
        labels = (np.arange(count) % classes).astype(np.uint8)
        images = random.integers(0, 40, (count, 8, 8)) + 200 // classes * labels[:, None, None]
        write_idx(folder / f"{kind}-images-idx3-ubyte", images.astype(np.uint8))
        write_idx(folder / f"{kind}-labels-idx1-ubyte", labels)


class DataSets(runs.SystemTest):
    def test_data_sets_of_different_numbers_of_classes_share_a_file_its_shards_and_its_digest(self) -> None:
        for classes in (3, 5):
            write_dataset(self.folder / "data" / f"of{classes}", classes, classes)
        grid = self.write(runs.small_grid(dataset=["of3", "of5"]))
        whole, joined = self.folder / "whole.h5", self.folder / "joined.h5"
        data = ("--data", str(self.folder / "data"))
        parts = [self.folder / f"part{i}.h5" for i in (1, 2, 3, 4)]  # of one model each

        self.assert_run(grid, whole, 2, *data)
        for i, part in enumerate(parts, 1):
            self.assert_run(grid, part, 1, *data, "--shard", f"{i}/{len(parts)}")
        merged = runs.espalier("merge", "-o", joined, *parts, *data)

        self.assertEqual(merged.returncode, 0, merged.stderr)
        self.assertEqual(runs.digest(joined), runs.digest(whole))
        again = runs.espalier("verify", whole, "--sample", "9", *data)
        self.assertEqual(again.returncode, 0, again.stderr)
        widths = {runs.rows(part, "class_accuracy").shape[1] for part in parts}
        self.assertEqual(widths, {3, 5})
        lost = np.isnan(runs.rows(whole, "class_accuracy")).sum(axis=1)
        self.assertEqual(sorted(set(lost.tolist())), [0, 2])

    def test_ranks_that_see_other_data_are_found_before_anything_is_written(self) -> None:
        for root, seed in (("here", 1), ("there", 2)):
            write_dataset(self.folder / root / "own", 3, seed)
        grid, file = self.write(runs.small_grid(dataset=["own"])), self.folder / "out.h5"
        command = runs.run_command(grid, file, 1, "--data", str(self.folder / "here"))
        other = runs.run_command(grid, file, None, "--data", str(self.folder / "there"))

        ended = subprocess.run([*command, ":", "-n", "1", *other], env=runs.environment(), capture_output=True, text=True,
                               timeout=runs.RUN_SECONDS)

        self.assertEqual(ended.returncode, 2, ended.stdout + ended.stderr)
        self.assertIn("reads other data than rank 0", ended.stderr)
        self.assertFalse(file.exists())


if __name__ == "__main__":
    unittest.main()
