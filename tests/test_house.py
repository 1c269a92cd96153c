"""The house keeps its shape: imports go one way, functions stay small, and names are nouns and verbs.

`python tests/test_house.py` lists what is over a limit, the worst first.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CODE = ROOT / "impact_xl"

# From the bottom up. A module imports only from its own room and from those before it.
ROOMS = (
    "wording", "findings", "questionnaire", "xlsx", "files", "authoring", "roster", "form", "returns", "round",
    "results", "comparison", "mail", "feedback", "api", "demo", "page", "cli",
)  # fmt: skip
RETURNS = (
    "submission", "sources", "other_kinds", "shortcuts", "csv_file", "zip_directory", "file_type", "passwords",
    "formats", "parse", "mail", "read_file", "job_object", "in_process", "worker_pool",
)  # fmt: skip
MOST_COMPLEX, LONGEST_FUNCTION, LONGEST_MODULE = 15, 60, 500
CATALOGUE = "findings.py"  # one table, long by nature
PARTICIPLES = {"asked", "held", "said", "told"}

_BRANCHES = (ast.If, ast.For, ast.While, ast.AsyncFor, ast.IfExp, ast.ExceptHandler, ast.Assert, ast.match_case)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the program by its path below impact_xl."""
    return {
        path.relative_to(CODE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(CODE.rglob("*.py"))
    }


def dotted(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".").removeprefix("__init__")


def imports(path: str) -> Iterator[tuple[str, int]]:
    """The modules that a module imports, also lazily, and the line; names of a package are followed to their module."""
    known = {dotted(each) for each in modules()}
    for node in ast.walk(modules()[path]):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "impact_xl":
            home = (node.module or "").removeprefix("impact_xl").removeprefix(".")
            for alias in node.names:
                if (home, alias.name) == ("", "__version__"):
                    continue
                full = f"{home}.{alias.name}".removeprefix(".")
                yield (full if full in known else home), node.lineno


def complexity(function: ast.AST) -> int:
    """One, and one more for each place where the way forks; inner functions count to their outer one.

    Source: McCabe, A Complexity Measure (1976), with comprehensions and further operands of `and` and `or` counted.
    """
    forks = 0
    for node in ast.walk(function):
        forks += isinstance(node, _BRANCHES)
        if isinstance(node, ast.comprehension):
            forks += 1 + len(node.ifs)
        forks += len(node.values) - 1 if isinstance(node, ast.BoolOp) else 0
    return 1 + forks


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every function that is inside no other, with its place."""

    def outer(node: ast.AST, path: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, _FUNCTIONS):
                yield f"{path}:{child.lineno} {child.name}", child
            else:
                yield from outer(child, path)

    for path, tree in modules().items():
        yield from outer(tree, path)


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def too_complex() -> list[tuple[int, str]]:
    return sorted(((n, place) for place, each in functions() if (n := complexity(each)) > MOST_COMPLEX), reverse=True)


def too_long() -> list[tuple[int, str]]:
    return sorted(
        (
            (n, place)
            for place, each in functions()
            if (n := length(each)) > LONGEST_FUNCTION and not place.startswith("cli/")
        ),
        reverse=True,
    )


def too_large() -> list[tuple[int, str]]:
    sizes = {path: len((CODE / path).read_text(encoding="utf-8").splitlines()) for path in modules()}
    return [(size, path) for path, size in sizes.items() if size > LONGEST_MODULE and path != CATALOGUE]


def participles() -> list[str]:
    """Every name that is one of the participles, or is built with one, and stands for a thing."""
    places = []
    for path in modules():
        text = (CODE / path).read_text(encoding="utf-8")
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.NAME and PARTICIPLES & set(token.string.strip("_").split("_")):
                places.append(f"{path}:{token.start[0]} {token.string}")  # noqa: PERF401  reads better so
    return places


def upward() -> list[str]:
    """Imports that run against the order of the rooms, or of the rooms within returns."""
    wrong = []
    for path in modules():
        here = dotted(path)
        for there, line in imports(path):
            for prefix, order in (("", ROOMS), ("returns.", RETURNS)):
                if not (here.startswith(prefix) and there.startswith(prefix)):
                    continue
                one, other = (name.removeprefix(prefix).partition(".")[0] for name in (here, there))
                if one in order and other in order and order.index(one) < order.index(other):
                    wrong.append(f"{path}:{line} imports {there}")
    return wrong


def circles() -> list[str]:
    """Modules that reach themselves by imports."""
    graph = {dotted(path): {there for there, _ in imports(path)} - {dotted(path)} for path in modules()}
    found = []
    for start, first in graph.items():
        seen: set[str] = set()
        waiting = list(first)
        while waiting:
            here = waiting.pop()
            if here == start:
                found.append(start)
                break
            if here not in seen:
                seen.add(here)
                waiting += graph.get(here, ())
    return found


def test_every_room_is_in_the_order():
    tops = {path.partition("/")[0].removesuffix(".py") for path in modules()} - {"__init__", "__main__"}
    assert tops <= set(ROOMS), "add the new room to ROOMS, above all that it imports"


@pytest.mark.parametrize(
    "offenders", [upward, circles, too_complex, too_long, too_large, participles], ids=lambda each: each.__name__
)
def test_nothing_is_over_a_limit(offenders):
    assert offenders() == []


def test_complexity_counts_what_its_formula_names():
    source = (
        "def f(a):\n    if a and a.b or a.c:\n        return [x for x in a if x]\n"
        "    def g():\n        assert a\n    return g if a else f"
    )
    assert complexity(ast.parse(source)) == 1 + 1 + 2 + 2 + 1 + 1


if __name__ == "__main__":
    for check in (upward, circles, too_complex, too_long, too_large, participles):
        offenders = check()
        print(f"\n{check.__name__}: {len(offenders)}")
        for each in offenders[:60]:
            print("  ", each)
