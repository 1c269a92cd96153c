"""Everything that people read says it plainly: words of today, one word for one thing, sentences of at most 25 words.

It reads the pages, every text in the code (messages, findings, letters, forms, sheets), the help of each command, the
page for the browser, and the rendered texts in tests/golden and tests/cases.

`python tests/test_plain_words.py` lists all offenders with file and line; paths behind it list those in these alone.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MOST_WORDS = 25

# What we do not write, and what to write instead. `\b` stands at both ends of each.
BANNED: dict[str, str] = {
    r"stands?|stood|standing": "is, are",
    r"besides?": "next to, as well as",
    r"put(?:s|ting)?(?: \w+){0,3} right": "correct, fix",
    r"gravest": "most serious",
    r"anew": "again",
    r"withh[eo]ld\w*": "hide, hidden",
    r"heard of": "on the list, or has sent something",
    r"(?:is|are|was|were|be|been) said": "is reported, is shown",
    r"told|tells? (?:it|them|that|us) (?:apart|from)": "known from, shown",
    r"whatever": "all that, any",
    r"outstanding": "not returned yet",
    r"overrid\w+|overrides?": "decision",
    r"submissions?": "return, copy",
    r"collations?|collat(?:es?|ed|ing)": "combine",
    r"roster": "team list",
    r"cop(?:y|ies) to share|shareable copy|share copy": "board copy",
    r"(?:come|comes|came|become|becomes|became) of": "what happened to, the result of",
    r"(?:is|are) none|none of that": "is not one",
    r"in the place of": "instead of",
    r"one(?:'|’)s own|one(?:'|’)s": "your",
    r"parted (?:by|at|with)": "separated by",
    r"kindly|likewise|hence|thus|thereby|whereby|therein|thereof|wherein": "(plain words)",
    r"all the same": "anyway",
    r"for certain": "sure",
    r"gone on with|go(?:es)? on|going on": "continue",
    r"tak(?:e|en|es) along": "copy",
    r"pale cells?": "yellow cells",
    r"(?:an?|one) (?:workbook|row|line|word|copy|draft|message|page|form|folder|mail) an? \w+": "a row for each ...",
    r"no talk": "print only results",
    r"utili[sz]e\w*|in order to|prior to|commence\w*|endeavour\w*|in respect of|hitherto|pursuant": "(plain words)",
}
_BANNED = re.compile("|".join(rf"(?P<w{number}>\b(?:{words})\b)" for number, words in enumerate(BANNED)), re.IGNORECASE)

# Files whose words are not ours to choose, or not for the people who use the program. CHANGELOG.md is not read at all:
# as a record it keeps each line as it was on the day of its change.
EXEMPT = {
    "docs/decisions.md": "a dated record for those who work on the code; what was decided then is not reworded",
    "impact_xl/returns/mail/phrases.py": "words of mail programs, by which their texts are recognised",
    "impact_xl/returns/mail/notices.py": "words of mail servers",
    "impact_xl/xlsx": "the file format; nobody reads it but programs",
}
# Parts of pages that are not ours, or were ours once.
_NOT_OURS = {
    "docs/speed.md": r"<!-- measured: begin -->.*?<!-- measured: end -->",  # the benchmark writes it
    "docs/glossary.md": r"(?<=## One word for one thing\n).*?(?=\n## )",  # it names what we do not write
    "docs/style.md": r"(?<=\n)## Before and after\n.*",  # so does this
}
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    *sorted(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md")),
]

Text = tuple[int, str]  # the line that it begins in, and the text


# -- sentences ---------------------------------------------------------------------------------------


def sentences(text: str) -> list[str]:
    """The sentences of a text; a line that ends with a colon ends one, too."""
    lines = re.split(r":\s*\n|\n\s*\n", text.replace("*", ""))
    return [part for line in lines for part in re.split(r"(?<=[.?!])[”)]?\s+(?=[“(]?[A-Z0-9`*{—])", line)]


_ONE = r"(?:`[^`]*`|\{[^{}]*\}|<[^<>]*>|(?<!\*)\*[^*]+\*(?!\*))"


def length(sentence: str) -> int:
    """How many words it has; a name in code or italics, or a list of such names, is one."""
    return sum(any(letter.isalnum() for letter in word) for word in sentence.split())


# Names of options, files, commands, kinds of findings and columns are names.
_NAMES = re.compile(
    r"Beside typical|`[^`]*`|\{[^{}]*\}|--[a-z-]+|\S+\.(?:md|csv|xlsx|py|toml)\b|\bimpact-xl [a-z]+"
    r"|\b[a-z]+-[a-z]+-[a-z-]+"
)


def offences(text: str) -> Iterator[str]:
    """What is wrong with a text, a phrase for each."""
    words = _NAMES.sub("x", text)
    for match in _BANNED.finditer(words):
        instead = list(BANNED.values())[int(str(match.lastgroup)[1:])]
        yield f"“{match[0]}” (write: {instead})"
    for sentence in sentences(re.sub(rf"{_ONE}(?:(?:,| and| or)\s+{_ONE})*", "X", text)):
        if (number := length(sentence)) > MOST_WORDS:
            yield f"{number} words: {' '.join(sentence.split())[:90]}"


# -- where the texts are -----------------------------------------------------------------------------


def of_page(name: str) -> Iterator[Text]:
    """The paragraphs, list items, headings and table cells of a page; what is fenced as code is left out."""
    text = (ROOT / name).read_text(encoding="utf-8")
    if pattern := _NOT_OURS.get(name):
        text = re.sub(pattern, lambda match: "\n" * match[0].count("\n"), text, flags=re.DOTALL)
    text = re.sub(r"^ *```.*?^ *```$", lambda match: "\n" * match[0].count("\n"), text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"!?\[(?:[\w-]+\.md|([^\]]*))\]\([^)]*\)", lambda match: match[1] or "Page", text)
    paragraph: list[str] = []
    begin = 0
    for number, line in enumerate([*text.splitlines(), ""], 1):
        starts = re.match(r"\s*(?:[-*] |\d+\. |#+ |\||>|$)|^    ", line)
        if starts and paragraph:
            yield begin, "\n".join(paragraph)
            paragraph = []
        if line.startswith("|"):
            yield from ((number, cell.strip()) for cell in line.strip("|").split("|"))
        elif line.strip() and not line.startswith("    impact-xl"):
            begin = begin if paragraph else number
            paragraph.append(re.sub(r"^\s*(?:[-*] |\d+\. |#+ )", "", line).strip())


_CODE = re.compile(r"\x08|xmlns|</|/>|\(\?|\\[bdsw(]|^[\w./:-]*$|^[A-Z]+\(|\b(?:SUM|COUNT|INDEX|IF|MATCH)\w*\(")


def of_module(path: Path) -> Iterator[Text]:
    """Every text in a module's code that reads like words: no docstring, pattern, formula or markup."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    left_out = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "EARLIER_TEXTS":
            left_out |= {id(each) for each in ast.walk(node)}  # what older versions wrote
        if isinstance(node, ast.JoinedStr):
            left_out |= {id(each) for each in ast.walk(node) if each is not node}
    for node in ast.walk(tree):
        if id(node) in left_out or not isinstance(node, ast.JoinedStr | ast.Constant):
            continue
        text = _words_of(node)
        if " " in text.strip() and not _CODE.search(text):
            yield node.lineno, text


