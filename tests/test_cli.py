"""The commands as people meet them: words, exit codes, nothing lost."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import click
import openpyxl
import pytest
from click.testing import Result
from terminal import command, shown

import impact_xl
from impact_xl import api, cli
from impact_xl import questionnaire as questionnaires
from impact_xl.cli import base
from impact_xl.findings import RULES
from impact_xl.form import workbook as form
from impact_xl.form.workbook import Form
from impact_xl.returns import child_processes
from impact_xl.roster import folder

Run = Callable[..., Result]
QUESTIONNAIRE = questionnaires.load()
LEVELS = {f"{question.id}.L3": True for question in QUESTIONNAIRE.questions}
HEAVY = {"pandas", "numpy", "openpyxl", "xlsxwriter", "python_calamine"}


@pytest.fixture
def returns(tmp_path: Path) -> Path:
    """A folder of two good copies, one with two ticks, and a file that is no workbook."""
    folder = tmp_path / "returns"
    for team, entries in [("Ash ward", LEVELS), ("Elm clinic", LEVELS | {"Q05.L4": True}), ("Oak unit", LEVELS)]:
        form.write(Form(QUESTIONNAIRE, entries={**entries, "start.team": team}), folder / f"{team}.xlsx")
    (folder / "broken.xlsx").write_bytes(b"%PDF-1.7 a scan")
    return folder


@pytest.mark.parametrize("name", ["collate", "check", "status", "remind"])
@pytest.mark.parametrize("wrong", [False, True])
def test_readers_start_ahead_and_none_is_left(
    run: Run, returns: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, wrong: bool
) -> None:
    """What reads the files loads while the command does. Where the command is refused, nobody is left waiting."""
    children = []
    start = child_processes.start

    def started() -> subprocess.Popen[bytes]:
        children.append(start())
        return children[-1]

    monkeypatch.setattr(child_processes, "start", started)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "teams.csv").write_text("team\nAsh ward\nElm clinic\nOak unit\n")
    teams = [] if name == "check" else ["--teams", "nowhere.csv" if wrong else "teams.csv"]
    result = run(name, returns / "nothing" if wrong and name == "check" else returns, *teams)
    assert (result.exit_code == 2) == wrong, result.output
    assert len(children) == (0 if wrong and name == "check" else 1)
    assert all(each.poll() is not None for each in children)
    assert not child_processes._ahead


def test_the_folder_of_returns_has_one_name() -> None:
    """It is written twice, as the one who looks ahead cannot wait for the other to load."""
    assert base._RETURNS == folder.RETURNS


def python(*args: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, args)],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="strict",
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(Path(impact_xl.__file__).parent.parent), **environment},
    )


# -- the shape of the thing ------------------------------------------------------------------------


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["collate", "-h"], ["explain"], ["colate"]])
def test_what_needs_no_library_loads_none(tmp_path: Path, args: list[str]):
    code = (
        "import sys, impact_xl.cli as c\n"
        "try: c.main()\n"
        "finally: print('LOADED', *(set(sys.modules) & " + repr(HEAVY) + "), file=sys.stderr)"
    )
    done = python("-c", code, *args, cwd=tmp_path)
    assert done.stderr.strip().splitlines()[-1] == "LOADED"


@pytest.mark.parametrize("command", [None, *cli.COMMANDS])
def test_every_command_has_help_with_examples_and_exit_codes(run: Run, command: str | None):
    for flag in ("-h", "--help"):
        shown = run(*([command] if command else []), flag)
        assert shown.exit_code == 0
        assert shown.output.index("Examples:") < shown.output.index("Options:") < shown.output.index("Exit codes:")
        assert max(map(len, shown.output.splitlines())) <= 100


def test_the_list_of_commands_says_what_each_says_of_itself():
    for name, each in cli.cli.every().items():
        assert each.name == name
        assert (each.help or "").partition("\n\n")[0].replace("\n", " ").startswith(cli.COMMANDS[name].rstrip("."))


def test_every_option_is_spelled_once():
    """An option that several commands have stands in cli/options.py, and what it means there is the same for all."""
    spelled = Counter(
        literal
        for path in Path(cli.__file__).parent.glob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "option"
        for literal in re.findall(r"'(--?[a-z-]+)'", ast.unparse(call.args))
    )
    assert spelled["--teams"] == 1
    assert [name for name, times in spelled.items() if times > 1] == []


@pytest.mark.parametrize("command", ["distribute", "collate", "status", "remind", "feedback"])
def test_every_option_reaches_its_value_or_the_command(command: str):
    """Below `gather` stands the command itself: what no value takes has to be an argument of it."""
    options = {each.name for each in cli.cli.every()[command].params}
    module = import_module(f"impact_xl.cli.{command}")
    own = inspect.signature(getattr(module, command).callback).parameters
    values = [getattr(api, own[name].annotation) for name in own if name.endswith("_options")]
    fields = [field.name for value in values for field in dataclasses.fields(value)]
    assert len(fields) == len(set(fields)), "an option has one place"
    assert options <= {*own, *fields}
    assert {name for name in own if not name.endswith("_options")} <= options


def test_the_choices_are_those_of_the_form():
    [option] = [each for each in cli.cli.every()["generate"].params if each.name == "tickbox"]
    assert isinstance(option.type, click.Choice)
    assert tuple(option.type.choices) == form.TICKBOXES


def test_the_version(run: Run):
    assert run("--version").output.strip() == f"impact-xl, version {impact_xl.__version__}"


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["colate"], 2, "There is no command “colate”. Did you mean collate?"),
        (["xyz"], 2, f"The commands are: {', '.join(cli.COMMANDS)}."),
        (["explain", "answer-blnk"], 2, "Did you mean answer-blank?"),
        (["explain", "xyz"], 2, "impact-xl explain lists them all."),
        (["collate"], 2, "Missing argument 'RETURNS...'"),
        (["generate", "--tickbox", "radio"], 2, "'radio' is not one of 'native', 'list'"),
        (["collate", "nowhere"], 2, "nowhere"),
        (["check", "nowhere.xlsx"], 2, "nowhere.xlsx"),
        (["collate", ".", "--teams", "none.csv"], 2, "The team list cannot be read: none.csv"),
        (["collate", ".", "--round", "none.toml"], 2, "There is no such round: none.toml"),
        (["collate", ".", "--questionnaire", "none.toml"], 2, "The questionnaire file cannot be read: none.toml"),
        (["collate", ".", "--target", "High"], 2, "There is no level “High” to be the target"),
        (["collate", ".", "--target", "6"], 2, "The levels are: 1 Starting, 2 Developing"),
        (["collate", ".", "--date", "tomorrow"], 2, "“tomorrow” is not a certain date"),
        (["collate", ".", "-o", "."], 2, "is a folder"),
        (["collate", ".", "-o", "out.csv"], 2, "out.csv does not end in .xlsx"),
        (["collate", ".", "-o", "file/out.xlsx"], 2, "file is a file, not a folder"),
        (["collate", ".", "--csv", "file"], 2, "file is a file, not a folder"),
        (["generate", "-o", "file/form.xlsx"], 2, "file is a file, not a folder"),
        (["collate", "."], 3, "No form was recognised among the files"),
        (["check", "file"], 3, "No form was recognised among the files"),
        (["demo", "-o", "file"], 2, "file is a file, not a folder"),
        (["demo", "-o", "."], 2, "already holds files of something else"),
        (["demo", "--count", "0"], 2, "0 is not in the range"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_each_mistake_is_one_plain_line_with_its_exit_code(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: list[str], code: int, words: str
):
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("a file")
    done = run(*args)
    assert (done.exit_code, done.stdout if code == 2 else "") == (code, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


# -- generate ---------------------------------------------------------------------------------------


def test_generate_writes_where_the_readme_says(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: Path):
    monkeypatch.chdir(tmp_path)
    done = run("generate")
    assert (done.exit_code, done.stdout) == (0, str(Path("templates/assessment_template.xlsx")) + "\n")
    assert "Next:" in done.stderr
    assert Path(done.stdout.strip()).read_bytes() == (root / "templates/assessment_template.xlsx").read_bytes()


def test_generate_replaces_its_own_form_and_nothing_else(run: Run, tmp_path: Path):
    path = tmp_path / "form.xlsx"
    assert run("generate", "-o", path, "--about", "the trust").exit_code == 0
    again = run("generate", "-o", path, "--tickbox", "list", "--not-applicable")
    assert again.exit_code == 0
    openpyxl.load_workbook(path).save(path)  # somebody filled it in
    before = path.read_bytes()
    refused = run("generate", "-o", path)
    assert refused.exit_code == 2
    assert "it is no blank form of this program" in refused.stderr
    assert "Hint: Choose another place with --output" in refused.stderr
    assert path.read_bytes() == before


# -- check ------------------------------------------------------------------------------------------


def test_check_says_what_is_to_fix_in_each_file(run: Run, returns: Path):
    done = run("check", returns)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "Ash ward.xlsx: Ash ward, complete, 22 of 22 questions answered",
        "Elm clinic.xlsx: Elm clinic, partial, 21 of 22 questions answered",
        "Oak unit.xlsx: Oak unit, complete, 22 of 22 questions answered",
        "broken.xlsx: not counted",
    ]
    assert "Q05: more than one box ticked (“Progressing” and “Spreading”)." in done.stdout
    assert "-> Ask Elm clinic which one level they meant for Q05." in done.stdout
    assert "4 files read: 2 complete, 1 partial. Found: 2 not counted" in done.stderr


def test_check_says_when_a_copy_names_no_team(run: Run, tmp_path: Path):
    form.write(Form(QUESTIONNAIRE, entries=LEVELS), tmp_path / "a.xlsx")
    done = run("check", tmp_path)
    assert "a.xlsx: no team named, complete" in done.stdout
    assert "error" in done.stdout


def test_strict_is_for_scripts(run: Run, returns: Path, tmp_path: Path):
    assert run("check", returns, "--strict").exit_code == 1
    assert run("check", returns / "Ash ward.xlsx", "--strict").exit_code == 0
    assert run("collate", returns, "-o", tmp_path / "out.xlsx", "--strict").exit_code == 1
    assert (tmp_path / "out.xlsx").exists()


# -- collate ----------------------------------------------------------------------------------------

KEYS = ["command", "version", "files_read", "teams", "answers", "findings", "written"]


def test_collate_ends_with_what_it_wrote_found_and_what_is_next(run: Run, returns: Path, tmp_path: Path):
    (tmp_path / "teams.csv").write_text("team,group\nAsh ward,North\nElm clinic,North\nOak unit,\nYew unit,\n")
    out = tmp_path / "new" / "out.xlsx"
    done = run("collate", returns, "--teams", tmp_path / "teams.csv", "-o", out, "--csv", tmp_path / "tables")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[0] == str(out)
    assert len(done.stdout.splitlines()) == 1 + 10
    for line in (
        "4 files read. 3 of 4 teams returned: 2 complete, 1 partial; 1 team sent nothing.",
        "65 answers counted; 1 not counted (1 with more than one box ticked).",
        "Found: 2 not counted",
        "Elm clinic.xlsx, 2 People and culture!B",
        " -> Ask Elm clinic which one level they meant for Q05.",
        "Next: open out.xlsx",
    ):
        assert line in done.stderr
    run_json = json.loads((tmp_path / "tables" / "run.json").read_text())
    assert run_json["counts"]["files_read"] == 4


def test_json_is_one_object_with_the_promised_keys(run: Run, returns: Path, tmp_path: Path):
    done = run("collate", returns, "-o", tmp_path / "out.xlsx", "--json")
    collated = json.loads(done.stdout)
    assert list(collated) == KEYS
    teams = {"complete": 2, "partial": 1, "unusable": 0, "unreadable": 0, "withdrawn": 0, "none": 0}
    assert collated["teams"] == teams
    assert collated["answers"] == {
        "answered": 65, "not_applicable": 0, "blank": 0, "multiple": 1, "unclear": 0, "missing": 0,
    }  # fmt: skip
    assert collated["written"] == [str(tmp_path / "out.xlsx")]
    done = run("check", returns, "--json", "--quiet")
    checked = json.loads(done.stdout)
    assert done.stderr == ""
    assert list(checked) == [*KEYS, "files"]
    assert checked["findings"]["error"] == 2
    assert [(each["file"], each["team"], each["status"]) for each in checked["files"]] == [
        ("Ash ward.xlsx", "Ash ward", "complete"),
        ("Elm clinic.xlsx", "Elm clinic", "partial"),
        ("Oak unit.xlsx", "Oak unit", "complete"),
        ("broken.xlsx", "", None),
    ]
    assert set(checked["files"][1]["findings"][0]) == {
        "rule", "severity", "question", "sheet", "cell", "message", "what_to_do",
    }  # fmt: skip
    failed = run("collate", returns, "-o", tmp_path, "--json")
    assert failed.exit_code == 2
    assert list(json.loads(failed.stdout)) == ["command", "version", "error", "hint"]
    nothing = run("collate", returns / "broken.xlsx", "-o", tmp_path / "none.xlsx", "--json")
    assert nothing.exit_code == 3
    assert json.loads(nothing.stdout)["written"] == []


def test_quiet_prints_what_it_wrote_and_nothing_else(run: Run, returns: Path, tmp_path: Path):
    done = run("collate", returns, "-o", tmp_path / "out.xlsx", "-q")
    assert (done.stdout, done.stderr) == (f"{tmp_path / 'out.xlsx'}\n", "")


def test_an_old_output_is_kept_and_never_lost(run: Run, returns: Path, tmp_path: Path):
    out = tmp_path / "out.xlsx"
    run("collate", returns, "-o", out)
    first = out.read_bytes()
    nothing = run("collate", returns / "broken.xlsx", "-o", out)
    assert (nothing.exit_code, out.read_bytes()) == (3, first)
    again = run("collate", returns, "-o", out, "--target", "Spreading", "--date", "2026-12-01")
    assert again.exit_code == 0
    assert "nobody had typed anything into it. Your old file is kept as out " in again.stderr
    [kept] = tmp_path.glob("out *.xlsx")
    assert kept.read_bytes() == first != out.read_bytes()
    third = run("collate", returns, "-o", out, "--overwrite")
    assert "kept" not in third.stderr
    assert len(list(tmp_path.glob("out*.xlsx"))) == 2


def test_no_returned_file_is_touched(run: Run, returns: Path, tmp_path: Path):
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in returns.iterdir()}
    run("check", returns)
    run("collate", returns, "-o", tmp_path / "out.xlsx", "--jobs", 2)
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in returns.iterdir()} == before


def test_a_long_list_of_errors_is_cut(run: Run, tmp_path: Path):
    form.write(Form(QUESTIONNAIRE, entries={"start.team": "Ash", "Q22.L1": True}), tmp_path / "in" / "a.xlsx")
    done = run("collate", tmp_path / "in", "-o", tmp_path / "out.xlsx")
    assert "and 1 more in To fix" in done.stderr
    assert done.stderr.count(": no box is ticked.") == 20


# -- explain ----------------------------------------------------------------------------------------


def test_explain_lists_and_explains_every_rule(run: Run):
    listed = run("explain").stdout.splitlines()
    assert [line.split()[0] for line in listed] == list(RULES)
    for rule in RULES.values():
        shown = run("explain", rule.id).stdout
        assert rule.why in shown
        assert rule.mend in shown


# -- consoles and signals ---------------------------------------------------------------------------


@pytest.mark.parametrize("args", [["explain"], ["--version"], ["explain", "no-such-rule"], ["colate"]])
def test_the_program_has_said_all_when_it_ends(run: Run, tmp_path: Path, args: list[str]):
    """It ends without taking its objects apart, so nothing flushes its output for it; here that goes into files."""
    expected, paths = run(*args), (tmp_path / "out", tmp_path / "errors")
    with paths[0].open("wb") as out, paths[1].open("wb") as errors:
        done = subprocess.run(
            [sys.executable, "-m", "impact_xl", *args],
            stdout=out,
            stderr=errors,
            check=False,
            env={**os.environ, "PYTHONPATH": str(Path(impact_xl.__file__).parent.parent)},
        )
    assert done.returncode == expected.exit_code
    said = [path.read_text(encoding="utf-8").split() for path in paths]
    assert said == [expected.stdout.split(), expected.stderr.split()]


@pytest.mark.parametrize(
    ("code", "gone", "ends"), [(0, False, 0), (None, False, 0), (130, False, 130), (2, True, None), ("no", False, None)]
)
def test_how_the_program_ends(
    code: str | int | None, gone: bool, ends: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody listens any more, or a text is to be said, Python ends it in its own way."""

    class Ended(BaseException):
        """The process is over."""

    class Stream(io.StringIO):
        def flush(self) -> None:
            if gone:
                raise BrokenPipeError

    def end(code: int) -> None:
        raise Ended(code)

    def main() -> None:
        raise SystemExit(code)

    monkeypatch.setattr(os, "_exit", end)
    monkeypatch.setattr(cli, "main", main)
    monkeypatch.setattr(sys, "stdout", Stream())
    with pytest.raises(Ended if ends is not None else SystemExit) as caught:
        cli.program()
    assert caught.value.args == ((ends,) if ends is not None else (code,))


