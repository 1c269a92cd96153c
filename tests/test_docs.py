"""The docs are true: what can be run runs, what is made from the code is fresh, links lead somewhere."""

from __future__ import annotations

import csv
import os
import re
import runpy
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from test_send import Relay, served

import impact_xl
from impact_xl import demo
from impact_xl.cli import cli
from impact_xl.findings import RULES
from impact_xl.roster import workbook
from impact_xl.roster.folder import RoundFolder
from impact_xl.roster.workbook import DecisionRow
from impact_xl.round import tables

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^ *```(bash|python|sql) run\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
WITH_BLOCKS = [page for page in PAGES if BLOCK.search(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("name", ["findings.md", "cli.md", "files.md", "letters.md"])
def test_pages_made_from_the_code_are_fresh(name: str):
    pages = runpy.run_path(str(ROOT / "scripts" / "docs.py"))["PAGES"]
    written, fresh = (ROOT / "docs" / name).read_text(encoding="utf-8"), pages[name]()
    assert written.split() == fresh.split(), "run `make docs`"  # where lines break is click's affair


@pytest.fixture
def round_at_hand(tmp_path: Path) -> Path:
    """A folder as the README supposes it: a team list, copies that will come back, and the command on the path."""
    played = demo.write(tmp_path / "demo", 8, titled="Autumn 2026")
    shutil.move(played.returns, tmp_path / "returns")
    shutil.move(played.teams, tmp_path / "teams.csv")
    shutil.rmtree(played.folder)
    command = tmp_path / "bin" / "impact-xl"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -W error -m impact_xl "$@"\n')
    command.chmod(0o755)
    return tmp_path


@pytest.mark.skipif(os.name == "nt", reason="the blocks are for bash; docs/install.md has the lines for Windows")
@pytest.mark.parametrize("page", WITH_BLOCKS, ids=lambda page: page.name)
def test_every_block_marked_run_runs(round_at_hand: Path, page: Path):
    environment = {
        **os.environ,
        "PATH": f"{round_at_hand / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }
    text = page.read_text(encoding="utf-8")
    decided = written_down(text, round_at_hand / "decided.csv")
    place = round_at_hand  # where the reader stands
    for relay, address in served(Relay()):  # in the place of the trust's own
        for language, block in BLOCK.findall(text):
            block_place = place if language == "bash" else round_at_hand
            place = run_block(language, block.replace("mail.trust.example:587", address), block_place, environment)
            if "impact-xl new" in block and not (round_at_hand / "spring-2027").exists():
                shutil.copytree(
                    round_at_hand / "returns", round_at_hand / "autumn-2026" / "returns", dirs_exist_ok=True
                )
                type_decisions(round_at_hand / "autumn-2026", decided)
        sent = sum("--really" in block for _, block in BLOCK.findall(text))
        assert len(relay.got) == sent * 8


def test_every_command_of_the_tutorial_is_run():
    text = (ROOT / "docs" / "first-round.md").read_text(encoding="utf-8")
    fenced = re.findall(r"^```(.*)$", text, re.MULTILINE)[::2]
    assert set(fenced) == {"bash run"}
    named = {name for name in cli.every() if f"impact-xl {name}" in "".join(block for _, block in BLOCK.findall(text))}
    assert named >= {"new", "distribute", "send", "status", "remind", "collate", "feedback"}


def test_a_whole_round_takes_commands_of_two_words():
    """What the README and the tutorial promise: in the round's folder a command needs nothing but its name."""
    for page in ("README.md", "docs/first-round.md"):
        text = (ROOT / page).read_text(encoding="utf-8").partition("## When something is to be different once")[0]
        lines = [line.strip() for language, block in BLOCK.findall(text) if language == "bash"
                 for line in block.splitlines()]  # fmt: skip
        assert {f"impact-xl {name}" for name in ("distribute", "status", "remind", "collate", "feedback")} <= set(lines)


