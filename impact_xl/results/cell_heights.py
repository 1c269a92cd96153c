"""How high cells have to be that show their texts whole.

Notes of a large round take longer to be measured than to be written. So a second process measures them while this one
writes other sheets. Nobody waits for it: a height that is not there yet, for whatever reason, is found here.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from impact_xl.returns import child_processes, in_process
from impact_xl.xlsx import theme
from impact_xl.xlsx.cell_values import Cell, Formula, Link

if TYPE_CHECKING:
    import subprocess

_CODE = (
    "import pickle; measure, texts = pickle.load(sys.stdin.buffer); "
    "pickle.dump([*map(measure, texts)], sys.stdout.buffer)"
)
_FEWEST, _MOST = 2_000, 20_000  # texts: fewer are measured before a process has started, more take memory twice
_NAME, _REMEMBERED = 100, 20_000  # letters of a text that may come again, and how many cells are remembered


class CellHeights(dict[Cell, float]):
    """The height that each cell of a column needs in points, 0 where any is enough; in a long table most come again."""

    def __init__(self, room: float, size: float, *, bold: bool = False, padding: float = 0) -> None:
        """Heights in one column.

        Args:
            room: the width that its texts have, in digits.
            size: of the font, in points.
            bold: whether the font is bold.
            padding: points above and below a text together.
        """
        super().__init__()
        self._measure = partial(theme.long_text_height, width=room, size=size, bold=bold, padding=padding)
        self._elsewhere: _SecondProcess | None = None

    def measure_ahead(self, texts: Sequence[str]) -> None:
        """Have the heights of many texts found while something else is done."""
        self._elsewhere = _SecondProcess(self._measure, texts)

    def __missing__(self, cell: Cell) -> float:
        if self._elsewhere and (heights := self._elsewhere.heights):
            self._elsewhere = None
            self.update(heights)
            return self[cell]
        text = cell.value if isinstance(cell, Formula) else cell.text if isinstance(cell, Link) else cell
        high = self._measure(text) if isinstance(text, str) else 0.0
        if len(self) < _REMEMBERED and not (isinstance(text, str) and len(text) >= _NAME):
            self[cell] = high
        return high


class _SecondProcess:
    """Finds heights while this process does something else."""

    def __init__(self, measure: partial[float], texts: Sequence[str]) -> None:
        """Begin; nothing happens where that is no gain."""
        self.heights: Mapping[str, float] = {}  # by their texts, once they are there
        if len(texts) >= _FEWEST and (os.cpu_count() or 1) > 1 and not in_process.ALONE:
            threading.Thread(target=self._find, args=(measure, texts[:_MOST]), daemon=True).start()

    def _find(self, measure: partial[float], texts: Sequence[str]) -> None:
        with contextlib.suppress(OSError, EOFError, ValueError, MemoryError, pickle.PickleError):
            child = child_processes.start(_CODE)
            try:
                self.heights = dict(zip(texts, _answer(child, (measure, texts)), strict=True))
            finally:
                child_processes.end(child)


def _answer(child: subprocess.Popen[bytes], request: Any) -> Any:
    """What a child says when it has heard all.

    It hears it in one piece: `Popen.communicate` speaks in pieces of 512 bytes, and behind each piece a thread waits
    for its turn.
    """
    if child.stdin is None or child.stdout is None:
        raise OSError("the child has no pipes")
    with child.stdin as to:
        to.write(pickle.dumps(request, pickle.HIGHEST_PROTOCOL))
    return pickle.load(child.stdout)  # noqa: S301  both ends are ours
