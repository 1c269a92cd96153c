"""Render the pictures of the docs with LibreOffice and poppler: a sheet of the form, and every sheet of the results.

Run by `make images`. The round is the demonstration's, 40 fictional teams.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

from impact_xl import demo

IMAGES = Path(__file__).parent.parent / "docs" / "images"
RESOLUTION = 80  # dots an inch: an A4 page about 660 pixels wide


# The first printed page of each sheet; the Summary has two.
SHEETS = (
    "summary", "summary-questions", "components", "questions", "heatmap", "teams", "to-fix", "comments", "actions",
    "answers", "about",
)  # fmt: skip


def printed(workbook: Path, folder: Path) -> Path:
    """A workbook as LibreOffice prints it."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    convert = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(workbook)]
    subprocess.run(convert, check=True, capture_output=True)
    return folder / f"{workbook.stem}.pdf"


def first_pages(pdf: Path) -> list[int]:
    """The number of the first page of each sheet, told by the footer; and of the Summary's second."""
    pages = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, text=True).stdout
    footers = [page.rstrip().rpartition("\n")[2] for page in pages.split("\f") if page.strip()]
    sheets = [re.split(r"\s{2,}", footer.strip())[-2] for footer in footers]
    return sorted({2, *(sheets.index(sheet) + 1 for sheet in sheets)})


def picture(pdf: Path, number: int, name: str) -> None:
    """Render one page."""
    target = IMAGES / name
    page = ["-f", str(number), "-l", str(number)]
    subprocess.run(["pdftoppm", "-r", str(RESOLUTION), "-png", "-singlefile", *page, pdf, target], check=True)
    print(f"wrote {target.relative_to(IMAGES.parent.parent)}.png")


if __name__ == "__main__":
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        round = demo.write(Path(folder, "demo"))
        picture(printed(round.returns / "Alder ward.xlsx", Path(folder)), 2, "form")
        results = printed(round.workbook, Path(folder))
        for number, name in zip(first_pages(results), SHEETS, strict=True):
            picture(results, number, name)
