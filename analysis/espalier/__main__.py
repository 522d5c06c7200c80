"""python3 -m espalier report FILE.h5 -o DIR: one page with figures, tables and statistics.

python3 -m espalier picture FILE.h5 -o OUT.png: accuracy against level.
python3 -m espalier model FILE.h5 ID -o OUT.npz: a trained network for numpy, or for torch (OUT.pt).
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import warnings
from pathlib import Path
from typing import NoReturn

from espalier import output
from espalier.errors import OutputError, ResultsError
from espalier.names import one_line
from espalier.results import open_results

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


def arguments() -> Parser:
    parser = Parser(prog="python3 -m espalier", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
    add_command(commands, "picture", "accuracy against level, one panel per perturbation", "OUT.png",
                "figure to write: .png, .pdf or .svg")
    add_command(commands, "report", "one page with figures, tables and statistics: DIR/report.html", "DIR", "folder to write")
    model = add_command(commands, "model", "a trained network for numpy (.npz) or torch (.pt)", "OUT",
                        "file to write: .npz or .pt")
    model.add_argument("id", metavar="ID", help="id or row of the model in /models")
    sheet = add_command(commands, "sheet", "the perturbed images: one row per kind, one column per strength", "OUT.png",
                        "figure to write: .png, .pdf or .svg")
    sheet.add_argument("inputs", metavar="INPUTS.npy", type=Path, help="made by: espalier inputs FILE.h5 -o INPUTS.npy")
    sheet.add_argument("--place", metavar="N", type=int, default=0, help="which of the images in INPUTS.npy, from 0")
    sheet.add_argument("--change", metavar="A", type=float, default=0, help="show the change too, A times amplified")
    return parser


def run(options: argparse.Namespace) -> str:
    """Runs the command and gives what it prints. Outputs are checked first, before any work."""
    # matplotlib takes a second to load; --help does not wait for it
    if options.command == "report":
        from espalier.report import write

        output.made_folder(options.output)
        return str(write(open_results(options.file), options.output))
    if options.command == "model":
        from espalier.network import write_network

        output.checked(options.output, NETWORKS)
        return str(write_network(open_results(options.file), options.id, options.output))
    output.checked(options.output, IMAGES)
    if options.command == "picture":
        from espalier.picture import draw

        draw(open_results(options.file), options.output)
    else:
        from espalier import sheet

        sheet.draw(open_results(options.file), sheet.read_inputs(options.inputs), options.output, options.place, options.change)
    return ""


def say(text: str) -> None:
    """Prints a line, if any. An answer that does not reach standard output (a full disk, a closed pipe) is no success."""
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


def main(argv: list[str] | None = None) -> int:
    options = arguments().parse_args(argv)
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # a warning is for who calls functions, not for who types a command
    try:
        say(run(options))
    except ResultsError as error:
        complain(str(error))
        return 2
    except OutputError as error:
        complain(str(error))
        return error.code
    except KeyboardInterrupt:
        complain("interrupted; nothing incomplete was written")
        return 130
    except MemoryError:
        complain(f"{options.file}: needs more memory than there is")
        return 1
    except Exception as error:
        complain(f"{options.file}: internal error: {type(error).__name__}: {error}; please report it")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
