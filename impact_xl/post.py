"""E-mail drafts: an outbox is a folder with a message for every team, ready to be looked at and sent by a person.

A draft is an .eml file with the header `X-Unsent: 1`, which mail programs open as a message to be sent. It has no
sender and no date: those are the mail program's to give. Beside the messages stand the attached files themselves and a
list for mail-merge tools.
"""

from __future__ import annotations

import csv
import hashlib
import html
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from importlib import resources
from pathlib import Path

from impact_xl import folder as folders
from impact_xl import record
from impact_xl.findings import ImpactError
from impact_xl.rounds import Team, addresses

MESSAGES, DISTRIBUTION, MANIFEST, SENT = "messages", "distribution.csv", "outbox.json", "sent.csv"
COLUMNS = ("team_id", "team", "to", "cc", "subject", "file", "message")
_EXCEL = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")
_LONGEST_NAME = 100  # characters; a path of Windows has 260 in all


@dataclass(frozen=True)
class Attachment:
    """A file that a message carries."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Draft:
    """One message to one team, at its address with a copy to its `cc`. The text is plain; the HTML is made from it."""

    team: Team
    subject: str
    text: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Wording:
    """The subject and text of a kind of message: templates with fields in braces, and where they come from."""

    subject: str
    body: str
    source: str


def wording(name: str, *, subject: str = "", body: Path | None = None) -> Wording:
    """The templates of a kind of message: those given, else ours.

    Args:
        name: which of ours: `invitation`, `feedback` and so on.
        subject: the subject instead of ours.
        body: a text file (UTF-8) instead of ours.

    Raises:
        ImpactError: the file cannot be read.
    """
    own = (resources.files("impact_xl") / "messages" / f"{name}.txt").read_text(encoding="utf-8")
    head, _, text = own.partition("\n\n")
    source = f"the message {name}.txt"
    if body:
        text, source = _text_of(body), str(body)
    return Wording(subject or head.removeprefix("Subject: "), text, source)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ImpactError(
            f"The message's text cannot be read: {path} ({error.strerror})", "Check the path given with --body."
        ) from error
    except UnicodeDecodeError as error:
        raise ImpactError(
            f"The message's text is no UTF-8 text: {path}", "Save it as plain text in UTF-8 and try again."
        ) from error


def fill(template: str, fields: Mapping[str, str], source: str) -> str:
    """A template with its fields in braces filled in; other braces stay as they are.

    >>> fill("Dear {name}", {"name": "Matron"}, "the message")
    'Dear Matron'

    Raises:
        ImpactError: it names a field that is not known.
    """
    unknown = [name for name in re.findall(r"\{(\w+)\}", template) if name not in fields]
    if unknown:
        raise ImpactError(
            f"The field {{{unknown[0]}}} in {source} is not known",
            f"Known are: {', '.join(f'{{{f}}}' for f in fields)}.",
        )
    return re.sub(r"\{(\w+)\}", lambda match: fields[match[1]], template)


def safe_name(text: str) -> str:
    """A name for a file that people recognise and every system allows; accents stay, the ending is the caller's.

    >>> safe_name("A/B: Ward 7?")
    'A B Ward 7'
    """
    plain = unicodedata.normalize("NFC", text)
    plain = "".join(
        " " if character in '<>:"/\\|?*' or unicodedata.category(character)[0] == "C" else character
        for character in plain
    )
    name = " ".join(plain.split())[:_LONGEST_NAME].strip(" .")
    reserved = re.fullmatch(r"(?i)con|prn|aux|nul|com\d|lpt\d", name.partition(".")[0])
    return f"{name}_" if reserved or not name else name


def message(draft: Draft) -> EmailMessage:
    """The message of a draft, the same for the same draft: its parts are bounded by a hash of what it says."""
    mail = EmailMessage(policy=SMTP)
    if to := addresses(draft.team.email):
        mail["To"] = ", ".join(to)
    if cc := addresses(draft.team.cc):
        mail["Cc"] = ", ".join(cc)
    mail["Subject"] = _one_line(draft.subject)
    mail["X-Unsent"] = "1"
    content = [draft.text.encode("utf-8", "replace"), *(each.content for each in draft.attachments)]
    boundary = hashlib.sha256(b"\0".join([draft.team.id.encode("utf-8", "replace"), *content])).hexdigest()[:32]
    mail.set_content(draft.text)
    mail.make_alternative(boundary=f"=_text_{boundary}")
    mail.add_alternative(_html(draft.text), subtype="html")
    if draft.attachments:
        mail.make_mixed(boundary=f"=_{boundary}")
    for each in draft.attachments:
        mail.add_attachment(each.content, *_EXCEL, filename=each.name)
    return mail


def _one_line(text: str) -> str:
    """A header is one line; what breaks a line in it would begin another header."""
    return " ".join("".join(c if unicodedata.category(c) != "Cc" else " " for c in text).split())


def _html(text: str) -> str:
    """The text as simple HTML: paragraphs, lines and lists."""
    parts = []
    for paragraph in re.split(r"\n{2,}", text.strip()):
        lines = [html.escape(line) for line in paragraph.split("\n")]
        if all(line.startswith("- ") for line in lines):
            parts.append("<ul>" + "".join(f"<li>{line[2:]}</li>" for line in lines) + "</ul>")
        else:
            parts.append(f"<p>{'<br>'.join(lines)}</p>")
    return f'<html><body style="font-family: Arial, sans-serif">{"".join(parts)}</body></html>\n'


def check_outbox(folder: Path, what: str) -> None:
    """Find out before the work whether an outbox could be written there.

    Raises:
        ImpactError: something else stands there, somebody changed something in it, or messages of it were sent.
    """
    folders.check(folder, MANIFEST, what)
    if (folder / SENT).exists():
        raise ImpactError(
            f"The {what} cannot be written: messages in {folder} have been sent, and {SENT} says to whom",
            "Choose another folder with --output.",
        )


def write(
    drafts: Iterable[Draft], folder: Path, *, files: str, what: str, more: Mapping[str, bytes] | None = None
) -> list[Path]:
    """Write an outbox: the messages, the files they carry, and the list of both.

    Args:
        drafts: taken one by one, so that there may be very many.
        folder: where to.
        files: the name of the folder in it for the attached files: `forms`.
        what: how messages call it: “outbox”.
        more: further files, by name.

    Raises:
        ImpactError: as `check_outbox`, or a file cannot be written; what stood there before is untouched.
    """
    check_outbox(folder, what)
    return folders.write(folder, MANIFEST, _files(drafts, files, more or {}), what)


def _files(drafts: Iterable[Draft], files: str, more: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    rows = []
    for number, draft in enumerate(drafts, 1):
        name = f"{MESSAGES}/{number:03d} {safe_name(draft.team.name)}.eml"
        yield name, message(draft).as_bytes()
        for each in draft.attachments:
            yield f"{files}/{each.name}", each.content
        attached = "; ".join(f"{files}/{each.name}" for each in draft.attachments)
        to, cc = ("; ".join(addresses(text)) for text in (draft.team.email, draft.team.cc))
        rows.append((draft.team.id, draft.team.name, to, cc, _one_line(draft.subject), attached, name))
    yield from more.items()
    yield DISTRIBUTION, csv_bytes(COLUMNS, rows)


def csv_bytes(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    """A list as CSV with a mark at its beginning, without which Excel takes accents for something else."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([record.escaped(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig", "replace")
