"""Reading returned files end to end: forms really filled in, really damaged, really read in child processes."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest
from edits import Copy, places
from hypothesis import given, settings
from hypothesis import strategies as st
from libreoffice import needs_office, typed_many
from rounds_in_memory import QUESTIONNAIRE

from impact_xl import returns
from impact_xl.findings import ImpactError, Where
from impact_xl.form import layout
from impact_xl.form import workbook as form
from impact_xl.returns import child_processes, read_file
from impact_xl.returns.file_type import FileRejected
from impact_xl.returns.formats import xlsx
from impact_xl.returns.formats.grid import Content, Grid
from impact_xl.returns.parse.submissions import submissions_in
from impact_xl.returns.read_file import read_content
from impact_xl.returns.submission import ReturnedFile, Submission
from impact_xl.roster import Round
from impact_xl.round.answers import State, judge

PLACES = places(form.Form(QUESTIONNAIRE))
FIRST = layout.component_sheet_name(QUESTIONNAIRE.components[0])
BLANK = form.build(form.Form(QUESTIONNAIRE))


def filled(seed: int, **more: object) -> tuple[dict[str, int], bytes]:
    """A form with one random tick a question, and the truth about it."""
    dice = random.Random(seed)
    truth = {question.id: dice.randint(1, len(QUESTIONNAIRE.levels)) for question in QUESTIONNAIRE.questions}
    entries = {layout.level_key(question, level): True for question, level in truth.items()}
    return truth, form.build(form.Form(QUESTIONNAIRE, entries={**entries, "start.team": f"Ward {seed}"}, **more))


TRUTH, FILLED = filled(1)


def read(path: Path) -> ReturnedFile:
    """Read one file in a child process."""
    sources, _ = returns.find([path])
    (file,) = returns.read(sources, QUESTIONNAIRE)
    return file


def only(file: ReturnedFile) -> Submission:
    assert not [finding.rule.id for finding in file.findings]
    (submission,) = file.submissions
    return submission


def levels(submission: Submission) -> dict[str, int | None]:
    return {question: answer.level for question, answer in judge(submission, QUESTIONNAIRE).answers.items()}


def rules(submission: Submission) -> set[str]:
    return {finding.rule.id for finding in judge(submission, QUESTIONNAIRE).findings}


class TestFilledInCopies:
    """Copies filled in by programs and people are read without one wrong answer."""

    @pytest.mark.parametrize("tickbox", form.TICKBOXES)
    @pytest.mark.parametrize("seed", range(5))
    def test_as_written(self, tmp_path: Path, tickbox: str, seed: int) -> None:
        truth, content = filled(seed, tickbox=tickbox, round=Round(not_applicable=bool(seed % 2)))
        path = tmp_path / "form.xlsx"
        path.write_bytes(content)
        submission = only(read(path))
        assert levels(submission) == truth
        assert rules(submission) == set()
        assert submission.team == f"Ward {seed}"

    @pytest.mark.parametrize("how", ["tick", "x", "1"])
    def test_at_xml_level(self, tmp_path: Path, how: str) -> None:
        copy = Copy(BLANK)
        for question, level in TRUTH.items():
            sheet, cell = PLACES[layout.level_key(question, level)]
            match how:
                case "tick":
                    copy.tick(sheet, cell)
                case "x":
                    copy.type(sheet, cell, "x")
                case "1":
                    copy.set(sheet, cell, "<v>1</v>")
        submission = only(read(copy.save(tmp_path / "form.xlsx")))
        assert levels(submission) == TRUTH
        assert rules(submission) == ({"answer-odd-mark"} if how == "x" else set())

    @needs_office
    def test_through_libreoffice(self, tmp_path: Path) -> None:
        jobs, truths = {}, {}
        for seed in range(3):
            dice = random.Random(seed)
            truth = {question.id: dice.randint(1, 5) for question in QUESTIONNAIRE.questions}
            entries: dict[str, dict[str, str]] = {}
            for question, level in truth.items():
                sheet, cell = PLACES[layout.level_key(question, level)]
                entries.setdefault(sheet, {})[cell] = dice.choice(["TRUE", "1", "x", "✓"])
            for key, text in {
                "start.team": "Ward 7",
                "Q01.note": "Two lines\nof evidence",
                "P1.what": "Huddles",
            }.items():
                sheet, cell = PLACES[key]
                entries.setdefault(sheet, {})[cell] = text
            blank = form.write(
                form.Form(QUESTIONNAIRE, tickbox=form.TICKBOXES[seed % 2]), tmp_path / f"blank{seed}.xlsx"
            )
            jobs[tmp_path / f"filled{seed}.xlsx"] = blank, entries
            truths[tmp_path / f"filled{seed}.xlsx"] = truth
        for path in typed_many(jobs):
            submission = only(read(path))
            assert levels(submission) == truths[path]
            assert submission.team == "Ward 7"
            assert submission.questions["Q01"].note == "Two lines\nof evidence"
            assert submission.priorities[0].what == "Huddles"
            assert rules(submission) <= {"answer-odd-mark"}
            # Then a script saves it with openpyxl, which leaves formulas without their values.
            again = path.with_name(f"openpyxl {path.name}")
            book = openpyxl.load_workbook(path)
            book.save(again)
            assert levels(only(read(again))) == truths[path]

    def test_texts_come_back_as_typed(self, tmp_path: Path) -> None:
        texts = {
            "start.team": "Ward “7” & <Co>",
            "start.team-id": "007",
            "start.group": "Acute",
            "start.other-team": "Ward 8",
            "start.completed-by": "Ward lead",
            "start.date": "23/11/2026",
            "Q01.note": "=1+1 is no formula\n- second line",
            "Q05.note": "Q01.L1",
            **{f"P{n}.{name}": f"{name} {n}" for n in (1, 2, 3) for name, _ in layout.PRIORITY_FIELDS},
        }
        path = form.write(form.Form(QUESTIONNAIRE, entries=texts), tmp_path / "form.xlsx")
        got = only(read(path))
        assert (got.team, got.team_id, got.group) == (texts["start.team"], "007", "Acute")
        assert (got.other_team, got.completed_by, got.date) == ("Ward 8", "Ward lead", "23/11/2026")
        assert got.questions["Q01"].note == texts["Q01.note"]
        assert got.questions["Q05"].note == "Q01.L1"
        assert [priority.measure for priority in got.priorities] == ["measure 1", "measure 2", "measure 3"]


class TestHands:
    """What people do to the layout is mended, and said so."""

    @pytest.mark.parametrize(
        "change",
        [
            lambda copy: copy.insert_rows(FIRST, 20, 3),
            lambda copy: copy.insert_columns(FIRST, 2),
            lambda copy: copy.rename(FIRST, "Sheet9"),
            lambda copy: copy.reverse(),
        ],
        ids=["rows", "columns", "renamed", "reversed"],
    )
    def test_moved(self, tmp_path: Path, change: object) -> None:
        submission = only(read(change(Copy(FILLED)).save(tmp_path / "form.xlsx")))
        assert levels(submission) == TRUTH
        assert rules(submission) == {"form-moved"}

    def test_keys_gone_are_found_by_statement(self, tmp_path: Path) -> None:
        copy = Copy(FILLED)
        for key, (sheet, cell) in PLACES.items():
            if sheet == FIRST and key.startswith("Q"):
                copy.clear(sheet, f"A{cell.lstrip('ABCD')}")
        submission = only(read(copy.save(tmp_path / "form.xlsx")))
        assert levels(submission) == TRUTH
        assert "form-moved" in rules(submission)

    def test_a_deleted_sheet_is_reported_once(self, tmp_path: Path) -> None:
        submission = only(read(Copy(FILLED).delete(FIRST).save(tmp_path / "form.xlsx")))
        judged = judge(submission, QUESTIONNAIRE)
        assert [finding.rule.id for finding in judged.findings] == ["form-sheet-missing"]
        assert {a.question for a in judged.answers.values() if a.state is State.MISSING} == {"Q01", "Q02", "Q03", "Q04"}

    def test_a_deleted_row_makes_its_question_missing(self, tmp_path: Path) -> None:
        row = int(PLACES["Q02.L4"][1].lstrip("B"))
        submission = only(read(Copy(FILLED).delete_row(FIRST, row).save(tmp_path / "form.xlsx")))
        answers = judge(submission, QUESTIONNAIRE).answers
        assert {question for question, answer in answers.items() if answer.state is State.MISSING} == {"Q02"}
        assert {q: a.level for q, a in answers.items() if q != "Q02"} == {q: n for q, n in TRUTH.items() if q != "Q02"}

    def test_another_questions_statement_pasted_over_is_damage(self, tmp_path: Path) -> None:
        sheet, cell = PLACES[f"Q01.L{TRUTH['Q01']}"]
        copy = Copy(FILLED).type(sheet, cell.replace("B", "D"), QUESTIONNAIRE.by_id["Q09"].statement(2))
        answer = judge(only(read(copy.save(tmp_path / "form.xlsx"))), QUESTIONNAIRE).answers["Q01"]
        assert answer.state is State.MISSING

    def test_edited_and_lost_wording_count_with_a_warning(self, tmp_path: Path) -> None:
        copy = Copy(FILLED)
        for question, text in (("Q01", "We have rewritten what this level means to us."), ("Q02", "")):
            sheet, cell = PLACES[layout.level_key(question, TRUTH[question])]
            copy.type(sheet, cell.replace("B", "D"), text)
        submission = only(read(copy.save(tmp_path / "form.xlsx")))
        assert levels(submission) == TRUTH
        assert rules(submission) == {"form-wording-changed", "answer-by-name-only"}

    @pytest.mark.parametrize(
        ("xml", "kind", "seen"),
        [
            ("<is><t>n/a</t></is>", "inlineStr", "n/a"),
            ("<v>#REF!</v>", "e", "#REF!"),
            ("<f>A1&amp;A2</f>", "", "=A1&A2"),
            ("<v>3</v>", "", "3"),
        ],
    )
    def test_what_is_unclear_is_reported_with_its_cell(self, tmp_path: Path, xml: str, kind: str, seen: str) -> None:
        sheet, cell = PLACES["Q03.L1" if TRUTH["Q03"] != 1 else "Q03.L2"]
        judged = judge(only(read(Copy(FILLED).set(sheet, cell, xml, kind).save(tmp_path / "form.xlsx"))), QUESTIONNAIRE)
        assert judged.answers["Q03"].state is State.UNCLEAR
        (finding,) = judged.findings
        assert (finding.rule.id, finding.where.sheet, finding.where.cell) == ("answer-unclear", sheet, cell)
        assert f"“{seen}”" in finding.message

    def test_a_sheet_twice_with_different_ticks_is_unclear(self) -> None:
        grids = list(xlsx.read(FILLED).grids)
        sheet = next(grid for grid in grids if grid.name == FIRST)
        box = next(place for place, value in sheet.cells.items() if value is True)
        grids.append(Grid("Copy of it", {**sheet.cells, box: False}))
        (submission,) = submissions_in(Content(tuple(grids)), QUESTIONNAIRE, "f.xlsx").submissions
        states = [answer.state for answer in judge(submission, QUESTIONNAIRE).answers.values()]
        assert states.count(State.UNCLEAR) == 1

    def test_two_forms_in_one_workbook_are_two_submissions(self) -> None:
        other_truth, other = filled(2)
        grids = [*xlsx.read(FILLED).grids, *xlsx.read(other).grids]
        first, second = submissions_in(Content(tuple(grids)), QUESTIONNAIRE, "f.xlsx").submissions
        assert (first.team, levels(first)) == ("Ward 1", TRUTH)
        assert (second.team, levels(second)) == ("Ward 2", other_truth)


class TestBadInput:
    """Each bad file is one finding; the others are read as if it were not there."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        (tmp_path / "good.xlsx").write_bytes(FILLED)
        (tmp_path / "truncated.xlsx").write_bytes(FILLED[: len(FILLED) // 2])
        (tmp_path / "printed.xlsx").write_bytes(b"%PDF-1.7\n...")
        (tmp_path / "empty.xlsx").write_bytes(b"")
        (tmp_path / "notes.xlsx").write_text("only some text")
        (tmp_path / "~$good.xlsx").write_bytes(b"lock")
        (tmp_path / ".DS_Store").write_bytes(b"x")
        book = openpyxl.Workbook()
        book.active["A1"] = "Budget 2026"
        book.save(tmp_path / "budget.xlsx")
        (tmp_path / "deep").mkdir()
        (tmp_path / "deep" / "also good.XLSX").write_bytes(filled(3)[1])
        return tmp_path

    def test_each_has_its_finding(self, folder: Path) -> None:
        sources, before = returns.find([folder])
        files = {file.file: file for file in returns.read(sources, QUESTIONNAIRE, jobs=2)}
        assert [finding.rule.id for finding in before] == ["file-skipped"]
        assert "2 files" in before[0].message
        assert {name: [finding.rule.id for finding in file.findings] for name, file in files.items()} == {
            "good.xlsx": [],
            "deep/also good.XLSX": [],
            "truncated.xlsx": ["file-damaged"],
            "printed.xlsx": ["file-not-workbook"],
            "empty.xlsx": ["file-damaged"],
            "notes.xlsx": ["file-not-workbook"],
            "budget.xlsx": ["form-unknown"],
        }
        assert levels(files["good.xlsx"].submissions[0]) == TRUTH
        assert {name: file.sha256 for name, file in files.items()} == {
            name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files
        }

    def test_the_order_of_the_answers_is_that_of_the_sources(self, folder: Path) -> None:
        sources, _ = returns.find([folder])
        for jobs in (1, 3):
            assert [file.file for file in returns.read(sources, QUESTIONNAIRE, jobs=jobs)] == [
                source.file for source in sources
            ]

    def test_a_path_that_does_not_exist(self, tmp_path: Path) -> None:
        with pytest.raises(ImpactError, match="no such file"):
            returns.find([tmp_path / "nowhere"])

    def test_the_same_name_in_two_folders_stays_apart(self, tmp_path: Path) -> None:
        for folder in ("a", "b"):
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "form.xlsx").write_bytes(FILLED)
        sources, _ = returns.find([tmp_path / "a", tmp_path / "b", tmp_path / "a" / "form.xlsx"])
        assert [source.file for source in sources] == ["form.xlsx", "b/form.xlsx"]

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
    def test_pipes_and_links_out_are_not_opened(self, tmp_path: Path) -> None:
        inside = tmp_path / "in"
        inside.mkdir()
        os.mkfifo(inside / "pipe.xlsx")
        (tmp_path / "outside.xlsx").write_bytes(FILLED)
        (inside / "link.xlsx").symlink_to(tmp_path / "outside.xlsx")
        sources, findings = returns.find([inside])
        assert sources == []
        assert [finding.rule.id for finding in findings] == ["file-unreadable"] * 2

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="links need rights on Windows")
    def test_links_to_folders_are_said_and_not_followed(self, tmp_path: Path) -> None:
        inside, outside = tmp_path / "in", tmp_path / "out"
        for folder in (inside / "own", outside):
            folder.mkdir(parents=True)
            (folder / "form.xlsx").write_bytes(FILLED)
        (inside / "away").symlink_to(outside)
        (inside / "round").symlink_to(inside)
        (inside / "near").symlink_to(inside / "own")
        sources, findings = returns.find([inside])
        assert [source.file for source in sources] == ["own/form.xlsx"]
        assert sorted(finding.where.file for finding in findings) == ["away", "near", "round"]
        assert {finding.rule.id for finding in findings} == {"file-unreadable"}

    def test_a_folder_that_cannot_be_opened_is_said(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "a" / "shut").mkdir(parents=True)
        (tmp_path / "a" / "form.xlsx").write_bytes(FILLED)
        scandir = os.scandir

        def refusing(path: str) -> object:
            if str(path).endswith("shut"):
                raise PermissionError(13, "Permission denied", path)
            return scandir(path)

        monkeypatch.setattr(os, "scandir", refusing)
        sources, findings = returns.find([tmp_path / "a"])
        assert [source.file for source in sources] == ["form.xlsx"]
        (finding,) = findings
        assert (finding.rule.id, finding.where.file) == ("file-unreadable", "shut")
        assert "the folder cannot be opened: Permission denied" in finding.message

    @pytest.mark.parametrize("name", ["~$form.xlsx", "._form.xlsx", ".~lock.form.xlsx#", "Thumbs.db", "desktop.ini"])
    def test_what_programs_leave_behind_is_counted(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).write_bytes(b"x")
        sources, (finding,) = returns.find([tmp_path])
        assert (sources, finding.rule.id) == ([], "file-skipped")

    def test_a_doctype_is_refused(self, tmp_path: Path) -> None:
        copy = Copy(FILLED)
        copy.change(FIRST, lambda xml: xml.replace("<worksheet", '<!DOCTYPE x [<!ENTITY a "b">]><worksheet', 1))
        file = read(copy.save(tmp_path / "form.xlsx"))
        assert [finding.rule.id for finding in file.findings] == ["file-unsafe"]

    def test_a_cell_at_the_end_of_the_sheet_costs_nothing(self, tmp_path: Path) -> None:
        """One that makes the fast reader ask for 500 GB, and abort."""
        far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
        copy = Copy(FILLED).change(FIRST, lambda xml: xml.replace("</sheetData>", far))
        file = read(copy.save(tmp_path / "form.xlsx"))
        assert [finding.rule.id for finding in file.findings] == ["form-extra-content"]
        assert levels(file.submissions[0]) == TRUTH

    def test_duplicate_parts_are_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "form.xlsx"
        path.write_bytes(FILLED)
        with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as package:
            package.writestr("xl/worksheets/sheet1.xml", b"<worksheet/>")
        assert [finding.rule.id for finding in read(path).findings] == ["file-unsafe"]

    @settings(max_examples=60, deadline=None)
    @given(st.data())
    def test_any_bytes_give_a_finding_and_no_exception(
        self, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
    ) -> None:
        content = bytearray(FILLED)
        for _ in range(data.draw(st.integers(1, 8))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        path = tmp_path_factory.mktemp("bytes") / "form.xlsx"
        path.write_bytes(bytes(content[: data.draw(st.integers(0, len(content)))]))
        file = read_content(path.read_bytes(), "form.xlsx", QUESTIONNAIRE)
        assert file.findings or file.submissions


class TestTries:
    """A file that another program holds for a moment is read a moment later; else it is said why it is not."""

    @pytest.fixture
    def path(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setattr(read_file, "_PAUSE", 0)
        (tmp_path / "form.xlsx").write_bytes(FILLED)
        return tmp_path / "form.xlsx"

    def fail(self, monkeypatch: pytest.MonkeyPatch, times: int, error: OSError) -> list[int]:
        opened, tries = Path.open, list[int]()

        def failing(path: Path, *args: object) -> object:
            tries.append(1)
            if len(tries) <= times:
                raise error
            return opened(path, *args)

        monkeypatch.setattr(Path, "open", failing)
        return tries

    @pytest.mark.parametrize("times", [0, 1, 2])
    def test_within_three_tries(self, path: Path, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
        tries = self.fail(monkeypatch, times, PermissionError(13, "Permission denied"))
        assert read_file.bytes_of(path) == FILLED
        assert len(tries) == times + 1

    @pytest.mark.parametrize(
        ("number", "reason"),
        [
            (None, "Permission denied"),
            (32, "another program has it open"),
            (389, "kept in the cloud and was not downloaded"),
        ],
    )
    def test_not_in_three(self, path: Path, monkeypatch: pytest.MonkeyPatch, number: int | None, reason: str) -> None:
        error = PermissionError(13, "Permission denied")
        error.winerror = number
        tries = self.fail(monkeypatch, 9, error)
        with pytest.raises(FileRejected, match=reason) as caught:
            read_file.bytes_of(path)
        assert (caught.value.rule, len(tries)) == ("file-unreadable", 3)

    def test_one_that_is_gone_is_not_waited_for(self, path: Path) -> None:
        path.unlink()
        with pytest.raises(FileRejected, match="No such file"):
            read_file.bytes_of(path)

    def test_one_that_changes_meanwhile(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        real = path.stat()
        before = SimpleNamespace(st_mode=real.st_mode, st_size=real.st_size, st_mtime_ns=real.st_mtime_ns - 1)
        monkeypatch.setattr(Path, "stat", lambda _: before)
        with pytest.raises(FileRejected, match="changed while it was being read"):
            read_file.bytes_of(path)


class TestIsolation:
    """A reader that dies or hangs costs its own file, and nothing of it stays behind."""

    def test_a_child_that_dies_costs_its_own_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.boot(
            monkeypatch,
            "import os; read_file.read_content = "
            "lambda c, f, *a, r=read_file.read_content: os.abort() if 'bad' in f else r(c, f, *a)",
        )
        self.check(tmp_path, "stopped")

    def test_a_child_that_hangs_costs_its_own_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.boot(
            monkeypatch,
            "import time; read_file.read_content = "
            "lambda c, f, *a, r=read_file.read_content: time.sleep(60) if 'bad' in f else r(c, f, *a)",
        )
        self.check(tmp_path, "longer than 1.5 seconds", seconds=1.5)

    def test_a_bug_in_our_reader_costs_its_own_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.boot(
            monkeypatch,
            "read_file.read_content = lambda c, f, *a, r=read_file.read_content: 1 / 0 if 'bad' in f else r(c, f, *a)",
        )
        self.check(tmp_path, "ZeroDivisionError")

    def test_a_child_without_memory_costs_its_own_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.boot(
            monkeypatch,
            "read_file.read_content = "
            "lambda c, f, *a, r=read_file.read_content: bytes(1 << 62) if 'bad' in f else r(c, f, *a)",
        )
        self.check(tmp_path, "takes more memory", rule="file-too-big")

    @staticmethod
    def boot(monkeypatch: pytest.MonkeyPatch, poison: str) -> None:
        boot = child_processes._READER.replace(
            "from impact_xl.returns.worker_pool import serve; serve()",
            f"from impact_xl.returns import read_file, worker_pool; {poison}; worker_pool.serve()",
        )
        assert boot != child_processes._READER
        monkeypatch.setattr(child_processes, "_READER", boot)

    @staticmethod
    def check(folder: Path, what: str, seconds: float = 20, rule: str = "file-unreadable") -> None:
        for name in ("a good", "b bad", "c good"):
            (folder / f"{name}.xlsx").write_bytes(FILLED)
        sources, _ = returns.find([folder])
        first, bad, last = returns.read(sources, QUESTIONNAIRE, seconds=seconds)
        assert levels(only(first)) == levels(only(last)) == TRUTH
        (finding,) = bad.findings
        assert finding.rule.id == rule
        assert what in finding.message
        assert finding.where == Where("b bad.xlsx")

    def test_a_child_is_lean(self) -> None:
        code = "import sys, impact_xl.returns.worker_pool; print(*sorted({m.partition('.')[0] for m in sys.modules}))"
        loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
        assert not {"openpyxl", "pandas", "xlsxwriter", "click", "numpy"} & set(loaded)

    def test_it_works_from_a_plain_script_without_a_main_guard(self, tmp_path: Path) -> None:
        (tmp_path / "form.xlsx").write_bytes(FILLED)
        script = tmp_path / "script.py"
        script.write_text(
            "from impact_xl import questionnaire, returns\n"
            "sources, _ = returns.find(['form.xlsx'])\n"
            "print(len(returns.read(sources, questionnaire.load())))\n"
        )
        done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=True)
        assert done.stdout.split() == ["1"]
