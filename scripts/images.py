"""Render the pictures of the docs with LibreOffice and poppler: forms, tracking file, a pack, every sheet of results.

Run by `make images`. The round is the demonstration's, 40 fictional teams.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

from click.testing import CliRunner

from impact_xl import demo
from impact_xl.cli import cli

IMAGES = Path(__file__).parent.parent / "docs" / "images"
RESOLUTION = 80  # dots an inch: an A4 page about 660 pixels wide


# The first printed page of each sheet; the Summary has two. Answers and Files print nothing but their title.
SHEETS = (
    "summary", "summary-questions", "components", "questions", "groups", "heatmap", "teams", "to-fix", "comments",
    "actions", "", "about", "",
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


def picture(pdf: Path, number: int, name: str, *, part: float = 1, resolution: int = RESOLUTION) -> None:
    """Render one page, or the upper part of it."""
    target = IMAGES / name
    page = ["-f", str(number), "-l", str(number)]
    size = subprocess.run(["pdfinfo", pdf], check=True, capture_output=True, text=True).stdout
    width, height = (float(each) for each in re.findall(r"Page size:\s+([\d.]+) x ([\d.]+)", size)[0])
    dots = resolution / 72
    crop = (
        []
        if part == 1
        else ["-x", "0", "-y", "0", "-W", str(round(width * dots)), "-H", str(round(height * dots * part))]
    )
    subprocess.run(["pdftoppm", "-r", str(resolution), "-png", "-singlefile", *page, *crop, pdf, target], check=True)
    print(f"wrote {target.relative_to(IMAGES.parent.parent)}.png")


def by_mail(played: demo.Demo, folder: Path) -> None:
    """What goes out and comes back: a personal form, a correction form, the tracking file and a pack."""

    def run(*args: object) -> None:
        done = CliRunner().invoke(cli, [str(arg) for arg in args])
        if done.exit_code:
            raise RuntimeError(done.output)

    teams, tracking, out = played.teams, folder / "tracking.xlsx", {}
    for name in ("outbox", "reminders", "feedback"):
        out[name] = folder / name
    settled = ("--deadline", "2026-11-30", "--contact", "improvement@trust.example")
    run("distribute", teams, "-o", out["outbox"], *settled)
    run("status", played.returns, "--teams", teams, "-o", tracking)
    run("remind", played.returns, "--teams", teams, "--tracking", tracking, "-o", out["reminders"], *settled,
        "--date", "2026-11-20")  # fmt: skip
    run("feedback", played.workbook, "--teams", teams, "-o", out["feedback"])
    correction = min((out["reminders"] / "forms").glob("Correction - *.xlsx"))
    personal = out["outbox"] / "forms" / "Self-assessment - Alder ward.xlsx"
    picture(printed(personal, folder), 1, "personal-form")
    picture(printed(correction, folder), 2, "correction-form", part=0.44)
    picture(printed(tracking, folder), 1, "tracking", part=0.62, resolution=85)
    picture(printed(out["feedback"] / "packs" / "Feedback - Aspen theatre.xlsx", folder), 1, "pack")


if __name__ == "__main__":
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        played = demo.write(Path(folder, "demo"))
        picture(printed(played.returns / "Alder ward.xlsx", Path(folder)), 2, "form")
        picture(printed(played.returns.with_name("round.xlsx"), Path(folder)), 1, "round", part=0.76)
        results = printed(played.workbook, Path(folder))
        for number, name in zip(first_pages(results), SHEETS, strict=True):
            if name:
                picture(results, number, name)
        by_mail(played, Path(folder))
