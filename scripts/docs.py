"""Write what is made from the code in docs/ (`make docs`): findings.md, cli.md, letters.md, the list in files.md."""

from __future__ import annotations

import re
from pathlib import Path

import click

from impact_xl.cli import cli
from impact_xl.findings import RULES, Severity
from impact_xl.mail.letter_facts import Fact
from impact_xl.mail.letters import LETTERS, Sentence
from impact_xl.results.sheet_writer import TableSpec
from impact_xl.results.sheets import SHEETS

DOCS = Path(__file__).parent.parent / "docs"
CASES = DOCS.parent / "tests" / "cases"

_FINDINGS = """\
# Findings

Everything that the sheet *To fix* can report about a returned file, in its own words. Each kind has a name that never
changes. `impact-xl explain NAME`, `--json` and findings.csv use the same name.

| severity (in `--json` and CSV) | on *To fix* | means |
|---|---|---|
| error | Not counted | something does not count, and somebody has to fix it |
| warning | Please look | it counts, but a person should look |
| note | No action | harmless, or corrected by the program |

Words in braces are filled in with what was seen. Each kind has at least one case: a page with the damaged sheet and
what was found. This page is made from the code and the cases by `make docs`.
"""

_CLI = """\
# Commands

`impact-xl COMMAND`, or `python -m impact_xl COMMAND`. Data goes to stdout, messages and progress go to stderr. So
`impact-xl collate returns --json > result.json` holds nothing but the result. Progress bars are shown on a
terminal only; `NO_COLOR` turns colour off. This page is made from the commands' own `--help` by `make docs`.

With `--json` a command prints one object:

| key | holds |
|---|---|
| `command`, `version`, `files_read` | what ran, and how many files it read |
| `teams` | how many are `complete`, `partial`, `unusable`, `unreadable`, `withdrawn`, `none` |
| `answers` | how many are `answered`, `not_applicable`, `blank`, `multiple`, `unclear`, `missing` |
| `findings` | how many of `error`, `warning`, `note` |
| `written` | a list of paths |
| `files` | from `check` alone: for each file `file`, `team`, `status` and `findings` |
| `error`, `hint` | instead of all but the first two, if the work could not be done (exit code 2) |

The Tab key can complete commands and options. For bash put `eval "$(_IMPACT_XL_COMPLETE=bash_source impact-xl)"` into
`~/.bashrc`; for zsh and fish use `zsh_source` and `fish_source`.
"""


def findings_page() -> str:
    """The catalogue, a section a rule."""
    parts = [_FINDINGS]
    for severity in Severity:
        rules = [rule for rule in RULES.values() if rule.severity is severity]
        parts.append(f"## {severity.value.capitalize()}s\n")
        parts += (
            f"### {rule.id}\n\n**{rule.title}.** {rule.why}\n\n"
            f"- What we saw: {_braced(rule.message)}\n- What to do: {_braced(rule.mend)}\n{_cases(rule.id)}"
            for rule in rules
        )
    return "\n".join(parts)


def _cases(rule: str) -> str:
    """What happened in the rule's cases, and what was said of it; a link to each."""
    lines = []
    for path in sorted(CASES.glob(f"{rule}*.md"), key=lambda path: len(path.name)):
        head, _, rest = path.read_text(encoding="utf-8").partition("\n\n")
        if head == f"# {rule}":
            prose = " ".join(rest.partition("\n\n")[0].split())
            said = re.search(rf"^\| {rule} \|.*\| (.*) \|$", rest, re.MULTILINE)
            message = said[1] if said else ""
            lines.append(f"- [Case](../tests/cases/{path.name}): {prose} *{message}*\n")
    return "".join(lines)


def _braced(template: str) -> str:
    """A template with its placeholders set apart."""
    return template.replace("{", "`{").replace("}", "}`")


