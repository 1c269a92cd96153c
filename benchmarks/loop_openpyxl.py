"""The loop that people write: openpyxl, cell by cell, into a table of the ticked boxes. It checks and draws nothing."""

import sys
from pathlib import Path

import openpyxl
import pandas as pd

cells = []
for path in sorted(Path(sys.argv[1]).iterdir()):
    book = openpyxl.load_workbook(path, data_only=True)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    cells.append(  # noqa: PERF401  as people write it
                        (path.name, sheet.title, cell.coordinate, cell.value)
                    )
table = pd.DataFrame(cells, columns=["file", "sheet", "cell", "value"])
table[table["value"].isin([True])].to_excel(sys.argv[2])
