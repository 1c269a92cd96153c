"""Two rounds, told from the first list of teams to the second round's packs: once in folders, once by paths.

In spring everything happens that a normal round brings. In autumn every team says something else, and nothing of spring
may stand where it does not belong: no answer, correction, decision, note, action or draft.
"""

from __future__ import annotations

import csv
import email
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from email.policy import SMTP
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import Result
from edits import Copy, places
from rounds_in_memory import QUESTIONNAIRE
from test_carry_over import edited, several, typing
from test_tracking import typed

from impact_xl import returns
from impact_xl.form import workbook as form
from impact_xl.form.layout import level_key
from impact_xl.results.sheet_writer import FIRST_ROW
from impact_xl.xlsx.a1 import a1

Run = Callable[..., Result]
PLACES = places(form.Form(QUESTIONNAIRE))
QUESTIONS = [question.id for question in QUESTIONNAIRE.questions]
SPRING = {"Alder": 1, "Birch": 2, "Cedar": 3, "Elm": 4, "Fir": 5, "Gorse": 1, "Hazel": 2, "Ivy": 3}  # what each means
AUTUMN = {team: level % 5 + 1 for team, level in SPRING.items()}
LISTED_FROM = 5  # the first row of a table of round.xlsx
TYPED_IN_SPRING = ("Edited note", "Our own action", "Done", "they rang us", "it is theirs", "of spring")


def list_of_teams(path: Path) -> Path:
    rows = [f"{team},{'North' if team < 'E' else 'South'},{team.lower()}@trust.example" for team in SPRING]
    path.write_text("\n".join(["team,group,email", *rows, ""]), encoding="utf-8")
    return path


def fill(
    outbox: Path,
    team: str,
    to: Path,
    level: int,
    *,
    season: str,
    blank: Collection[str] = (),
    twice: Collection[str] = (),
) -> Path:
    """A team's own form with one level throughout, and a note and an action that name the season."""
    copy = Copy(outbox / "forms" / f"Self-assessment - {team}.xlsx")
    for question in QUESTIONS:
        if question not in blank:
            copy.tick(*PLACES[level_key(question, level)])
        if question in twice:
            copy.tick(*PLACES[level_key(question, level % 5 + 1)])
    copy.type(*PLACES["Q05.note"], f"A note of {season}").type(*PLACES["P1.what"], f"An action of {season}")
    return copy.save(to)


def ok(result: Result, *lines: str) -> Result:
    """It worked, and the screen says these."""
    assert result.exit_code == 0, result.output
    for line in lines:
        assert line in result.output
    return result


