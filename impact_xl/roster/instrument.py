"""What a round asks: the questionnaire, or a part of it, in its own words and those of overlays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from impact_xl.findings import ImpactError
from impact_xl.questionnaire import Questionnaire, load_overlay, normalise
from impact_xl.roster import Round, Team
from impact_xl.wording import join_and

ORIGINAL = ("original", "none", "its own words")  # what stands in the place of an overlay for a team that has none


def instrument(round: Round, questionnaire: Questionnaire, folder: Path) -> Questionnaire:
    """A questionnaire as a round asks it: the questions that it names, in every wording that it has.

    Args:
        round: the round, with its teams.
        questionnaire: what is asked; one that has its overlays already keeps them.
        folder: where the round's overlays are looked for.

    Raises:
        ImpactError: an overlay cannot be used, or two have the same id; or no team could be at the round's target.
    """
    if not questionnaire.overlays and (paths := list(_overlays(round, folder))):
        worded = [load_overlay(path, questionnaire) for path in paths]
        _expect_own_ids(worded, paths)
        questionnaire = replace(questionnaire.whole or questionnaire, overlays=tuple(worded))
    part = questionnaire.only(round.questions) if round.questions else questionnaire
    expect_target(round.target, part)
    return part


def expect_target(target: int | None, questionnaire: Questionnaire) -> None:
    """Find out whether teams can be at a target level, on every question.

    Raises:
        ImpactError: a question ends below it.
    """
    if target and (below := questionnaire.without(target)):
        name = questionnaire.level_name(target)
        raise ImpactError(
            f"“{name}” cannot be the target: no team can be there on {join_and(below)}, which end at a lower level",
            "Choose a level that every question has, or one below it.",
        )


def wording(questionnaire: Questionnaire, round: Round, team: Team) -> Questionnaire:
    """The questionnaire in the words that a team has it in: by the sheet Teams, else as the round says."""
    name = team.overlay or round.overlay
    return next((each for each in questionnaire.overlays if _is_named(each, name)), questionnaire)


def _overlays(round: Round, folder: Path) -> Iterator[Path]:
    """The files of the overlays that a round names, each once; the ending may be left out."""
    names = [round.overlay, *(team.overlay for team in round.teams.teams)]
    paths: dict[Path, None] = {}
    for name in dict.fromkeys(names):
        if not name or normalise(name) in ORIGINAL:
            continue
        path = folder / name.replace("\\", "/")
        paths[path if path.is_file() or path.suffix else path.with_name(f"{path.name}.toml")] = None
    yield from paths


def _expect_own_ids(worded: list[Questionnaire], paths: list[Path]) -> None:
    seen: dict[str, Path] = {}
    for each, path in zip(worded, paths, strict=True):
        identity = each.wording.id if each.wording else ""
        if (first := seen.setdefault(identity, path)) != path:
            raise ImpactError(
                f"Two overlays have the id “{identity}”: {first} and {path}", "Give one of them another id."
            )


def _is_named(worded: Questionnaire, name: str) -> bool:
    """Whether a name means a wording: that of its file, with or without its folder and ending."""
    file = PurePosixPath(name.replace("\\", "/")).name
    mine = worded.wording.file if worded.wording else ""
    return normalise(file) in (normalise(mine), normalise(PurePosixPath(mine).stem))
