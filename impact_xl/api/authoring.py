"""Questionnaires of one's own: made, checked, turned from TOML into a workbook and back, and compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from impact_xl import authoring
from impact_xl import questionnaire as questionnaires
from impact_xl.api.options import AnyPath
from impact_xl.authoring import difference, ids, reader, tables, writer
from impact_xl.authoring.difference import Change
from impact_xl.authoring.survey_text import survey_text
from impact_xl.files.safe_write import check_place, write_file
from impact_xl.findings import ImpactError
from impact_xl.questionnaire import Questionnaire
from impact_xl.wording import join_and

WORKED = Path(__file__).parent.parent / "questionnaires" / "worked_example.toml"
_ENDINGS = (".xlsx", ".toml", ".txt")


@dataclass(frozen=True)
class Report:
    """What is said of a questionnaire that can be used."""

    questionnaire: Questionnaire
    notes: tuple[str, ...] = ()
    given: tuple[str, ...] = ()  # ids that rows have got, or would get


@dataclass(frozen=True)
class Difference:
    """Two versions side by side."""

    old: Questionnaire
    new: Questionnaire
    changes: Sequence[Change]
    lines: Sequence[str]  # what is different outside the questions
    needs_version: bool  # words changed under the same version


def new(path: AnyPath, source: AnyPath | None = None) -> Path:
    """Write a workbook to write a questionnaire in: two worked rows, or another questionnaire to begin from.

    Args:
        path: where to.
        source: a questionnaire's file, or `nhs-impact` for the built-in one.

    Raises:
        ImpactError: something stands there already, or the source cannot be used.
    """
    target = _place(path, (".xlsx",))
    content = _named(source) if source else questionnaires.load(WORKED)
    write_file(target, writer.build(content), what="questionnaire's workbook")
    return target


def _named(source: AnyPath) -> Questionnaire:
    """The questionnaire of a file, or the built-in one by its id."""
    built_in = questionnaires.load()
    return built_in if str(source) == built_in.id else authoring.load(Path(source))


def check(path: AnyPath) -> Report:
    """Check a questionnaire, TOML or workbook; rows without an id are allowed in a workbook.

    Raises:
        ImpactError: something is wrong; every fault is named.
    """
    source = Path(path)
    if not authoring.is_workbook(source):
        content = questionnaires.load(source)
        return Report(content, tuple(questionnaires.warnings(content)))
    draft = reader.read(source)
    given = ids.give(draft.missing, draft.tables)
    content = _built(source, draft)
    return Report(content, (*draft.problems.notes, *questionnaires.warnings(content)), tuple(given))


def _built(source: Path, draft: reader.Draft) -> Questionnaire:
    content = draft.build()
    if content is None:
        raise reader.refusal(source, draft.problems.faults)
    return content


def export(path: AnyPath, target: AnyPath) -> Path:
    """Write a questionnaire as a workbook (.xlsx), as TOML (.toml), or as text to be pasted into a survey tool (.txt).

    Raises:
        ImpactError: it cannot be used, or something stands at the target already.
    """
    place = _place(target)
    _write(place, _named(path))
    return place


def import_(path: AnyPath, target: AnyPath, *, replace: Sequence[str] = (), overwrite: bool = False) -> Report:
    """Read a workbook, give rows without an id the next free one, and write it as a new workbook or as TOML.

    Args:
        path: the workbook, which stays as it is.
        target: where to; .xlsx or .toml.
        replace: ids that are used for another question on purpose.
        overwrite: a questionnaire at `target` is replaced. Its ids stay taken, and none of them may be used for another
            question.

    Raises:
        ImpactError: something is wrong with the workbook, something stands at the target already, or an id is used for
            another question.
    """
    source, place = Path(path), Path(target)
    before = authoring.load(place) if overwrite and place.exists() else None
    place = place if before else _place(target, _ENDINGS[:2])
    if not authoring.is_workbook(source):
        content = questionnaires.load(source)
        _write(place, content)
        return Report(content, tuple(questionnaires.warnings(content)))
    draft = reader.read(source)
    used = [*before.by_id, *before.component_by_id] if before else ()
    given = ids.give(draft.missing, draft.tables, used)
    content = _built(source, draft)
    if before:
        _expect_own_ids(before, content, replace)
    _write(place, content)
    return Report(content, (*draft.problems.notes, *questionnaires.warnings(content)), tuple(given))


def _expect_own_ids(before: Questionnaire, content: Questionnaire, replace: Sequence[str]) -> None:
    others = [
        question.id
        for question in content.questions
        if question.id not in replace
        and (old := before.by_id.get(question.id))
        and difference.is_another(old, question)
    ]
    if others:
        raise ImpactError(
            f"Another question has the id of an earlier one: {join_and(others)}",
            f"Leave the id of a new question empty. If it is meant to take the place: --replace {others[0]}",
        )


def compare(old: AnyPath, new: AnyPath) -> Difference:
    """What is different between two versions of a questionnaire.

    Raises:
        ImpactError: one of them cannot be used.
    """
    before, now = _named(old), _named(new)
    lines = list(difference.of_the_whole(before, now))
    return Difference(before, now, difference.changes(before, now), lines, difference.needs_version(before, now))


def _place(target: AnyPath, endings: Sequence[str] = _ENDINGS) -> Path:
    """Where to write; nothing that is there is overwritten.

    Raises:
        ImpactError: something stands there, or the ending says nothing of what is wanted.
    """
    place = Path(target)
    if place.suffix.lower() not in endings:
        what = "The ending of the name decides what is written"
        raise ImpactError(f"{what}: {place}", f"Use {' or '.join(endings)}.")
    if place.suffix.lower() == ".xlsx":
        check_place(place, "questionnaire")
    if place.exists():
        raise ImpactError(f"The questionnaire was not written: {place} is already there", "Choose another name.")
    return place


def _write(place: Path, content: Questionnaire) -> None:
    kind = place.suffix.lower()
    if kind == ".xlsx":
        written = writer.build(content)
    elif kind == ".txt":
        written = survey_text(content).encode("utf-8-sig")  # Windows' editors take it for UTF-8 by its mark
    else:
        written = tables.as_toml(tables.tables_of(content)).encode()
    write_file(place, written, what="questionnaire")