def cli_page() -> str:
    """The help of every command, as it is printed."""
    parts = [_CLI]
    for name, command in [("", cli), *cli.every().items()]:
        title = f"impact-xl {name}".strip()
        context = click.Context(command, info_name=title, terminal_width=100, help_option_names=["-h", "--help"])
        parts.append(f"## {title}\n\n```text\n{command.get_help(context).strip()}\n```\n")
        for part in command.commands.values() if name and isinstance(command, click.Group) else ():
            whole = f"{title} {part.name}"
            context = click.Context(part, info_name=whole, terminal_width=100, help_option_names=["-h", "--help"])
            parts.append(f"### {whole}\n\n```text\n{part.get_help(context).strip()}\n```\n")
    return "\n".join(parts)


_ABOUT = "This list, what the levels mean, how to read the figures, and what is new."
_SHEETS = re.compile(r"(?<=<!-- sheets: made by `make docs` -->\n).*?(?=<!-- end of sheets -->)", re.DOTALL)


def files_page() -> str:
    """The page of files as it is, with its list of sheets made anew."""
    lines = ["", "| sheet | holds | also carried over |", "|---|---|---|"]
    for spec in SHEETS:
        table = spec.body if isinstance(spec.body, TableSpec) else None
        more = ("columns and rows of your own" if table.takes_rows else "columns of your own") if table else ""
        contents = spec.contents or "This list, what the levels mean, how to read the figures, and what is new."
        lines.append(f"| {spec.name} | {contents} | {more} |")
    return _SHEETS.sub("\n".join([*lines, "", ""]), (DOCS / "files.md").read_text(encoding="utf-8"))


_LETTERS = """\
# Letters

What the messages of this program say, and which facts choose each sentence. Words in braces are fields. Tests write
every combination of facts, and check that no sentence contradicts its facts (`tests/test_letters.py`). This
page is made from the code by `make docs`.

- Every letter begins “Dear {name}”. It ends with where to ask, and with the name, role and telephone number under
  “Signed by” in round.xlsx.
- It has at most 120 words, not counting its list of points, and no sentence of more than 20. The one thing to do is in
  its first three lines.
- It lists at most five points. The short form that goes with it asks about all of them.
- A team whose address a mail server refused gets none until the address is right.
- Links, shortcuts, archives and files with a label are the coordinator's to open first: `remind` writes to the sender
  only with `--ask-senders`.
- If a form names two teams and its sender is not known, neither of them gets a reminder.
- `--try ADDRESS` sends nothing to teams: it makes all letters for your own address, marked TEST, so that you can read
  them first. `distribute --try` shows invitations, `remind --try` what teams would get now, `feedback --try` the packs.

With `--subject`, `--body` and similar options you write your own text. The fields `{subject}`, `{opening}`, `{to_fix}`,
`{please}` and `{closing}` are then the parts of ours.
"""


def letters_page() -> str:
    """Every letter with its sentences, each beside the facts that choose it."""
    parts = [_LETTERS]
    for letter in LETTERS:
        parts.append(f"## {letter.name}\n\nWritten {letter.written}.\n\n| sentence | used if |\n|---|---|\n")
        subject = letter.subject.sentences
        middle = [Sentence("*what is to be fixed, point by point*")] if letter.lists_points else []
        opening, please = (
            [sentence for paragraph in part for sentence in paragraph.sentences]
            for part in (letter.opening, letter.please)
        )
        rows = [(f"Subject: {each.text}", each) for each in subject]
        rows += [(each.text, each) for each in (*opening, *middle, *please)]
        parts[-1] += "".join(f"| {text} | {_when(sentence)} |\n" for text, sentence in rows)
    return "\n".join(parts)


def _when(sentence: Sentence) -> str:
    """The facts that choose a sentence: of each sort one has to hold."""
    sorts: dict[type[Fact], list[str]] = {}
    for fact in sentence.when:
        sorts.setdefault(type(fact), []).append(fact.value)
    return "; ".join(" or ".join(facts) for facts in sorts.values()) or "always"


PAGES = {"findings.md": findings_page, "cli.md": cli_page, "files.md": files_page, "letters.md": letters_page}


if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8", newline="\n")
        print(f"wrote docs/{name}")
