"""Links in messages: what they lead to, and what mail filters wrap round them. None is followed."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from html import unescape
from urllib.parse import parse_qsl, unquote, urlsplit

from impact_xl.returns.mail.phrases import any_of
from impact_xl.returns.sources import printable

_MOST_PIECES = 12  # lines of one link
_MOST_WRAPPED = 5  # a link that was forwarded is wrapped by each filter on its way
_LONGEST_SHOWN, _LONGEST_ADDRESS = 400, 8_000
_WORKBOOK = r"\.(?:xlsx|xlsm|xlsb|xls|ods|numbers)\b"
# Some write the usual hosts without the scheme.
_ADDRESS = re.compile(
    r"\b(?:(?:https?|ftp)://|www\.|[\w-]+\.sharepoint\.com/|1drv\.ms/|we\.tl/)"
    r"(?:[^\s<>\"'\]|]|(?<=/Shared) (?=Documents\b))+",
    re.IGNORECASE,
)
# Places that are no web address: a share, a file, a drive of a computer. A workbook's name may hold blanks.
_PATH = re.compile(
    rf"(?:file:/{{2,5}}|\b(?:smb|cifs|afp|nfs|davs?|s?ftp)://|(?<![\w\\])\\\\[\w.$-]+\\)"
    rf"(?:[^\n\"<>|*?]{{0,300}}?{_WORKBOOK}|[^\s\"<>|*?]*)"
    rf"|(?<![\w:/\\.])[A-Z]:[\\/](?![\\/])[^\n\"<>|*?:]{{0,300}}?{_WORKBOOK}"
    r"|\b[A-Z]:\\[^\s\\\"<>|*?:]+\\[^\s\"<>|*?:]+"
    rf"|(?<![\w/.:])(?:/(?:Volumes|Users|home|mnt|media|net|srv)/|~/)[^\n\"<>|*?:]{{0,300}}?{_WORKBOOK}"
    rf"|(?<![\w/.:\\])//(?=[\w.$-]+/[\w$])[^\n\"<>|*?:]{{0,300}}?{_WORKBOOK}",
    re.IGNORECASE,
)
# A link that was typed with its blanks: what stands behind the first goes on to a workbook, and is no sentence.
_WITH_BLANKS = re.compile(
    rf"(?<![^\s<>(\[\"'|])https?://[^\s<>\"'\]|?]+/[^\s<>\"'\]|?/]*"
    rf"(?: [^\n<>\"'\]|?*:,;]{{0,300}}?)?{_WORKBOOK}(?![^\s.,;:!?)])",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    r"^\S+ (?:[^/]* )?"
    r"(?:and|or|the|is|are|was|see|file|form|called|named|it|in|for|with|our|your|you|as|at|to|please|here|open) ",
    re.IGNORECASE,
)
# A link that a program broke: between brackets, or at the end of a full line.
_BROKEN_IN_BRACKETS = re.compile(
    r"<\s*((?:https?|ftp|file)://[^<>\s]*(?:[ \t]*\n[> \t]*[^<>\s]+){1,12})\s*>", re.IGNORECASE
)
_BROKEN = re.compile(
    r"(?<![\w/=&%.-])(https?://[^\s<>\"']{30,})[ \t]*\n[> \t]*(?!\w+://)([^\s<>\"']{8,})(?=[ \t]*(?:\n|$))",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"[%=&?\d]")
_NO_LINK = re.compile(r"[\d()+.-]+")  # a telephone number
_FULL_LINE = 60
_NAMES_A_WORKBOOK = re.compile(rf"[^\s/\\]{_WORKBOOK}", re.IGNORECASE)

# Where files are put for others. Of a host alone, such as in a signature, nothing is told: a path must follow.
_PLACES = any_of(
    r"""
    sharepoint\.(?:com|us|cn|de)
    1drv\.(?:ms|com)
    onedrive\.(?:live\.)?com
    docs\.live\.net
    sway\.cloud\.microsoft
    (?:drive|docs|sheets)\.google\.com
    dropbox(?:usercontent)?\.com
    db\.tt
    wetransfer\.com
    we\.tl
    icloud\.com
    box\.com
    egress\.com
    fromsmash\.com
    smash\.link
    (?:workdrive|sheet|writer|docs|show)\.zoho\w*\.\w+
    zohoexternal\.\w+
    (?:excel|onedrive|sharepoint|m365)\.cloud\.microsoft
    excel\.officeapps\.live\.com
    sharefile\.(?:com|eu)
    hightail\.com
    filemail\.com
    transfernow\.net
    swisstransfer\.com
    mega\.nz
    pcloud\.(?:com|link)
    tresorit\.com
    kiteworks\.com
    galaxkey\.com
    mediafire\.com
    sendgb\.com
    send-anywhere\.com
    terabox\.com
    sync\.com
    jottacloud\.com
    airtable\.com
    huddle\.(?:com|net)
    objectiveconnect\.(?:com|co\.uk)
    citrixdata\.com
    quip\.com
    smartsheet\.com
    """,
    before=r"(?:^|\.)",
    behind=r"$",
)
_PLACES_WITH_PATH = any_of(
    r"""
    ^(?:www\.)?(?:office\.com/launch/|microsoft365\.com/launch/|office\.live\.com/start/)
    ^outlook\.office(?:365)?\.com/encryption/
    ^teams\.(?:microsoft\.com|live\.com|cloud\.microsoft)/l/(?:file|message|chat)/
    ^teams\.(?:microsoft\.com|cloud\.microsoft)/_?#?/?(?:files|xlsx)/
    /(?:index\.php/)?s/[A-Za-z0-9]{15}(?:/|$)
    """,
)
# A document of its own, such as no signature names: SharePoint's mark of a shared file, or its viewer.
_DOCUMENT = re.compile(
    rf"/:[xfu]:/|{_WORKBOOK}|sourcedoc=|guestaccess|docid=|/file/d/|/spreadsheets/d/|/scl/|/attachment/|/iclouddrive/"
    r"|/l/file/|1drv\.ms/|/open\?id=|/personal/|we\.tl/|/downloads/|/launch/excel",
    re.IGNORECASE,
)
_NO_DOCUMENT = re.compile(
    r"\.(?:pdf|docx?|pptx?|jpe?g|png|gif|mp[34]|html?)$|/(?:sites|teams)/[\w%-]*/?(?:$|SitePages/|[\w%-]*\.aspx$)|aka\.ms/LearnAboutSenderIdentification",
    re.IGNORECASE,
)
# Wrappers that keep the address to themselves. Mimecast names at least the host; others nothing.
_SEALED = re.compile(
    r"(?:^|\.)(?:mimecast(?:protect)?\.com|edgepilot\.com|emailprotection\.link|urlsand\.com|mailanyone\.net"
    r"|defend\.egress\.com|protect\.checkpoint\.com|checkpoint\.url-protection\.com|avanan\.click)$",
    re.IGNORECASE,
)
_MARKED = re.compile(r"/___(https?://.+?)___(?:\.|$)", re.IGNORECASE)  # Check Point's
_BARE_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE)
_V3 = re.compile(r"/v3/__(.+?)__;([^!]*)", re.IGNORECASE)
_RUNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class Sort(IntEnum):
    """What a link is good for; the higher, the more certain."""

    OTHER = 0  # some web page: perhaps the form lies there
    PLACE = 1  # where files are shared
    DOCUMENT = 2  # one file


@dataclass(frozen=True, slots=True)
class Link:
    """An address, without what filters wrapped round it, and what it is."""

    address: str
    sort: Sort
    wrapper: str = ""  # who keeps the address to himself, where it cannot be had

    @property
    def shown(self) -> str:
        """The address as people can open it; with the place that it hides, where that much is known."""
        plain = printable(self.address)
        plain = plain if len(plain) <= _LONGEST_SHOWN else plain[:_LONGEST_SHOWN] + "…"
        return f"{plain} ({self.wrapper})" if self.wrapper else plain


def links_in(text: str) -> list[Link]:
    """The links of a text in their order, each once."""
    return list(
        {
            link.address: link for line, before in _lines(_joined(unescape(text))) for link in _in_line(line, before)
        }.values()
    )


def link_of(address: str) -> Link:
    """One address, which is known to be a link."""
    return _sorted(unwrapped(unescape(address.strip())))


def _joined(text: str) -> str:
    """The text with each link that was broken into lines in one piece."""
    text = _BROKEN_IN_BRACKETS.sub(lambda found: f"<{''.join(found[1].replace('>', ' ').split())}>", text)
    for _ in range(_MOST_PIECES):
        joined = _BROKEN.sub(_with_next_line, text)
        if joined == text:
            break
        text = joined
    return text


def _with_next_line(found: re.Match[str]) -> str:
    """A link at the end of a line, with the next line where that goes on with it."""
    begin = found.string.rfind("\n", 0, found.start()) + 1
    is_full = found.end(1) - begin >= _FULL_LINE or found[1].endswith(("/", "=", "%", "&", "?", "_", "-"))
    goes_on = _GOES_ON.search(found[2]) and "@" not in found[2] and not _NO_LINK.fullmatch(found[2])
    return found[1] + found[2] if is_full and goes_on else found[0]


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """Each line with the one before it: programs write a file's name above its link."""
    before = ""
    for line in text.splitlines():
        yield line, before
        before = line if line.strip() else before


