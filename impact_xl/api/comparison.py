"""Two rounds side by side: the call that compares them and writes the workbook."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from impact_xl.api.options import AnyPath
from impact_xl.comparison import exports, share, workbook
from impact_xl.comparison.compare import Comparison, teams_of
from impact_xl.comparison.compare import compare as compare_rounds
from impact_xl.comparison.pair_teams import NO_MAP, read_map
from impact_xl.comparison.read_round import ComparedRound, read_round
from impact_xl.files.places import resolved
from impact_xl.files.safe_write import check_place, write_file
from impact_xl.findings import ImpactError
from impact_xl.roster.folder import find
from impact_xl.round.disclosure import MINIMUM_GROUP
from impact_xl.xlsx.workbook_writer import written_as

COMPARISON = "comparison.xlsx"


@dataclass(frozen=True)
class ComparisonOptions:
    """What is written of a comparison, and what is known of its teams; each field as `compare` has it."""

    teams_map: AnyPath | None = None
    csv: AnyPath | None = None
    share: AnyPath | None = None
    minimum_group: int = MINIMUM_GROUP


@dataclass(frozen=True)
class Compared:
    """A comparison, and what was written of it."""

    comparison: Comparison
    paths: tuple[Path, ...]
    too_few_to_share: bool = False  # so there is no copy to share


@dataclass(frozen=True)
class Places:
    """Which rounds are compared and where to, with what was given and what a round's folder holds."""

    before: Path | None  # None where nobody says it
    after: Path | None
    output: Path
    minimum_group: int = MINIMUM_GROUP


def settle_places(
    before: AnyPath | None, after: AnyPath | None, round: AnyPath | None = None, start: AnyPath = "."
) -> Places:
    """Which rounds are compared; in a round's folder it is the later one, and round.xlsx names the one before.

    Args:
        before, after: what was given.
        round: what --round gives.
        start: the folder that the command is started in.

    Raises:
        ImpactError: there is no such round, or it holds faults.
    """
    given = [Path(each) if each else None for each in (before, after)]
    folder = find(Path(round) if round else None, Path(start))
    if folder is None:
        return Places(given[0], given[1], Path(COMPARISON))
    settled = folder.read()
    last = folder.last_round(settled)
    return Places(
        given[0] or (last.path if last else None),
        given[1] or folder.path,
        folder.results / COMPARISON,
        settled.minimum_group or MINIMUM_GROUP,
    )


def compare(before: AnyPath, after: AnyPath, *, teams_map: AnyPath | None = None) -> Comparison:
    """Compare two rounds; nothing is written.

    Args:
        before, after: the folder of each round, or its consolidated workbook.
        teams_map: a list of teams that were renamed, merged, split, are new or closed: before, after, relation.

    Raises:
        ImpactError: one cannot be read, or the two cannot be compared.
    """
    rounds: tuple[ComparedRound, ComparedRound] = read_round(Path(before)), read_round(Path(after))
    known = read_map(Path(teams_map), *map(teams_of, rounds)) if teams_map else NO_MAP
    return compare_rounds(*rounds, known)


def compare_and_write(
    before: AnyPath, after: AnyPath, path: AnyPath = COMPARISON, options: ComparisonOptions = ComparisonOptions()
) -> Compared:
    """Compare two rounds, and write the workbook and what goes with it.

    Args:
        before, after: as `compare` has them.
        path: where to write the workbook. One that this program wrote there before is replaced, any other file is left.
        options: what else is written.

    Raises:
        ImpactError: as `compare`; or something cannot be written, which is known before anything is.
    """
    target = Path(path)
    _check(target, "comparison", workbook.SUBJECT, "--output")
    if options.share:
        if Path(options.share).absolute() == target.absolute():
            raise ImpactError(f"The board copy cannot be the comparison itself: {target}", "Choose another place.")
        _check(Path(options.share), "board copy", share.SUBJECT, "--share")
    if options.csv:
        exports.check_folder(Path(options.csv))
    comparison = compare(before, after, teams_map=options.teams_map)
    for source in (comparison.before.path, comparison.after.path):
        if resolved(source) == resolved(target):
            raise ImpactError(f"The comparison cannot be written over one of the rounds: {target}", _ELSEWHERE)
    write_file(target, workbook.build(comparison), what="comparison")
    paths = [target]
    too_few = bool(options.share) and not share.anything_to_show(comparison, options.minimum_group)
    if options.share and not too_few:
        write_file(Path(options.share), share.build(comparison, options.minimum_group), what="board copy")
        paths.append(Path(options.share))
    paths += exports.write(comparison, Path(options.csv)) if options.csv else []
    return Compared(comparison, tuple(paths), too_few)


_ELSEWHERE = "Choose another place with --output."


def _check(path: Path, what: str, subject: str, option: str) -> None:
    """Find out whether a workbook could be written there, and nothing else is replaced."""
    check_place(path, what)
    if path.exists() and not written_as(path, subject):
        raise ImpactError(
            f"The {what} was not written: {path} is already there, and it is no {what} of this program",
            f"Choose another place with {option}.",
        )
