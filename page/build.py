"""Build the page: one HTML file that holds CPython, the libraries and impact_xl. `make page` runs it.

The same sources give the same bytes on every machine: what is bundled is pinned by hash (package-lock.json,
requirements.txt), and it is compiled and packed by the bundled Python itself, with the compressor that it brings.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import sbom

HERE = Path(__file__).parent
ROOT = HERE.parent
PYODIDE = HERE / "node_modules" / "pyodide"
PLATFORM, PYTHON = "pyemscripten_2026_0_wasm32", "3.14"  # what Pyodide's release takes; its lock file says so, too
SCRIPTS = ("view.js", "zip.js", "files.js", "engine.js", "page.js")
MOST_BYTES = 15_000_000

# Of the standard library: what the page never imports. A test holds that its whole drive needs none of it.
UNUSED = re.compile(
    r"(unittest|_pyrepl|wsgiref|xmlrpc|sqlite3|tkinter|idlelib|ensurepip|venv|turtle|turtledemo|pdb|bdb|doctest|pydoc|pydoc_data|"
    r"cProfile|profile|pstats|profiling|imaplib|poplib|ftplib|curses|dbm|__phello__|ctypes/macholib|concurrent/interpreters|"
    r"webbrowser|antigravity|this|tabnanny|pyclbr|trace|tracemalloc|timeit|cgi|cgitb|mailcap|nturl2path|lib2to3|asyncio/windows_\w+|"
    r"multiprocessing|_pyio|_pydatetime|_pydecimal|pickletools|optparse|http/(server|cookies|cookiejar)|"
    r"compression/zstd|zipapp|modulefinder|rlcompleter|pty|tty|shelve|fileinput|netrc|sched|symtable|xml/sax)\b"
)


def main() -> None:
    """Build, and say what was written."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--output", type=Path, default=ROOT / "dist", help="the folder to write into")
    page = build(options.parse_args().output)
    print(f"{page}  {page.stat().st_size / 1e6:.1f} MB")


def build(folder: Path) -> Path:
    """Write the page, and its SHA-256 beside it; gives the page."""
    parts = compiled(folder / "page")
    name = f"impact-xl-{version()}.html"
    content = assemble(parts, name).encode()
    if len(content) > MOST_BYTES:
        raise SystemExit(f"The page has {len(content):,} bytes, and may have {MOST_BYTES:,}.")
    page = folder / name
    page.write_bytes(content)
    page.with_name(f"{name}.sha256").write_text(f"{hashlib.sha256(content).hexdigest()}  {name}\n", encoding="ascii")
    return page


def version() -> str:
    """The version of impact_xl."""
    match = re.search(r'__version__ = "(.+)"', (ROOT / "impact_xl/__init__.py").read_text(encoding="utf-8"))
    if not match:
        raise SystemExit("impact_xl/__init__.py says no version.")
    return match[1]


# -- what is bundled -----------------------------------------------------------------------------------


def compiled(work: Path) -> dict[str, bytes]:
    """The assets of the page by name, compiled and packed; made again only where a source is another."""
    work.mkdir(parents=True, exist_ok=True)
    run("npm", "ci", "--silent", "--prefix", HERE, unless=npm_is_fresh())
    for name, content in {"std.zip": std_sources(), "site.zip": site_sources(wheels(work))}.items():
        write_if_other(work / "in" / name, content)
    write_if_other(work / "in" / "worker.js", worker().encode())
    stamp = sha256(
        *(path.read_bytes() for path in sorted((work / "in").iterdir())), (HERE / "compile.mjs").read_bytes()
    )
    done = work / "done"
    if not done.is_file() or done.read_text(encoding="ascii") != stamp:
        run("node", HERE / "compile.mjs", PYODIDE, work / "in", work / "out")
        done.write_text(stamp, encoding="ascii")
    return {path.name: path.read_bytes() for path in sorted((work / "out").iterdir())}


def run(*command: object, unless: bool = False) -> None:
    """Run a program; its failure is ours."""
    if not unless:
        # The tests' own settings are no settings of a build.
        clean = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "NODE_PATH")}
        program = shutil.which(str(command[0])) or str(command[0])
        subprocess.run([program, *map(str, command[1:])], check=True, env=clean)