def _in_line(line: str, before: str) -> Iterator[Link]:
    for found in [each for each in _WITH_BLANKS.finditer(line) if " " in each[0] and not _SENTENCE.search(each[0])]:
        yield Link(found[0], Sort.DOCUMENT)
        line = line.replace(found[0], " ")
    for found in _PATH.finditer(line):
        yield Link(found[0].strip().rstrip(".,;"), Sort.DOCUMENT if _NAMES_A_WORKBOOK.search(found[0]) else Sort.PLACE)
    addresses = [_with_scheme(found[0].rstrip(".,;:!)>*")) for found in _ADDRESS.finditer(line)]
    named = bool(_NAMES_A_WORKBOOK.search(_ADDRESS.sub(" ", f"{before}\n{line}")))
    for address in addresses:
        link = _sorted(unwrapped(address))
        yield Link(link.address, Sort.DOCUMENT, link.wrapper) if named and link.sort < Sort.DOCUMENT else link


def _with_scheme(address: str) -> str:
    return address if re.match(r"\w+://", address) else f"https://{address}"


def unwrapped(address: str) -> str:
    """The address that a filter's link leads to; as it is where that cannot be told."""
    for _ in range(_MOST_WRAPPED):
        inner = _inner(address)
        if not inner or inner == address:
            break
        address = inner
    return address


