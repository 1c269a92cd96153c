"""The works of the page, one for each button, over `api` as the commands are; what they say goes on the screen."""

from __future__ import annotations

import json
import platform
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date as Date  # noqa: N812  as in the other rooms
from pathlib import Path, PurePosixPath
from typing import Any

from impact_xl import __version__, api
from impact_xl.api.options import FormOptions, MailOptions, ReadOptions, WriteOptions
from impact_xl.api.rounds import CONSOLIDATED, Settings, settle, settle_packs, settle_reading, settle_writing
from impact_xl.files.dates import parse_date, show_date
from impact_xl.findings import ImpactError, count
from impact_xl.mail.invitations import summary
from impact_xl.mail.reminders import Kind
from impact_xl.results import exports, news
from impact_xl.results.labels import NOT_COUNTED, STATUS_LABELS
from impact_xl.results.to_fix import SERIOUS
from impact_xl.roster import addresses
from impact_xl.roster.folder import is_round
from impact_xl.roster.new_round import folder_name
from impact_xl.round import tables
from impact_xl.round.collation import Collation
from impact_xl.round.decisions import of_typed_levels
from impact_xl.round.overrides import Overrides, read_overrides
from impact_xl.wording import first_few, plural

Request = Mapping[str, Any]
Report = Callable[[str, Any], None]  # told a kind of event and what belongs to it, on the way

OUTBOX, REMINDERS, BOARD, TABLES = "outputs/outbox", "outputs/reminders", "outputs/board.xlsx", "outputs/tables"


def _progress(report: Report) -> Callable[..., None]:
    return lambda done, total, to_fix=0: report("progress", json.dumps({"done": done, "total": total, "fix": to_fix}))


# -- before anything else ----------------------------------------------------------------------------


def _hello(given: Request, report: Report) -> Mapping[str, Any]:
    """What works here; everything that a first combination needs is imported by now."""
    del given, report
    return {"version": __version__, "python": platform.python_version()}


