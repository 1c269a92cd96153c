"""What letters show in fonts of signs: a `ü` in Wingdings is a tick, an `n` there a filled square. Pure.

Insert > Symbol and ready-made lists leave such letters in cells, as they are or as private-use letters (U+F0FC). The
signs are those of Unicode's own table for these fonts (ISO/IEC JTC1/SC2/WG2 N4384); signs that differ in size or shadow
alone are shown as one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from impact_xl.returns.formats.grid import Run

_PRIVATE = range(0xF000, 0xF100)  # where Windows keeps the letters of such fonts
_UNKNOWN = "\ufffd"


def _from(first: int, signs: str) -> dict[int, str]:
    """The signs of successive letters, the unknown ones left out."""
    return {code: sign for code, sign in enumerate(signs, first) if sign != _UNKNOWN}


_WINGDINGS = _from(
    0x21,
    "🖉✂✁👓🕭🕮🕯🕿✆🖂🖃📪📫📬📭🗀🗁🗎🗏🗐🗄⌛🖮🖰🖲🖳🖴🖫🖬✇✍🖎✌👌👍👎☜☞☝☟🖐☺😐☹💣☠🏳🏱✈☼💧❄🕆✞🕈✠✡☪☯ॐ☸♈♉♊♋♌♍♎♏♐♑♒♓🙰🙵●○■□□□□◆◆◆❖◆☒⮹⌘🏵🏶🙶🙷▯",
) | _from(
    0x80,
    "⓪①②③④⑤⑥⑦⑧⑨⑩⓿❶❷❸❹❺❻❼❽❾❿🙢🙠🙡🙣🙞🙜🙝🙟·•▪○○○◉◎○▪□▲✦★✶✴✹✵⯐⌖⟡⌑⯑✪✰🕐🕑🕒🕓🕔🕕🕖🕗🕘🕙🕚🕛⮰⮱⮲⮳⮴⮵⮶⮷"
    "🙪🙫🙕🙔🙗🙖🙐🙑🙒🙓⌫⌦⮘⮚⮙⮛⮈⮊⮉⮋←→↑↓↖↗↙↘←→↑↓↖↗↙↘⇦⇨⇧⇩⬄⇳⬁⬀⬃⬂▭▫✗✓☒☑",
)
_WINGDINGS_2 = _from(
    0x21,
    "🖊🖋🖌🖍✄✀🕾🕽🗅🗆🗇🗈🗉🗊🗋🗌🗍📋🗑🗔🖵🖶🖷🖸🖭🖯🖱👍👎🖘🖙🖚🖛👈👉🖜🖝🖞🖟🖠🖡👆👇🖢🖣🖑✗✓☒☑☒☒ⓧⓧ🛇⊘&&&&‽🙹🙺🙻🙦🙤🙥🙧🙚🙘🙙🙛⓪①②③④⑤⑥⑦⑧⑨⑩⓿❶❷❸❹❺❻❼❽❾❿",
) | _from(
    0x80,
    "☉🌕☽☾⸿✝🕇🕜🕝🕞🕟🕠🕡🕢🕣🕤🕥🕦🕧🙨🙩·•●●○○○○⊙◉◎▪■■□□□□□▣▣▣▪▪◆◆◇◇◈◈◈◈◈◆◆◊◊◖◗⯊⯋⯀⯁⬟⯂⬣⬢⯃⯄+++++++×××××****************✦✦★★✶✶✹✹✹✹✹✦★✶✯✡⯌⯍※⁂",
)
_WEBDINGS = _from(
    0x21,
    "🕷🕸🕲🕶🏆🎖🖇🗨🗩🗰🗱🌶🎗🙾🙼🗕🗖🗗⏴⏵⏶⏷⏪⏩⏮⏭⏸⏹⏺🗚🗳🛠🏗🏘🏙🏚🏜🏭🏛🏠🏖🏝🛣🔍🏔👁👂🏞🏕🛤🏟🛳🕬🕫🕨🔈🎔🎕🗬🙽🗭🗪🗫⮔✓🚲□🛡📦🛱■🚑ℹ✈🛰🟈🕴●🛥🚔🗘✗❓🛲🚇🚍⛳🛇⊖🚭🗮⏐🗯🗲",
)
_DINGBATS = {code: chr(0x2701 + code - 0x21) for code in range(0x21, 0x7F)} | {
    ord(letter): sign for letter, sign in zip("%*+3468Hlmnopqrstuw", "☎☛☞✓✔✖✘★●○■□□□□▲▼◆◗", strict=True)
}
_MARLETT = {ord(letter): sign for letter, sign in zip("abghinru", "✓✓■●●●✗▲", strict=True)}
_SYMBOL = {
    **{ord(letter): letter for letter in "!#%&()+,./0123456789:;<=>?[]_{|}"},
    **dict(zip(map(ord, "\"$'*-@\\^`~"), "∀∃∍∗−≅∴⊥‾∼", strict=True)),
    **_from(0x41, "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ"),
    **_from(0x61, "αβχδεφγηιϕκλμνοπθρστυϖωξψζ"),
    **_from(0xA1, "ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊"),
}
_FONTS: Mapping[str, Mapping[int, str]] = {
    "wingdings": _WINGDINGS,
    "wingdings2": _WINGDINGS_2,
    "wingdings3": {},  # arrows and triangles, and no mark among them
    "webdings": _WEBDINGS,
    "marlett": _MARLETT,
    "symbol": _SYMBOL,
    **dict.fromkeys(("zapfdingbats", "itczapfdingbats", "dingbats", "monotypesorts"), _DINGBATS),
}
# What a sign says in a tickbox. Every other sign of these fonts may mean anything.
TICKED_SIGNS, EMPTY_SIGNS = frozenset("✓✔☑☒●◉■√"), frozenset("□○◻☐")
# The fonts that a private-use letter may have been in where its own font is lost.
_LIKELY = (_WINGDINGS, _WINGDINGS_2, _WEBDINGS)


def is_symbol_font(name: str) -> bool:
    """Whether a font shows signs in the place of letters."""
    return _compared(name) in _FONTS


def as_shown(text: str, font: str, runs: Sequence[Run] = ()) -> tuple[str, str]:
    """A text as a person sees it, and what its letters are where they show signs: `✓` and ` in Wingdings`.

    Args:
        text: the text of the cell.
        font: the cell's font.
        runs: the pieces of the text where it has more than one look.

    Returns:
        what is seen; and ` in Wingdings`, ` (U+F0FC)`, or nothing where the letters are plain ones.
    """
    pieces = [(run.text, run.look.font or font) for run in runs] or [(text, font)]
    shown = [_piece(*piece) for piece in pieces]
    names = dict.fromkeys(where for _, where in shown if where)
    return "".join(letters for letters, _ in shown), "".join(names)


def _piece(text: str, font: str) -> tuple[str, str]:
    table = _FONTS.get(_compared(font)) if any(map(_is_of_a_font, text)) else None
    if table is not None:
        shown = "".join(_sign(letter, table) for letter in text)
        return shown, "" if table is _SYMBOL and shown == text else f" in {font.strip()}"
    shown = "".join(map(_of_a_lost_font, text))
    private = (f"U+{ord(letter):04X}" for letter, sign in zip(text, shown, strict=True) if letter != sign)
    return shown, "" if shown == text else f" ({', '.join(private)})"


def _is_of_a_font(letter: str) -> bool:
    """Whether a symbol font has a sign for a letter; other letters are shown in some other font."""
    return not letter.isspace() and (ord(letter) in _PRIVATE or _code(letter) < 0x100)


def _sign(letter: str, table: Mapping[int, str]) -> str:
    return table.get(ord(letter) - _PRIVATE.start if ord(letter) in _PRIVATE else _code(letter), letter)


def _of_a_lost_font(letter: str) -> str:
    """The sign of a private-use letter without its font, where all the fonts that have a mark there say the same."""
    if ord(letter) not in _PRIVATE:
        return letter
    signs = [table.get(ord(letter) - _PRIVATE.start, "") for table in _LIKELY]
    marks = [sign for sign in signs if sign in TICKED_SIGNS or sign in EMPTY_SIGNS]
    return marks[0] if len({sign in TICKED_SIGNS for sign in marks}) == 1 else letter


def _code(letter: str) -> int:
    """The place of a letter in the font: that of Windows' own alphabet."""
    try:
        return letter.encode("cp1252")[0]
    except UnicodeEncodeError:
        return ord(letter)


def _compared(name: str) -> str:
    return re.sub(r"[^a-z0-9]|regular$", "", name.casefold())
