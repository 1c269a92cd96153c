"""A short slice of the mutations that `make fuzz` makes in their thousands."""

from __future__ import annotations

import fuzz


def test_every_mutation_has_one_outcome() -> None:
    outcomes = fuzz.run(range(200))
    assert sum(outcomes.values()) == 200
    assert outcomes["read"] > 20
    assert outcomes["file-damaged"] > 20


def test_a_seed_makes_the_same_file_again() -> None:
    assert fuzz.mutated(7) == fuzz.mutated(7)
