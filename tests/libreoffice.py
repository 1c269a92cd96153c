"""LibreOffice in tests: a person's hands through its scripting interface, and its hard recalculation.

Tests that need it skip with a reason where it is absent, and fail instead of skipping in CI.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

try:
    import pytest
except ImportError:  # Debian's Python, which only types
    pytest = None

Rows = list[list[Any]]
SOFFICE = shutil.which("soffice")
UNO_PYTHON = "/usr/bin/python3"  # Debian's, which has python3-uno; the tests' own environment need not
_RECALCULATE_ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item></oor:items>
"""

needs_office = pytest and pytest.mark.skipif(
    SOFFICE is None and not os.environ.get("CI"), reason="LibreOffice (soffice) is not installed"
)


needs_printing = pytest and pytest.mark.skipif(
    (SOFFICE is None or shutil.which("pdftotext") is None) and not os.environ.get("CI"),
    reason="LibreOffice (soffice) or pdftotext (poppler-utils) is not installed",
)


def printed_pages(pdf: Path, layout: str = "-raw") -> list[str]:
    """The text of every page of what LibreOffice printed; `layout` is pdftotext's option for the order of the words."""
    done = subprocess.run(["pdftotext", layout, str(pdf), "-"], check=True, capture_output=True, text=True)
    return done.stdout.removesuffix("\f").split("\f")


def convert(source: Path, folder: Path, to: str = "xlsx:Calc MS Excel 2007 XML") -> Path:
    """Open a workbook in LibreOffice, recalculate everything, and save it as another file in a folder."""
    convert_all([source], folder, to)
    return folder / f"{source.stem}.{to.partition(':')[0]}"


def convert_all(sources: Sequence[Path], folder: Path, to: str) -> None:
    """The same for several workbooks, with one LibreOffice."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        _set_up(Path(profile))
        subprocess.run(
            [
                str(SOFFICE),
                f"-env:UserInstallation={Path(profile).as_uri()}",
                "--headless",
                "--convert-to",
                to,
                "--outdir",
                str(folder),
                *map(str, sources),
            ],
            check=True,
            capture_output=True,
            timeout=240,
        )


def recalculated(source: Path, folder: Path) -> Path:
    """A copy of a workbook with every formula calculated anew."""
    return convert(source, folder / "recalculated")


def typed(source: Path, target: Path, entries: Mapping[str, Mapping[str, str]]) -> Path:
    """A copy of a form in which LibreOffice was made to type into cells, as a keyboard would.

    Args:
        entries: for each sheet's name, what to type into which cell; an empty text clears it.
    """
    return typed_many({target: (source, entries)})[0]


def typed_many(jobs: Mapping[Path, tuple[Path, Mapping[str, Mapping[str, str]]]]) -> list[Path]:
    """Several such copies with one LibreOffice, each target with its source and entries; as .xlsx, .ods or .xls."""
    _scripted("type", [[source.as_uri(), target.as_uri(), entries] for target, (source, entries) in jobs.items()])
    return list(jobs)


def shown(source: Path, sheet: str, cell: str, texts: Sequence[str], sheets: Sequence[str]) -> list[dict[str, Rows]]:
    """What some sheets show after each of several texts was typed into a cell and everything was calculated anew."""
    return _scripted("show", [source.as_uri(), sheet, cell, list(texts), list(sheets)])


def resorted(source: Path, target: Path, tables: Mapping[str, tuple[str, int]]) -> Path:
    """A copy in which somebody sorted tables, the largest first; everything was calculated anew.

    Args:
        source: the workbook.
        target: where the copy goes.
        tables: for each sheet's name the rows to sort (`A5:Z26`) and the column to sort them by, counted from 0.
    """
    _scripted("sort", [[source.as_uri(), target.as_uri(), tables]])
    return target


def _scripted(what: str, arguments: list[Any]) -> Any:
    """Have Debian's Python do something with LibreOffice, and give what it prints."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        profile = Path(folder, "profile")
        _set_up(profile)
        jobs = Path(folder, "jobs.json")
        jobs.write_text(json.dumps(arguments))
        done = subprocess.run(
            [UNO_PYTHON, __file__, what, str(jobs), profile.as_uri()],
            capture_output=True,
            text=True,
            timeout=580,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _set_up(profile: Path) -> None:
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_RECALCULATE_ALWAYS)


