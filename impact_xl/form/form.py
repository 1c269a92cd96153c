"""What a form is to be like: what it is made from, before anything is written."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from impact_xl.form import instructions, layout
from impact_xl.form.layout import Action
from impact_xl.form.plans import plan, plan_actions, plan_correction, plan_paper
from impact_xl.questionnaire import Questionnaire
from impact_xl.roster import Round

TICKBOXES = ("native", "list")
IDENTITY = layout.IDENTITY

Entry = bool | int | float | str


@dataclass(frozen=True)
class Form:
    """What a form is to be like.

    `entries` fills it in: key -> True, False or whatever somebody typed. `created` is the date that the document
    carries, the questionnaire's own unless given. `corrects` makes it a correction form: the questions that it asks
    again, each with what was seen in the team's copy, which ends with a question. `last` holds the keys of the levels
    that the team chose in the last round, which are reminders, never ticks; `last_priorities` what it meant to work
    on, each with a status to choose. `actions` makes it an actions form, which asks what has come of these and nothing
    else: it is never counted as a return. No command writes one yet; the follow-ups of a plan will. `paper` makes it a
    form to be printed and ticked by pen.
    """

    questionnaire: Questionnaire
    tickbox: str = "native"
    round: Round = field(default_factory=Round)
    team_id: str = ""
    entries: Mapping[str, Entry] = field(default_factory=dict)
    created: date | datetime | None = None
    corrects: Mapping[str, str] = field(default_factory=dict)
    last: Collection[str] = frozenset()
    last_priorities: Sequence[Action] = ()
    actions: Sequence[Action] = ()
    paper: bool = False

    @property
    def kind(self) -> str:
        """What its references say it is: a form, a correction form or an actions form."""
        if self.actions:
            return layout.ACTIONS
        return layout.CORRECTION if self.corrects else layout.FORM

    @property
    def questions(self) -> Sequence[str]:
        """The ids of the questions that it asks, in order."""
        return [each.id for each in self.questionnaire.questions if not self.corrects or each.id in self.corrects]

    def reference(self, sheet: str) -> layout.Reference:
        """What the last row of a sheet says."""
        questionnaire = self.questionnaire
        overlay = f"{layout.OVERLAY_MARK}{questionnaire.wording.id}" if questionnaire.wording else ""
        return layout.Reference(
            self.kind,
            questionnaire.id,
            f"{questionnaire.version}{overlay}",
            questionnaire.fingerprint,
            self.round.id,
            self.team_id,
            sheet,
        )

    def plan(self) -> tuple[layout.Sheet, ...]:
        """Every line of this form."""
        questionnaire, round, not_applicable = self.questionnaire, self.round, self.round.not_applicable
        # A name that was typed in is no sign that the form was made for a team.
        team = {key: str(self.entries.get(key, "")) for key in IDENTITY if self.team_id}
        if self.actions:
            return plan_actions(self.actions, start=instructions.for_actions(round, team))
        if self.paper:
            return plan_paper(
                questionnaire, not_applicable=not_applicable, start=instructions.for_paper(questionnaire, round)
            )
        if self.corrects:
            start = instructions.for_correction(questionnaire, round, self.tickbox, team)
            return plan_correction(questionnaire, self.corrects, not_applicable=not_applicable, start=start)
        start = instructions.for_form(questionnaire, round, self.tickbox, team, last=bool(self.last))
        return plan(questionnaire, not_applicable=not_applicable, start=start, last_priorities=self.last_priorities)
