# SPDX-License-Identifier: BSD-3-Clause
"""python3 -m espalier: mistakes are one line and exit code 2, and every output file is complete or not there."""

import contextlib
import errno
import io
import tempfile
import unittest
import unittest.mock
from pathlib import Path

import h5py
import synthetic
from espalier import output
from espalier.__main__ import main
from espalier.errors import OutputError


class CommandTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.path = self.folder / "tiny.h5"
        synthetic.write(self.path)

    def told(self, *arguments: object) -> tuple[int, str]:
        with contextlib.redirect_stderr(io.StringIO()) as said, contextlib.redirect_stdout(io.StringIO()):
            try:
                code = main([str(argument) for argument in arguments])
            except SystemExit as ended:
                code = int(ended.code or 0)
        return code, said.getvalue()

    def test_a_mistake_is_one_line_and_exit_code_2(self) -> None:
        (self.folder / "there").touch()
        (self.folder / "folder.png").mkdir()
        (self.folder / "text.h5").write_text("no HDF5")
        with h5py.File(self.folder / "other.h5", "w") as file:
            file["x"] = 1
        file, folder = self.path, self.folder
        cases = [
            (("plot", file, "-o", folder / "p.txt"), "the ending must be .png or .pdf or .svg, not '.txt'"),
            (("plot", file, "-o", folder / "p"), "a name without ending"),
            (("plot", file, "-o", folder / "nodir" / "p.png"), "does not exist"),
            (("plot", file, "-o", folder / "there" / "p.png"), "does not exist"),
            (("plot", file, "-o", folder / "folder.png"), "is a folder"),
            (("plot", file, "-o", "/proc/p.png"), "/proc"),
            (("report", file, "-o", folder / "there"), "is a file; name a folder"),
            (("report", file, "-o", "/proc/out"), "cannot be written"),
            (("export-model", file, "0", "-o", folder / "m.zip"), "the ending must be .npz or .pt"),
            (("report", folder / "missing.h5", "-o", folder / "out"), "there is no such file"),
            (("report", folder, "-o", folder / "out"), "is a folder"),
            (("report", folder / "text.h5", "-o", folder / "out"), "not an HDF5 file"),
            (("report", folder / "other.h5", "-o", folder / "out"), "not a results file"),
            (("contact-sheet", file, folder / "text.h5", "-o", folder / "s.png"), "not a file of espalier inputs"),
            (("plot", file), "-o/--output"),
            (("nothing", file), "invalid choice"),
            ((), "COMMAND"),
        ]
        for arguments, part in cases:
            code, said = self.told(*arguments)
            self.assertEqual((code, said.count("\n")), (2, 1), (arguments, said))
            self.assertIn(part, said)

    def test_a_full_disk_is_exit_code_1_and_leaves_the_old_file(self) -> None:
        out = self.folder / "p.png"
        out.write_text("old")
        full = OSError(errno.ENOSPC, "No space left on device")

        with unittest.mock.patch("matplotlib.figure.Figure.savefig", side_effect=full):
            code, said = self.told("plot", self.path, "-o", out)

        self.assertEqual((code, said.count("\n"), out.read_text()), (1, 1, "old"))
        self.assertIn("No space left on device", said)
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["p.png", "tiny.h5"])

    def test_an_internal_error_is_one_line_too(self) -> None:
        with unittest.mock.patch("espalier.picture.draw", side_effect=ZeroDivisionError("a\nb")):
            code, said = self.told("plot", self.path, "-o", self.folder / "p.png")

        self.assertEqual((code, said.count("\n")), (1, 1))
        self.assertIn("internal error: ZeroDivisionError: a b; please report it", said)


class OutputTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.out = self.folder / "out.txt"

    def test_a_file_is_replaced_whole_and_keeps_its_permissions(self) -> None:
        self.out.write_text("old")
        self.out.chmod(0o640)

        output.write_text(self.out, "new")

        self.assertEqual((self.out.read_text(), self.out.stat().st_mode & 0o777), ("new", 0o640))

    def test_an_interrupted_write_leaves_what_was_there(self) -> None:
        self.out.write_text("old")
        with self.assertRaises(KeyboardInterrupt), output.replaced(self.out) as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

        self.assertEqual([path.name for path in self.folder.iterdir()], ["out.txt"])
        self.assertEqual(self.out.read_text(), "old")

    def test_a_symbolic_link_stays_one(self) -> None:
        link = self.folder / "link.txt"
        link.symlink_to(self.out)

        output.write_text(link, "new")

        self.assertTrue(link.is_symlink())
        self.assertEqual(self.out.read_text(), "new")

    def test_a_folder_without_permission_is_named(self) -> None:
        with unittest.mock.patch("os.access", return_value=False):
            with self.assertRaisesRegex(OutputError, "no permission to write into the folder") as raised:
                output.checked(self.out)

        self.assertEqual(raised.exception.code, 2)


if __name__ == "__main__":
    unittest.main()
