"""python3 -m espalier picture FILE.h5 -o OUT.png"""

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
    return parser


def main(argv: list[str] | None = None) -> int:
    options = arguments().parse_args(argv)
    try:
        from espalier.picture import draw  # matplotlib takes a second to load; --help does not wait for it

        draw(open_results(options.file), options.output)
    except ResultsError as error:
        print(f"espalier: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
