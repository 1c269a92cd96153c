"""Which copy of a team counts, with its correction forms applied; and what is reported where none does.

The rules, in this order:

1. Forms and correction forms are parted. A correction form carries only some questions, so the copy that counts is
   a form; see 6 for teams of whom no form was filled in.
2. Where a person gave files to the team, the copy that counts is one of these. Otherwise a form that came back
   untouched never replaces one that was filled in, and where all are untouched none counts.
3. Two forms under one id that look like one form sent on to another team (`_look_forwarded`): none counts, unless a
   person gave them to the team.
4. The latest form counts (`_newer`). Where no date tells which that is, and the forms differ, none counts.
5. The correction forms are applied to the form that counts, the latest last. A question on which two of them differ,
   while no date tells which is the later, stays as it is until a person decides it.
6. Where no form was filled in, the answers of the correction forms count alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cmp_to_key
from itertools import combinations

from impact_xl.files.dates import typed_date
from impact_xl.findings import CORRECTIONS, RULES, Finding, Where, found
from impact_xl.form.layout import CORRECTION
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.returns.submission import Submission
from impact_xl.roster import Team
from impact_xl.round.answers import Judged, judge
from impact_xl.round.match_teams import id_of
from impact_xl.round.overrides import correct, in_words
from impact_xl.round.record import Return
from impact_xl.wording import first_few, join_and, plural, quote

# More than a quarter of the answers differing, and another name under them: not a correction but another team.
FORWARDED = 4

_EXTRAS = "form-extra-content"
# What does not count where copies disagree, and the columns of a decision about it.
_COPIES = {"none": "none of them", "which": "copy", "columns": "file and team"}
_ANSWERS = {"none": "none of these answers", "which": "level", "columns": "team, question and level"}
_SHOWN = 6  # questions, or notes and priorities, that a message names
_MOST_IN_WORDS = 3  # questions of which a letter says how copies differ


@dataclass(frozen=True)
class Choice:
    """What counts for a team: None where nothing does. `places` tells from which of its returns it was taken."""

    judged: Judged | None
    places: tuple[int, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _Copy:
    """A form or a correction form of the team, and its place among the team's returns."""

    place: int
    judged: Judged
    placed: bool  # a person gave its file to the team

    @property
    def submission(self) -> Submission:
        return self.judged.submission

    @property
    def is_correction(self) -> bool:
        return self.submission.reference.kind == CORRECTION


def choose_copy(
    team: Team,
    returns: Sequence[Return],
    placed: Collection[str],
    questionnaire: Questionnaire,
    decided: Collection[str] = (),
) -> Choice:
    """What counts for a team, by the rules above.

    Args:
        team: whose copies they are.
        returns: its forms and correction forms.
        placed: the names of the files that a person gave to teams, to this one or another.
        questionnaire: what was asked.
        decided: the questions of the team that a person decided.
    """
    copies = [_Copy(place, each.judged, each.name in placed) for place, each in enumerate(returns) if each.judged]
    forms = [each for each in copies if not each.is_correction]
    corrections = [each for each in copies if each.is_correction]
    form, findings = _choose_form(team, forms, questionnaire)
    if form:
        choice = _apply_corrections(team, form.judged, corrections, questionnaire, decided)
        return Choice(choice.judged, (form.place, *choice.places), (*findings, *choice.findings))
    if corrections and all(each.judged.untouched for each in forms):
        choice = _corrections_alone(team, corrections, questionnaire, decided)
        return replace(choice, findings=(*findings, *choice.findings))
    return Choice(None, (), tuple(findings))


def with_team(finding: Finding, team: Team) -> Finding:
    """A copy's finding under the name that the team has in the round."""
    facts = {**finding.facts, "who": team.name} if "who" in finding.facts else finding.facts
    return replace(finding, team_id=team.id, team=team.name, facts=facts)


# -- the form that counts ---------------------------------------------------------------------------


def _choose_form(
    team: Team, forms: Sequence[_Copy], questionnaire: Questionnaire
) -> tuple[_Copy | None, list[Finding]]:
    """The form that counts, None where none does; and what a person should know about the choice."""
    candidates = _candidates(forms)
    if not candidates:
        return None, [with_team(finding, team) for each in forms[:1] for finding in each.judged.findings]

    judged = [each.judged for each in candidates]
    differing = sorted({question for one, other in combinations(judged, 2) for question in differences(one, other)})

    def make_finding(rule: str, **facts: str) -> Finding:
        facts |= {"count": str(len(candidates)), "what": _questions(differing), "who": team.name, **_COPIES}
        facts["differ"] = _for_the_team(judged, differing, questionnaire)
        facts["files"] = first_few([quote(each.submission.where.own_name) for each in candidates], _MOST_IN_WORDS)
        return found(rule, Where(candidates[0].submission.where.file), team_id=team.id, team=team.name, **facts)

    if not candidates[0].placed and any(_look_forwarded(one, other) for one, other in combinations(judged, 2)):
        return None, [make_finding("team-contested", changes=_side_by_side(judged, differing, questionnaire))]
    chosen = _latest(candidates)
    if not chosen:
        return None, [make_finding("team-undecided", changes=_side_by_side(judged, differing, questionnaire))]

    others = [each.judged for each in candidates if each is not chosen]
    texts = _texts_left_out(team, chosen.judged, (*others, *_without_ticks(forms, candidates)))
    if not differing:
        return chosen, list(texts)
    changes = _changes(chosen.judged, others, questionnaire)
    return chosen, [make_finding("team-twice", used=chosen.submission.where.file, changes=changes), *texts]


