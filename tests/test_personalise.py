"""Stamped forms are, byte for byte, the forms that would have been built."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
from dump import dump
from hypothesis import given, settings
from hypothesis import strategies as st
from rounds_in_memory import QUESTIONNAIRE, SMALL

from impact_xl.form import workbook as form
from impact_xl.form.layout import Action
from impact_xl.form.personalise import FormPersonaliser
from impact_xl.form.workbook import Form
from impact_xl.mail.invitations import personal_form
from impact_xl.roster import Round, Team, TeamList
from impact_xl.xlsx import zip_patch

ROUND = Round(id="2026 | autumn", title="Autumn 2026", deadline=date(2026, 11, 30))


def personal(
    team: Team, *, questionnaire=QUESTIONNAIRE, tickbox: str = "native", round: Round = ROUND, **more: object
) -> Form:
    entries = {"start.team": team.name, "start.team-id": team.id, "start.group": team.group}
    return Form(questionnaire, tickbox, round, team.id, entries, **more)


TRAPS = (  # names that a file spells otherwise; one a team, so that no guard stands in for another
    Team("r", "<r><t>x</t></r>", "North"),
    Team("escape", "A_x0041_ ward", "North"),
    Team("escape-2", "Ward", "_x000A_"),
    Team("escape_x0041_", "Ward", "North"),
    Team("formula", "=SUM(A1)", "North"),
    Team("space", " Ward 5", "North"),
    Team("tab", "Ward", "tab\rin it"),
)
TEAMS = (
    Team("ward-1", "Ward 1", "North"),
    Team("ward-2", "Ward 2"),
    Team("a&b", 'Ward <3> "A" & B', "O'Neill's"),
    Team("möwe", "Möwe – 病棟 😀", "(no group)"),
    Team("x" * 230, "y" * 300, "z" * 300),
    Team("a|b", "Ward | 4", "North"),
    Team("=1+1", "=SUM(A1)", "@x"),
    *TRAPS,
    Team("w", " Ward 5 ", "tab\tin it"),
    Team("s", "Status", "Status"),  # a text that stands elsewhere in the form as well
)


@pytest.mark.parametrize("team", TRAPS, ids=lambda team: team.id)
def test_a_name_that_a_file_spells_otherwise_is_spelled_so(team: Team):
    personaliser = FormPersonaliser()
    personaliser.build(personal(Team("ward-1", "Ward 1", "North"), questionnaire=SMALL))
    wanted = personal(team, questionnaire=SMALL)
    assert personaliser.build(wanted) == form.build(wanted)


def test_an_id_that_stands_in_the_reference_alone_is_spelled_so_too():
    """In Excel's strings it would be read as the letter A."""
    personaliser = FormPersonaliser()
    for team_id in ("ward-1", "ward_x0041_"):
        wanted = Form(SMALL, round=ROUND, team_id=team_id, entries={"start.team": "Ward"})
        assert personaliser.build(wanted) == form.build(wanted)


@pytest.mark.parametrize("tickbox", form.TICKBOXES)
def test_they_are_the_forms_that_would_have_been_built(tickbox: str):
    stamp = FormPersonaliser()
    for team in TEAMS:
        wanted = personal(team, tickbox=tickbox)
        assert dump(stamp.build(wanted)) == dump(form.build(wanted)), team


def test_mostly_to_the_last_byte():
    stamp = FormPersonaliser()
    for team in TEAMS[:-1]:  # the last one's texts are held once more
        assert stamp.build(personal(team)) == form.build(personal(team)), team


def test_untouched_parts_are_taken_over_as_they_are_packed(monkeypatch: pytest.MonkeyPatch):
    stamp, packed = FormPersonaliser(), []
    stamp.build(personal(TEAMS[0]))
    pack = zip_patch._deflated
    monkeypatch.setattr(zip_patch, "_deflated", lambda *given: packed.append(1) or pack(*given))
    monkeypatch.setattr(form, "build", lambda _: pytest.fail("a whole form was built"))
    stamp.build(personal(Team("ward-9", "Ward 9", "South")))
    assert len(packed) == 2


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=12), st.text(max_size=12), st.text(max_size=12))
def test_any_names(identity: str, name: str, group: str):
    wanted = personal(Team(identity, name, group), questionnaire=SMALL)
    assert dump(FormPersonaliser().build(wanted)) == dump(form.build(wanted))


def test_forms_that_differ_in_more_are_built():
    stamp = FormPersonaliser()
    for more in (
        {"corrects": {"Q01": "No box is ticked."}},
        {"last": {"Q01.L2"}},
        {"last_priorities": [Action("To do")]},
        {"actions": [Action("To do")]},
    ):
        wanted = personal(TEAMS[0], **more)
        assert stamp.build(wanted) == form.build(wanted)
    filled = Form(QUESTIONNAIRE, entries={"start.team": "Ward 1", "Q01.L1": True}, team_id="ward-1")
    assert stamp.build(filled) == form.build(filled)


def test_rounds_tickboxes_and_questionnaires_are_kept_apart():
    stamp = FormPersonaliser()
    kinds = [
        personal(TEAMS[0]),
        personal(TEAMS[0], tickbox="list"),
        personal(TEAMS[0], round=Round(id="another")),
        personal(TEAMS[0], questionnaire=SMALL),
        personal(TEAMS[0], created=date(2026, 12, 24)),
    ]
    assert [stamp.build(each) for each in kinds] == [form.build(each) for each in kinds]


def test_each_carries_its_own_team_and_nobody_elses():
    stamp = FormPersonaliser()
    stamp.build(personal(TEAMS[0]))
    with zipfile.ZipFile(io.BytesIO(stamp.build(personal(TEAMS[3])))) as parts:
        whole = b"".join(parts.read(name) for name in parts.namelist()).decode(errors="replace")
    assert "Möwe – 病棟 😀" in whole
    assert "Ward 1" not in whole
    assert "⟦" not in whole


def test_forms_that_differ_in_their_team_alone_are_made_from_one(monkeypatch: pytest.MonkeyPatch):
    """A team's round is an object of its own, with its own deadline where it has one."""
    built: list[Form] = []
    build = form.build
    monkeypatch.setattr(form, "build", lambda wanted: built.append(wanted) or build(wanted))
    later = Team("t3", "Team 3", deadline=date(2026, 12, 4))
    teams = (Team("t1", "Team 1"), Team("t2", "Team 2"), later, Team("t4", "Team 4"))
    round, personaliser = Round("r", "Autumn 2026", teams=TeamList(teams)), FormPersonaliser()
    for team in teams:
        personaliser.build(personal_form(team, SMALL, round))
    assert [each.round.deadline for each in built] == [None, later.deadline]