_FILTERS = {"xlsx": "Calc MS Excel 2007 XML", "ods": "calc8", "xls": "MS Excel 97"}


class _Office:
    """Run by Debian's Python, which knows uno: LibreOffice for the time of a with block."""

    def __init__(self, profile: str) -> None:
        import uuid

        self.pipe = f"impactxl{uuid.uuid4().hex}"
        self.process = subprocess.Popen(
            [
                str(SOFFICE),
                f"-env:UserInstallation={profile}",
                "--headless",
                "--norestore",
                f"--accept=pipe,name={self.pipe};urp;",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self) -> Any:
        import time

        import uno  # type: ignore[import-not-found]

        context = uno.getComponentContext()
        resolver = context.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", context)
        for _ in range(300):
            try:
                remote = resolver.resolve(f"uno:pipe,name={self.pipe};urp;StarOffice.ComponentContext")
                break
            except Exception:  # noqa: BLE001  not there yet; uno raises what it likes
                time.sleep(0.2)
        self.desktop = remote.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", remote)
        return self.desktop

    def __exit__(self, *_: object) -> None:
        self.desktop.terminate()
        self.process.wait(30)


def _setting(name: str, value: object) -> object:
    from com.sun.star.beans import PropertyValue  # type: ignore[import-not-found]

    made = PropertyValue()
    made.Name, made.Value = name, value
    return made


def _opened(desktop: Any, source: str) -> Any:
    return desktop.loadComponentFromURL(source, "_blank", 0, (_setting("Hidden", True),))


def _type(desktop: Any, jobs: list[Any]) -> list[Any]:
    for source, target, sheets in jobs:
        document = _opened(desktop, source)
        for name, cells in sheets.items():
            sheet = document.Sheets.getByName(name)
            for cell, text in cells.items():
                sheet.getCellRangeByName(cell).setFormula(text)
        ending = str(target).rpartition(".")[2]
        document.storeToURL(target, (_setting("FilterName", _FILTERS[ending]),))
        document.close(True)
    return []


def _sort(desktop: Any, jobs: list[Any]) -> list[Any]:
    import uno  # type: ignore[import-not-found]
    from com.sun.star.table import TableSortField  # type: ignore[import-not-found]

    for source, target, tables in jobs:
        document = _opened(desktop, source)
        for name, (place, column) in tables.items():
            by = TableSortField()
            by.Field, by.IsAscending = column, False
            # What a sequence holds must be said outright, or the range takes no notice of it.
            fields = uno.Any("[]com.sun.star.table.TableSortField", (by,))
            found = document.Sheets.getByName(name).getCellRangeByName(place)
            uno.invoke(found, "sort", ((_setting("SortFields", fields), _setting("ContainsHeader", False)),))
        document.calculateAll()
        document.storeToURL(target, (_setting("FilterName", _FILTERS["xlsx"]),))
        document.close(True)
    return []


def _show(desktop: Any, arguments: list[Any]) -> list[Any]:
    source, place, cell, texts, sheets = arguments
    document = _opened(desktop, source)
    seen = []
    for text in texts:
        document.Sheets.getByName(place).getCellRangeByName(cell).setString(text)
        document.calculateAll()
        values = {}
        for name in sheets:
            cursor = document.Sheets.getByName(name).createCursor()
            cursor.gotoEndOfUsedArea(True)
            values[name] = cursor.getDataArray()
        seen.append(values)
    document.close(True)
    return seen


if __name__ == "__main__":
    import sys

    work, jobs, profile = sys.argv[1:]
    with _Office(profile) as desktop:
        print(
            json.dumps({"type": _type, "show": _show, "sort": _sort}[work](desktop, json.loads(Path(jobs).read_text())))
        )
