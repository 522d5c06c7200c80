"""python3 -m espalier report FILE.h5 -o DIR: one page with figures, tables and statistics.

python3 -m espalier picture FILE.h5 -o OUT.png: accuracy against level.
python3 -m espalier model FILE.h5 ID -o OUT.npz: a trained network for numpy, or for torch (OUT.pt).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from espalier.results import ResultsError, open_results


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m espalier", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    picture = commands.add_parser("picture", help="accuracy against level, one panel per perturbation")
    picture.add_argument("file", metavar="FILE.h5", type=Path)
    picture.add_argument("-o", "--output", metavar="OUT.png", type=Path, required=True,
                         help="picture to write: .png, .pdf or .svg")
    report = commands.add_parser("report", help="one page with figures, tables and statistics: DIR/report.html")
    report.add_argument("file", metavar="FILE.h5", type=Path)
    report.add_argument("-o", "--output", metavar="DIR", type=Path, required=True, help="folder to write")
    model = commands.add_parser("model", help="a trained network for numpy (.npz) or torch (.pt)")
    model.add_argument("file", metavar="FILE.h5", type=Path)
    model.add_argument("id", metavar="ID", help="id or row of the model, as /models has it")
    model.add_argument("-o", "--output", metavar="OUT", type=Path, required=True, help="file to write: .npz or .pt")
    sheet = commands.add_parser("sheet", help="the perturbed images themselves: one row per kind, one column per strength")
    sheet.add_argument("file", metavar="FILE.h5", type=Path)
    sheet.add_argument("inputs", metavar="INPUTS.npy", type=Path, help="made by: espalier inputs FILE.h5 -o INPUTS.npy")
    sheet.add_argument("-o", "--output", metavar="OUT.png", type=Path, required=True, help="picture to write")
    sheet.add_argument("--place", metavar="N", type=int, default=0, help="which of the images in INPUTS.npy, from 0")
    sheet.add_argument("--change", metavar="A", type=float, default=0, help="draw the change too, A times amplified")
    return parser


def run(options: argparse.Namespace) -> None:
    # matplotlib takes a second to load; --help does not wait for it
    if options.command == "picture":
        from espalier.picture import draw

        draw(open_results(options.file), options.output)
    elif options.command == "model":
        from espalier.network import write_network

        print(write_network(open_results(options.file), options.id, options.output))
    elif options.command == "sheet":
        from espalier import sheet

        sheet.draw(open_results(options.file), sheet.read_inputs(options.inputs), options.output, options.place, options.change)
    else:
        from espalier.report import write

        print(write(open_results(options.file), options.output))


def main(argv: list[str] | None = None) -> int:
    options = arguments().parse_args(argv)
    try:
        run(options)
    except ResultsError as error:
        print(f"espalier: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