def npm_is_fresh() -> bool:
    """Whether node_modules is what package-lock.json says."""
    done, lock = HERE / "node_modules" / ".package-lock.json", HERE / "package-lock.json"
    if not done.is_file():
        return False
    there, wanted = (json.loads(path.read_text(encoding="utf-8"))["packages"] for path in (done, lock))
    wanted.pop("")
    return all(
        there.get(name, {}).get("version") == each["version"]
        for name, each in wanted.items()
        if not each.get("optional")
    )


def wheels(work: Path) -> list[Path]:
    """The wheels of requirements.txt."""
    place, wanted = work / "wheels", HERE / "requirements.txt"
    stamp = place / "stamp"
    if not stamp.is_file() or stamp.read_bytes() != wanted.read_bytes():
        shutil.rmtree(place, ignore_errors=True)
        platform = ("--platform", PLATFORM, "--python-version", PYTHON, "--implementation", "cp", "--abi", "cp314")
        pip = (
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--require-hashes",
            "--only-binary=:all:",
        )
        run(*pip, *platform, "--dest", place, "--requirement", wanted)
        stamp.write_bytes(wanted.read_bytes())
    return sorted(place.glob("*.whl"))


def std_sources() -> bytes:
    """The standard library without what is never used."""
    with zipfile.ZipFile(PYODIDE / "python_stdlib.zip") as std:
        names = (name for name in std.namelist() if not name.endswith("/") and not UNUSED.match(name))
        return stored({name: std.read(name) for name in names})


def site_sources(libraries: list[Path]) -> bytes:
    """The libraries, impact_xl without its commands, and what takes the place of a library that has no such wheel."""
    files: dict[str, bytes] = {}
    for wheel in libraries:
        with zipfile.ZipFile(wheel) as packed:
            names = (name for name in packed.namelist() if not name.endswith("/") and not is_needless(name))
            files |= {name: packed.read(name) for name in names}
    for place, below in ((ROOT / "impact_xl", "impact_xl/cli/"), (HERE / "stand_ins", "-")):
        for path in place.rglob("*"):
            name = path.relative_to(place.parent if below != "-" else place).as_posix()
            if path.is_file() and path.suffix != ".pyc" and not name.startswith(below):
                files[name] = path.read_bytes()
    return stored(files)


def is_needless(name: str) -> bool:
    """Whether a file of a wheel is of no use when the page runs."""
    return bool(
        re.search(r"\.dist-info/|\.pyi$|/py\.typed$|^olefile/(olefile2|doc/)|^msoffcrypto/(cli|__main__)", name)
    )


def stored(files: Mapping[str, bytes]) -> bytes:
    """A zip of files, not compressed, the same wherever it is made."""
    from io import BytesIO

    out = BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in sorted(files):
            packed.writestr(zipfile.ZipInfo(name), files[name])
    return out.getvalue()


