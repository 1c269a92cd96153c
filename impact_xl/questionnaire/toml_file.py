"""Reads a questionnaire from one TOML file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from impact_xl.findings import ImpactError, unreadable
from impact_xl.questionnaire.checks import Check, build
from impact_xl.questionnaire.content import Questionnaire

BUILT_IN = Path(__file__).parent.parent / "questionnaires" / "nhs_impact.toml"


def load(path: str | Path | None = None) -> Questionnaire:
    """Read a questionnaire file, or the built-in NHS IMPACT self-assessment.

    The file is checked whole, so that one report names everything there is to mend.

    Raises:
        ImpactError: there is no such file, or something in it is wrong; the message names table and key.
    """
    source = Path(path) if path else BUILT_IN
    check = Check()
    questionnaire = build(tables_of(source, "The questionnaire file", "--questionnaire"), check)
    refuse(source, "The questionnaire file", map(str, check.faults))
    return questionnaire


def tables_of(source: Path, what: str, option: str) -> dict[str, Any]:
    """The tables of a TOML file.

    Args:
        source: the file.
        what: how messages call it: “The questionnaire file”.
        option: the option that named it.

    Raises:
        ImpactError: it cannot be read, or is no TOML.
    """
    import tomllib  # lazy: child processes are given their questionnaire

    try:
        return tomllib.loads(source.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise unreadable(what, source, error, f"Check the path given with {option}.") from error
    except UnicodeDecodeError as error:
        raise ImpactError(
            f"{what} is not saved as UTF-8: {source}", "Save it again from a text editor with the encoding UTF-8."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ImpactError(
            f"{what} is not valid TOML: {source}: {error}",
            "Compare the line named above with the built-in questionnaire.",
        ) from error


def refuse(source: Path, what: str, faults: Iterable[str]) -> None:
    """Report all faults of a file at once.

    Raises:
        ImpactError: there are any.
    """
    if lines := list(faults):
        raise ImpactError(
            f"{what} cannot be used: {source}\n  " + "\n  ".join(lines),
            "Correct what is listed and run the command again.",
        )
