"""The loop that people write: openpyxl, cell by cell, into one table. It checks nothing and draws nothing."""

import sys
from pathlib import Path

import openpyxl

out = openpyxl.Workbook()
for path in sorted(Path(sys.argv[1]).iterdir()):
    book = openpyxl.load_workbook(path, data_only=True)
    row = [path.name]
    for sheet in book.worksheets:
        for cells in sheet.iter_rows(min_row=1, max_col=5):
            if cells[1].value is True:
                row += [cells[0].value]
    out.active.append(row)
out.save(sys.argv[2])