def write_if_other(path: Path, content: bytes) -> None:
    """Write a file where it is not there with this very content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_bytes() != content:
        path.write_bytes(content)


def sha256(*contents: bytes) -> str:
    """One fingerprint of all."""
    return hashlib.sha256(b"".join(hashlib.sha256(content).digest() for content in contents)).hexdigest()


# -- the worker ----------------------------------------------------------------------------------------


def worker() -> str:
    """The worker with Pyodide in it, as one classic script.

    A module worker does not start from a file:// page, whose origin is opaque, and Pyodide is made of modules. So each
    of them becomes a function that gives what it exports. The texts that are replaced are counted: another Pyodide
    fails this build, and not a user.
    """
    module = (PYODIDE / "pyodide.asm.mjs").read_text(encoding="utf-8")
    module = replaced(module, "import.meta.url", '"https://impact-xl.invalid/pyodide.asm.mjs"', 3)
    # As much memory as a child process may have (returns/worker_pool.py).
    module = replaced(module, "getHeapMax=()=>4294901760", "getHeapMax=()=>1073741824", 1)
    module = as_value(
        "pyodide_asm_mjs", module, "export default _createPyodideModule;", "{default: _createPyodideModule}"
    )
    core = (PYODIDE / "pyodide.mjs").read_text(encoding="utf-8")
    core = as_value("pyodide_mjs", core, "export{dt as loadPyodide,U as version};", "{loadPyodide: dt, version: U}")
    return replaced(
        (HERE / "src/worker.js").read_text(encoding="utf-8"), "// ---- Pyodide stands here\n", module + core, 1
    )


def as_value(name: str, module: str, export: str, value: str) -> str:
    """A module as a function whose value is called `name`."""
    module = re.sub(r"//# sourceMappingURL=.*", "", module)
    return f"const {name} = (() => {{{replaced(module, export, f'return {value};', 1)}\n}})();\n"


def replaced(text: str, old: str, new: str, times: int) -> str:
    """The text with something replaced that stands in it so many times, and no other number."""
    if text.count(old) != times:
        raise SystemExit(f"{old!r} stands {text.count(old)} times where {times} were expected; is Pyodide another one?")
    return text.replace(old, new)


# -- the page ------------------------------------------------------------------------------------------


def assemble(parts: Mapping[str, bytes], name: str) -> str:
    """The page.

    Args:
        parts: the assets by name.
        name: of the file.
    """
    script = "'use strict';\n" + "\n".join((HERE / "src" / each).read_text(encoding="utf-8") for each in SCRIPTS)
    style = (HERE / "src/page.css").read_text(encoding="utf-8")
    blocks = [
        f'<script type="application/octet-stream" id="{each}">{base64.b64encode(content).decode()}</script>'
        for each, content in parts.items()
    ]
    lock = json.loads((PYODIDE / "pyodide-lock.json").read_text(encoding="utf-8"))["info"]
    blocks.append(f'<script type="application/json" id="lock">{json.dumps({"info": lock, "packages": {}})}</script>')
    rows = "".join(
        f"<tr><td>{html.escape(each['name'])}</td><td>{html.escape(each['version'])}</td>"
        f"<td>{html.escape(each['licenses'][0]['license']['id'])}</td></tr>"
        for each in sbom.bill()["components"]
    )
    page = (HERE / "src/page.html").read_text(encoding="utf-8")
    texts = {
        "@CSP@": policy(script, style), "@CSS@": style, "@JS@": script, "@VERSION@": version(), "@FILE@": name,
        "@ABOUT@": html.escape(about()), "@BUILT@": built(), "@PARTS@": rows, "@LICENCES@": licences(),
        "@ASSETS@": "\n".join(blocks),
    }  # fmt: skip
    for mark, text in texts.items():
        page = replaced(page, mark, text, 1)
    return page


def policy(script: str, style: str) -> str:
    """The Content-Security-Policy: no connection at all, our own script and style by their hashes."""
    return "; ".join(
        (
            "default-src 'none'", f"script-src {pin(script)} 'wasm-unsafe-eval'", f"style-src {pin(style)}",
            "worker-src blob:", "connect-src 'none'", "img-src 'none'", "font-src 'none'", "frame-src 'none'",
            "object-src 'none'", "base-uri 'none'", "form-action 'none'",
        )
    )  # fmt: skip


def pin(text: str) -> str:
    """What the policy says of a script or style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def built() -> str:
    """The day of the newest release in CHANGELOG.md or, before one, of the last commit: never the clock's."""
    stamp = os.environ.get("SOURCE_DATE_EPOCH")
    git = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    if not stamp and shutil.which("git") and (ROOT / ".git").exists():
        stamp = subprocess.run(git, check=False, capture_output=True, text=True).stdout.strip()
    from datetime import UTC, datetime

    if stamp:
        return datetime.fromtimestamp(int(stamp), UTC).date().isoformat()
    days = re.findall(
        r"^## \[.+\] - (\d{4}-\d{2}-\d{2})$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    return max(days, default="2026-11-29")


def about() -> str:
    """The versions in one line."""
    lock = json.loads((PYODIDE / "pyodide-lock.json").read_text(encoding="utf-8"))["info"]
    return f"impact_xl {version()}, on CPython {lock['python']} and Pyodide {pyodide_version()}."


def pyodide_version() -> str:
    """The version of Pyodide."""
    return str(json.loads((PYODIDE / "package.json").read_text(encoding="utf-8"))["version"])


def licences() -> str:
    """The texts of all licences, folded."""
    return "\n".join(
        f"<details><summary>{html.escape(path.stem)}</summary><pre>{html.escape(path.read_text(encoding='utf-8'))}</pre></details>"
        for path in sorted((HERE / "licences").glob("*.txt"))
    )


if __name__ == "__main__":
    main()