def type_decisions(folder: Path, rows: Sequence[Sequence[str]]) -> None:
    """What a reader types into the sheet Decisions: round.xlsx as it would be saved then."""
    place = RoundFolder(folder)
    settled = place.read()
    decisions = [DecisionRow(team, question, level, "", reason) for team, question, level, reason in rows]
    workbook.write(place.workbook, settled, place.questionnaire(settled), decisions)


def written_down(page: str, path: Path) -> list[list[str]]:
    """The list of decisions that a page has a reader type, as a file of its own, too."""
    rows = re.findall(r"^\| team \| question \| level \| reason \|\n\|[-|]+\|\n((?:\|.*\|\n)+)", page, re.MULTILINE)
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for table in rows for line in table.splitlines()]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["team", "question", "level", "reason"], *lines])
    return lines


def run_block(language: str, block: str, folder: Path, environment: dict[str, str]) -> Path:
    """Run a block; gives the folder in which one stands after it."""
    if language == "sql":
        assert query(folder / "tables", block), block
        return folder
    program = ["bash", "-euo", "pipefail", "-c"] if language == "bash" else [sys.executable, "-W", "error", "-c"]
    lines = [line.removeprefix("   ") if language == "bash" else line for line in block.splitlines()]
    if language == "bash":
        lines.append("echo; pwd -P")
    done = subprocess.run(
        [*program, "\n".join(lines)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, f"{block}\n{done.stderr}"
    return Path(done.stdout.splitlines()[-1]) if language == "bash" else folder


def query(tables: Path, statement: str) -> list[tuple[object, ...]]:
    """What a statement gives over the CSV files, each a table of text as `.import --csv` makes it."""
    with sqlite3.connect(":memory:") as database:
        for path in tables.glob("*.csv"):
            with path.open(encoding="utf-8", newline="") as file:
                heads, *rows = csv.reader(file)
            database.execute(f"create table {path.stem} ({', '.join(f'{head!r}' for head in heads)})")
            database.executemany(f"insert into {path.stem} values ({', '.join('?' * len(heads))})", rows)
        return database.execute(statement).fetchall()


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        linked = (page.parent / name) if name else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target


def test_the_readme_names_every_command_and_every_page():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(f"`impact-xl {name}" in readme for name in cli.every())
    assert all(f"docs/{page.name}" in readme for page in PAGES if page.parent.name == "docs")
    setup = re.search(r"^```bash setup\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    assert setup
    assert len(setup[1].splitlines()) == 2  # .ci/run runs both as they stand


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "docs/decisions.md", "docs/glossary.md"])
def test_what_a_page_says_of_the_code_is_there(name: str):
    text = (ROOT / name).read_text(encoding="utf-8")
    current = "\n".join(part for part in text.split("\n### ") if "superseded" not in part.partition("\n\n")[2][:80])
    named = re.findall(r"`([^`\n]+)`", current)
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "impact_xl").rglob("*.py"))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for each in named:
        if path := re.fullmatch(r"(?:[\w.]+/)+(?:\w+\.(?:py|md))?", each):
            assert (ROOT / each).exists() or (ROOT / "impact_xl" / each).exists(), path[0]
        elif target := re.fullmatch(r"make ([\w-]+)", each):
            assert f"\n{target[1]}:" in makefile, each
        elif word := re.fullmatch(r"([A-Z]\w*[a-z]\w*)(?:\(\.\.\.\))?", each):
            assert re.search(rf"^class {word[1]}\b", code, re.MULTILINE), each


def test_every_decision_has_a_date_and_stands_in_a_room():
    text = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    first, *rooms = text.split("\n## ")
    titles = [room.partition("\n")[0] for room in rooms]
    assert re.findall(r"\[(\w+)\]\(#(\w+)\)", first) == [(title.lower(), title.lower()) for title in titles]
    for room in rooms:
        _, *decisions = room.split("\n### ")
        dates = []
        for decision in decisions:
            dated = re.match(r"[^\n]+\n\n\*(\d+ \w+ \d{4})(?:; [^*]*superseded[^*]*)?\.\*\s", decision)
            assert dated, decision
            dates.append(datetime.strptime(dated[1], "%d %B %Y").replace(tzinfo=UTC))
        assert dates
        assert dates == sorted(dates), room


