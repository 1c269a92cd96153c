"""What Excel's formats give as a number instead of writing it out: colours of the palette, and built-in formats."""

from __future__ import annotations

import colorsys

# ECMA-376 18.8.27 and [MS-XLS] 2.5.161: the first eight colours stand there twice, 64 and above are the program's own.
_BASIC = ("000000", "FFFFFF", "FF0000", "00FF00", "0000FF", "FFFF00", "FF00FF", "00FFFF")
# fmt: off
PALETTE = (
    *_BASIC, *_BASIC,
    "800000", "008000", "000080", "808000", "800080", "008080", "C0C0C0", "808080",
    "9999FF", "993366", "FFFFCC", "CCFFFF", "660066", "FF8080", "0066CC", "CCCCFF",
    "000080", "FF00FF", "FFFF00", "00FFFF", "800080", "800000", "008080", "0000FF",
    "00CCFF", "CCFFFF", "CCFFCC", "FFFF99", "99CCFF", "FF99CC", "CC99FF", "FFCC99",
    "3366FF", "33CCCC", "99CC00", "FFCC00", "FF9900", "FF6600", "666699", "969696",
    "003366", "339966", "003300", "333300", "993300", "993366", "333399", "333333",
)
# ECMA-376 18.8.30, as an English Excel has them. 0 is General; the others differ from country to country.
NUMBER_FORMATS = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    14: "mm-dd-yy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm",
    21: "h:mm:ss", 22: "m/d/yy h:mm", 37: "#,##0 ;(#,##0)", 38: "#,##0 ;[Red](#,##0)", 39: "#,##0.00;(#,##0.00)",
    40: "#,##0.00;[Red](#,##0.00)", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mmss.0", 48: "##0.0E+0", 49: "@",
}
# fmt: on


def number_format(code: str) -> str:
    """A format's code as looks have it: empty for General, and without the quotes that show nothing."""
    if code.lower() == "general":
        return ""
    bare = code.replace('"', "")
    return bare if ";" in bare and not bare.strip("; ") else code


def tinted(colour: str, tint: float) -> str:
    """A colour made darker (`tint` from -1 to 0) or lighter (0 to 1), as ECMA-376 18.8.19 has it."""
    hue, light, saturation = colorsys.rgb_to_hls(*_parts(colour))
    tint = max(-1.0, min(tint, 1.0))
    light = light * (1 + tint) if tint < 0 else light * (1 - tint) + tint
    return _colour(colorsys.hls_to_rgb(hue, light, saturation))


def mixed(colour: str, ground: str, share: float) -> str:
    """What a pattern of one colour on another looks like from afar; `share` (0 to 1) is the first one's part."""
    parts = zip(_parts(colour), _parts(ground), strict=True)
    return _colour(tuple(share * one + (1 - share) * other for one, other in parts))


def _parts(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def _colour(parts: tuple[float, ...]) -> str:
    return "".join(f"{round(part * 255):02X}" for part in parts)
