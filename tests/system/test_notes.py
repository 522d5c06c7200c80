#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""espalier note: dated notes in a results file, which change nothing else of it."""

import fcntl
import json
import os
import subprocess
import unittest
import zlib
from pathlib import Path

import numpy as np

import espalier_runs as runs


def note(file: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return runs.espalier("note", file, *words)


def texts(file: Path) -> list[str]:
    return [one["text"] for one in json.loads(runs.espalier("status", file, "--json").stdout)["notes"]]


def write_raw(file: Path, row: int, text: bytes) -> None:
    """A note that no command would write, with the checksum that it needs."""
    rows = runs.rows(file, "notes")
    before = rows.tobytes()
    rows[row]["written"], rows[row]["text"] = 1.7e9, text
    rows[row]["crc"] = zlib.crc32(rows[row].tobytes()[:-4])
    content = file.read_bytes()
    file.write_bytes(content.replace(before, rows.tobytes(), 1))


class Notes(runs.SystemTest):
    def setUp(self) -> None:
        super().setUp()
        self.grid, self.file = self.write(runs.small_grid()), self.folder / "out.h5"
        self.assert_run(self.grid, self.file)

    def test_status_and_report_show_notes_with_their_dates(self) -> None:
        self.assertNotIn("note ", runs.espalier("status", self.file).stdout)

        for text in ("learning rate was too high", "α < 0.5: see run 3"):
            ended = note(self.file, text)
            self.assertEqual((ended.returncode, ended.stderr), (0, ""))

        date = r"20\d\d-\d\d-\d\d \d\d:\d\d UTC"
        self.assertRegex(runs.espalier("status", self.file).stdout,
                         rf"  note     {date}  learning rate was too high\n  note     {date}  α < 0.5: see run 3\n")
        self.assertEqual(texts(self.file), ["learning rate was too high", "α < 0.5: see run 3"])
        self.assertEqual(runs.espalier("report", self.file, "-o", self.folder / "report", timeout=120).returncode, 0)
        page = (self.folder / "report" / "report.html").read_text(encoding="utf-8")
        self.assertIn("UTC</span> α &lt; 0.5: see run 3", page)

    def test_a_note_changes_neither_results_nor_header_and_a_run_goes_on(self) -> None:
        before = runs.digest(self.file), self.file.read_bytes()[:4096], self.file.stat().st_size

        self.assertEqual(note(self.file, "checked").returncode, 0)

        self.assertEqual((runs.digest(self.file), self.file.read_bytes()[:4096], self.file.stat().st_size), before)
        self.assertEqual(runs.espalier("verify", self.file, "--sample", "1").returncode, 0)
        self.assertNotIn("another program", runs.espalier("status", self.file).stderr)
        self.assert_run(self.grid, self.file)
        self.assertEqual(texts(self.file), ["checked"])

    def test_merge_keeps_the_notes_of_all_files(self) -> None:
        parts = [self.folder / f"part-{i}.h5" for i in (1, 2)]
        for number, part in enumerate(parts, 1):
            self.assert_run(self.grid, part, None, "--shard", f"{number}/2")
            self.assertEqual(note(part, f"part {number}").returncode, 0)
        whole, copy = self.folder / "whole.h5", self.folder / "copy.h5"

        self.assertEqual(runs.espalier("merge", "-o", whole, *parts).returncode, 0)

        self.assertEqual(texts(whole), ["part 1", "part 2"])
        self.assertEqual(runs.digest(whole), runs.digest(self.file))
        note(whole, "joined")
        self.assertEqual(runs.espalier("merge", "-o", copy, parts[0], whole).returncode, 0)
        self.assertEqual(texts(copy), ["part 1", "part 2", "joined"])  # what both have is there once

    def test_a_full_table_refuses_more_and_a_merged_copy_has_room(self) -> None:
        for row in range(63):
            write_raw(self.file, row, b"x")
        self.assertEqual(note(self.file, "the last one").returncode, 0)

        full = note(self.file, "one too many")

        self.assertEqual((full.returncode, len(full.stderr.splitlines())), (2, 1))
        self.assertIn("has room for 64 notes, of which 0 are left; make a copy", full.stderr)
        copy = self.folder / "copy.h5"
        self.assertEqual(runs.espalier("merge", "-o", copy, self.file).returncode, 0)
        self.assertEqual(note(copy, "one more").returncode, 0)
        self.assertEqual(texts(copy), ["x", "the last one", "one more"])

    def test_text_of_the_file_moves_no_cursor(self) -> None:
        write_raw(self.file, 0, b"\x1b[2Jred \xff\xe2\x80\xae")

        self.assertIn("UTC  \ufffd[2Jred \ufffd\ufffd\n", runs.espalier("status", self.file).stdout)
        self.assertEqual(texts(self.file), ["\x1b[2Jred \ufffd\u202e"])  # JSON escapes by itself

    def test_a_damaged_note_is_left_out_and_verify_names_it(self) -> None:
        note(self.file, "spoiled soon")
        content = self.file.read_bytes()
        self.file.write_bytes(content.replace(b"spoiled soon", b"spoiled s0on"))

        self.assertEqual(texts(self.file), [])
        checked = runs.espalier("verify", self.file)
        self.assertEqual(checked.returncode, 5)
        self.assertIn("(row 0 of /notes)", checked.stderr)

    def test_other_texts_are_refused_in_one_line(self) -> None:
        before = self.file.read_bytes()
        for text, why in (("", "given no text"), ("  ", "given no text"), ("x" * 501, "given 501 bytes"),
                          ("two\nlines", "given 'two lines'"), ("\x1b[2J", "given '\ufffd[2J'"),
                          (os.fsdecode(b"\xff"), "given '\ufffd'")):
            ended = note(self.file, text)
            self.assertEqual((ended.returncode, ended.stdout, len(ended.stderr.splitlines())), (2, "", 1), ended.stderr)
            self.assertIn("TEXT must be one line of 1 to 500 bytes", ended.stderr)
            self.assertIn(why, ended.stderr)
        self.assertEqual(self.file.read_bytes(), before)
        self.assertEqual(note(self.file, "x" * 500).returncode, 0)
        self.assertEqual(texts(self.file), ["x" * 500])

    def test_files_that_are_missing_or_in_use_are_refused(self) -> None:
        ended = note(self.folder / "no.h5", "text")
        self.assertEqual((ended.returncode, len(ended.stderr.splitlines())), (2, 1))
        self.assertEqual(list(self.folder.glob("no.h5*")), [])
        before = self.file.read_bytes()
        with open(f"{self.file}.lock", "r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            used = note(self.file, "text")
        self.assertEqual((used.returncode, len(used.stderr.splitlines())), (4, 1))
        self.assertIn("is used by another run", used.stderr)
        self.assertEqual(self.file.read_bytes(), before)

    def test_the_table_is_plain_for_other_readers(self) -> None:
        note(self.file, "for h5py")

        rows = runs.rows(self.file, "notes")

        self.assertEqual((len(rows), rows["text"][0], rows["written"][1]), (64, b"for h5py", 0))
        self.assertEqual(rows.dtype.names, ("written", "text", "crc"))
        self.assertTrue(np.all(rows["text"][1:] == b""))


if __name__ == "__main__":
    unittest.main()
