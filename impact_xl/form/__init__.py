"""The form: its layout, which reading and writing share, the blank workbook, and the personal copies of it."""
