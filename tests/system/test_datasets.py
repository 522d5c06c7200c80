#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Data sets of the user's own: several in one grid, with different numbers of classes; hosts that see different ones."""

import json
import shlex
import struct
import unittest
from pathlib import Path
from typing import Any

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

        ended = runs.run_by_rank(*(shlex.join(runs.run_command(grid, file, None, "--data", str(self.folder / root)))
                                   for root in ("here", "there")))

        self.assertEqual(ended.returncode, 2, ended.stdout + ended.stderr)
        self.assertIn("reads other data than rank 0", ended.stderr)
        self.assertFalse(file.exists())


class Forms(runs.SystemTest):
    """Data sets as their publishers name and shape them, with images made for the test."""

    def write_form(self, name: str, form: str, classes: int, side: int, first_label: int = 0) -> None:
        """Training and test files whose names follow `form`, with {} for train or test, images or labels."""
        random = np.random.default_rng(classes)
        folder = self.folder / "data" / name
        folder.mkdir(parents=True)
        for kind, count in (("train", 40 * classes), ("test", 10 * classes)):
            labels = (np.arange(count) % classes + first_label).astype(np.uint8)
            images = random.integers(0, 60, (count, side, side)) + 190 // classes * labels[:, None, None]
            write_idx(folder / form.format(kind=kind, content="images", idx=3), np.minimum(images, 255).astype(np.uint8))
            write_idx(folder / form.format(kind=kind, content="labels", idx=1), labels)

    def run_form(self, name: str, classes: int, **axes: Any) -> str:
        made = runs.small_grid(dataset=[name], seed=[0], **axes)
        made["evaluate"]["images"] = 10 * classes
        grid = self.write(json.dumps(made).replace('"8/255"', "8/255"), f"{name}.yaml")
        return self.assert_run(grid, self.folder / f"{name}.h5", 2, "--data", str(self.folder / "data"))

    def test_sets_of_many_forms_are_trained_attacked_and_evaluated(self) -> None:
        forms = {"emnist-letters": ("emnist-letters-{kind}-{content}-idx{idx}-ubyte", 26, 28, 1),
                 "emnist-byclass": ("emnist-byclass-{kind}-{content}-idx{idx}-ubyte", 62, 28, 0),
                 "kmnist": ("{kind}-{content}-idx{idx}-ubyte", 10, 28, 0),
                 "kaggle": ("{kind}-{content}.idx{idx}-ubyte", 10, 28, 0),
                 "CAPITALS": ("{kind}-{content}-IDX{idx}-UBYTE", 10, 9, 0),
                 "binary": ("{kind}-{content}-idx{idx}-ubyte", 2, 5, 0)}
        attacks = [{"kind": "none"}, {"kind": ["fgsm", "pgd", "apgd"], "level": "8/255"}]
        for name, (form, classes, side, first) in forms.items():
            with self.subTest(name):
                self.write_form(name, form, classes, side, first)
                said = self.run_form(name, classes, perturbation=attacks)
                self.assertIn(f"{side} x {side}, {classes + first} classes, from {self.folder / 'data' / name}", said)
                self.assertEqual("no training image has label 0" in said, first == 1)
                results = runs.rows(self.folder / f"{name}.h5", "results")
                self.assertEqual(set(results["status"].tolist()), {runs.DONE})
                self.assertEqual(set(results["judged"].tolist()), {10 * classes})

    def test_qmnist_with_its_rows_of_eight_integers(self) -> None:
        self.write_form("qmnist", "qmnist-{kind}-{content}-idx{idx}-ubyte", 10, 28)
        for kind in ("train", "test"):
            labels = self.folder / "data" / "qmnist" / f"qmnist-{kind}-labels-idx1-ubyte"
            values = np.frombuffer(labels.read_bytes()[8:], np.uint8)
            table = np.stack([values, *[np.full(len(values), 1000 + i) for i in range(7)]], axis=1).astype(">i4")
            head = struct.pack(">HBB2I", 0, 12, 2, *table.shape)
            labels.with_name(f"qmnist-{kind}-labels-idx2-int").write_bytes(head + table.tobytes())
            labels.unlink()

        self.assertIn("28 x 28, 10 classes", self.run_form("qmnist", 10))

    def test_a_wrong_label_is_reported_before_the_run(self) -> None:
        self.write_form("some", "{kind}-{content}-idx{idx}-ubyte", 10, 5)
        labels = self.folder / "data" / "some" / "train-labels-idx1-ubyte"
        content = bytearray(labels.read_bytes())
        content[-1] = 255
        labels.write_bytes(content)

        plan = runs.espalier("plan", self.write(runs.small_grid(dataset=["some"])), "--data", self.folder / "data").stdout

        self.assertIn("256 classes", plan)
        self.assertIn("no training image has the labels 10 to 254", plan)

    def test_a_loss_that_needs_more_classes_is_refused_before_training(self) -> None:
        self.write_form("binary", "{kind}-{content}-idx{idx}-ubyte", 2, 5)
        source = {"kind": "apgd", "level": 0.1, "loss": "targeted-dlr"}
        for axes in ({"perturbation": [{"kind": "apgd", "level": 0.1, "loss": "dlr"}]},
                     {"noise": [{"structure": "full", "source": source, "layer": 1, "trace": 1}]}):
            grid = self.write(runs.small_grid(dataset=["binary"], **axes))
            ended = runs.run(grid, self.folder / "out.h5", 2, "--data", str(self.folder / "data"))
            self.assertEqual(ended.returncode, 2, ended.stderr)
            self.assertRegex(ended.stderr, r"needs at least [34] classes, data set 'binary' has 2")
            self.assertFalse((self.folder / "out.h5").exists())

    def test_a_level_that_looks_like_a_number_of_255_gets_a_note(self) -> None:
        made = runs.small_grid(perturbation=[{"kind": "pgd", "level": [8, "8/255"]}])
        grid = self.write(json.dumps(made).replace('"8/255"', "8/255"))

        plan = runs.espalier("plan", grid).stdout

        self.assertIn("for 8 of 255 write 8/255", plan)
        self.assertEqual(plan.count("can turn any image into any other"), 1)

    def test_a_folder_that_is_no_data_set_is_an_error_though_another_root_has_one(self) -> None:
        write_dataset(self.folder / "second" / "own", 3, 1)
        (self.folder / "first" / "own").mkdir(parents=True)
        grid = self.write(runs.small_grid(dataset=["own"]))

        ended = runs.espalier("plan", grid, "--data", self.folder / "first", ESPALIER_DATA=str(self.folder / "second"))

        self.assertEqual(ended.returncode, 2)
        self.assertIn("found: no files", ended.stderr)

    def test_a_missing_data_set_is_reported_with_its_place_in_the_grid_and_the_nearest_name(self) -> None:
        write_dataset(self.folder / "data" / "letters", 3, 1)
        grid = self.folder / "grid.yaml"
        grid.write_text("espalier: 1\nname: x\nseed: 1\ngrid:\n  dataset: [synthetic, leters]\n  topology: dense\n  seed: 0\n")

        ended = runs.espalier("plan", grid, "--data", self.folder / "data")

        self.assertEqual((ended.returncode, len(ended.stderr.splitlines())), (2, 1))
        self.assertTrue(ended.stderr.startswith(f"{grid}:5:24: data set 'leters' not found (did you mean "), ended.stderr)
        self.assertIn("letters, ", ended.stderr.split("(available: ")[1])


if __name__ == "__main__":
    unittest.main()
