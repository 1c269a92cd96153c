"""What every test can ask for."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import settings

from impact_xl import questionnaire as questionnaires
from impact_xl.cli import cli
from impact_xl.questionnaire import Questionnaire

FEW_FILES = 3  # so many named on the command line are tested without workers; `-n 2` asks for two all the same

settings.register_profile("here", deadline=None)  # a busy machine is no failure
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

# Started in the background (`.ci/run &`), we would pass on to the commands that Ctrl-C is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--renew", action="store_true", help="write the golden files anew")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Few files are read in this process: workers take longer to start. Other runs have a worker a core (None)."""
    files = {Path(arg.partition("::")[0]) for arg in config.args}
    return 0 if len(files) <= FEW_FILES and all(file.is_file() for file in files) else None


@pytest.fixture(scope="session")
def questionnaire() -> Questionnaire:
    """The built-in questionnaire."""
    return questionnaires.load()


@pytest.fixture
def run() -> Callable[..., Result]:
    """Run a command in this process: `run("collate", folder)`."""
    return lambda *args: CliRunner().invoke(cli, [str(arg) for arg in args], prog_name="impact-xl")


@pytest.fixture
def root() -> Path:
    """The project's own folder."""
    return Path(__file__).parent.parent


@pytest.fixture(scope="session")
def page() -> Path:
    """The page, built from the sources as they stand."""
    from page_driver import CHROMIUM, built, need

    need(CHROMIUM, "Chromium")
    return built()


@pytest.fixture(scope="session")
def round_of_40(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A round's folder as it is when forms have come back and nothing was made of them yet."""
    from page_driver import a_round

    return a_round(tmp_path_factory.mktemp("round") / "autumn-2026", 40)
