# SPDX-License-Identifier: BSD-3-Clause
"""A results file is untrusted input: nothing in it decides where anything is written, or becomes code of any kind."""

import csv
import json
import os
import shlex
import signal
import tempfile
import time
import unittest
import unittest.mock
from pathlib import Path

import espalier
import h5py
import numpy as np
import pandas as pd
import synthetic
from espalier import names, seal, storage
from espalier.__main__ import main
from espalier.report import words, write
from espalier.tables import for_csv


def relabelled(path: Path, table: str, column: str, text: bytes) -> None:
    """Puts the text into a column of every row, as wide as it needs to be."""
    with h5py.File(path, "r+") as file:
        rows = file[table][:]
        wide = [(name, f"S{len(text)}" if name == column else rows.dtype[name]) for name in rows.dtype.names]
        changed = rows.astype(wide)
        changed[column] = text
        attributes = dict(file[table].attrs)
        del file[table]
        file[table] = changed
        file[table].attrs.update(attributes)


class UntrustedTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.path = self.folder / "a" / "b" / "tiny.h5"
        self.path.parent.mkdir(parents=True)
        synthetic.write(self.path)

    def name_it(self, name: str) -> None:
        with h5py.File(self.path, "r+") as file:
            file.attrs["name"] = np.bytes_(name.encode())
            file.attrs["grid"] = np.bytes_(b"# Which?\nespalier: 1\n")

    def written(self) -> set[str]:
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()}

    def test_a_name_that_is_a_path_writes_nothing_outside_of_the_folder(self) -> None:
        for name in ("../../outside", str(self.folder / "absolute"), "mnist/set", ".."):
            self.name_it(name)
            before = self.written()

            write(espalier.open(self.path), self.path.parent / "out")

            made = self.written() - before
            self.assertTrue(all(one.startswith("a/b/out/") for one in made), made)
        self.assertEqual((self.path.parent / "out" / "grid.yaml").read_text(), "# Which?\nespalier: 1\n")

    def test_a_data_set_whose_name_is_a_path_names_no_figure_outside_of_the_folder(self) -> None:
        for table in ("cells", "models"):
            relabelled(self.path, table, "dataset", b"../../../outside")

        write(espalier.open(self.path), self.path.parent / "out")

        figures = {path.stem for path in (self.path.parent / "out" / "figures").iterdir()}
        self.assertIn("learning-outside", figures)
        self.assertFalse([one for one in self.written() if "out" in one and not one.startswith("a/b/out/")])

    def test_dollar_signs_are_text(self) -> None:
        for name in ("price $x_{$", "loss $\\sparsity$ run", "costs $5 or $6"):
            self.name_it(name)

            code = main(["picture", str(self.path), "-o", str(self.folder / "out.svg")])

            self.assertEqual(code, 0, name)

    def test_the_report_takes_no_markup_from_the_file(self) -> None:
        self.name_it("<script>alert(1)</script>")
        relabelled(self.path, "cells", "perturbation", b"<img src=x onerror=alert(1)>")

        page = write(espalier.open(self.path), self.path.parent / "out").read_text()

        self.assertNotIn("<script>alert", page)
        self.assertNotIn("<img src=x", page)

    def test_notes_are_text_in_the_report_and_the_oldest_comes_first(self) -> None:
        notes = [(2e9, b"<script>alert(1)</script>\x1b[2J"), (1.7e9, b"$x$ & y"), (0.0, b"unused"), (np.nan, b"no time")]
        with h5py.File(self.path, "r+") as file:
            file["notes"] = np.array(notes, [("written", "<f8"), ("text", "S500")])

        page = write(espalier.open(self.path), self.folder / "report").read_text(encoding="utf-8")

        shown = page.partition('<h2 id="notes">')[2].partition("<h2")[0]
        self.assertIn("2023-11-14 22:13 UTC</span> $x$ &amp; y", shown)
        self.assertIn("&lt;script&gt;alert(1)&lt;/script&gt;\ufffd[2J", shown)
        self.assertEqual(shown.count("<li>"), 2)
        self.assertLess(shown.index("2023"), shown.index("2033"))

    def test_notes_of_another_program_are_none(self) -> None:
        self.assertTrue(espalier.open(self.path).notes.empty)
        for table in (np.zeros(3), np.zeros(2, [("written", "S9"), ("text", "<f8")]), np.zeros(1, [("text", "S9")])):
            with h5py.File(self.path, "r+") as file:
                file.pop("notes", None)
                file["notes"] = table
            self.assertTrue(espalier.open(self.path).notes.empty)

    def test_the_commands_of_the_report_take_no_command_from_the_file(self) -> None:
        self.name_it("x\nrm -rf ~ #")
        odd = self.path.with_name("-o $(touch x) `y`.h5")
        self.path.rename(odd)

        lines = words.commands(espalier.open(odd)).splitlines()

        self.assertEqual(len(lines), 4)
        for line in lines[1:]:
            self.assertIn(f"./{odd.name}", shlex.split(line, comments=True))

    def test_a_spreadsheet_evaluates_no_cell(self) -> None:
        relabelled(self.path, "cells", "perturbation", b"=cmd|' /C calc'!A0")

        write(espalier.open(self.path), self.path.parent / "out")

        for table in (self.path.parent / "out" / "tables").iterdir():
            for row in csv.reader(table.read_text().splitlines()):
                for cell in row:
                    self.assertFalse(cell.startswith(("=", "@", "+")), cell)
                    self.assertTrue(not cell.startswith("-") or np.isfinite(float(cell)), cell)

    def test_text_that_is_no_text_is_replaced(self) -> None:
        self.name_it("a\x1b[2J\u202eb")

        results = espalier.open(self.path)

        self.assertEqual(results.name, "a\ufffd[2J\ufffdb")

    def test_names_of_files_are_words(self) -> None:
        for given, wanted in ((("levels", "../../x"), "levels-x"), (("..",), "unnamed"), (("a", "0.5"), "a-0.5"),
                              (("",), "unnamed")):
            self.assertEqual(names.file_name(*given), wanted)
        self.assertLess(len(names.file_name("x" * 1000)), 130)
        self.assertNotEqual(names.file_name("x" * 1000), names.file_name("x" * 999))
        self.assertEqual(names.unused("A", ["a", "a-2"]), "A-3")

    def test_numbers_stay_numbers_in_a_csv(self) -> None:
        frame = pd.DataFrame({"x": [-1.5], "=y": ["-1.5"], "z": pd.Categorical(["@a"])})

        self.assertEqual(for_csv(frame).to_dict("records"), [{"x": -1.5, "'=y": "'-1.5", "z": "'@a"}])


class StateTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "tiny.h5"
        synthetic.write(self.path)

    def lock(self, **changed: object) -> None:
        said = {"host": "elsewhere", "pid": 1, "slurm_job": "", "start": 1.0, "heartbeat": time.time(), "active": 1.0, **changed}
        Path(f"{self.path}.lock").write_text(json.dumps(said).ljust(512))

    def test_a_fresh_heartbeat_is_an_active_run_and_the_report_says_so(self) -> None:
        self.assertFalse(espalier.open(self.path).active)
        self.lock()

        results = espalier.open(self.path)

        self.assertTrue(results.active)
        self.assertIn("a run is active", words.file_state(results)[0])

    def test_an_old_heartbeat_and_a_dead_process_are_no_run(self) -> None:
        self.lock(heartbeat=time.time() - 100)
        self.assertFalse(seal.is_active(self.path))
        self.lock(host=os.uname().nodename, pid=2**22 + 7)
        self.assertFalse(seal.is_active(self.path))

    def test_a_file_that_another_program_wrote_is_read_with_a_remark(self) -> None:
        results = espalier.open(self.path)

        self.assertEqual(len(results.cells), 48)
        self.assertIn("another program wrote to this file", results.remark)


class DamageTest(unittest.TestCase):
    """Each kind of damage is one sentence that names the place."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "tiny.h5"
        synthetic.write(self.path)

    def refused(self, pattern: str) -> None:
        with self.assertRaisesRegex(espalier.ResultsError, pattern):
            espalier.open(self.path).cells

    def value(self, table: str, column: str, row: int, value: object) -> None:
        with h5py.File(self.path, "r+") as file:
            rows = file[table][:]
            rows[column][row] = value
            file[table][...] = rows

    def test_values_that_cannot_be(self) -> None:
        for table, column, value in (("cells", "model", -2), ("cells", "model", 6), ("cells", "fit", 0),
                                     ("results", "accuracy", 1.5), ("results", "accuracy", np.nan), ("results", "status", 77),
                                     ("cells", "level", np.inf), ("cells", "images", -1), ("cells", "sparsity", np.nan)):
            synthetic.write(self.path)
            self.value(table, column, 5, value)
            self.refused(f"cell 5 has {column} = ")

    def test_a_link_to_another_file_is_refused(self) -> None:
        synthetic.write(self.path.with_name("other.h5"))
        with h5py.File(self.path, "r+") as file:
            del file["results"]
            file["results"] = h5py.ExternalLink("other.h5", "/results")
        self.refused("/results cannot be read: it is a link")

    def test_values_in_other_files_are_refused(self) -> None:
        with h5py.File(self.path, "r+") as file:
            del file["outcomes"]
            file.create_dataset("outcomes", (4,), "u1", external=[("/etc/hostname", 0, 4)])
        self.refused("/outcomes cannot be read: its values are in other files")

    def test_a_size_that_is_not_in_the_file_is_refused(self) -> None:
        for how in ({"chunks": (1000,)}, {}):
            synthetic.write(self.path)
            with h5py.File(self.path, "r+") as file:
                del file["outcomes"]
                file.create_dataset("outcomes", (2**40,), "u1", **how)
            self.refused("/outcomes cannot be read: (it claims|0 of its)")

    def test_a_table_that_needs_more_memory_than_there_is_is_refused_before_memory_is_taken(self) -> None:
        with unittest.mock.patch("espalier.storage.memory", return_value=1000), \
                unittest.mock.patch("espalier.tables.Column", side_effect=AssertionError("took memory")):
            self.refused("/cells needs 0 MiB of memory, more than there is")

    def test_a_column_that_is_missing_or_of_another_type_is_named(self) -> None:
        for column, new in (("perturbation", "<f8"), ("model", "S4"), ("seed", None)):
            synthetic.write(self.path)
            with h5py.File(self.path, "r+") as file:
                rows = file["cells"][:]
                fields = [(name, new if name == column else rows.dtype[name]) for name in rows.dtype.names
                          if name != column or new]
                del file["cells"]
                file["cells"] = np.zeros(len(rows), fields)
            self.refused(f"/cells has (no|a) column '{column}'")

    def test_columns_that_overlap_or_leave_their_row_are_refused(self) -> None:
        good = {"columns": [["a", "<f8", 0], ["b", "S4", 8]], "width": 12}

        self.assertEqual(storage.dtype_of(good).itemsize, 12)
        for columns in ([["a", "<f8", 0], ["b", "S4", 6]], [["a", "<f8", 8]], [["a", "<f4", 0], ["a", "<f4", 4]]):
            with self.assertRaises(ValueError):
                storage.dtype_of({**good, "columns": columns})

    def test_a_library_that_crashes_is_a_message(self) -> None:
        with unittest.mock.patch("espalier.hdf5.survey", side_effect=lambda path: os.kill(os.getpid(), signal.SIGSEGV)):
            self.refused("ends with signal 11")

    def test_a_file_cut_short_is_refused(self) -> None:
        os.truncate(self.path, self.path.stat().st_size // 2)
        self.refused("truncated")

    def test_a_table_with_too_few_rows_is_refused(self) -> None:
        with h5py.File(self.path, "r+") as file:
            rows = file["results"][:-1]
            del file["results"]
            file["results"] = rows
        self.refused("/results has 47 rows, /cells has 48")

    def test_what_a_user_adds_does_not_matter(self) -> None:
        with h5py.File(self.path, "r+") as file:
            file.attrs["note"] = "the good one"
            file["mine"] = ["text", "of any length"]
            file["there"] = h5py.ExternalLink("nowhere.h5", "/")
            file.create_group("group")

        self.assertEqual(len(espalier.open(self.path).cells), 48)


if __name__ == "__main__":
    unittest.main()
