"""How options take a date."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from impact_xl.files.dates import DoubtfulDateError, parse_date


class DateType(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions of click alone
    """A date as people here write it: 30/11/2026, 30 Nov 2026, 2026-11-30."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The date, or the usage error that says why it is none, with an example."""
        try:
            return parse_date(value)
        except DoubtfulDateError as error:
            self.fail(str(error), param, ctx)


DATE = DateType()
