"""Which round a form is of: its reference carries the round's id, and nothing typed in one round counts in another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from impact_xl.findings import Finding, ImpactError, Where, found
from impact_xl.form.layout import CORRECTION
from impact_xl.questionnaire import normalise
from impact_xl.returns.submission import Submission
from impact_xl.roster import Round, Team
from impact_xl.round.answers import Judged, JudgedFile
from impact_xl.round.record import Return
from impact_xl.wording import first_few, plural

_SHOWN = 5  # files that a message names


def take_id(round: Round, files: Iterable[JudgedFile], placed: Collection[str]) -> Round:
    """The round; one without an id takes the id that its forms carry.

    Args:
        round: what is known of it.
        files: everything that was read.
        placed: the names of the files that a person gave to teams; what these carry is no matter.

    Raises:
        ImpactError: the forms carry the ids of several rounds.
    """
    if round.id:
        return round
    carried: defaultdict[str, list[Submission]] = defaultdict(list)
    for each in files:
        if each.file.file not in placed:
            for judged in each.judged:
                if theirs := judged.submission.reference.round:
                    carried[normalise(theirs)].append(judged.submission)
    if len(carried) > 1:
        ids = " and ".join(_in_words(carried[key]) for key in sorted(carried))
        raise ImpactError(
            f"The forms are of {len(carried)} rounds: {ids}",
            "Say which round is meant with --round; or take the files of the other one out of the folder.",
        )
    return replace(round, id=next(iter(carried.values()))[0].reference.round) if carried else round


def _in_words(forms: Sequence[Submission]) -> str:
    return f"“{forms[0].reference.round}” ({plural(len(forms), 'form')}, such as {forms[0].where.file})"


def of_another(submission: Submission, round: Round) -> bool:
    """Whether a form was made for another round than this one."""
    theirs = submission.reference.round
    return bool(theirs and round.id and normalise(theirs) != normalise(round.id))


def other_round(submission: Submission, team: Team | None, round: Round) -> Finding:
    """What is said of a form of another round."""
    named = {"team_id": team.id, "team": team.name} if team else {}
    return found("form-other-round", submission.where, **named, theirs=submission.reference.round, ours=round.id)


def set_aside(
    team: Team, returns: Sequence[Return], placed: Collection[str], round: Round
) -> tuple[set[int], list[Finding]]:
    """The places of a team's forms that name no round where a form of this round came as well; and what is said.

    A correction form takes no form's place, so it is never set aside; `without_round` names it where it names no round.

    Args:
        team: whose copies they are.
        returns: its copies.
        placed: the names of the files that a person gave to teams; these count, whatever they carry.
        round: this round.
    """
    copies = [(place, each, each.judged) for place, each in enumerate(returns) if each.judged]
    if not round.id or not any(_is_form_of_round(judged) for _, _, judged in copies):
        return set(), []
    aside = {
        place: judged.submission.where
        for place, each, judged in copies
        if not judged.submission.reference.round
        and judged.submission.reference.kind != CORRECTION
        and each.name not in placed
    }
    facts = {"who": team.name, "ours": round.id}
    findings = [found("form-set-aside", where, team_id=team.id, team=team.name, **facts) for where in aside.values()]
    return set(aside), findings


def _is_form_of_round(judged: Judged) -> bool:
    reference = judged.submission.reference
    return bool(reference.round) and reference.kind != CORRECTION and not judged.untouched


def without_round(used: Iterable[Return], placed: Collection[str], round: Round) -> Iterator[Finding]:
    """One finding for all forms that count and do not say which round they are of."""
    forms = [
        each.name
        for each in used
        if each.judged and not each.judged.submission.reference.round and each.name not in placed
    ]
    if round.id and forms:
        carry = plural(len(forms), "form carries", "forms carry")
        where = Where(forms[0]) if len(forms) == 1 else Where()
        yield found("form-no-round", where, forms=carry, files=first_few(forms, _SHOWN), ours=round.id)
