"""The floor: a bare python-calamine read of every visible sheet of every file, in one process."""

import sys
from pathlib import Path

from python_calamine import CalamineWorkbook, SheetVisibleEnum

rows = 0
for path in sorted(Path(sys.argv[1]).iterdir()):
    book = CalamineWorkbook.from_path(path)
    for sheet in book.sheets_metadata:
        if sheet.visible == SheetVisibleEnum.Visible:
            rows += len(book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False))
print(rows)
