"""`python -m core.protocol generate [--check]`: writes the generated files, or fails when they are not current."""

import sys
from collections.abc import Sequence
from pathlib import Path

from core.protocol import generate

ROOT = Path(__file__).parent.parent.parent
USAGE = "usage: python -m core.protocol generate [--check]\n"


def main(arguments: Sequence[str]) -> int:
    """Returns the exit status: 0; 1 when --check found something outdated; 2 when not understood."""
    match arguments:
        case ["generate"]:
            for path in generate.write(ROOT):
                sys.stdout.write(f"written: {path}\n")
            return 0
        case ["generate", "--check"]:
            outdated = generate.outdated(ROOT)
            for path in outdated:
                sys.stderr.write(f"outdated: {path} (make protocol)\n")
            return 1 if outdated else 0
        case _:
            sys.stderr.write(USAGE)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