def _inner(address: str) -> str:
    """What one wrapper holds: known ones by their rules, any other by an address that stands within its own."""
    parts = _split(address)
    if parts is None:
        return ""
    host, path, query = parts
    if "urldefense" in host:
        return _proofpoint(address, query)
    if marked := _MARKED.search(address):
        return marked[1]
    if _PLACES.search(host) and not _SEALED.search(host):  # a place is no wrapper, whatever its own parameters say
        return ""
    for _, value in [*parse_qsl(query), *parse_qsl(path.rpartition("?")[2])]:
        if inner := _as_address(value):
            return inner
    if found := re.search(r"/(https?(?::/{1,2}|%3A%2F%2F).+)", f"{path}", re.IGNORECASE):
        whole = found[1] if "%" in found[1][:12] else f"{found[1]}?{query}" if query else found[1]
        return re.sub(r"^(https?):/{1,2}", r"\1://", unquote(whole) if "%3a" in whole[:12].lower() else whole)
    return ""


def _split(address: str) -> tuple[str, str, str] | None:
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return (parts.hostname or "").lower(), parts.path, "&".join(each for each in (parts.query, parts.fragment) if each)


def _as_address(value: str) -> str:
    """A parameter that is an address, plain, percent-encoded again or in base64."""
    for plain in (value, unquote(value), _from_base64(value)):
        if re.match(r"https?://[\w-]+\.", plain, re.IGNORECASE):
            return plain
    return ""


