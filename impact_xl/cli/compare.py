"""The command `compare`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from impact_xl.cli import options
from impact_xl.cli.base import Say, command, few_names, list_paths, needed, print_json, talk, totals
from impact_xl.wording import plural

if TYPE_CHECKING:
    from impact_xl.api.comparison import Compared
    from impact_xl.comparison.compare import Comparison


_NO_LAST = (
    "This round names no last one. Give its folder, or type it under “Last round's folder” on the sheet Round of "
    "round.xlsx."
)


@command()
@click.argument("before", required=False, type=options.FILE, metavar="[BEFORE]")
@click.argument("after", required=False, type=options.FILE, metavar="[AFTER]")
@options.output("Where to write the comparison.", "comparison.xlsx", in_round="results/comparison.xlsx")
@click.option(
    "--teams-map",
    type=options.FILE,
    metavar="FILE",
    help="Which team of then is which of now, CSV or XLSX: before, after, relation (renamed, merged, split and so on).",
)
@options.csv("Write pairs.csv and moves.csv into this folder, too.")
@options.share("Write a copy for board papers, too: no team named, small numbers left out.")
@options.round_file
@options.as_json
@options.quiet
def compare(
    before: Path | None,
    after: Path | None,
    output: Path | None,
    teams_map: Path | None,
    csv: Path | None,
    share: Path | None,
    round: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Set two rounds side by side: how the same teams moved.

    \b
    Examples:
      impact-xl compare
      impact-xl compare spring-2026 autumn-2026
      impact-xl compare spring.xlsx autumn.xlsx --csv tables --share board-comparison.xlsx

    BEFORE and AFTER are folders of rounds, or their consolidated workbooks. Corrections made in them count. In a
    round's folder you can leave AFTER out. You can leave BEFORE out, too, where round.xlsx names the last round.

    Only teams with a valid answer in both rounds are compared. A team is found by its id and name together. Names
    that only look alike are listed: say in a list, given with --teams-map, which are the same team. Questions are
    found by their words. The sheet Not compared lists everything else, and why.
    """
    from impact_xl.api.comparison import ComparisonOptions, compare_and_write, settle_places

    say = talk(quiet)
    places = settle_places(before, after, round)
    then, now = needed(places.before, "argument 'BEFORE'", _NO_LAST), needed(places.after, "argument 'AFTER'")
    wanted = ComparisonOptions(teams_map, csv, share, places.minimum_group)
    done = compare_and_write(then, now, output or places.output, wanted)
    if as_json:
        print_json(_object(done))
    _report(done.comparison, say)
    if done.too_few_to_share:
        say("No board copy was written: too few teams are compared.")
    list_paths([(path, "") for path in done.paths], say, as_json=as_json)
    say(f"Next: open {done.paths[0]} and look at the sheet Not compared first.")


def _object(done: Compared) -> dict[str, Any]:
    """What --json prints; its keys are an interface."""
    comparison = done.comparison
    lead = comparison.lead
    sides = {"before": comparison.before, "after": comparison.after}
    clear = {pair.after.id: comparison.clear(pair.after.id) for pair in comparison.questions.pairs}
    now = comparison.after.collation
    return {
        **totals("compare", len(comparison.rounds), now.statuses, now.states, [], done.paths),
        **{
            name: {
                "file": str(side.path),
                "title": side.title,
                "teams": len(side.collation.results),
                "answered": len(side.collation.answering),
            }
            for name, side in sides.items()
        },
        "compared": {
            "teams": len(comparison.compared),
            "questions": len(comparison.questions.pairs),
            "pairs": len(comparison.pairs),
        },
        "moved": {"up": lead.up, "same": lead.same, "down": lead.down},
        "clear_moves": {question: move.value for question, move in clear.items() if move},
        "not_compared": [
            {
                "team_id": each.team.id,
                "team": each.team.name,
                "round": "after" if each.now else "before",
                "why": each.why,
            }
            for each in comparison.not_compared
        ],
        "perhaps_renamed": [
            {"before": each.before.name, "after": each.after.name} for each in comparison.teams.proposals
        ],
        "notes": list(comparison.notes),
    }


def _report(comparison: Comparison, say: Say) -> None:
    """Who is compared, and which way teams moved."""
    from impact_xl.comparison.workbook.writer import CLEAR

    lead = comparison.lead
    say(f"Then: {comparison.before.name}. Now: {comparison.after.name}.")
    for note in comparison.notes:
        say(note)
    questions = plural(len(comparison.questions.pairs), "question")
    pairs = plural(len(comparison.pairs), "pair")
    say(f"{plural(len(comparison.compared), 'team')} compared, on {questions}: {pairs}.")
    say(
        f"{plural(lead.up, 'team')} moved up on more questions than down, {lead.down} the other way, "
        f"{lead.same} equally."
    )
    clear = [pair.after.id for pair in comparison.questions.pairs if comparison.clear(pair.after.id)]
    for question in clear:
        say(f"{CLEAR[comparison.clear(question)]}: {question} {comparison.questionnaire.by_id[question].short}.")
    if not clear:
        say("On no question did teams clearly move one way.")
    if left := [each.team.name for each in comparison.not_compared]:
        say(f"Not compared: {plural(len(left), 'team')} ({few_names(left)}). The sheet Not compared says why.")
    for each in comparison.teams.proposals:
        say(
            f"Perhaps one team: {each.before.name} then, {each.after.name} now. If so, write in a list for --teams-map:"
        )
        say(f"  {each.before.id},{each.after.id},renamed")
