"""The other loop that people write: pandas.read_excel of all sheets, into one table. It checks nothing."""

import sys
from pathlib import Path

import pandas as pd

tables = []
for path in sorted(Path(sys.argv[1]).iterdir()):
    for name, sheet in pd.read_excel(path, sheet_name=None, header=None).items():
        tables.append(sheet[sheet[1].isin([True])].assign(file=path.name, sheet=name)[["file", "sheet", 0]])
pd.concat(tables).to_excel(sys.argv[2])
