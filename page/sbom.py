"""What the page is made of: sbom.json, in CycloneDX 1.5. `python page/sbom.py` writes it.

Names, versions and hashes of what is fetched come from requirements.txt and package-lock.json. What is inside Pyodide's
WebAssembly has no list of its own: its versions are those that it reports when it runs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SBOM = HERE.parent / "sbom.json"

LICENCES = {
    "et_xmlfile": "MIT", "msoffcrypto-tool": "MIT", "olefile": "BSD-2-Clause", "openpyxl": "MIT",
    "python-calamine": "MIT", "python-oxmsg": "MIT", "typing_extensions": "PSF-2.0", "xlsxwriter": "BSD-2-Clause",
    "pyodide": "MPL-2.0",
}  # fmt: skip
INSIDE = (  # Pyodide's WebAssembly
    ("CPython", "3.14.2", "PSF-2.0"), ("Emscripten", "5.0.3", "MIT"), ("musl", "as in Emscripten 5.0.3", "MIT"),
    ("zlib", "1.3.1", "Zlib"), ("bzip2", "as in Pyodide 314.0.7", "bzip2-1.0.6"),
    ("xz", "as in Pyodide 314.0.7", "0BSD"),
    ("zstd", "1.5.7", "BSD-3-Clause"), ("SQLite", "3.39.0", "blessing"), ("expat", "2.7.3", "MIT"),
    ("mpdecimal", "2.5.1", "BSD-2-Clause"), ("libffi", "as in Pyodide 314.0.7", "MIT"),
)  # fmt: skip
_WHEEL = re.compile(r"^(\S+)==(\S+) --hash=sha256:([0-9a-f]{64})$", re.MULTILINE)


def bill() -> dict[str, Any]:
    """The whole list."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "impact_xl page", "licenses": licence("MIT")}},
        "components": [*fetched(), *inside()],
    }


def fetched() -> Iterator[dict[str, Any]]:
    """What the build fetches, by its hashes."""
    lock = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))["packages"]["node_modules/pyodide"]
    digest = {"alg": "SHA-512", "content": hexadecimal(lock["integrity"])}
    yield component("pyodide", lock["version"], LICENCES["pyodide"], "npm", digest)
    for name, version, digest in _WHEEL.findall((HERE / "requirements.txt").read_text(encoding="utf-8")):
        yield component(name, version, LICENCES[name], "pypi", {"alg": "SHA-256", "content": digest})


def inside() -> Iterator[dict[str, Any]]:
    """What is inside Pyodide's WebAssembly."""
    for name, version, text in INSIDE:
        yield component(name, version, text, "generic", None)


def component(name: str, version: str, text: str, kind: str, digest: dict[str, str] | None) -> dict[str, Any]:
    """One part."""
    made: dict[str, Any] = {"type": "library", "name": name, "version": version, "licenses": licence(text)}
    if digest:
        made |= {"purl": f"pkg:{kind}/{name.lower().replace('_', '-')}@{version}", "hashes": [digest]}
    return made


def licence(text: str) -> list[dict[str, Any]]:
    """A licence by its SPDX id."""
    return [{"license": {"id": text}}]


def hexadecimal(integrity: str) -> str:
    """npm's `sha512-` in base64, as hexadecimal digits."""
    import base64

    return base64.b64decode(integrity.removeprefix("sha512-")).hex()


def text() -> str:
    """The file's content."""
    return json.dumps(bill(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SBOM.write_text(text(), encoding="utf-8")
