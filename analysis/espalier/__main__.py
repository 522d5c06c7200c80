# SPDX-License-Identifier: BSD-3-Clause
"""espalier report FILE.h5 -o DIR: one page with figures, tables and statistics.

espalier plot FILE.h5 -o OUT.png: accuracy against level.
espalier contact-sheet FILE.h5 INPUTS.npy -o OUT.png: the perturbed images.
espalier export-model FILE.h5 ID -o OUT.npz: a trained network for numpy, or for torch (OUT.pt).
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import os
import sys
import warnings
from pathlib import Path
from typing import NoReturn

from espalier import output
from espalier.errors import OutputError, ResultsError
from espalier.names import one_line

# Module -> package of Debian, package of pip.
PACKAGES = {"h5py": ("python3-h5py", "h5py"), "matplotlib": ("python3-matplotlib", "matplotlib"),
            "numpy": ("python3-numpy", "numpy"), "pandas": ("python3-pandas", "pandas"), "scipy": ("python3-scipy", "scipy"),
            "statsmodels": ("python3-statsmodels", "statsmodels"), "jinja2": ("python3-jinja2", "jinja2")}
FORMER = {"picture": "plot", "sheet": "contact-sheet", "model": "export-model"}  # names of earlier versions, still taken
IMAGES = (".png", ".pdf", ".svg")
NETWORKS = (".npz", ".pt")


class Parser(argparse.ArgumentParser):
    """Answers a mistake in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {one_line(message)}; {self.prog} --help lists the options\n")


def add_command(commands: "argparse._SubParsersAction[Parser]", name: str, what: str, output_name: str, form: str) -> Parser:
    command: Parser = commands.add_parser(name, help=what, description=what)
    command.add_argument("file", metavar="FILE.h5", type=Path, help="the results file")
    command.add_argument("-o", "--output", metavar=output_name, type=Path, required=True, help=form)
    return command


def arguments(program: str) -> Parser:
    parser = Parser(prog=program, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
    add_command(commands, "report", "write one page with figures, tables and statistics", "DIR",
                "the folder to write: report.html, figures, tables and the grid")
    image = "the figure to write: .png, .pdf or .svg"
    add_command(commands, "plot", "draw accuracy against level, one panel per perturbation", "FILE", image)
    sheet = add_command(commands, "contact-sheet", "draw the perturbed images: one row per kind, one column per strength", "FILE",
                        image)
    sheet.add_argument("inputs", metavar="INPUTS.npy", type=Path,
                       help="the images, made by: espalier inputs FILE.h5 -o INPUTS.npy")
    sheet.add_argument("--place", metavar="N", type=int, default=0, help="which of the images of each cell, from 0 (default 0)")
    sheet.add_argument("--change", metavar="A", type=float, default=0, help="draw the change too, amplified by this factor")
    model = add_command(commands, "export-model", "write a trained network for numpy or torch", "FILE",
                        "the file to write: .npz (numpy) or .pt (torch)")
    model.add_argument("id", metavar="ID", help="id or row of the model in /models")
    model.add_argument("--tail", metavar="TAIL", help="id or row of a retrained tail in /tails: its weights above the noise")
    return parser


def run(options: argparse.Namespace) -> str:
    """Runs the command and gives what it prints. Outputs are checked first, before any work."""
    from espalier.results import open_results

    # matplotlib takes a second to load; --help does not wait for it
    if options.command == "report":
        from espalier.report import write

        output.made_folder(options.output)
        return str(write(open_results(options.file), options.output))
    if options.command == "export-model":
        from espalier.network import write_network

        output.checked(options.output, NETWORKS)
        return str(write_network(open_results(options.file), options.id, options.output, options.tail))
    output.checked(options.output, IMAGES)
    if options.command == "plot":
        from espalier.picture import draw

        draw(open_results(options.file), options.output)
    else:
        from espalier import sheet

        sheet.draw(open_results(options.file), sheet.read_inputs(options.inputs), options.output, options.place, options.change)
    return ""


def missing(error: ModuleNotFoundError) -> str:
    """Every package that is missing, and how to install them."""
    names = [name for name in PACKAGES if not importlib.util.find_spec(name)] or [(error.name or "").split(".")[0]]
    packages = [PACKAGES.get(name, (f"python3-{name}", name)) for name in names]
    debian, pip = (" ".join(package[side] for package in packages) for side in (0, 1))
    return f"{sys.executable} lacks {', '.join(names)}; install: apt install {debian}, or: pip install {pip}"


def say(text: str) -> None:
    """Prints a line, if any. An answer that does not reach standard output (a full disk, a closed pipe) is a failure."""
    if not text or sys.stdout is None:
        return
    try:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="surrogateescape")  # a path is bytes
        print(text, flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter tries once more at its end
        raise OutputError(f"standard output cannot be written ({error.strerror})", 1) from None


def complain(message: str) -> None:
    if sys.stderr is not None:
        print(f"espalier: {one_line(message)}", file=sys.stderr)


def answered(options: argparse.Namespace) -> tuple[int, str]:
    """Runs the command. The exit code, and what went wrong."""
    try:
        say(run(options))
        return 0, ""
    except ResultsError as error:
        return 2, str(error)
    except OutputError as error:
        return error.code, str(error)
    except ModuleNotFoundError as error:
        return 2, missing(error)
    except KeyboardInterrupt:
        return 130, "interrupted; nothing incomplete was written"
    except MemoryError:
        return 1, f"{options.file}: needs more memory than there is"
    except Exception as error:
        return 1, f"{options.file}: internal error: {type(error).__name__}: {error}; please report it"


def main(argv: list[str] | None = None, program: str = "python3 -m espalier") -> int:
    """The command line; `program` is how it was called."""
    given = sys.argv[1:] if argv is None else list(argv)
    if given and given[0] in FORMER:
        given[0] = FORMER[given[0]]
    options = arguments(program).parse_args(given)
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # a warning is for who calls functions, not for who types a command
    code, wrong = answered(options)
    if wrong:
        complain(wrong)
    return code


def script() -> int:
    """The console script of an installation with pip."""
    return main(program="espalier-analysis")


if __name__ == "__main__":
    sys.exit(main())