def test_every_rule_has_its_page():
    page = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    assert [line[4:] for line in page.splitlines() if line.startswith("### ")] == [
        rule.id for rule in sorted(RULES.values(), key=lambda rule: rule.severity.rank)
    ]


@pytest.mark.parametrize("table", tables.COLUMNS)
def test_every_column_is_described(table: str):
    text = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
    section = text.split(f"### {table}.csv\n")[1].split("\n### ")[0]
    described = set(re.findall(r"[a-z0-9_]+", section))
    assert set(tables.COLUMNS[table]) <= described


def test_the_version_has_its_place_in_the_changelog():
    assert f"## [{impact_xl.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


# -- the shells of Windows ----------------------------------------------------------------------------

# What PowerShell 5.1 or cmd reads in a way of its own, outside quotation marks and within them; bash's own things, too.
_OUTSIDE, _WITHIN = re.compile(r"['`$%^~*?|<&;#(){},!]|\\$|(?<!\S)(?:-\w+[.:]|@)"), re.compile(r"[`$%!]|\\$")


def misread(line: str) -> str:
    """What one of Windows' two shells would misread in a command; empty where there is nothing."""
    parts = line.split('"')
    if len(parts) % 2 == 0:
        return "a quotation mark that is never closed"
    for number, part in enumerate(parts):
        if wrong := (_WITHIN if number % 2 else _OUTSIDE).search(part):
            return wrong[0]
    return ""


def shown_commands(text: str) -> set[str]:
    """The commands that a page shows for every system: in blocks that are run, examples of the help, and sentences."""
    lines = {
        line.strip() for language, block in BLOCK.findall(text) if language == "bash" for line in block.splitlines()
    }
    for block in re.findall(r"^```text\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        examples = block.partition("Examples:")[2].partition("\n\n")[0]
        lines |= {re.split(r" {2,}", line.strip())[0] for line in examples.splitlines()}
    prose = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)
    lines |= {" ".join(span.split()) for span in re.findall(r"`(impact-xl [^`]+)`", prose)}
    return {line for line in lines if line.startswith(("impact-xl ", "cd ")) and not re.search(r"[\[\]…]|\.\.\.", line)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_works_in_powershell_and_cmd_as_it_stands(page: Path):
    assert {line: wrong for line in shown_commands(page.read_text(encoding="utf-8")) if (wrong := misread(line))} == {}


def test_commands_for_one_system_are_found_out():
    shown = set().union(*(shown_commands(page.read_text(encoding="utf-8")) for page in PAGES))
    assert len(shown) > 50
    for line in ("impact-xl check 'My returns'", "impact-xl check returns/*.xlsx", "impact-xl status && x",
                 "impact-xl check ~/returns", 'impact-xl check "$HOME"', "impact-xl new \\", "impact-xl status # why",
                 'impact-xl check "My returns', "impact-xl remind --only Ash,Elm",
                 'impact-xl check "My returns\\"', "impact-xl check -o.xlsx"):  # fmt: skip
        assert misread(line), line
    assert not misread('impact-xl new "Autumn 2026, or so (A & B)" --deadline 30/11/2026 --smtp mail.trust.example:587')


def test_blocks_for_one_shell_of_windows_are_in_its_language():
    text = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^ *```(powershell|bat)\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    assert {language for language, _ in blocks} == {"powershell", "bat"}
    for language, block in blocks:
        assert not re.search(r"&&|\|\||%" if language == "powershell" else r";|'|\$", block), block
        assert "/bin/" not in block
        for path in re.findall(r"\bscripts\\(\w+\.py)", block):
            assert (ROOT / "scripts" / path).exists()