def _unpack(given: Request, report: Report) -> Mapping[str, Any]:
    """Take a zip apart, where it holds a round; its files are named as it names them, below `into`."""
    del report
    try:
        with zipfile.ZipFile(given["zip"]) as packed:
            names = {each: _safe_name(each.filename) for each in packed.infolist() if not each.is_dir()}
            rounds = [name for name in names.values() if name.name in ("round.xlsx", "round.toml")]
            if not rounds:
                return {"round": False}
            top = min(rounds, key=lambda name: len(name.parts)).parent
            stamps = {}
            for each, name in names.items():
                if name.is_relative_to(top):
                    place = Path(given["into"]) / name.relative_to(top)
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(packed.read(each))
                    stamps[place.as_posix()] = each.date_time
    except (OSError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
        raise ImpactError(
            f"The zip cannot be taken apart: {error}", "Make it again from the round's folder."
        ) from error
    return {"round": True, "name": top.name, "stamps": stamps}


def _safe_name(name: str) -> PurePosixPath:
    """The name of a member, which stays below where it is put."""
    parts = [part for part in PurePosixPath(name.replace("\\", "/")).parts if part not in ("/", "..", ".")]
    return PurePosixPath(*parts)


def _look(given: Request, report: Report) -> Mapping[str, Any]:
    """What the folder holds, where it is a round's."""
    del given, report
    if not is_round(Path()):
        return {"round": False}
    settings = settle(start=".", today=_today())
    round = settings.round
    return {
        "round": True,
        "title": round.title or round.id,
        "teams": len(round.teams.teams),
        "deadline": show_date(round.deadline) if round.deadline else "",
        "contact": round.contact,
        "closed": show_date(round.closed_on) if round.closed_on else "",
        "signed": bool(round.signatory),
        "lines": [*settings.lines[1:]],
        "follow": _results_follow(settings),
    }


def _results_follow(settings: Settings) -> bool | None:
    """Whether the results were made from what is settled now; None where they do not say it."""
    try:
        run = json.loads((settings.folder.tables / exports.RUN).read_text(encoding="utf-8")) if settings.folder else {}
        made_by, made_from = run["version"], run["settled"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if made_by != __version__:  # another version may settle more
        return None
    decisions = read_overrides(settings.decisions, settings.questionnaire) if settings.decisions else Overrides()
    return bool(made_from == exports.settled(settings.round, decisions))


def _new(given: Request, report: Report) -> Mapping[str, Any]:
    """Make the folder of a round."""
    del report
    values = _values(given)
    made = api.new(
        given["title"],
        teams=given.get("teams"),
        deadline=values["deadline"],
        contact=values["contact"],
        output=folder_name(given["title"]),
    )
    return {"name": made.folder.path.name, "title": made.round.title, "lines": [*made.notes]}


# -- what is read ------------------------------------------------------------------------------------


def _combine(given: Request, report: Report) -> Mapping[str, Any]:
    """Read all returns and write the consolidated workbook, and what goes with it."""
    settings, found = settle_reading(_reading(given))
    place, places = settle_writing(settings, None, WriteOptions())
    if not settings.folder:
        places = replace(places, csv=TABLES, share=BOARD, share_when_enough=True)
    _take_last(given, place)
    consolidation = api.consolidate(found, place, places, progress=_progress(report))
    collation = consolidation.collation
    if not consolidation.paths:
        return _no_form(collation)
    if not settings.folder:  # what was given stays where it is, so no copy of it is needed
        for path in place.parent.glob(f"{place.stem} *{place.suffix}"):
            path.unlink()
    carried = collation.carried
    lost = plural(carried.lost, "change") if carried and carried.lost else ""
    return {
        **_standing(collation),
        "consolidated": Path(place).as_posix(),
        "typed": _typed(collation) if settings.folder else "",
        "lines": [
            *settings.lines[1 if settings.folder else 0 :],
            *([f"Carried over from the last workbook: {carried}."] if carried and str(carried) else ()),
            *([f"Not carried over: {lost} made there; To fix says which (text-not-kept)."] if lost else ()),
            *(news.lines(carried.news) if carried and carried.news else ()),
            *consolidation.remarks,
            *_of_meeting(collation),
            *([_too_few(settings)] if consolidation.too_few_to_share else ()),
        ],
    }


def _of_meeting(collation: Collation) -> Iterator[str]:
    """What came of what was typed into the workbook for the meeting."""
    if collation.meeting and collation.meeting.lines:
        yield f"Taken into Actions from {collation.meeting.file}: {plural(len(collation.meeting.lines), 'line')}."
    if cleared := collation.carried.cleared if collation.carried else 0:
        yield f"Taken out of Actions, as cleared in the workbook for the meeting: {plural(cleared, 'line')}."


def _typed(collation: Collation) -> str:
    """The levels that were typed into Answers, as lines that can be pasted into the sheet Decisions."""
    rows = of_typed_levels(collation.results, collation.questionnaire)
    return "\n".join("\t".join("" if cell is None else str(cell) for cell in row) for row in rows)


def _too_few(settings: Settings) -> str:
    return (
        "There is no board copy: too few teams have answered. A figure is shown where more than "
        f"{settings.minimum_group} teams have a valid answer to a question."
    )


def _no_form(collation: Collation) -> Mapping[str, Any]:
    return {**_standing(collation), "recognised": False}


def _status(given: Request, report: Report) -> Mapping[str, Any]:
    """Say how the round stands, and write the tracking file of a round."""
    settings, found = settle_reading(_reading(given))
    folder = settings.folder
    _take_last(given, settings.consolidated or Path(CONSOLIDATED))
    status = api.status(
        found,
        folder.tracking if folder else None,
        earlier=folder.earlier if folder else None,
        consolidated=settings.consolidated or CONSOLIDATED,
        before=settings.outboxes,
        progress=_progress(report),
    )
    return {**_standing(status.collation), "lines": [*status.due], "addresses": status.addresses}


def _remind(given: Request, report: Report) -> Mapping[str, Any]:
    """Make an e-mail for each team that has not returned, or has something to fix."""
    values, on = _values(given), _today()
    settings, found = settle_reading(_reading(given), values=values, addressed=True)
    folder = settings.folder
    _take_last(given, settings.consolidated or Path(CONSOLIDATED))
    reminders = api.remind(
        found,
        folder.new_outbox(on) if folder else REMINDERS,
        form_options=_form_options(given, settings),
        mail_options=MailOptions(deadline=values["deadline"], contact=values["contact"]),
        consolidated=settings.consolidated or CONSOLIDATED,
        before=settings.outboxes,
        on=on,
        progress=_progress(report),
    )
    plan, wrote = reminders.plan, [team.name for team in reminders.plan.wrote]
    return {
        **_standing(reminders.collation),
        "place": Path(reminders.folder).as_posix() if plan.requests else "",
        "messages": [
            {
                "team": each.team.name,
                "what": _KINDS[each.kind],
                "to": each.team.email,
                "questions": [question for question, _ in each.questions],
            }
            for each in plan.requests
        ],
        "left_out": [{"team": team.name, "why": why} for team, why in plan.left_out],
        "addresses": reminders.addresses,
        "lines": [
            *reminders.due,
            *([f"Before you send, read what these teams wrote: {first_few(wrote, 6)}."] if wrote else []),
            *(f"Not carried over from the tracking file: {loss}." for loss in reminders.losses),
        ],
    }


_KINDS = {
    Kind.REMINDER: "Reminder, with the form",
    Kind.CORRECTION: "Request, with a correction form",
    Kind.AGAIN: "Request for the whole form again",
    Kind.QUESTION: "Question, to be answered by reply",
}


def _reading(given: Request) -> ReadOptions:
    return ReadOptions(given.get("returns") or (), given.get("teams"), given.get("round"))


def _take_last(given: Request, place: Path) -> None:
    """Put the last consolidated workbook that was given to where it is looked for."""
    if last := given.get("last"):
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(last, place)


def _standing(collation: Collation) -> dict[str, Any]:
    """How the round stands: its figures, and the rows of two tables."""
    states = collation.states
    return {
        "recognised": True,
        "title": collation.title,
        "dated": show_date(collation.date) if collation.date else "",
        "files": len({each.name for each in collation.files}),
        "returned": collation.returned,
        "listed": bool(collation.round.teams.teams),
        "statuses": collation.statuses,
        "answered": states["answered"],
        "not_counted": sum(states[each] for each in NOT_COUNTED),
        "counts": count(collation.to_fix),
        "questions": len(collation.questionnaire.questions),
        "teams": [*_rows(collation, "teams", "status", STATUS_LABELS)],
        "findings": [*_rows(collation, "findings", "severity", SERIOUS)],
    }


def _rows(collation: Collation, table: str, key: str, labels: Mapping[Any, str]) -> Iterator[Mapping[str, Any]]:
    """The rows of a table by their columns, with the words that the workbook has for one of them."""
    for row in collation.rows(table):
        values = dict(zip(tables.COLUMNS[table], row, strict=True))
        yield {**values, "label": labels[values[key]]}


# -- what is made for teams --------------------------------------------------------------------------


def _form(given: Request, report: Report) -> Mapping[str, Any]:
    """Write the blank form."""
    del report
    values = _values(given)
    settings = settle(given.get("round"), values={key: values[key] for key in ("tickbox", "not_applicable", "about")})
    folder = settings.folder.path if settings.folder else Path("outputs")
    path = folder / "templates" / "assessment_template.xlsx"
    api.generate(path, questionnaire=settings.questionnaire, tickbox=settings.tickbox, round=settings.round)
    return {"form": path.as_posix(), "lines": [*settings.lines]}


def _forms(given: Request, report: Report) -> Mapping[str, Any]:
    """Make a form and an e-mail for every team that has none yet."""
    values, on = _values(given), _today()
    settings = settle(given.get("round"), teams=given.get("teams"), values=values, addressed=True, today=on)
    folder = settings.folder
    if not (folder or given.get("teams")):
        raise ImpactError("There is no team list", "Drop the folder of a round, or give a team list.")
    made = api.distribute(
        settings.round.teams,
        folder.new_outbox(on) if folder else OUTBOX,
        round=settings.round,
        questionnaire=settings.questionnaire,
        form_options=_form_options(given, settings),
        before=settings.outboxes,
        on=on,
        progress=_progress(report),
    )
    teams, round = made.selection.teams, made.round
    without = [team.name for team in teams if not addresses(team.email)]
    return {
        "place": Path(made.folder).as_posix() if made.paths else "",
        "messages": [{"team": team.name, "to": team.email} for team in teams],
        "lines": [
            *(settings.lines[1:] if folder else ()),
            *made.notes[len(round.teams.notes) if folder else 0 :],
            *([summary(teams)] if teams else ()),
            *(made.last.notes(round.teams) if made.last else ()),
            *([f"{plural(len(without), 'message has', 'messages have')} no address: {first_few(without, 6)}."]
              if without else ()),
            *([] if round.signatory else ["Nobody signs the messages: the round says no name under “Signed by”."]),
        ],
    }  # fmt: skip


def _packs(given: Request, report: Report) -> Mapping[str, Any]:
    """Write one workbook for each team: its answers beside those of all teams."""
    settings = settle(given.get("round"), teams=given.get("teams"), addressed=True)
    _take_last(given, settings.consolidated or Path(CONSOLIDATED))
    source, place, mail_options = settle_packs(settings, None, None, MailOptions())
    source = source or Path(CONSOLIDATED)
    if not source.is_file():
        raise ImpactError("There is no consolidated workbook yet", "Combine the returns first.")
    made = api.feedback(
        source,
        place,
        teams=settings.round.teams if settings.round.teams.teams else None,
        questionnaire=settings.questionnaire,
        minimum_group=settings.minimum_group,
        earlier=settings.folder.earlier if settings.folder else None,
        mail_options=mail_options,
        round=settings.round,
        few_teams=bool(given.get("few_teams")),
        last=_last(given, settings),
        progress=_progress(report),
    )
    if made.too_few:
        return {"too_few": settings.minimum_group}
    silent = made.without_answers
    return {
        "place": Path(place).as_posix(),
        "packs": len(made.collation.answering),
        "messages": made.messages,
        "lines": [
            *([made.note] if made.note else ()),
            *(() if made.changed else ["The packs are as they were, so nothing was written."]),
            *([f"The packs that were there are kept in {made.kept}, with all that was done in them."]
              if made.kept else ()),
            *([f"{plural(len(silent), 'team')} without a valid answer, so without a pack: {first_few(silent, 6)}."]
              if silent else ()),
            *(f"Left out, as it is not one of the levels: {line}." for line in made.left_out),
            *([f"Messages without an address: {first_few(made.without_address, 6)}."] if made.without_address else ()),
        ],
    }  # fmt: skip


def _values(given: Request) -> dict[str, Any]:
    """What was typed on the page in the place of what is settled, by the fields of `Round`."""
    typed = given.get("values", {})
    try:
        deadline = parse_date(typed["deadline"]) if typed.get("deadline") else None
    except ValueError as error:
        raise ImpactError(str(error), "Type the deadline again.") from error
    keys = ("title", "contact", "about", "tickbox")
    texts = {key: str(typed.get(key, "")).strip() for key in keys}
    return {**texts, "deadline": deadline, "not_applicable": bool(typed.get("not_applicable"))}


def _form_options(given: Request, settings: Settings) -> FormOptions:
    """What the forms are like; with the last round's answers, where its workbook is given or found."""
    return FormOptions(prefill=_last(given, settings))


def _last(given: Request, settings: Settings) -> Path | None:
    """Last round's consolidated workbook, where it is given or found."""
    last = given.get("before") or settings.last_consolidated
    return Path(last) if last and Path(last).is_file() else None


def _today() -> Date:
    return Date.today()  # noqa: DTZ011  the day on the coordinator's own calendar


WORKS: Mapping[str, Callable[[Request, Report], Mapping[str, Any]]] = {
    "hello": _hello,
    "unpack": _unpack,
    "look": _look,
    "new": _new,
    "combine": _combine,
    "status": _status,
    "remind": _remind,
    "form": _form,
    "forms": _forms,
    "packs": _packs,
}
