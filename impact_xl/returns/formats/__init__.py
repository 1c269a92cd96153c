"""From the bytes of a workbook to grids of values, whatever program saved it."""