def test_a_console_that_knows_few_characters_ends_no_work(tmp_path: Path):
    form.write(Form(QUESTIONNAIRE, entries=LEVELS | {"start.team": "Ash ☑ 日本", "Q01.L4": "☒"}), tmp_path / "Zoë.xlsx")
    for encoding in ("ascii", "cp1252"):
        done = subprocess.run(
            [sys.executable, "-m", "impact_xl", "check", str(tmp_path)],
            capture_output=True,
            check=False,
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONIOENCODING": encoding,
                "PYTHONPATH": str(Path(impact_xl.__file__).parent.parent),
            },
        )
        assert done.returncode == 0, done.stderr
        assert b"Q01" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to a whole console, not to one process")
@pytest.mark.parametrize("quiet", [[], ["--quiet"]])
def test_ctrl_c_says_how_far_it_got_and_leaves_nothing_half_written(tmp_path: Path, quiet: list[str]):
    """The last of four sources keeps its reader busy for a minute."""
    for name in "abc":
        (tmp_path / f"{name}.xlsx").write_bytes(form.build(form.Form(questionnaires.load())))
    code = (
        "import os, impact_xl.cli as c, impact_xl.returns.read_file as r, impact_xl.returns as returns\n"
        "found = returns.find\n"
        "def find(paths):\n"
        "    sources, findings = found(paths)\n"
        "    return [*sources, Slow(sources[0].path, 'slow')], findings\n"
        "class Slow(r.Source):\n"
        "    def __reduce__(self):\n"
        "        print('ready', flush=True)\n"
        "        return __import__('time').sleep, (60,)\n"
        "returns.find = find\n"
        "c.main()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, "collate", ".", "--jobs", "1", "--output", "out.xlsx", *quiet],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(impact_xl.__file__).parent.parent)},
    )
    assert child.stdout
    assert child.stdout.readline() == "ready\n"
    time.sleep(1)
    child.send_signal(signal.SIGINT)
    _, error = child.communicate(timeout=30)
    first, second = error.strip().splitlines()
    assert (child.returncode, second) == (130, "Stopped. What was not finished is as it was before.")
    assert re.fullmatch(r"Reading: stopped at [0-3] of 4\.", first)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.xlsx", "b.xlsx", "c.xlsx"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
