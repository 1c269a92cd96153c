"""Write the pages of docs/ that are made from the code: findings.md and cli.md. Run by `make docs`."""

from __future__ import annotations

from pathlib import Path

import click

from impact_xl.cli import cli
from impact_xl.findings import RULES, Severity

DOCS = Path(__file__).parent.parent / "docs"

_FINDINGS = """\
# Findings

Everything that can be said about a returned file, in the words of the workbook's sheet To fix. Each kind has
a name that never changes, so that `impact-xl explain NAME`, `--json` and findings.csv speak of the same thing.

- **error**: something is not counted, and somebody has to put it right
- **warning**: counted, but a person should look
- **note**: mended or harmless, and said so

Words in braces stand for what was seen. This page is made from the code by `make docs`.
"""

_CLI = """\
# Commands

`impact-xl COMMAND`, or `python -m impact_xl COMMAND`. Data goes to stdout, talk and progress to stderr, so
`impact-xl collate returns --json > result.json` holds nothing but the result. Progress bars are shown on a
terminal only; `NO_COLOR` drops colour. This page is made from the commands' own `--help` by `make docs`.

With `--json` one object is printed: `command`, `version`, `files_read`, `teams` (`complete`, `partial`,
`unusable`, `none`), `answers` (`answered`, `not_applicable`, `blank`, `multiple`, `unclear`, `missing`),
`findings` (`error`, `warning`, `note`) and `written`, a list of paths. `check --json` adds `files`, each with
`file`, `team`, `status` and `findings`. Where the work could not be done (exit code 2) the object holds
`command`, `version`, `error` and `hint`.

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
            f"- What we saw: {_braced(rule.message)}\n- What to do: {_braced(rule.mend)}\n"
            for rule in rules
        )
    return "\n".join(parts)


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


PAGES = {"findings.md": findings_page, "cli.md": cli_page}


if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8", newline="\n")
        print(f"wrote docs/{name}")
