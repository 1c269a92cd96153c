"""Take the pictures of docs/page.md: python scripts/page_images.py (needs Chromium, Node.js and npm)."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from page_driver import CHROMIUM, Browser, a_round, built, need  # noqa: E402  found by the line above


def main() -> None:
    """Take them all."""
    images, page = ROOT / "docs/images", built()
    with (
        tempfile.TemporaryDirectory() as place,
        Browser("chromium", need(CHROMIUM, "Chromium"), Path(place) / "saved") as browser,
    ):
        browser.open(page, width=1000, height=640)
        browser("picture", to=images / "page-start.png", full=False)
        browser.open(page, width=1180, height=1060)
        browser.give("returns-folder", a_round(Path(place) / "autumn-2026", 40))
        browser("wait", code="() => document.getElementById('round-facts').textContent.includes('40 teams')")
        browser.click("combine")
        browser.evaluate("() => scrollTo(0, 0)")
        browser("picture", to=images / "page-results.png", full=False)


if __name__ == "__main__":
    main()