def test_a_terminal_shows_how_many_are_done_and_how_many_have_something_to_fix(tmp_path: Path):
    filled = {"Q01.L1": True}  # and 21 blanks
    for name in "abc":
        (tmp_path / f"{name}.xlsx").write_bytes(form.build(form.Form(questionnaires.load(), entries=filled)))
    screen = shown(command("check", "."), tmp_path)
    assert b"3/3" in screen
    assert b"3 with something to fix" in screen


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize("name", ["distribute", "collate", "status", "remind", "feedback"])
def test_an_error_before_the_work_stands_without_a_bar(tmp_path: Path, name: str):
    form.write(Form(QUESTIONNAIRE, entries=LEVELS | {"start.team": "Ash"}), tmp_path / "in" / "a.xlsx")
    impact_xl.write(impact_xl.collate(tmp_path / "in"), tmp_path / "round.xlsx")
    given = {"distribute": ["none.csv"], "feedback": ["round.xlsx", "--teams", "none.csv"]}
    screen = shown(command(name, *given.get(name, ["in", "--teams", "none.csv"])), tmp_path, code=2)
    assert screen.startswith(b"\x1b[31m\x1b[1mError: "), screen


# -- from Python ------------------------------------------------------------------------------------


def test_the_same_work_from_a_plain_script_without_a_main_guard(tmp_path: Path):
    (tmp_path / "script.py").write_text(
        "import sys\n"
        "import impact_xl\n"
        f"assert not set(sys.modules) & {HEAVY!r}\n"
        "print(impact_xl.generate('form.xlsx'))\n"
        "collation = impact_xl.collate('form.xlsx')\n"
        "print(collation.returns.file.tolist(), type(collation) is impact_xl.Collation)\n"
        "print(*impact_xl.write(collation, 'out.xlsx'))\n"
        "try: impact_xl.collate(['none'])\n"
        "except impact_xl.ImpactError as error: print('caught', error.hint != '')\n"
    )
    done = python("-W", "error", "script.py", cwd=tmp_path)
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["form.xlsx", "['form.xlsx'] True", "out.xlsx", "caught True"]


def test_the_public_names():
    assert set(impact_xl.__all__) <= set(dir(impact_xl))
    assert all(getattr(impact_xl, name) for name in impact_xl.__all__)
    with pytest.raises(AttributeError):
        _ = impact_xl.nothing
