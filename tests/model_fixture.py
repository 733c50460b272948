"""The real embedded model for tests: fetched once per machine, linked into each test's home.

Use it by importing the two fixtures: `from model_fixture import model_home, model_weights`.
"""

import os
import shutil
from pathlib import Path

import pytest

from nbprovider import config, embedded
from nbprovider.embedded import weights
from nbprovider.errors import Unavailable

# A folder to keep the weights in between runs; left out: a cache folder of the user.
KEPT = "NBPROVIDER_TEST_MODEL"


def kept_folder() -> Path:
    from platformdirs import user_cache_path

    said = os.environ.get(KEPT, "")
    return Path(said).absolute() if said else user_cache_path("nbprovider-tests", appauthor=False)


def put_weights(home: Path, file: Path) -> Path:
    """Link the weights into the data folder below `home`, as an install would have put them."""
    target = home / "data" / "embedded" / weights.FILE
    target.parent.mkdir(parents=True)
    try:
        os.link(file, target)
    except OSError:
        shutil.copyfile(file, target)
    return target


@pytest.fixture(scope="session")
def model_weights() -> Path:
    """Return the weights' file; skip only when they cannot be had at all."""
    pytest.importorskip("xllamacpp", reason="the extra 'embedded' is not installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(config.HOME, str(kept_folder()))
        try:
            return embedded.install()
        except Unavailable as error:
            pytest.skip(f"the model's weights cannot be fetched: {error}")


@pytest.fixture
def model_home(model_weights, isolated, monkeypatch):
    """Install the model in the test's own home; its server ends with the test."""
    monkeypatch.setenv("NBPROVIDER_EMBEDDED_GRACE", "0.5")
    put_weights(isolated, model_weights)
    yield isolated
    embedded.stop()