def _from_base64(value: str) -> str:
    """What base64 of an address, or of a compressed one as Egress has it, says."""
    if not value.startswith(("aHR0c", "eN", "eJ", "eA", "eF")):
        return ""
    plain = value.replace(" ", "+").translate({ord("-"): "+", ord("_"): "/"}).rstrip("=")
    try:
        content = base64.b64decode(plain + "=" * (-len(plain) % 4))
        if not plain.startswith("aHR0c"):
            content = zlib.decompressobj().decompress(content, _LONGEST_ADDRESS)
    except (binascii.Error, ValueError, zlib.error):
        return ""
    return content.decode("utf-8", "replace")


def _proofpoint(address: str, query: str) -> str:
    """The address in a link of Proofpoint, in each of its three ways of writing it.

    Source: Proofpoint's own decoder (“URL Decoder”, urldefense); v3 keeps what cannot stand in a path in base64.
    """
    if version3 := _V3.search(address):
        return _with_kept(version3[1], version3[2])
    inner = dict(parse_qsl(query)).get("u", "")
    return unquote(inner.translate({ord("-"): "%", ord("_"): "/"})) if "/v2/" in address else inner


def _with_kept(address: str, kept: str) -> str:
    """A version 3 address with its letters put back: `*` stands for one of them, `**A` for two, `**B` for three."""
    try:
        letters = base64.urlsafe_b64decode(kept + "=" * (-len(kept) % 4)).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return address
    at = 0

    def put_back(found: re.Match[str]) -> str:
        nonlocal at
        count = 1 if found[0] == "*" else _RUNS.index(found[1]) + 2
        at += count
        return letters[at - count : at]

    plain = re.sub(r"\*(?:\*([A-Za-z0-9_-]))?", put_back, address)
    return re.sub(r"^(https?):/(?!/)", r"\1://", plain)


def _sorted(address: str) -> Link:
    parts = _split(address)
    if parts is None:
        return Link(address, Sort.OTHER)
    host, path, query = parts
    if not host:
        return Link(address, Sort.DOCUMENT if _NAMES_A_WORKBOOK.search(address) else Sort.PLACE)
    if _SEALED.search(host):
        return _sealed(address, path, query)
    after_host = f"{host}{path}" + (f"?{query}" if query else "")
    is_place = (bool(_PLACES.search(host)) and path.strip("/") != "") or bool(_PLACES_WITH_PATH.search(after_host))
    if _NAMES_A_WORKBOOK.search(unquote(path)) or (is_place and _DOCUMENT.search(after_host)):
        return Link(address, Sort.DOCUMENT)
    return Link(address, Sort.PLACE if is_place and not _NO_DOCUMENT.search(path) else Sort.OTHER)


def _sealed(address: str, path: str, query: str) -> Link:
    """A link of a filter that keeps the address to itself, and at best names the host."""
    facts = dict(parse_qsl(query))
    hosts = [*(facts.get(key, "") for key in ("domain", "OriginalLink", "@OriginalLink")), *reversed(path.split("/"))]
    hidden = next((each for each in hosts if _BARE_HOST.fullmatch(each)), "")
    wrapper = f"a link to {hidden}, wrapped by a mail filter" if hidden else "wrapped by a mail filter"
    return Link(address, Sort.PLACE if _PLACES.search(hidden) else Sort.OTHER, wrapper)
