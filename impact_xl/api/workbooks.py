"""From returned files to the consolidated workbook: the calls that write and read workbooks."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date as Date  # noqa: N812  `date` is what callers call the argument
from functools import cached_property
from pathlib import Path

from impact_xl import results, returns, roster
from impact_xl.api.inputs import in_round, level_of, load_questionnaire, load_round, load_teams, round_folder
from impact_xl.api.options import AnyPath, ReadOptions, WriteOptions
from impact_xl.files.safe_write import check_place, digest_of, replace_file
from impact_xl.findings import Finding, ImpactError, in_order
from impact_xl.form import workbook as form
from impact_xl.questionnaire import Questionnaire
from impact_xl.results import Written, exports
from impact_xl.returns.child_processes import default_jobs
from impact_xl.returns.submission import ReturnedFile
from impact_xl.roster import Round, TeamList
from impact_xl.roster.instrument import expect_target
from impact_xl.round import answers, collation, match_teams, stored_workbook
from impact_xl.round.answers import Judged, JudgedFile
from impact_xl.round.collation import Collation
from impact_xl.round.disclosure import MINIMUM_GROUP
from impact_xl.round.overrides import Overrides, read_overrides
from impact_xl.round.own_messages import without_own

TEMPLATE, PAPER = "templates/assessment_template.xlsx", "templates/assessment_paper.xlsx"

Progress = Callable[[int, int, int], None]  # files done, files in all, and files done that have something to fix


@dataclass(frozen=True)
class Check:
    """One submission judged for itself, or a file that held none, with everything found in it."""

    file: ReturnedFile
    judged: Judged | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class CheckReport:
    """What was read, one by one, and what was found before reading, such as files passed over."""

    checks: tuple[Check, ...]
    before: tuple[Finding, ...]

    @property
    def findings(self) -> list[Finding]:
        """Everything found."""
        return [*self.before, *(finding for check in self.checks for finding in check.findings)]

    @property
    def files(self) -> set[str]:
        """The names of the files read."""
        return {check.file.file for check in self.checks}

    @cached_property
    def judged(self) -> list[Judged]:
        """The submissions among what was read."""
        return [check.judged for check in self.checks if check.judged]

    @property
    def statuses(self) -> Counter[str]:
        """How many submissions have each status."""
        return Counter(judged.status.value for judged in self.judged)

    @property
    def states(self) -> Counter[str]:
        """How many answers have each state."""
        return Counter(answer.state.value for judged in self.judged for answer in judged.answers.values())


@dataclass(frozen=True)
class Consolidation:
    """A collation, and what was written of it; nothing where there was no form among the files."""

    collation: Collation
    paths: Sequence[Path]
    replaced: bool  # whether a workbook stood at the place before
    too_few_to_share: bool = False  # so there is no copy to share
    remarks: Sequence[str] = ()  # what whoever asked for it should know


def generate(
    path: AnyPath | None = None,
    *,
    questionnaire: AnyPath | Questionnaire | None = None,
    tickbox: str = "",
    not_applicable: bool = False,
    about: str = "",
    round: AnyPath | Round | None = None,
    paper: bool = False,
) -> Path:
    """Write the blank form, or the form to be printed and ticked by pen.

    Args:
        path: where to; `TEMPLATE` or `PAPER` unless given. A form that this program wrote there before is replaced,
            any other file is left alone.
        questionnaire: what to ask; the built-in NHS IMPACT self-assessment unless given.
        tickbox: `native` for Excel's own tickboxes, `list` for a drop-down of ☐ and ☑; what the round says, else
            `native`, unless given. Paper has boxes of one kind, so there it is not given.
        not_applicable: give every question a row “Not applicable to us”; also where the round says so.
        about: what the answers are about; what the round says, else “our own service”, unless given.
        round: the round, its file or its folder: its title, deadline, contact and so on stand on the form.
        paper: make the form to be printed.

    Raises:
        ImpactError: the file cannot be written, something else stands there, or paper is to have tickboxes.
    """
    if paper and tickbox:
        raise ImpactError(
            "--paper and --tickbox do not go together: on paper every box is ticked by pen", "Leave --tickbox out."
        )
    target = Path(path or (PAPER if paper else TEMPLATE))
    questionnaire = load_questionnaire(questionnaire)
    check_place(target, "form")
    if target.exists() and not form.written_here(target):
        raise ImpactError(
            f"The form was not written: {target} is already there, and it is no blank form of this program",
            "Choose another place with --output, or move that file away first.",
        )
    place, round = round, load_round(round, questionnaire)
    questionnaire = in_round(round, questionnaire, place)
    round = replace(
        round,
        about=about.strip() or round.about or roster.OWN_SERVICE,
        not_applicable=not_applicable or round.not_applicable,
    )
    return form.write(form.Form(questionnaire, tickbox or round.tickbox or "native", round, paper=paper), target)


def check(
    paths: AnyPath | Iterable[AnyPath],
    *,
    questionnaire: AnyPath | Questionnaire | None = None,
    round: Round | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> CheckReport:
    """Read returned files and find what is to fix in each; nothing is matched to teams, no copy is chosen.

    Args:
        paths: files and folders.
        questionnaire: what was asked; the built-in one unless given.
        round: whose contact and addresses tell our own messages from those of the teams.
        jobs: how many files are read at once.
        progress: told how far the reading has come.

    Raises:
        ImpactError: a path does not exist, or the questionnaire cannot be used.
    """
    questionnaire = load_questionnaire(questionnaire)
    sources, findings = returns.find(_paths(paths))
    files = returns.read_then(
        answers.judge_file,
        sources,
        questionnaire,
        jobs=jobs or default_jobs(),
        progress=_counting(progress, len(sources)),
    )
    theirs = without_own(files, round or Round())
    return CheckReport(tuple(check for file in theirs for check in _checks(file)), tuple(findings))


def _checks(read: JudgedFile) -> Iterator[Check]:
    file, of_file = read.file, read.file.findings
    for judged in read.judged:
        _, nameless = match_teams.team_of(judged.submission, TeamList(), match_teams.Names((), TeamList()))
        findings = (*of_file, *judged.findings, *([nameless] if nameless else ()))
        yield Check(file, judged, tuple(in_order(findings)))
        of_file = ()  # what is wrong with the file itself stands beside its first submission alone
    if not read.judged:
        yield Check(file, None, tuple(in_order(of_file)))


def collate(
    paths: AnyPath | Iterable[AnyPath] = (),
    teams: AnyPath | TeamList | None = None,
    *,
    round: AnyPath | Round | None = None,
    questionnaire: AnyPath | Questionnaire | None = None,
    target: int | str | None = None,
    date: Date | None = None,
    overrides: AnyPath | Overrides | None = None,
    password_file: AnyPath | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Collation:
    """Read every return and make the round of them.

    Args:
        paths: returned files and folders, in any mix; a round's folder has its own.
        teams: the team list, or its file; without one everybody heard of is a team.
        round: the round, its file, or its folder, which holds what is not given: returns, teams, questionnaire and
            decisions.
        questionnaire: what was asked; the built-in one unless given.
        target: the level that “at target” means, by number or name; the round's or the questionnaire's unless given.
        date: what the results are dated; the newest date in the returns unless given.
        overrides: what people decided, or the file of it.
        password_file: a text file with a password in each line, to be tried on locked workbooks.
        jobs: how many files are read at a time.
        progress: called with how many files are done, how many there are, and in how many there is something to fix.

    Raises:
        ImpactError: a path does not exist, or the team list, round, questionnaire or overrides cannot be used.
    """
    place = round
    if folder := round_folder(round):
        round = folder.read(load_questionnaire(questionnaire) if questionnaire else None)
        questionnaire = questionnaire or folder.questionnaire(round)
        overrides, paths = overrides or folder.decisions, paths or folder.returns
    questionnaire = load_questionnaire(questionnaire)
    round = load_round(round, questionnaire)
    if teams:
        round = replace(round, teams=load_teams(teams))
    questionnaire = in_round(round, questionnaire, place)
    level = level_of(target if target is not None else round.target, questionnaire)
    expect_target(level, questionnaire)
    round = replace(round, target=level, date=date or round.date)
    if not isinstance(overrides, Overrides):
        overrides = read_overrides(Path(overrides), questionnaire) if overrides else Overrides()
    passwords = returns.read_passwords(Path(password_file)) if password_file else ()
    sources, findings = returns.find(_paths(paths))
    files = returns.read_then(
        answers.judge_file,
        sources,
        questionnaire,
        passwords=passwords,
        jobs=jobs or default_jobs(),
        progress=_counting(progress, len(sources)),
    )
    return collation.collate(files, questionnaire, round, findings, overrides)


def write(
    collation: Collation,
    path: AnyPath,
    *,
    csv: AnyPath | None = None,
    parquet: AnyPath | None = None,
    share: AnyPath | None = None,
    minimum_group: int = MINIMUM_GROUP,
    keep: bool = True,
    same_round: bool = False,
    also: Iterable[AnyPath] = (),
) -> list[Path]:
    """Write the consolidated workbook and, where asked, what goes with it; gives every path written.

    Args:
        collation: the round.
        path: where to write the workbook.
        csv: a folder for the tables as CSV files.
        parquet: where to write the answers as a Parquet file.
        share: where to write a copy for board papers: no team named, no free text, small numbers withheld.
        minimum_group: figures that fewer teams than this, besides the reader's own, stand behind are withheld in it.
        keep: keep what stood at `path` beside it, as a dated copy, and stop where it cannot be read back. What people
            typed into it is carried over either way.
        same_round: what stood at `path` is this round's, although it carries no round's id or another one.
        also: second copies of what stood at `path`, which other people typed into: levels, actions and comments are
            taken from them.

    Raises:
        ImpactError: something cannot be written or read back, or two copies contradict each other; what stood there
            before is untouched.
    """
    check_places(path, csv=csv, parquet=parquet, share=share, keep=False)
    written = write_results(
        carry(collation, path, keep=keep, same_round=same_round, also=also),
        path,
        csv=csv,
        parquet=parquet,
        share=share,
        minimum_group=minimum_group,
        keep=keep,
        same_round=same_round,
    )
    return [*written.paths]


def write_results(
    collation: Collation,
    path: AnyPath,
    *,
    csv: AnyPath | None = None,
    parquet: AnyPath | None = None,
    share: AnyPath | None = None,
    meeting: AnyPath | None = None,
    minimum_group: int = MINIMUM_GROUP,
    keep: bool = True,
    same_round: bool = False,
    earlier: AnyPath | None = None,
    read_as: str | None = None,
) -> Written:
    """As `write`; gives with the paths the collation that was written, with what people had typed.

    Args:
        collation, path, csv, parquet, share, minimum_group, keep, same_round: as `write` has them.
        meeting: where to write the workbook for the meeting; `carry` has read what was typed there.
        earlier: the folder for dated copies of what is replaced; beside it unless given.
        read_as: as `results.write` has it.

    Raises:
        ImpactError: something cannot be written or read back; what stood there before is untouched.
    """
    check_places(path, csv=csv, parquet=parquet, share=share, keep=False)  # `results.write` reads back what is there
    old = Path(earlier) if earlier else None
    workbook = results.write(collation, Path(path), keep=keep, same_round=same_round, earlier=old, read_as=read_as)
    paths = [*workbook.paths]
    if share:
        content = results.share.renew(workbook.collation, Path(share), minimum_group=minimum_group)
        paths += replace_file(Path(share), content, "board copy", keep=keep and bool(old), earlier=old)
    if meeting:
        content = results.meeting.build(workbook.collation, minimum_group)
        paths += replace_file(Path(meeting), content, results.meeting.NAME, keep=keep and bool(old), earlier=old)
    if parquet:
        paths.append(exports.write_parquet(workbook.collation, Path(parquet)))
    tables = exports.write(workbook.collation, Path(csv)) if csv else exports.Exported(())
    return Written(workbook.collation, (*paths, *tables.paths), tables.remarks)


def carry(
    collation: Collation,
    path: AnyPath,
    *,
    keep: bool = True,
    same_round: bool = False,
    also: Iterable[AnyPath] = (),
    meeting: AnyPath | None = None,
) -> Collation:
    """The collation with what people typed into the consolidated workbook at `path`, as `write` would write it there.

    `meeting` is the workbook for the meeting, whose lines become rows of Actions.

    Raises:
        ImpactError: what stands there cannot be read back, and `keep` does not allow to lose it.
    """
    copies, meeting_at = [Path(each) for each in also], Path(meeting) if meeting else None
    return results.carry(
        collation, Path(path), overwrite=not keep, same_round=same_round, also=copies, meeting_at=meeting_at
    )


def check_places(
    path: AnyPath,
    *,
    csv: AnyPath | None = None,
    parquet: AnyPath | None = None,
    share: AnyPath | None = None,
    meeting: AnyPath | None = None,
    keep: bool = True,
) -> None:
    """Find out before the work whether `write` could write there, and could read back what is there.

    Raises:
        ImpactError: it could not; nothing was changed.
    """
    target = Path(path)
    check_place(target, "consolidated workbook")
    if keep and target.exists():
        stored_workbook.check(target)
    if meeting:
        results.meeting.check(Path(meeting), can_lose=not keep)
    if share:
        results.share.check(Path(share), target)
    if csv:
        exports.check_folder(Path(csv))
    if parquet:
        exports.check_parquet(Path(parquet))


def consolidate(
    read_options: ReadOptions,
    path: AnyPath,
    write_options: WriteOptions,
    *,
    progress: Progress | None = None,
) -> Consolidation:
    """Read every return and write the consolidated workbook, and what goes with it.

    Raises:
        ImpactError: as `collate` and `write`; whether there is room to write is known before anything is read.
    """
    places = {name: getattr(write_options, name) for name in ("csv", "parquet", "share", "meeting")}
    keep = not write_options.overwrite
    check_places(path, **places, keep=keep)
    replaced = Path(path).exists()
    collation = collate_as(read_options, progress)
    if not any(each.judged for each in collation.files):
        return Consolidation(collation, (), replaced)
    least = write_options.minimum_group or MINIMUM_GROUP
    too_few = False
    same_round = write_options.same_round
    meeting = write_options.meeting
    read_as, meeting_as = digest_of(Path(path)), digest_of(Path(meeting)) if meeting else ""
    collation = carry(collation, path, keep=keep, same_round=same_round, also=write_options.also, meeting=meeting)
    if write_options.share_when_enough:  # what people typed counts
        too_few = not results.share.anything_to_show(collation, least)
    if too_few:
        places["share"] = None
    if meeting:
        results.expect_unchanged(Path(meeting), meeting_as)
    written = write_results(
        collation,
        path,
        **places,
        minimum_group=least,
        keep=keep,
        same_round=same_round,
        earlier=write_options.earlier,
        read_as=read_as,
    )
    return Consolidation(written.collation, written.paths, replaced, too_few, written.remarks)


def collate_as(options: ReadOptions, progress: Progress | None) -> Collation:
    """`collate` with the options in one value."""
    return collate(
        options.returns,
        options.teams,
        round=options.round,
        questionnaire=options.questionnaire,
        target=options.target,
        date=options.date,
        overrides=options.overrides,
        password_file=options.password_file,
        jobs=options.jobs,
        progress=progress,
    )


def _paths(paths: AnyPath | Iterable[AnyPath]) -> Sequence[Path]:
    return [Path(paths)] if isinstance(paths, str | os.PathLike) else [Path(path) for path in paths]


def _counting(progress: Progress | None, total: int) -> Callable[[int, int, Sequence[JudgedFile]], None] | None:
    """The progress of the readers, with how many files have something to fix."""
    if progress is None:
        return None
    progress(0, total, 0)
    to_fix = 0

    def count(done: int, total: int, read: Sequence[JudgedFile]) -> None:
        nonlocal to_fix
        to_fix += sum(each.to_fix for each in read)
        progress(done, total, to_fix)

    return count
