"""Which copy counts: the latest of a team, with its correction forms applied; and what is said where none does."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cmp_to_key

from impact_xl.files.dates import typed_date
from impact_xl.findings import RULES, Finding, Where, found
from impact_xl.form.layout import CORRECTION
from impact_xl.questionnaire import Questionnaire, normalise
from impact_xl.returns.submission import Submission
from impact_xl.roster import Team
from impact_xl.round.answers import Judged, judge
from impact_xl.round.match_teams import id_of
from impact_xl.round.overrides import corrected, in_words
from impact_xl.round.record import Return
from impact_xl.wording import first_few, plural

# More than a quarter of the answers differing, and another name under them: not a correction but another team.
FORWARDED = 4


def choose_copy(
    team: Team,
    copies: Sequence[Return],
    placed: Collection[str],
    questionnaire: Questionnaire,
    told: list[Finding],
) -> tuple[Judged | None, list[int]]:
    """What counts for a team, and the places of the copies that it was taken from; None where nothing does.

    Args:
        team: whose copies they are.
        copies: its forms and correction forms.
        placed: the names of the files that a person gave to teams; where some are this one's, one of them counts.
        questionnaire: what was asked.
        told: takes what a person should know.
    """
    forms = [place for place, each in enumerate(copies) if not _is_correction(each)]
    more = [place for place in range(len(copies)) if place not in forms]
    chosen = _latest(team, [copies[place] for place in forms], placed, questionnaire, told)
    judged: Judged | None = None
    if chosen is not None:
        base = copies[forms[chosen]].judged
        judged, taken = _corrected(team, base, [copies[place] for place in more], questionnaire, told)
        return judged, [forms[chosen], *(more[place] for place in taken)]
    if more and all(_untouched(copies[place]) for place in forms):
        judged, taken = _corrections_alone(team, [copies[place] for place in more], questionnaire, told)
        return judged, [more[place] for place in taken]
    return None, []


def with_team(finding: Finding, team: Team) -> Finding:
    """A copy's finding under the name that the team has in the round."""
    facts = {**finding.facts, "who": team.name} if "who" in finding.facts else finding.facts
    return replace(finding, team_id=team.id, team=team.name, facts=facts)


def _is_correction(each: Return) -> bool:
    return each.judged is not None and each.judged.submission.reference.kind == CORRECTION


def _untouched(each: Return) -> bool:
    return each.judged is not None and each.judged.untouched


def _corrections_alone(
    team: Team, corrections: Sequence[Return], questionnaire: Questionnaire, told: list[Finding]
) -> tuple[Judged | None, list[int]]:
    """What correction forms say where there is no form that they could correct; None where they say nothing."""
    first = next(each.judged.submission for each in corrections if each.judged)
    nothing = replace(judge(first, questionnaire), findings=())  # its marks are gone, so it answers nothing
    judged, taken = _corrected(team, nothing, corrections, questionnaire, told)
    said = [each for each in judged.findings if each.rule.id != "answer-corrected"]
    if not judged.answered:
        told += (with_team(finding, team) for finding in said)
        return None, []
    answers = plural(judged.answered, "answer was", "answers were")
    told.append(
        found("form-correction-alone", first.where, team_id=team.id, team=team.name, count=answers, who=team.name)
    )
    return replace(judged, findings=tuple(said)), taken


def _corrected(
    team: Team, base: Judged | None, corrections: Sequence[Return], questionnaire: Questionnaire, told: list[Finding]
) -> tuple[Judged, list[int]]:
    """The copy with its correction forms applied, the latest last, and which of them were."""
    if base is None:
        raise TypeError("a file without a form is nobody's copy")
    if not corrections:  # as nearly always
        return base, []
    held = [(index, each.judged) for index, each in enumerate(corrections) if each.judged]
    clashing = sorted(
        {
            question
            for at, (_, one) in enumerate(held)
            for _, other in held[at + 1 :]
            if not _newer(one.submission, other.submission)
            for question in differences(one, other)
            if one.answers[question].state.counts and other.answers[question].state.counts
        }
    )
    if clashing:
        where, what = held[0][1].submission.where, _questions(clashing)
        facts = {"count": str(len(held)), "what": what, "who": team.name}
        facts["changes"] = _apart([judged for _, judged in held], questionnaire, clashing)
        told.append(found("team-undecided", where, team_id=team.id, team=team.name, **facts))
        return base, []

    def by_date(one: tuple[int, Judged], other: tuple[int, Judged]) -> int:
        return _newer(one[1].submission, other[1].submission)

    latest_last = [judged for _, judged in sorted(held, key=cmp_to_key(by_date))]
    settled = corrected(base, latest_last, questionnaire)
    by_file = {judged.submission.where.file: judged.submission for judged in latest_last}
    findings = tuple(_against_newer(each, base, by_file) for each in settled.findings)
    return replace(settled, findings=findings), [index for index, _ in held]


def _against_newer(finding: Finding, base: Judged, corrections: Mapping[str, Submission]) -> Finding:
    """What a correction form put right, said more loudly where the copy is newer and says something else."""
    if finding.rule.id != "answer-corrected" or finding.facts["now"] == finding.facts["was"]:
        return finding
    newer = _newer(base.submission, corrections[finding.where.file]) > 0
    if not newer or not base.answers[finding.question].state.counts:
        return finding
    return replace(finding, rule=RULES["answer-correction-older"])


