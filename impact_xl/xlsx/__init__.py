"""The file format .xlsx, nothing of surveys: names of cells, values, looks, and workbooks that are written."""
