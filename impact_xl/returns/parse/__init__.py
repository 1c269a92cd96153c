"""From grids of values to submissions: the keys, the boxes, the notes and what else stands there."""