def _candidates(forms: Sequence[_Copy]) -> list[_Copy]:
    """Those that a person gave to the team; else those with marks; else those that are not untouched."""
    placed = [each for each in forms if each.placed]
    with_marks = [each for each in forms if each.judged.has_marks]
    return placed or with_marks or [each for each in forms if not each.judged.untouched]


def _without_ticks(forms: Iterable[_Copy], candidates: Sequence[_Copy]) -> Iterator[Judged]:
    """The copies that somebody did something to, and ticked nothing, beside those that may count."""
    for each in forms:
        if each not in candidates and not each.judged.has_marks and not each.judged.untouched:
            yield each.judged


def _latest(copies: Sequence[_Copy]) -> _Copy | None:
    """The copy that no other is newer than, the last of equals; None where there is none, or equals differ."""
    latest = [each for each in copies if all(_newer(each.submission, other.submission) >= 0 for other in copies)]
    if not latest or any(differences(latest[0].judged, other.judged) for other in latest[1:]):
        return None
    return latest[-1]


def _newer(one: Submission, other: Submission) -> int:
    """1, 0 or -1 by the first date that both copies have; never by the file's own time."""
    in_one_file = one.where.file == other.where.file  # rows of one table, which a message carried together
    for a, b in (
        *([] if in_one_file else [(one.message_date, other.message_date)]),
        (one.modified, other.modified),
        (typed_date(one.date), typed_date(other.date)),
    ):
        if a and b:
            return (a > b) - (a < b)
    return 0


def _look_forwarded(one: Judged, other: Judged) -> bool:
    """Whether two copies under one id look like one form sent on to another team: other people, or another name."""
    a, b = one.submission, other.submission
    if a.other_team or b.other_team or not id_of(a) or normalise(id_of(a)) != normalise(id_of(b)):
        return False
    if not (_both_differ(a.completed_by, b.completed_by) or _both_differ(a.team, b.team)):
        return False
    return FORWARDED * len(differences(one, other)) > len(one.answers)


def _both_differ(one: str, other: str) -> bool:
    """Whether both are filled in, and not alike."""
    a, b = normalise(one), normalise(other)
    return bool(a and b) and a != b


def differences(one: Judged, other: Judged) -> list[str]:
    """The ids of the questions that two copies answer differently."""
    return [
        question
        for question, answer in one.answers.items()
        if (answer.state, answer.level) != (other.answers[question].state, other.answers[question].level)
    ]


# -- correction forms -------------------------------------------------------------------------------


def _apply_corrections(
    team: Team,
    form: Judged,
    corrections: Sequence[_Copy],
    questionnaire: Questionnaire,
    decided: Collection[str],
) -> Choice:
    """The form with its correction forms applied, the latest last; the places are those of the correction forms."""
    if not corrections:  # as nearly always
        return Choice(form, (), ())
    clashing = [question for question in _clashing(corrections) if question not in decided]
    by_date = cmp_to_key(_newer)
    latest_last = [each.judged for each in sorted(corrections, key=lambda each: by_date(each.submission))]
    judged = correct(form, latest_last, questionnaire, clashing=clashing, decided=decided)
    findings = tuple(_against_newer(finding, form, latest_last) for finding in judged.findings)
    undecided = (_undecided(team, corrections, clashing, questionnaire),) if clashing else ()
    return Choice(replace(judged, findings=findings), tuple(each.place for each in corrections), undecided)


def _undecided(
    team: Team, corrections: Sequence[_Copy], clashing: Sequence[str], questionnaire: Questionnaire
) -> Finding:
    """The finding for correction forms that answer some questions differently."""
    forms = [each.judged for each in corrections]
    return found(
        "team-undecided",
        corrections[0].submission.where,
        team_id=team.id,
        team=team.name,
        count=str(len(corrections)),
        what=_questions(clashing),
        who=team.name,
        changes=_side_by_side(forms, clashing, questionnaire),
        **_ANSWERS,
        **{CORRECTIONS: "yes", **{each: _each_once(forms, each, questionnaire) for each in clashing}},
    )


def _corrections_alone(
    team: Team, corrections: Sequence[_Copy], questionnaire: Questionnaire, decided: Collection[str]
) -> Choice:
    """What correction forms answer where there is no form that they could correct; None where they answer nothing."""
    first = corrections[0].submission
    empty = replace(judge(first, questionnaire), findings=())  # its marks are gone, so it answers nothing
    choice = _apply_corrections(team, empty, corrections, questionnaire, decided)
    judged = choice.judged or empty
    findings = tuple(each for each in judged.findings if each.rule.id != "answer-corrected")
    if not judged.answered:
        return Choice(None, (), (*choice.findings, *(with_team(finding, team) for finding in findings)))
    answers = plural(judged.answered, "answer was", "answers were")
    alone = found("form-correction-alone", first.where, team_id=team.id, team=team.name, count=answers, who=team.name)
    return Choice(replace(judged, findings=findings), choice.places, (*choice.findings, alone))


