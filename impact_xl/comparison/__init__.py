"""Comparison: the same teams in two rounds, and the workbook that shows how they moved."""
