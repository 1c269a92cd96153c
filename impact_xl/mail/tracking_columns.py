"""What a tracking file holds: its columns outside a round, where people type into it, and in one, where they do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from impact_xl.results.sheet_writer import QUIET, WHOLE, Column
from impact_xl.round.answers import Status
from impact_xl.xlsx import theme

SHEET = "Tracking"
TEAM, TEAM_ID, STATUS = "Team", "Team ID", "Status"
DRAFTED, LAST_DRAFTED = "Drafted", "Last drafted"
EXTENSION, DECLINED, ELSEWHERE, REMARKS = "Extension until", "Declined", "Received elsewhere", "Remarks"
ENTRY_COLUMNS = (DRAFTED, LAST_DRAFTED, EXTENSION, DECLINED, ELSEWHERE, REMARKS)  # what is carried over

ENTRY_FORMAT = {"bg_color": theme.ENTRY, "left": 1, "left_color": theme.FAINT_LINE}
_CENTRE = {"align": "center"}
_STANDING = (
    Column(TEAM, 28, {"bold": True}),
    Column(TEAM_ID, 17, QUIET),
    Column("Group", 17),
    Column("Contact", 18),
    Column("E-mail", 32, {"font_size": 9}),
    Column("Asked", 9, _CENTRE),
    Column(STATUS, 17),
    Column("Answered", 10.5, WHOLE),
    Column("To fix", 8, WHOLE),
    Column("What is to fix", 36, {"font_size": 9}),
    Column("Returned", 12.5),
)
_COLUMNS = (
    *_STANDING,
    Column(DRAFTED, 9.5, {**ENTRY_FORMAT, **WHOLE}),
    Column(LAST_DRAFTED, 12.5, ENTRY_FORMAT),
    Column(EXTENSION, 13, ENTRY_FORMAT),
    Column(DECLINED, 10.5, {**ENTRY_FORMAT, **_CENTRE}),
    Column(ELSEWHERE, 11.5, {**ENTRY_FORMAT, **_CENTRE}),
    Column(REMARKS, 40, ENTRY_FORMAT),
)
# In a round people type into round.xlsx, and what was made and sent is known.
_IN_ROUND = (
    *_STANDING,
    Column("Form drafted", 12.5),
    Column("Form sent", 12.5),
    Column("Reminder drafted", 12.5),
    Column("Reminded", 12.5),
    Column("Deadline", 12.5),
    Column("Status in Teams", 19),
    Column("Remark", 40),
)
HEADERS = tuple(column.header for column in _COLUMNS)
ROUND_HEADERS = tuple(column.header for column in _IN_ROUND)
FILLS = {
    Status.COMPLETE: (theme.DONE_FILL, theme.DONE_TEXT),
    Status.PARTIAL: (theme.TODO_FILL, theme.TODO_TEXT),
    Status.UNUSABLE: (theme.STOP_FILL, theme.STOP_TEXT),
    Status.UNREADABLE: (theme.STOP_FILL, theme.STOP_TEXT),
    Status.WITHDRAWN: (theme.BAND, theme.QUIET),
    Status.NONE: (theme.BAND, theme.TEXT),
}
_HINTS = {
    EXTENSION: "A date, such as 30/11/2026. Until then, and on that day, the team is not reminded.",
    DECLINED: "yes, where the team does not take part. It is not reminded.",
    ELSEWHERE: "yes, where its answers came some other way, such as on paper. It is not reminded.",
}


@dataclass(frozen=True)
class Layout:
    """What one kind of tracking file holds."""

    columns: Sequence[Column]
    above: str  # what stands above the table
    sealed: Sequence[str]  # the columns in which typing is noticed, as they are written anew
    hints: Mapping[str, str] = field(default_factory=dict)  # beside the cells that people type into


OUTSIDE = Layout(
    _COLUMNS,
    "Who has returned, and who has not. Type into the yellow columns: they are kept when this file is written again, "
    "and so are rows and columns that you add. Everything else is refreshed at each run.",
    [head for head in HEADERS if head not in ENTRY_COLUMNS],
    _HINTS,
)
IN_ROUND = Layout(
    _IN_ROUND,
    "Who has returned, and who has not. This sheet is refreshed at each run: type deadlines, status and remarks into "
    "the sheet Teams of round.xlsx. A draft is not sent yet. A message counts as sent once impact-xl send has sent it. "
    "A form also counts as sent if Teams has a day under “sent on”.",
    ROUND_HEADERS,
)
