"""One JupyterLab and one Chromium for the tests of this folder."""

from __future__ import annotations

import os

import pytest
from lab import CHROMIUM, browser

from nbprovider import config


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Run them for the length of a module: playwright's event loop must not outlive it."""
    needed_for_a_browser()
    folder = tmp_path_factory.mktemp("lab")
    with browser(folder, {config.HOME: str(folder / "home")}) as running:
        yield running


def needed_for_a_browser():
    """Skip where there is no browser; where all must be tested, that is a failure."""
    try:
        import jupyterlab  # noqa: F401
        import playwright  # noqa: F401
    except ImportError as error:
        missing = f"{error.name} is not installed: pip install 'nbprovider[test]'"
    else:
        missing = "" if CHROMIUM else "Chromium is not installed: apt-get install chromium"
    if missing and os.environ.get("CI") == "true":
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
