#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The commands of the Python package, from the program: report, plot, contact-sheet and export-model, wherever both are."""

import shutil
import subprocess
import unittest

import espalier_runs as runs
import numpy as np


class PythonCommands(runs.SystemTest):
    def setUp(self) -> None:
        super().setUp()
        self.file = self.folder / "small.h5"
        grid = runs.small_grid(perturbation=[{"kind": "none"}, {"kind": "fgsm", "level": [0.05, 0.1]}],
                               noise=[{"structure": "none"}])
        self.assert_run(self.write(grid), self.file, None)

    def type(self, *words: object, program: str | None = None, **extra: str) -> "subprocess.CompletedProcess[str]":
        """The command from another folder, in which a file has the name of a module."""
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir(exist_ok=True)
        (elsewhere / "numpy.py").write_text("raise SystemExit('the wrong numpy')")
        return subprocess.run([program or runs.binary(), *map(str, words)], cwd=elsewhere, env=runs.environment(**extra),
                              capture_output=True, text=True, timeout=120 * runs.PATIENCE)

    def test_each_command_writes_its_output(self) -> None:
        inputs = self.folder / "inputs.npy"
        self.assertEqual(self.type("inputs", self.file, "-o", inputs).returncode, 0)
        for words, output in ((("report", self.file), "report/report.html"), (("plot", self.file), "plot.svg"),
                              (("contact-sheet", self.file, inputs, "--place", "1"), "sheet.png"),
                              (("export-model", self.file, "1"), "network.npz")):
            target = self.folder / (output if "/" not in output else output.split("/")[0])

            ended = self.type(*words, "-o", target)

            self.assertEqual((ended.returncode, ended.stderr), (0, ""), words)
            self.assertTrue((self.folder / output).exists(), output)
        self.assertEqual(np.load(self.folder / "network.npz")["W1"].shape, (100, 784))

    def test_an_installed_program_finds_the_installed_package(self) -> None:
        bin_folder = self.folder / "prefix" / "bin"
        bin_folder.mkdir(parents=True)
        shutil.copy(runs.binary(), bin_folder / "espalier")
        version = subprocess.run(["/usr/bin/python3", "-c", "import sys; print('python%d.%d' % sys.version_info[:2])"],
                                 capture_output=True, text=True, check=True).stdout.strip()
        package = self.folder / "prefix" / "lib" / version / "site-packages" / "espalier"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text("def main(program):\n    print(program, __file__)\n    return 0\n")

        ended = self.type("report", self.file, "-o", self.folder / "out", program=str(bin_folder / "espalier"))

        self.assertEqual(ended.stdout, f"espalier {package.resolve() / '__main__.py'}\n", ended.stderr)

    def test_a_mistake_is_one_line_and_exit_code_2(self) -> None:
        (self.folder / "there").touch()
        for words, part in ((("report", self.file, "-o", self.folder / "there"), "is a file"),
                            (("plot", self.file, "-o", "out.txt"), ".png or .pdf or .svg"),
                            (("plot", self.file), "--output is required"),
                            (("plot", self.file, "--dpi", "3", "-o", "p.png"), "--dpi"),
                            (("export-model", self.file, "99", "-o", "n.npz"), "has no model '99'"),
                            (("report", "missing.h5", "-o", "out"), "there is no such file")):
            ended = self.type(*words)
            self.assertEqual((ended.returncode, ended.stderr.count("\n")), (2, 1), ended.stderr)
            self.assertIn(part, ended.stderr)

    def test_a_missing_package_is_named_with_how_to_install_it(self) -> None:
        bare = self.folder / "bare"
        bare.write_text('#!/bin/sh\nexec /usr/bin/python3 -S "$@"\n')  # without Debian's packages
        bare.chmod(0o755)

        ended = self.type("report", self.file, "-o", self.folder / "out", ESPALIER_PYTHON=str(bare))

        self.assertEqual((ended.returncode, ended.stderr.count("\n")), (2, 1), ended.stderr)
        self.assertIn("lacks h5py, ", ended.stderr)
        self.assertRegex(ended.stderr, r"apt install python3-h5py .*python3-scipy.*, or: pip install h5py .*scipy")

    def test_an_interpreter_that_is_not_there_is_named(self) -> None:
        ended = self.type("report", self.file, "-o", self.folder / "out", ESPALIER_PYTHON="/nowhere/python")

        self.assertEqual(ended.returncode, 2)
        self.assertIn("'/nowhere/python' cannot be started", ended.stderr)

    def test_the_help_of_both_sides_names_the_same_options(self) -> None:
        for command in ("report", "plot", "contact-sheet", "export-model"):
            said = runs.espalier(command, "--help").stdout
            python = subprocess.run(["/usr/bin/python3", "-m", "espalier", command, "--help"], capture_output=True, text=True,
                                    env=runs.environment(PYTHONPATH=str(runs.ROOT / "analysis"))).stdout
            for word in {word.strip(",[]") for word in python.split() if word.strip(",[]").startswith("--")}:
                self.assertIn(word, said, command)


class Wheel(unittest.TestCase):
    """What `pip install ./analysis` installs."""

    def test_every_module_is_packed_and_the_script_has_a_name_of_its_own(self) -> None:
        text = (runs.ROOT / "analysis" / "pyproject.toml").read_text()
        packages = {f"espalier.{path.parent.name}" for path in (runs.ROOT / "analysis" / "espalier").glob("*/__init__.py")}

        for package in packages | {"espalier"}:
            self.assertIn(f'"{package}"', text)
        self.assertIn('espalier-analysis = "espalier.__main__:script"', text)
        self.assertEqual([path.name for path in (runs.ROOT / "analysis" / "espalier").glob("study[0-9]*")], [])


if __name__ == "__main__":
    unittest.main()