def _latest(
    team: Team, copies: Sequence[Return], placed: Collection[str], questionnaire: Questionnaire, told: list[Finding]
) -> int | None:
    """The index of the copy that counts, or None; what a person should know is told.

    A copy that came back untouched never replaces one that was filled in. Where a person gave copies to the
    team, one of these counts.
    """
    judged = [each.judged for each in copies if each.judged]
    given = [index for index, each in enumerate(copies) if each.name in placed]
    filled = given or [index for index, each in enumerate(judged) if not each.untouched]
    if not filled:
        told += (with_team(finding, team) for each in judged[:1] for finding in each.findings)
        return None
    differing = sorted({q for a in filled for b in filled if a < b for q in differences(judged[a], judged[b])})
    first = Where(judged[filled[0]].submission.where.file)

    def add_finding(rule: str, **facts: str) -> None:
        facts |= {"count": str(len(filled)), "what": _questions(differing), "who": team.name}
        told.append(found(rule, first, team_id=team.id, team=team.name, **facts))

    if not given and any(_forwarded(judged[a], judged[b]) for a in filled for b in filled if a < b):
        add_finding("team-contested", changes=_apart([judged[index] for index in filled], questionnaire, differing))
        return None
    latest = [a for a in filled if all(_newer(judged[a].submission, judged[b].submission) >= 0 for b in filled)]
    if not latest or any(differences(judged[latest[0]], judged[other]) for other in latest[1:]):
        add_finding("team-undecided", changes=_apart([judged[index] for index in filled], questionnaire, differing))
        return None
    chosen = latest[-1]
    used, earlier = judged[chosen], [judged[index] for index in filled if index != chosen]
    if differing:
        add_finding("team-twice", used=used.submission.where.file, changes=_changes(used, earlier, questionnaire))
    told += _texts_left_out(team, used, earlier)
    return chosen


def differences(one: Judged, other: Judged) -> list[str]:
    """The ids of the questions that two copies answer differently."""
    return [
        question
        for question, answer in one.answers.items()
        if (answer.state, answer.level) != (other.answers[question].state, other.answers[question].level)
    ]


def _changes(used: Judged, others: Sequence[Judged], questionnaire: Questionnaire) -> str:
    """What the copy that counts says otherwise than each of the others, answer by answer."""
    parts = []
    for other in others:
        if changed := differences(used, other):
            said = "; ".join(
                f"{question} {in_words(other.answers[question], questionnaire)}, "
                f"now {in_words(used.answers[question], questionnaire)}"
                for question in changed
            )
            parts.append(f"{other.submission.where.file} said {said}")
    return ". ".join(parts)


def _apart(copies: Sequence[Judged], questionnaire: Questionnaire, differing: Sequence[str]) -> str:
    """What copies of which none counts say, answer by answer."""
    said = "; ".join(
        f"{question} {', '.join(in_words(each.answers[question], questionnaire) for each in copies)}"
        for question in differing
    )
    return f"{', '.join(each.submission.where.file for each in copies)} say, in this order: {said}"


def _texts_left_out(team: Team, used: Judged, earlier: Sequence[Judged]) -> Iterator[Finding]:
    """A note for each copy whose notes or priorities are not those of the copy that counts."""
    kept = set(_texts(used))
    for each in earlier:
        if missed := [where for where, text in _texts(each) if (where, text) not in kept]:
            file = used.submission.where.file
            yield found(
                "team-texts-differ",
                each.submission.where,
                team_id=team.id,
                team=team.name,
                what=", ".join(missed[:_SHOWN]) + (" and more" if len(missed) > _SHOWN else ""),
                used=file,
            )


_SHOWN = 6


def _texts(copy: Judged) -> Iterator[tuple[str, str]]:
    """Every note and priority of a copy that says anything, with what it belongs to."""
    for question, answer in copy.answers.items():
        if answer.note:
            yield question, answer.note
    for priority in copy.submission.priorities:
        if priority.filled:
            said = (priority.what, priority.question, priority.lead, priority.by, priority.measure)
            yield f"priority {priority.number}", "\n".join(said)


def _questions(ids: Sequence[str], most: int = _SHOWN) -> str:
    return f"{plural(len(ids), 'answer')} ({first_few(ids, most)})" if ids else "no answer"


def _forwarded(one: Judged, other: Judged) -> bool:
    """Whether two copies under one id look like one form sent on to another team: other people, or another name."""
    a, b = one.submission, other.submission
    by_id = bool(id_of(a)) and normalise(id_of(a)) == normalise(id_of(b)) and not (a.other_team or b.other_team)
    apart = any(
        len(said) == 2 and "" not in said
        for said in (
            {normalise(a.completed_by), normalise(b.completed_by)},
            {normalise(a.team), normalise(b.team)},
        )
    )
    return by_id and apart and FORWARDED * len(differences(one, other)) > len(one.answers)


def _newer(one: Submission, other: Submission) -> int:
    """1, 0 or -1 by the first date that both copies have; never by the file's own time."""
    for a, b in (
        (one.message_date, other.message_date),
        (one.modified, other.modified),
        (typed_date(one.date), typed_date(other.date)),
    ):
        if a and b:
            return (a > b) - (a < b)
    return 0
