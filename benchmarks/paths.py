"""Which way the copies in a folder are read: `python benchmarks/paths.py FOLDER`."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from impact_xl.returns.formats import xlsx_checks, xlsx_fast
from impact_xl.returns.formats.package_reader import Package

FAST, LIBRARY, CAREFUL = "the fast way", "python-calamine", "openpyxl"


def paths_of(folder: Path) -> dict[str, int]:
    """How many of a folder's workbooks come to each reader."""
    counted = Counter(_path_of(Package(path.read_bytes())) for path in sorted(folder.iterdir()))
    return {path: counted[path] for path in (FAST, LIBRARY, CAREFUL)}


def _path_of(package: Package) -> str:
    if xlsx_fast.sheets(package) is not None:
        return FAST
    hides = any(xlsx_checks.inspect(package.read(name)).hides for name in package.sheets())
    return CAREFUL if hides else LIBRARY


if __name__ == "__main__":
    for path, count in paths_of(Path(sys.argv[1])).items():
        print(f"{count:>7,} {path}")