def _clashing(corrections: Sequence[_Copy]) -> list[str]:
    """The questions that two correction forms answer differently where no date tells which is the later."""
    return sorted(
        {
            question
            for one, other in combinations([each.judged for each in corrections], 2)
            if not _newer(one.submission, other.submission)
            for question in differences(one, other)
            if one.answers[question].state.counts and other.answers[question].state.counts
        }
    )


def _against_newer(finding: Finding, form: Judged, corrections: Iterable[Judged]) -> Finding:
    """The finding of a correction; a graver one where the form is newer than it and has another answer that counts."""
    if finding.rule.id != "answer-corrected" or finding.facts["now"] == finding.facts["was"]:
        return finding
    if not form.answers[finding.question].state.counts:
        return finding
    by_file = {each.submission.where.file: each.submission for each in corrections}
    if _newer(form.submission, by_file[finding.where.file]) <= 0:
        return finding
    return replace(finding, rule=RULES["answer-correction-older"])


# -- what the messages show -------------------------------------------------------------------------


def _questions(ids: Sequence[str]) -> str:
    return f"{plural(len(ids), 'answer')} ({first_few(ids, _SHOWN)})" if ids else "no answer"


def _changes(used: Judged, others: Sequence[Judged], questionnaire: Questionnaire) -> str:
    """What each of the others answers otherwise than the copy that counts, answer by answer."""
    parts = []
    for other in others:
        if changed := differences(used, other):
            answers = "; ".join(
                f"{question} {in_words(other.answers[question], questionnaire)}, "
                f"now {in_words(used.answers[question], questionnaire)}"
                for question in changed
            )
            parts.append(f"{other.submission.where.file} said {answers}")
    return ". ".join(parts)


def _side_by_side(copies: Sequence[Judged], differing: Sequence[str], questionnaire: Questionnaire) -> str:
    """What copies of which none counts answer, answer by answer."""
    answers = "; ".join(
        f"{question} {', '.join(in_words(each.answers[question], questionnaire) for each in copies)}"
        for question in differing
    )
    return f"{', '.join(each.submission.where.file for each in copies)} say, in this order: {answers}"


def _for_the_team(copies: Sequence[Judged], differing: Sequence[str], questionnaire: Questionnaire) -> str:
    """In what copies differ, in words for those who filled them in: by title, and what each says, where few do."""
    if len(differing) > _MOST_IN_WORDS:
        return plural(len(differing), "answer")
    return join_and(
        [
            f"question {questionnaire.by_id[each].number} ({_each_once(copies, each, questionnaire)})"
            for each in differing
        ]
    )


def _each_once(copies: Sequence[Judged], question: str, questionnaire: Questionnaire) -> str:
    """What copies answer to a question, each answer once."""
    return " or ".join(dict.fromkeys(in_words(each.answers[question], questionnaire) for each in copies))


def _texts_left_out(team: Team, used: Judged, others: Iterable[Judged]) -> Iterator[Finding]:
    """A note for each copy that says in notes, priorities or beside its boxes what the copy that counts does not."""
    used_texts = set(_texts(used))
    used_extras = {finding.facts["what"] for finding in used.findings if finding.rule.id == _EXTRAS}
    for each in others:
        rule = _EXTRAS if each.has_marks else "form-no-ticks"
        extras = [finding for finding in each.findings if finding.rule.id == rule]
        yield from (with_team(_as_note(extra), team) for extra in extras if extra.facts["what"] not in used_extras)
        if missed := [where for where, text in _texts(each) if (where, text) not in used_texts]:
            yield found(
                "team-texts-differ",
                each.submission.where,
                team_id=team.id,
                team=team.name,
                what=first_few(missed, _SHOWN),
                used=used.submission.where.file,
            )


def _as_note(finding: Finding) -> Finding:
    """What a copy without a tick says beside its boxes; another copy counts, so nobody is asked for it."""
    return finding if finding.rule.id == _EXTRAS else found(_EXTRAS, finding.where, what=finding.facts["what"])


def _texts(copy: Judged) -> Iterator[tuple[str, str]]:
    """Every note, priority and status of an action that has any text in a copy, with what it belongs to."""
    for question, answer in copy.answers.items():
        if answer.note:
            yield question, answer.note
    for priority in copy.submission.priorities:
        if priority.filled:
            cells = (priority.what, priority.question, priority.lead, priority.by, priority.measure)
            yield f"priority {priority.number}", "\n".join(cells)
    for report in copy.submission.actions:
        if report.typed or report.remark:
            yield f"the status of {quote(report.action.what)}", f"{report.typed}\n{report.remark}"
