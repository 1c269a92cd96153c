"""Render the pictures of the README with LibreOffice and pdftoppm. Run by `make images`."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from impact_xl import demo

IMAGES = Path(__file__).parent.parent / "docs" / "images"
RESOLUTION = 88  # dots an inch: an A4 page about 730 pixels wide


def page(workbook: Path, number: int, picture: Path) -> None:
    """Render one printed page of a workbook."""
    with tempfile.TemporaryDirectory() as folder:
        profile = f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}"
        convert = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", folder, str(workbook)]
        subprocess.run(convert, check=True, capture_output=True)
        pdf = Path(folder) / f"{workbook.stem}.pdf"
        first = ["-f", str(number), "-l", str(number)]
        target = str(picture.with_suffix(""))
        subprocess.run(["pdftoppm", "-r", str(RESOLUTION), "-png", "-singlefile", *first, str(pdf), target], check=True)
    print(f"wrote {picture.relative_to(IMAGES.parent.parent)}")


if __name__ == "__main__":
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        round = demo.write(folder)
        page(round.returns / "Alder ward.xlsx", 2, IMAGES / "form.png")
        page(round.workbook, 1, IMAGES / "summary.png")