def _words_of(node: ast.JoinedStr | ast.Constant) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return "".join(part.value if isinstance(part, ast.Constant) else "{x}" for part in node.values)


def of_help(path: Path) -> Iterator[Text]:
    """The help of a command: the docstring of each function that is one, without its examples."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        decorators = map(ast.unparse, node.decorator_list) if isinstance(node, ast.FunctionDef) else ()
        if any(each.startswith(("command(", "click.group(")) for each in decorators):
            text = ast.get_docstring(node) or ""
            yield node.lineno, re.sub(r"\x08.*?(?:\n\n|\Z)|(?m:^ *[a-z_]+:.*$)", "", text, flags=re.DOTALL)


def of_golden(path: Path) -> Iterator[Text]:
    """The values of a sheet as it is written, formulas with what they come to."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if match := re.search(r"(?:\] |->  )(['\"].*['\"])$", line):
            yield number, str(ast.literal_eval(match[1]))
        elif match := re.match(r"(?:chart|validation \S+): (.*)", line):
            yield number, match[1].rpartition(": ")[2] if line.startswith("validation") else match[1]


def of_case(path: Path) -> Iterator[Text]:
    """What is said of a case: the last column of its findings."""
    lines = path.read_text(encoding="utf-8").splitlines()
    begin = lines.index("## Findings") if "## Findings" in lines else len(lines)
    for number, line in enumerate(lines[begin:], begin + 1):
        if re.match(r"\| [a-z]+-[a-z-]+ \|", line):
            yield number, line.strip("| ").rpartition(" | ")[2]


_IN_SCRIPT = re.compile(r"'([^'\n]*)'|`([^`\n]*)`")


def of_web_page(path: Path) -> Iterator[Text]:
    """The texts between the tags of a page, and in the quotation marks of its scripts."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if path.suffix == ".html":
            yield from ((number, text) for text in re.split(r"<[^>]*>", line) if text.strip())
        elif not line.strip().startswith(("//", "*")):
            texts = (re.sub(r"\$\{[^}]*\}", "{x}", one or other) for one, other in _IN_SCRIPT.findall(line))
            yield from ((number, text) for text in texts if text.count(" ") > 1)


def _modules() -> Iterator[Path]:
    yield from sorted((ROOT / "impact_xl").rglob("*.py"))


def all_texts() -> Iterator[tuple[str, Text]]:
    """Every text, with the file that it is in."""
    for name in PAGES:
        yield from ((name, text) for text in of_page(name))
    for path in _modules():
        name = path.relative_to(ROOT).as_posix()
        yield from ((name, text) for text in of_module(path))
        if name.startswith("impact_xl/cli/"):
            yield from ((name, text) for text in of_help(path))
    for path in sorted((ROOT / "page" / "src").glob("*.[hj][ts]*")):
        yield from ((path.relative_to(ROOT).as_posix(), text) for text in of_web_page(path))
    for path in sorted((ROOT / "tests" / "golden").glob("*.txt")):
        yield from ((path.relative_to(ROOT).as_posix(), text) for text in of_golden(path))
    for path in sorted((ROOT / "tests" / "cases").glob("*.md")):
        yield from ((path.relative_to(ROOT).as_posix(), text) for text in of_case(path))


def offenders(*only: str) -> list[str]:
    """`file:line: what is wrong`, for each offender in files whose names begin so."""
    return [
        f"{name}:{line}: {offence}"
        for name, (line, text) in all_texts()
        if not name.startswith(tuple(EXEMPT)) and (not only or name.startswith(only))
        for offence in offences(text)
    ]


def test_everything_is_said_plainly():
    found = offenders()
    assert not found, "\n" + "\n".join(found)


def test_what_is_exempt_is_there():
    assert [name for name in (*EXEMPT, *_NOT_OURS) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Type it here.", 0),
        ("It stands beside the team.", 2),
        ("What is still to be put right.", 1),
        ("`stands` is code, and so is `--overrides`.", 0),
        (" ".join(["word"] * 25) + ". " + "Another.", 0),
        (" ".join(["word"] * 26), 1),
        ("See " + " ".join(["word"] * 24) + ":\n\nand more words behind it.", 0),
    ],
)
def test_an_offence_is_seen(text: str, number: int):
    assert len(list(offences(text))) == number


if __name__ == "__main__":
    print("\n".join(offenders(*sys.argv[1:])))
