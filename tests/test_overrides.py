"""What people decide beats corrections, which beat the latest copy; and nothing of what was read is lost."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import xlsxwriter
from rounds_in_memory import QUESTIONNAIRE, returned, submission

from impact_xl import results
from impact_xl.findings import ImpactError
from impact_xl.form.layout import Reference
from impact_xl.results import stored_round
from impact_xl.returns.submission import Submission
from impact_xl.roster import Round, Team, TeamList
from impact_xl.round.answers import Answer, DecidedBy, State
from impact_xl.round.collation import Collation, collate
from impact_xl.round.overrides import Decision, Overrides, Placing, level_of, read_overrides

ALL = {question.id: 3 for question in QUESTIONNAIRE.questions}
LIST = Round(teams=TeamList((Team("t1", "Ash ward"), Team("t2", "Elm clinic"))))


def of(*submissions: Submission, overrides: Overrides = Overrides(), round: Round = LIST) -> Collation:
    files = [returned(each, sha256=str(number)) for number, each in enumerate(submissions)]
    return collate(files, QUESTIONNAIRE, round, overrides=overrides)


def correction(answers: dict[str, int | str], day: int = 5, **more: object) -> Submission:
    made = submission(
        "Ash ward",
        answers,
        file=f"correction {day}.xlsx",
        reference=Reference("correction", QUESTIONNAIRE.id, QUESTIONNAIRE.version),
        modified=datetime(2026, 11, day, tzinfo=UTC),
        **more,
    )
    kept = {question: marks for question, marks in made.questions.items() if question in answers}
    return Submission(**{**made.__dict__, "questions": kept, "sheets_missing": ("C2", "C3")})


def answer(collation: Collation, question: str) -> Answer:
    return collation.results[0].answers[question]


def rules(collation: Collation) -> list[str]:
    return [finding.rule.id for finding in collation.to_fix if finding.rule.id != "round-few-returns"]


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


class TestFiles:
    def test_typed_as_people_type(self, tmp_path: Path) -> None:
        path = write(
            tmp_path / "o.csv",
            "Decisions of 12 November\nTeam,Q,Answer,Why\n"
            "Ash ward,Q7,Progressing,e-mail of 12 Nov\nt1,8,2,\nElm clinic,question 09,N/A,no such service\n\n"
            "Elm clinic,Q010,level 5,\n",
        )
        names = {level.name: level.number for level in QUESTIONNAIRE.levels}
        assert read_overrides(path, QUESTIONNAIRE).answers == (
            Decision("Ash ward", "Q07", names["Progressing"], "e-mail of 12 Nov", 3),
            Decision("t1", "Q08", 2, "", 4),
            Decision("Elm clinic", "Q09", None, "no such service", 5),
            Decision("Elm clinic", "Q10", 5, "", 7),
        )

    def test_a_workbook(self, tmp_path: Path) -> None:
        with xlsxwriter.Workbook(tmp_path / "o.xlsx") as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, ["File", "Team", "Question", "Level"])
            sheet.write_row(1, 0, ["mail.eml!/form.xlsx", "Ash ward"])
            sheet.write_row(2, 0, ["", "Elm clinic", 7, 4])
        overrides = read_overrides(tmp_path / "o.xlsx", QUESTIONNAIRE)
        assert overrides.copies == (Placing("mail.eml!/form.xlsx", "Ash ward", 2),)
        assert overrides.answers == (Decision("Elm clinic", "Q07", 4, "", 3),)

    def test_all_problems_are_reported_at_once(self, tmp_path: Path) -> None:
        path = write(
            tmp_path / "o.csv",
            "team,question,level,file\n,Q1,2,\nAsh,Q99,2,\nAsh,Q1,high,\n,,,a.xlsx\nElm,Q1,2,\nelm,1,3,\n",
        )
        with pytest.raises(ImpactError) as caught:
            read_overrides(path, QUESTIONNAIRE)
        assert [line.strip().partition(":")[0] for line in caught.value.message.splitlines()[1:]] == [
            "row 2",
            "row 3",
            "row 4",
            "row 5",
            "rows 6 and 7",
        ]

    @pytest.mark.parametrize(
        ("text", "message"),
        [("a,b\n1,2\n", "no header row"), ("team,question,level\n", "no decisions"), ("", "no header row")],
    )
    def test_a_file_that_decides_nothing(self, tmp_path: Path, text: str, message: str) -> None:
        with pytest.raises(ImpactError, match=message):
            read_overrides(write(tmp_path / "o.csv", text), QUESTIONNAIRE)

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(ImpactError, match="cannot be read"):
            read_overrides(tmp_path / "o.csv", QUESTIONNAIRE)

    @pytest.mark.parametrize("level", QUESTIONNAIRE.levels, ids=lambda level: level.name)
    def test_a_level_by_name_or_number(self, level) -> None:
        for text in (level.name, level.name.upper(), str(level.number), f"L{level.number}"):
            assert level_of(text, QUESTIONNAIRE) == level.number
        assert level_of(str(len(QUESTIONNAIRE.levels) + 1), QUESTIONNAIRE) is None


class TestLeftOpen:
    @pytest.mark.parametrize("typed", ["Left open", "left OPEN", "open"])
    def test_it_settles_a_blank_on_purpose(self, tmp_path: Path, typed: str) -> None:
        path = write(tmp_path / "o.csv", f"team,question,level,who,date\nt1,Q07,{typed},Jo,2 Dec 2026\n")
        overrides = read_overrides(path, QUESTIONNAIRE)
        assert overrides.answers == (Decision("t1", "Q07", None, "", 2, True, "Jo", date(2026, 12, 2)),)
        collation = of(submission("Ash ward", {key: 3 for key in ALL if key != "Q07"}), overrides=overrides)
        seven = answer(collation, "Q07")
        assert (seven.state, seven.level, seven.decided_by) == (State.BLANK, None, DecidedBy.OVERRIDE)
        assert rules(collation) == ["answer-decided"]  # nothing is to be asked again
        assert "left open on purpose" in next(each.message for each in collation.to_fix if each.question)

    def test_an_answer_that_is_left_open_no_longer_counts(self) -> None:
        decided = Overrides("o.csv", (Decision("t1", "Q07", None, "", 2, left_open=True),))
        collation = of(submission("Ash ward", ALL), overrides=decided)
        seven = answer(collation, "Q07")
        assert (seven.state, seven.level, seven.level_read, seven.state_read) == (State.BLANK, None, 3, State.ANSWERED)

    def test_it_is_written_and_read_back(self, tmp_path: Path) -> None:
        decided = Overrides("o.csv", (Decision("t1", "Q07", None, "", 2, left_open=True),))
        collation = of(submission("Ash ward", {key: 3 for key in ALL if key != "Q07"}), overrides=decided)
        results.write(collation, tmp_path / "c.xlsx")
        ash, _ = stored_round.read(tmp_path / "c.xlsx", [QUESTIONNAIRE]).results
        assert [key for key, each in ash.answers.items() if each.state is State.BLANK] == ["Q07"]
        again = results.carry(collation, tmp_path / "c.xlsx", overwrite=False)
        assert again.results[0].answers["Q07"].decided_by is DecidedBy.OVERRIDE

    def test_left_open_and_a_level_contradict_each_other(self, tmp_path: Path) -> None:
        path = write(tmp_path / "o.csv", "team,question,level\nt1,Q07,Left open\nt1,Q07,n/a\n")
        with pytest.raises(ImpactError, match="rows 2 and 3: t1 has two different levels for Q07"):
            read_overrides(path, QUESTIONNAIRE)

    def test_a_doubtful_date_in_a_list_of_one_s_own_is_none(self, tmp_path: Path) -> None:
        path = write(tmp_path / "o.csv", "team,question,level,date\nt1,Q07,2,last week\n")
        assert read_overrides(path, QUESTIONNAIRE).answers[0].date is None


class TestDecisions:
    def test_a_decision_beats_the_copy_whose_level_stays_beside_it(self) -> None:
        copy = submission("Ash ward", ALL | {"Q07": "multiple", "Q08": 2})
        decided = Overrides("o.csv", (Decision("t1", "Q07", 3, "e-mail", 2), Decision("ash WARD", "Q08", None, "", 3)))
        collation = of(copy, overrides=decided)
        seven, eight = answer(collation, "Q07"), answer(collation, "Q08")
        assert (seven.state, seven.level, seven.level_read) == (State.ANSWERED, 3, None)
        assert (eight.state, eight.level, eight.level_read) == (State.NOT_APPLICABLE, None, 2)
        assert {seven.decided_by, eight.decided_by} == {DecidedBy.OVERRIDE}
        assert answer(collation, "Q09").decided_by is DecidedBy.COPY
        assert collation.results[0].status.value == "complete"
        assert rules(collation) == ["answer-decided", "answer-decided"]
        first = next(finding for finding in collation.to_fix if finding.question == "Q07")
        assert "(e-mail); the copy said more than one box ticked" in first.message

    def test_a_person_says_which_copy_counts(self) -> None:
        one = submission("Ash ward", ALL, file="a.xlsx", team_id="t1", completed_by="Matron")
        two = submission("Ash ward", dict.fromkeys(ALL, 4), file="b.xlsx", team_id="t1", completed_by="Lead")
        assert rules(of(one, two)) == ["team-contested"]
        placed = Overrides("o.csv", (), (Placing("a.xlsx", "Ash ward", 2), Placing("b.xlsx", "t2", 3)))
        collation = of(one, two, overrides=placed)
        assert [(result.team.name, result.answers["Q01"].level) for result in collation.results] == [
            ("Ash ward", 3),
            ("Elm clinic", 4),
        ]
        alone = of(one, two, overrides=Overrides("o.csv", (), (Placing("b.xlsx", "Ash ward", 2),)))
        assert answer(alone, "Q01").level == 4
        assert [each.name for each in alone.files if each.used] == ["b.xlsx"]

    def test_a_copy_without_a_name_is_given_to_its_team(self) -> None:
        nameless = submission("", ALL, file="x.zip!/form.xlsx")
        collation = of(nameless, overrides=Overrides("o.csv", (), (Placing("form.xlsx", "Pine", 2),)), round=Round())
        assert [result.team.name for result in collation.results] == ["Pine"]
        assert rules(collation) == []

    @pytest.mark.parametrize(
        "name",
        ["returns.zip!/North/Ash.xlsx", "North/Ash.xlsx", "Ash.xlsx", "ash.XLSX", "north\\ash.xlsx", "./Ash.xlsx"],
    )
    def test_a_file_is_known_however_it_is_written(self, name: str) -> None:
        nameless = submission("", ALL, file="returns.zip!/North/Ash.xlsx")
        other = submission("Elm clinic", ALL, file="returns.zip!/North/Elm.xlsx")
        placed = Overrides("o.csv", (), (Placing(name, "Ash ward", 2),))
        assert {result.status.value for result in of(nameless, other, overrides=placed).results} == {"complete"}

    def test_a_name_that_two_files_have_is_none(self) -> None:
        copies = [submission(f"Team {n}", ALL, file=f"{n}/form.xlsx") for n in (1, 2)]
        with pytest.raises(ImpactError, match="2 files are called “form"):
            of(*copies, overrides=Overrides("o.csv", (), (Placing("form.xlsx", "Ash ward", 2),)))

    def test_overrides_that_fit_nothing_are_reported_at_once(self) -> None:
        wrong = Overrides(
            "o.csv",
            (Decision("Nobody", "Q01", 1, "", 2), Decision("Nobody", "Q02", 1, "", 3)),
            (Placing("none.xlsx", "Ash ward", 4), Placing("a.xlsx", "Nobody", 5)),
        )
        with pytest.raises(ImpactError) as caught:
            of(submission("Ash ward", ALL, file="a.xlsx"), overrides=wrong)
        for row in (2, 3, 4, 5):
            assert f"row {row}:" in caught.value.message


class TestCorrections:
    def test_a_correction_replaces_only_what_it_carries(self) -> None:
        copy = submission("Ash ward", ALL | {"Q01": "multiple", "Q02": "blank"}, file="form.xlsx")
        collation = of(copy, correction({"Q01": 5, "Q02": "blank"}))
        one = answer(collation, "Q01")
        assert (one.level, one.decided_by, one.where.file) == (5, DecidedBy.CORRECTION, "correction 5.xlsx")
        assert answer(collation, "Q02").state is State.BLANK
        assert answer(collation, "Q03").level == 3
        assert rules(collation) == ["answer-blank", "answer-corrected"]
        assert all(each.used for each in collation.files)

    def test_the_latest_correction_counts_and_a_decision_beats_it(self) -> None:
        copy = submission("Ash ward", ALL, file="form.xlsx", modified=datetime(2026, 11, 20, tzinfo=UTC))
        both = copy, correction({"Q01": 5}, 6), correction({"Q01": 4, "Q02": 1}, 5)
        collation = of(*both)
        assert (answer(collation, "Q01").level, answer(collation, "Q02").level) == (5, 1)
        assert answer(collation, "Q01").level_read == 3
        decided = of(*both, overrides=Overrides("o.csv", (Decision("t1", "Q01", 2, "", 2),)))
        assert (answer(decided, "Q01").level, answer(decided, "Q01").decided_by) == (2, DecidedBy.OVERRIDE)

    def test_corrections_that_disagree_without_a_date_wait(self) -> None:
        copy = submission("Ash ward", ALL, file="form.xlsx")
        first, second = correction({"Q01": 5}), correction({"Q01": 4})
        collation = of(copy, first, Submission(**{**second.__dict__, "modified": first.modified}))
        assert answer(collation, "Q01").level == 3
        assert rules(collation) == ["team-undecided"]

    def test_a_correction_alone_says_what_is_missing(self) -> None:
        collation = of(correction({"Q01": 5}))
        assert collation.results[0].status.value == "partial"
        assert answer(collation, "Q01").level == 5
        assert rules(collation) == ["form-correction-alone"]


def test_differences_between_copies_are_shown_answer_by_answer() -> None:
    early = submission(
        "Ash ward", ALL | {"Q01": 1, "Q02": "blank"}, file="1.xlsx", modified=datetime(2026, 11, 1, tzinfo=UTC)
    )
    late = submission("Ash ward", ALL, file="2.xlsx", modified=datetime(2026, 11, 2, tzinfo=UTC))
    [finding] = [each for each in of(early, late).to_fix if each.rule.id == "team-twice"]
    names = [level.name for level in QUESTIONNAIRE.levels]
    assert f"1.xlsx said Q01 “{names[0]}”, now “{names[2]}”; Q02 no box ticked, now “{names[2]}”." in finding.message


def test_from_the_command_line(tmp_path: Path, run) -> None:
    from impact_xl.form import layout
    from impact_xl.form import workbook as form

    entries = {layout.level_key(question, 3): True for question in ALL if question != "Q07"}
    form.write(form.Form(QUESTIONNAIRE, entries={**entries, "start.team": "Ash ward"}), tmp_path / "form.xlsx")
    decided = write(tmp_path / "decided.csv", "team,question,level,reason\nAsh ward,Q7,Progressing,reply of 3 Nov\n")
    result = run(
        "collate",
        tmp_path / "form.xlsx",
        "-o",
        tmp_path / "out.xlsx",
        "--csv",
        tmp_path / "csv",
        "--overrides",
        decided,
    )
    assert result.exit_code == 0, result.output
    rows = (tmp_path / "csv" / "answers.csv").read_text(encoding="utf-8").splitlines()
    [row] = [row for row in rows if ",Q07," in row]
    assert ",answered,,override," in row
    write(decided, "team,question,level\nOak,Q7,Progressing\n")
    result = run("collate", tmp_path / "form.xlsx", "-o", tmp_path / "out2.xlsx", "--overrides", decided)
    assert result.exit_code == 2
    assert "no team is called “Oak”" in result.output