def levels(tables: Path) -> dict[str, dict[str, int]]:
    """The levels that count, by team and question."""
    found: dict[str, dict[str, int]] = {}
    with (tables / "answers.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["team"], {})
            if row["level"]:
                found[row["team"]][row["question"]] = int(row["level"])
    return found


def throughout(level: int, **other: int | None) -> dict[str, int]:
    """One level for every question, apart from some; None where there is none."""
    return {q: answer for q in QUESTIONS if (answer := other.get(q, level)) is not None}


def findings(tables: Path) -> list[tuple[str, str, str]]:
    """What was found: rule, team and file, without what is said of every small round."""
    with (tables / "findings.csv").open(encoding="utf-8", newline="") as file:
        return sorted((row["rule"], row["team"], row["file"]) for row in csv.DictReader(file))


def texts(path: Path) -> str:
    """Everything that stands in a workbook's cells."""
    book = openpyxl.load_workbook(path, data_only=True)
    return "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value)


def nothing_of_spring(path: Path) -> None:
    standing = texts(path)
    assert [text for text in TYPED_IN_SPRING if text in standing] == [], path.name


def drafts(outbox: Path) -> dict[str, list[str]]:
    """Whom an outbox writes to, and what is attached."""
    letters = [email.message_from_bytes(path.read_bytes(), policy=SMTP) for path in (outbox / "messages").iterdir()]
    return {
        str(letter["To"]): sorted(str(part.get_filename()) for part in letter.iter_attachments()) for letter in letters
    }


def everything(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rounds_of(folder: Path) -> set[str]:
    """The rounds that the forms in a folder belong to."""
    sources, _ = returns.find([folder])
    files = returns.read(sources, QUESTIONNAIRE)
    return {submission.reference.round for file in files for submission in file.submissions}


# -- what people type -----------------------------------------------------------------------------------


def type_into(round_workbook: Path, sheet: str, rows: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Type into the row of a team (Teams), or into the next empty row (Decisions, with no team to look for)."""
    book = openpyxl.load_workbook(round_workbook)
    table = book[sheet]
    heads = {cell.value: cell.column for cell in table[LISTED_FROM - 1]}
    for team, values in rows:
        named = [str(table.cell(row, heads["Team"]).value or "") for row in range(LISTED_FROM, table.max_row + 1)]
        filled = [any(cell.value for cell in row) for row in table.iter_rows(LISTED_FROM)]
        row = LISTED_FROM + (named.index(team) if team else filled.index(False))
        for head, value in values.items():
            table.cell(row, heads[head]).value = value
    book.save(round_workbook)


def own_action(book: openpyxl.Workbook) -> None:
    table = book["Actions"]
    row = next(row for row in range(FIRST_ROW + 1, table.max_row + 1) if not table.cell(row, 1).value)
    table[a1(row - 1, 0)], table[a1(row - 1, 2)] = "Fir", "Our own action"


def work_on(consolidated: Path) -> None:
    """What a lead types into the consolidated workbook: two corrections, an action's status and an own one, a note."""
    edits = several(
        typing("Answers", {"Team": "Alder", "Ref": "Q01"}, "Level", "Spreading"),
        typing("Answers", {"Team": "Gorse", "Ref": "Q02"}, "Level", "Spreading"),
        typing("Actions", {"Team": "Alder"}, "Status", "Done"),
        own_action,
        typing("Comments", {"Team": "Fir", "Ref": "Q05"}, "Note", "Edited note"),
    )
    edited(consolidated, consolidated, edits)


# -- in folders -----------------------------------------------------------------------------------------


def test_in_folders(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    list_of_teams(tmp_path / "teams.csv")
    ok(run("new", "Spring 2027", "--teams", "teams.csv", "--deadline", "30/4/2027", "--contact", "us@trust.example"))
    spring, autumn = tmp_path / "spring-2027", tmp_path / "autumn-2027"

    monkeypatch.chdir(spring)
    ok(run("distribute"), "8 teams, a form and a message each.")
    [sent] = (spring / "outbox").iterdir()
    before = everything(sent)
    first_returns(spring, sent)
    chased_once(run, spring)
    decided_and_corrected(run, spring)
    teams_change(run, spring, sent)
    ids_change_hands(run, spring)
    ok(
        run("feedback"),
        "7 packs written, a message with each.",
        "1 team without a valid answer, so without a pack: Ivy",
    )
    assert everything(sent) == before  # what may have been sent was never touched

    monkeypatch.chdir(tmp_path)
    without_a_round_nothing_happens(run, tmp_path)
    before = everything(spring)
    made = ok(run("new", "Autumn 2027", "--after", "spring-2027", "--deadline", "30/11/2027"))
    assert "1 team did not answer on a form last time, and takes part again: Ivy." in made.output
    monkeypatch.chdir(autumn)
    the_new_round_is_empty(autumn)
    sent_again(run, autumn)
    autumn_is_its_own(run, autumn, spring)
    assert everything(spring) == before


def first_returns(spring: Path, sent: Path) -> None:
    """Seven copies, one of them with two ticks; a sync copy that says otherwise; and a reply that cannot be read."""
    came = spring / "returns"
    for team in SPRING.keys() - {"Elm"}:
        fill(sent, team, came / f"{team}.xlsx", SPRING[team], season="spring", twice=["Q07"] if team == "Cedar" else [])
    fill(sent, "Birch", came / "Birch-DESKTOP-7.xlsx", 5, season="spring")
    (came / "Elm.xlsx").write_bytes((came / "Fir.xlsx").read_bytes()[:3000])


def chased_once(run: Run, spring: Path) -> None:
    """Who is asked what; a second run asks nobody again."""
    said = ok(run("status"), "6 of 8 teams returned: 5 complete, 1 partial; 1 unusable; 1 came, not readable.")
    assert "Copies that disagree, and no date shows the latest" in said.output
    ok(run("remind"), "3 messages")
    [_, asked] = sorted((spring / "outbox").iterdir())
    assert drafts(asked) == {
        "birch@trust.example": [],
        "cedar@trust.example": ["Correction - Cedar.xlsx"],
        "elm@trust.example": [],  # it has its own copy to send again
    }
    ok(run("remind"), "Nothing was written.")
    assert len(list((spring / "outbox").iterdir())) == 2


def decided_and_corrected(run: Run, spring: Path) -> None:
    results = spring / "results"
    ok(run("collate"))
    as_returned = {team: throughout(level) for team, level in SPRING.items() if team not in ("Birch", "Elm")}
    assert levels(results / "tables") == as_returned | {"Cedar": throughout(3, Q07=None)}
    work_on(results / "consolidated.xlsx")
    by_telephone = {"Team": "Cedar", "Question": "Q07", "Level": "Progressing", "Reason": "they rang us"}
    which_file = {"File": "Birch.xlsx", "Team": "Birch", "Reason": "it is theirs"}
    type_into(spring / "round.xlsx", "Decisions", [("", by_telephone), ("", which_file)])

    ok(run("status"), "7 of 8 teams returned: 7 complete; 1 came, not readable.")
    ok(run("collate"), "Carried over from the workbook that was there: 2 corrections, 1 action that was worked on, "
       "1 added row, 1 edited comment.")  # fmt: skip
    assert levels(results / "tables") == as_returned | {
        "Alder": throughout(1, Q01=4), "Birch": throughout(2), "Cedar": throughout(3), "Gorse": throughout(1, Q02=4),
    }  # fmt: skip
    assert findings(results / "tables") == [
        ("answer-by-hand", "Alder", "Alder.xlsx"),
        ("answer-by-hand", "Gorse", "Gorse.xlsx"),
        ("answer-decided", "Cedar", "Cedar.xlsx"),
        ("file-damaged", "Elm", "Elm.xlsx"),
        ("file-sync-copy", "Birch", "Birch-DESKTOP-7.xlsx"),
        ("text-edited", "Fir", "Fir.xlsx"),
    ]
    before = everything(results)
    ok(run("collate"))
    assert everything(results) == before


def teams_change(run: Run, spring: Path, sent: Path) -> None:
    """A return comes late; Fir is called Furze now; Ivy takes no part any more."""
    results = spring / "results"
    fill(sent, "Elm", spring / "returns" / "RE form.xlsx", SPRING["Elm"], season="spring")
    type_into(spring / "round.xlsx", "Teams", [("Fir", {"Team": "Furze"}), ("Ivy", {"Status": "declined"})])
    ok(run("distribute"), "Nothing was written.")  # nobody is new
    ok(run("collate"), "7 of 8 teams returned: 7 complete; 1 not taking part.", "2 corrections")
    assert levels(results / "tables") == {
        "Alder": throughout(1, Q01=4), "Birch": throughout(2), "Cedar": throughout(3), "Elm": throughout(4),
        "Furze": throughout(5), "Gorse": throughout(1, Q02=4), "Hazel": throughout(2),
    }  # fmt: skip
    told = findings(results / "tables")
    assert {("team-guessed", "Furze", "Fir.xlsx"), ("team-withdrawn", "Ivy", "Ivy.xlsx")} <= set(told)
    assert ("text-edited", "Furze", "Fir.xlsx") in told  # the note went with its team


def ids_change_hands(run: Run, spring: Path) -> None:
    """Gorse and Hazel get each other's id: neither gets the other's answers or correction. Then it is put right."""
    tables, workbook = spring / "results" / "tables", spring / "round.xlsx"
    before = levels(tables)
    type_into(workbook, "Teams", [("Gorse", {"Team ID": "hazel"}), ("Hazel", {"Team ID": "gorse"})])
    ok(run("collate"), "1 correction that waits", "The one that is there is of an earlier run.")
    assert levels(tables) == {team: answers for team, answers in before.items() if team not in ("Gorse", "Hazel")}
    assert {
        ("team-conflict", "Gorse", "Gorse.xlsx"),
        ("team-conflict", "Hazel", "Hazel.xlsx"),
        ("answer-not-kept", "Gorse", "Gorse.xlsx"),
    } <= set(findings(tables))
    type_into(workbook, "Teams", [("Gorse", {"Team ID": "gorse"}), ("Hazel", {"Team ID": "hazel"})])
    ok(run("collate"), "2 corrections")
    assert levels(tables) == before


def without_a_round_nothing_happens(run: Run, above: Path) -> None:
    """`--round` forgotten outside the folder: every command says so."""
    before = everything(above)
    for command in ("distribute", "status", "remind", "collate", "feedback"):
        result = run(command)
        assert result.exit_code == 2
        assert "Give --round FOLDER" in result.output
    assert everything(above) == before


def the_new_round_is_empty(autumn: Path) -> None:
    """The teams with ids and new names, no status, no decision; no file but round.xlsx."""
    assert list(everything(autumn)) == ["round.xlsx"]
    nothing_of_spring(autumn / "round.xlsx")
    book = openpyxl.load_workbook(autumn / "round.xlsx")
    rows = [[cell.value for cell in row] for row in book["Teams"].iter_rows(LISTED_FROM) if row[1].value]
    expected = {team.lower(): team if team != "Fir" else "Furze" for team in SPRING}
    assert {row[0]: row[1] for row in rows} == expected
    assert not any(any(row[6:]) for row in rows)  # neither deadline nor status nor a day of sending
    assert not any(cell.value for row in book["Decisions"].iter_rows(LISTED_FROM) for cell in row)


def sent_again(run: Run, autumn: Path) -> None:
    """Every team is written to anew. Where two ids are in the wrong hands, these forms show nothing of last time."""
    swapped = [("Gorse", {"Team ID": "hazel"}), ("Hazel", {"Team ID": "gorse"})]
    type_into(autumn / "round.xlsx", "Teams", swapped)
    said = ok(run("distribute"), "8 teams, a form and a message each.", "are shown to 6 of 8 teams")
    assert "Gorse has the id that Hazel had last time, so its form shows nothing of it." in said.output
    [sent] = (autumn / "outbox").iterdir()
    assert set(drafts(sent)) == {f"{team.lower()}@trust.example" for team in SPRING}
    assert rounds_of(sent / "forms") == {"autumn-2027"}
    for path in sorted((sent / "forms").iterdir()):
        shown, team = texts(path).count("\nLast time\n"), path.stem.rpartition(" ")[2]
        assert shown == (0 if team in ("Gorse", "Hazel") else len(QUESTIONS) + 1), team  # and above last time's actions
        assert "Edited note" not in texts(path)
        assert "they rang us" not in texts(path)


def autumn_is_its_own(run: Run, autumn: Path, spring: Path) -> None:
    results = autumn / "results"
    [sent] = (autumn / "outbox").iterdir()
    unasked = {"Alder": {"blank": ["Q01"]}, "Cedar": {"twice": ["Q07"]}, "Gorse": {"blank": ["Q02"]}}
    for team in AUTUMN.keys() - {"Elm"}:
        name = team if team != "Fir" else "Furze"
        fill(sent, name, autumn / "returns" / f"{team}.xlsx", AUTUMN[team], season="autumn", **unasked.get(team, {}))
    (autumn / "returns" / "old.xlsx").write_bytes((spring / "returns" / "RE form.xlsx").read_bytes())

    # last round's workbook at this one's place stops the run
    (results / "consolidated.xlsx").write_bytes((spring / "results" / "consolidated.xlsx").read_bytes())
    before = everything(autumn)
    stopped = run("collate")
    assert stopped.exit_code == 2
    assert "already holds another round" in stopped.output
    assert everything(autumn) == before
    (results / "consolidated.xlsx").unlink()

    done = ok(run("collate"), "7 of 8 teams returned: 4 complete, 3 partial")
    assert "Carried over" not in done.output
    expected = {team if team != "Fir" else "Furze": throughout(AUTUMN[team]) for team in AUTUMN if team != "Elm"}
    open_questions = {
        "Alder": throughout(2, Q01=None),
        "Cedar": throughout(4, Q07=None),
        "Gorse": throughout(2, Q02=None),
    }
    assert levels(results / "tables") == expected | open_questions
    assert findings(results / "tables") == [
        ("answer-blank", "Alder", "Alder.xlsx"),
        ("answer-blank", "Gorse", "Gorse.xlsx"),
        ("answer-multiple", "Cedar", "Cedar.xlsx"),
        ("form-other-round", "Elm", "old.xlsx"),
    ]
    ok(run("remind"))
    asked = max((autumn / "outbox").iterdir(), key=lambda path: (len(path.name), path.name))
    assert {to.partition("@")[0] for to in drafts(asked)} == {"alder", "cedar", "gorse", "elm"}
    ok(run("feedback"), "7 packs written")
    made = [path for path in everything(results) if path.endswith(".xlsx")]
    assert len(made) == 3 + 7  # consolidated, board and meeting, and the packs
    for path in made:
        nothing_of_spring(results / path)


# -- by paths -------------------------------------------------------------------------------------------


def test_by_paths(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the docs of version 0.1 printed it, with an option forgotten at every step."""
    monkeypatch.chdir(tmp_path)
    list_of_teams(tmp_path / "teams.csv")
    came, outputs = tmp_path / "returns", tmp_path / "outputs"
    came.mkdir()
    ok(run("distribute", "teams.csv", "--deadline", "2027-04-30", "--contact", "us@trust.example"))
    sent = outputs / "outbox"
    for team in SPRING.keys() - {"Elm"}:
        fill(sent, team, came / f"{team}.xlsx", SPRING[team], season="spring", twice=["Q07"] if team == "Cedar" else [])
    spring_by_paths(run, tmp_path)
    before = everything(outputs), everything(came), (tmp_path / "tracking.xlsx").read_bytes()

    # the next round, as it was printed; and --output forgotten, which replaces nothing
    ok(run("distribute", "outputs/outbox/teams.csv", "--prefill", "outputs/consolidated.xlsx",
           "--output", "outputs/next-round"), "shown to 7 of 8 teams", "the last round has nothing of Elm")  # fmt: skip
    ok(run("distribute", "outputs/outbox/teams.csv", "--prefill", "outputs/consolidated.xlsx"))
    autumn_by_paths(run, tmp_path)
    kept = {name: content for name, content in everything(outputs).items() if name in before[0]}
    assert (kept, everything(came), (tmp_path / "tracking.xlsx").read_bytes()) == before


def spring_by_paths(run: Run, at: Path) -> None:
    teams, settled = ("--teams", "outputs/outbox/teams.csv"), ("--round", "outputs/outbox/round.toml")
    ok(run("status", "returns", *teams, *settled, "--output", "tracking.xlsx"), "7 of 8 teams returned")
    typed(at / "tracking.xlsx", {"Elm": {"Declined": "yes"}})
    ok(run("remind", "returns", *teams, *settled, "--tracking", "tracking.xlsx"), "Left out, declined: 1 team (Elm).")
    ok(run("status", "returns", *teams, "-o", "tracking.xlsx"), "declined")  # --round forgotten: what was noted stays

    (at / "decided.csv").write_text("team,question,level,reason\nCedar,Q07,3,they rang us\n", encoding="utf-8")
    ok(run("collate", "returns", *teams, *settled, "--overrides", "decided.csv", "--csv", "tables"))
    work_on(at / "outputs" / "consolidated.xlsx")
    expected = {team: throughout(level) for team, level in SPRING.items() if team != "Elm"}
    expected |= {"Alder": throughout(1, Q01=4), "Gorse": throughout(1, Q02=4)}
    kept = ("2 corrections", "1 edited comment", "those in the workbook still count: 1 decision.")
    for forgotten in ((*teams, *settled), teams, ()):  # --overrides; --round, too; --teams, too
        ok(run("collate", "returns", *forgotten, "--csv", "tables"), *kept)
        assert levels(at / "tables") == expected, forgotten
    ok(run("feedback", "outputs/consolidated.xlsx"), "7 packs written.")  # --teams forgotten: no messages
    assert not (at / "outputs" / "feedback" / "messages").exists()


def autumn_by_paths(run: Run, at: Path) -> None:
    teams, settled = ("--teams", "outputs/next-round/teams.csv"), ("--round", "outputs/next-round/round.toml")
    came, tables = at / "autumn", at / "autumn tables"
    came.mkdir()
    sent = at / "outputs" / "next-round"
    [round_id] = rounds_of(sent / "forms")
    assert {round_id} != rounds_of(at / "outputs" / "outbox" / "forms")
    unasked = {"Alder": {"blank": ["Q01"]}, "Cedar": {"twice": ["Q07"]}, "Gorse": {"blank": ["Q02"]}}
    for team in AUTUMN.keys() - {"Elm"}:
        fill(sent, team, came / f"{team}.xlsx", AUTUMN[team], season="autumn", **unasked.get(team, {}))

    # onto spring's files: each stops, with or without --round
    for options in ((*teams, *settled), teams):
        for command in (("status", "autumn", *options, "-o", "tracking.xlsx"),
                        ("remind", "autumn", *options, "--tracking", "tracking.xlsx"),
                        ("collate", "autumn", *options)):  # fmt: skip
            before = everything(at)
            stopped = run(*command)
            assert stopped.exit_code == 2, command
            assert "another round" in stopped.output, command
            assert everything(at) == before, command
    # both rounds' folders at once, and --round forgotten: nobody can tell which is meant
    mixed = run("collate", "autumn", "returns", *teams, "-o", "autumn.xlsx")
    assert mixed.exit_code == 2
    assert "The forms are of 2 rounds" in mixed.output
    assert not (at / "autumn.xlsx").exists()

    # --tracking and --round forgotten: Elm, who declined in spring, is reminded of this round
    asked = json.loads(ok(run("remind", "autumn", *teams, "-o", "asked", "--json")).stdout)
    assert {each["to"].partition("@")[0] for each in asked["messages"]} == {"alder", "cedar", "elm", "gorse"}
    assert rounds_of(at / "asked" / "forms") == {round_id}
    ok(run("remind", "autumn", *teams, "-o", "asked"), "Nothing was written.")  # nobody is written to twice

    expected = {team: throughout(level) for team, level in AUTUMN.items() if team != "Elm"}
    expected |= {"Alder": throughout(2, Q01=None), "Cedar": throughout(4, Q07=None), "Gorse": throughout(2, Q02=None)}
    for returned in (("autumn", "returns"), ("autumn",)):  # with spring's forms among them, and without
        done = ok(run("collate", *returned, *teams, *settled, "-o", "autumn.xlsx", "--csv", tables))
        assert "correction" not in done.output
        assert levels(tables) == expected, returned
        assert ("form-other-round" in {rule for rule, _, _ in findings(tables)}) == ("returns" in returned)
    assert [rule for rule, _, _ in findings(tables)] == ["answer-blank", "answer-blank", "answer-multiple"]
    nothing_of_spring(at / "autumn.xlsx")
    ok(run("feedback", "autumn.xlsx", *teams, "-o", "packs"), "7 packs written, a message with each.")
    for path in (at / "packs" / "packs").iterdir():
        nothing_of_spring(path)
