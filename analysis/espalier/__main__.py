"""python3 -m espalier report FILE.h5 -o DIR; python3 -m espalier picture FILE.h5 -o OUT.png"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from espalier.results import ResultsError, open_results


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m espalier", description="Draws espalier's results files.")
    commands = parser.add_subparsers(dest="command", required=True)
    picture = commands.add_parser("picture", help="accuracy against level, one panel per perturbation")
    picture.add_argument("file", metavar="FILE.h5", type=Path)
    picture.add_argument("-o", "--output", metavar="OUT.png", type=Path, required=True,
                         help="picture to write: .png, .pdf or .svg")
    report = commands.add_parser("report", help="one page with figures, tables and statistics: DIR/report.html")
    report.add_argument("file", metavar="FILE.h5", type=Path)
    report.add_argument("-o", "--output", metavar="DIR", type=Path, required=True, help="folder to write")
    return parser


def run(options: argparse.Namespace) -> None:
    # matplotlib takes a second to load; --help does not wait for it
    if options.command == "picture":
        from espalier.picture import draw

        draw(open_results(options.file), options.output)
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
