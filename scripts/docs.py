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

Everything that can be said about a returned file, in the words of the workbook's sheet To fix. Each kind has
a name that never changes, so that `impact-xl explain NAME`, `--json` and findings.csv speak of the same thing.

- **error**: something is not counted, and somebody has to put it right
- **warning**: counted, but a person should look
- **note**: mended or harmless, and said so

Words in braces stand for what was seen; each kind has a case at least, a page with the damaged sheet and what is said
of it. This page is made from the code and the cases by `make docs`.
"""

_CLI = """\
# Commands

`impact-xl COMMAND`, or `python -m impact_xl COMMAND`. Data goes to stdout, talk and progress to stderr, so
`impact-xl collate returns --json > result.json` holds nothing but the result. Progress bars are shown on a
terminal only; `NO_COLOR` drops colour. This page is made from the commands' own `--help` by `make docs`.

With `--json` one object is printed: `command`, `version`, `files_read`, `teams` (`complete`, `partial`,
`unusable`, `unreadable`, `withdrawn`, `none`), `answers` (`answered`, `not_applicable`, `blank`, `multiple`,
`unclear`, `missing`), `findings` (`error`, `warning`, `note`) and `written`, a list of paths. `check --json` adds
`files`, each with `file`, `team`, `status` and `findings`. Where the work could not be done (exit code 2) the object
holds `command`, `version`, `error` and `hint`.

Completion of commands and options by the Tab key is click's own: for bash put
`eval "$(_IMPACT_XL_COMPLETE=bash_source impact-xl)"` into `~/.bashrc`; zsh and fish likewise.
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
    return "\n".join(parts)


_SHEETS = re.compile(r"(?<=<!-- sheets: made by `make docs` -->\n).*?(?=<!-- end of sheets -->)", re.DOTALL)


def files_page() -> str:
    """The page of files as it is, with its list of sheets made anew."""
    lines = ["", "| sheet | holds | carried over beside its cells |", "|---|---|---|"]
    for spec in SHEETS:
        table = spec.body if isinstance(spec.body, TableSpec) else None
        more = ("columns and rows of your own" if table.takes_rows else "columns of your own") if table else ""
        lines.append(
            f"| {spec.name} | {spec.contents or 'This list, what the levels mean, how to read the figures, and what is new.'} | {more} |"
        )
    return _SHEETS.sub("\n".join([*lines, "", ""]), (DOCS / "files.md").read_text(encoding="utf-8"))


_LETTERS = """\
# Letters

What the messages of this program say, and which facts choose each sentence. Words in braces are fields. Every
combination of facts is written and checked, so that no sentence contradicts its facts (`tests/test_letters.py`). This
page is made from the code by `make docs`.

- Every letter begins “Dear {name}” and ends with where to ask, and with the name, role and telephone number that stand
  under “Signed by” in round.xlsx.
- Beside its points it has at most 120 words, no sentence of more than 20, and the one thing to do in its first three
  lines.
- It lists at most five points. The short form that goes with it asks about all of them.
- A team whose address a mail server refused gets none until the address is right.
- Links, shortcuts and files with a label are the coordinator's to open first: `remind` writes to the sender only with
  `--ask-senders`.
- A form that names two teams, and whose sender is not known, keeps both from a reminder.

With `--subject`, `--body` and their like you write your own text. The fields `{subject}`, `{opening}`, `{to_fix}`,
`{please}` and `{closing}` then stand for the parts of ours.
"""


def letters_page() -> str:
    """Every letter with its sentences, each beside the facts that choose it."""
    parts = [_LETTERS]
    for letter in LETTERS:
        parts.append(f"## {letter.name}\n\nWritten {letter.written}.\n\n| sentence | stands where |\n|---|---|\n")
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
