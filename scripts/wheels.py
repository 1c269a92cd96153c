"""Put everything that pip needs where it may not reach the internet into dist/wheels, with the hash of each file.

    python scripts/wheels.py                                                      for a computer like this one
    python scripts/wheels.py --platform win_amd64 --python-version 3.13           for Windows with Python 3.13

What is given is passed on to pip. `requirements.txt` beside the wheels lists each with its SHA-256; with
`--require-hashes` pip installs nothing else.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
WHEELS = ROOT / "dist" / "wheels"
_FOR_WINDOWS = ("colorama", "tzdata")  # asked for elsewhere, too, where they do no harm: pip here asks for this system


def main(platform: list[str]) -> None:
    """Build, fetch and list."""
    shutil.rmtree(WHEELS, ignore_errors=True)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pip("wheel", "--no-deps", "--wheel-dir", str(WHEELS), str(ROOT))
    pip("download", "--only-binary=:all:", *platform, "--dest", str(WHEELS), *project["dependencies"], *_FOR_WINDOWS)
    lines = "".join(f"{line}\n" for line in map(requirement, sorted(WHEELS.glob("*.whl"))))
    (WHEELS / "requirements.txt").write_text(lines, encoding="utf-8", newline="\n")
    print(f"dist/wheels/requirements.txt  SHA-256 {hashlib.sha256(lines.encode()).hexdigest()}")


def pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--quiet", *arguments], check=True)


def requirement(wheel: Path) -> str:
    """The line that asks for one wheel and no other: its name and version stand first in its file's name (PEP 427)."""
    name, version = wheel.name.split("-")[:2]
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}"


if __name__ == "__main__":
    main(sys.argv[1:])
