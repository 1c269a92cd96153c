"""Returned copies to measure with: seeded, distinct, and a share of them with a defect."""

from __future__ import annotations

import io
import random
import re
import zipfile
from pathlib import Path

from impact_xl import questionnaire as questionnaires
from impact_xl.form import layout
from impact_xl.form import workbook as form
from impact_xl.questionnaire import Questionnaire
from impact_xl.xlsx.a1 import a1

_TEAM, _GROUP, _NOTE = "@team@", "@group@", "@note {}@"
_NOTES = (
    "We do this on most wards; the rest follow in spring.",
    "Evidence: the board papers of June and the staff survey.",
    "We did not agree at once: the day team would have chosen a level more.",
)


def make(folder: Path, count: int, *, defects: float = 0.0, seed: int = 1) -> Path:
    """Write some copies into a folder, and give it; a folder that is already full is taken as it is.

    A copy is a form of ours in which tickboxes were clicked and texts typed, changed at the level of its XML,
    which is fifty times faster than building each. Defects, in turn: a blank, two ticks, an unclear mark, a
    sheet dropped.
    """
    if folder.exists() and sum(1 for _ in folder.iterdir()) == count:
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    questionnaire = questionnaires.load()
    parts, sheets = _template(questionnaire)
    dice = random.Random(seed)
    for number in range(count):
        defect = dice.randrange(4) if dice.random() < defects else None
        (folder / f"Team {number:05d}.xlsx").write_bytes(_copy(questionnaire, parts, sheets, number, defect, dice))
    return folder


def _template(questionnaire: Questionnaire) -> tuple[dict[str, bytes], dict[str, str]]:
    """The parts of a form with marks in its text cells, and the part that each component's sheet is."""
    texts = {"start.team": _TEAM, "start.group": _GROUP}
    notes = {layout.note_key(question.id): _NOTE.format(question.id) for question in questionnaire.questions}
    content = form.build(form.Form(questionnaire, entries={**texts, **notes}))
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    sheets = {
        sheet.kind: f"xl/worksheets/sheet{number}.xml"
        for number, sheet in enumerate(form.Form(questionnaire).plan(), 1)
    }
    return parts, sheets


def _copy(
    questionnaire: Questionnaire,
    parts: dict[str, bytes],
    sheets: dict[str, str],
    number: int,
    defect: int | None,
    dice: random.Random,
) -> bytes:
    changed = dict(parts)
    for plan in form.Form(questionnaire).plan():
        if plan.kind in questionnaire.component_by_id:
            xml = parts[sheets[plan.kind]].decode()
            for question in questionnaire.component_by_id[plan.kind].questions:
                level = dice.randint(1, len(questionnaire.levels))
                ticked = {level}
                if question.number == 5 and defect == 0:
                    ticked = set()
                if question.number == 5 and defect == 1:
                    ticked = {level, level % len(questionnaire.levels) + 1}
                for each in ticked:
                    cell = a1(plan.row(layout.level_key(question.id, each)), layout.TICK)
                    xml = re.sub(rf'(<c r="{cell}"[^>]*t="b"><v>)0', r"\g<1>1", xml, count=1)
                if question.number == 5 and defect == 2:
                    cell = a1(plan.row(layout.level_key(question.id, level)), layout.TICK)
                    xml = re.sub(rf'(<c r="{cell}"[^>]*) t="b"><v>1', r"\1><v>7", xml, count=1)
            changed[sheets[plan.kind]] = xml.encode()
    strings = parts["xl/sharedStrings.xml"].decode().replace(_TEAM, f"Team {number:05d}")
    strings = strings.replace(_GROUP, f"Division {number % 12 + 1}")
    for question in questionnaire.questions:
        note = dice.choice(_NOTES) if dice.random() < 0.2 else ""
        strings = strings.replace(_NOTE.format(question.id), note)
    changed["xl/sharedStrings.xml"] = strings.encode()
    core = parts["docProps/core.xml"].decode()
    saved = f"2026-10-{1 + number % 28:02d}T09:{number // 28 % 60:02d}:00Z"
    changed["docProps/core.xml"] = re.sub(r"(<dcterms:modified[^>]*>)[^<]*", rf"\g<1>{saved}", core).encode()
    if defect == 3:
        changed["xl/workbook.xml"] = _without_sheet(parts["xl/workbook.xml"].decode(), questionnaire)
    return _zipped(changed)


def _without_sheet(workbook: str, questionnaire: Questionnaire) -> bytes:
    name = re.escape(layout.component_sheet_name(questionnaire.components[1]))
    without = re.sub(rf'<sheet name="{name}"[^>]*/>', "", workbook)
    return re.sub(r"<definedNames>.*?</definedNames>", "", without, flags=re.DOTALL).encode()


def hostile() -> dict[str, bytes]:
    """Files that are built to harm a reader, by what they are; the gate refuses each."""
    parts, _ = _template(questionnaires.load())
    sheet = "xl/worksheets/sheet2.xml"
    doctype = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><worksheet/>'
    whole = _zipped(parts)
    return {
        "a part that unpacks to 600 MB": _zipped({**parts, sheet: b" " * (600 << 20)}),
        "70,000 parts": _zipped({**parts, **{f"xl/media/{number}": b"" for number in range(70_000)}}),
        "entities of its own (a DOCTYPE)": _zipped({**parts, sheet: doctype}),
        "cut short": whole[: len(whole) // 2],
        "20 MB of zeros behind it": whole + b"\0" * 20_000_000,
    }


def _zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
