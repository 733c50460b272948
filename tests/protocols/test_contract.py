"""The contract that every protocol keeps, ours and a third party's.

A protocol is tested on a little conversation of its own (`SPOKEN`) and, for what is asked, with
each provider of the catalog that speaks it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import somebody_elses
from nbprovider import catalog, protocols
from nbprovider.catalog import Provider
from nbprovider.catalog.files import OURS, parse
from nbprovider.errors import ConfigError
from nbprovider.testing import asking
from nbprovider.testing.protocol import READING, SENDING, Subject
from nbprovider.types import Options
from spoken import SPOKEN

THIRD_PARTY = Path(somebody_elses.__file__).read_text()


ECHO = Provider("echo", "Echo", "echo", default_model="m")
PROVIDERS = [*map(parse, sorted(OURS.glob("*.toml"))), ECHO]

every_protocol = pytest.mark.parametrize("name", SPOKEN)
every_provider = pytest.mark.parametrize("provider", PROVIDERS, ids=[p.key for p in PROVIDERS])


def named(rules: tuple[Callable[[Subject], None], ...]) -> Any:
    """Return a mark that gives a test each rule by its name."""
    return pytest.mark.parametrize("rule", rules, ids=[rule.__name__ for rule in rules])


@pytest.fixture(scope="module")
def site_packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the third party's protocol as pip would: a module and its entry point."""
    site = tmp_path_factory.mktemp("site-packages")
    info = site / "echo_protocol-1.dist-info"
    info.mkdir()
    (site / "echo_protocol.py").write_text(THIRD_PARTY)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: echo-protocol\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[nbprovider.protocols]\necho = echo_protocol\n")
    return site


@pytest.fixture(autouse=True)
def _third_party(site_packages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(site_packages))


def subject_of(provider: Provider) -> Subject:
    name = provider.protocol
    return Subject(protocols.load(name), SPOKEN[name], provider)


def spoken_by(name: str) -> Provider:
    """Return a provider of the catalog that speaks a protocol."""
    return next(one for one in PROVIDERS if one.protocol == name)


def test_every_protocol_of_ours_is_put_through_this() -> None:
    assert set(SPOKEN) == protocols.OWN | {"echo"}


def test_an_unknown_protocol_is_named_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"'telepathy'.*gemini"):
        protocols.load("telepathy")


def test_a_package_whose_protocol_cannot_be_loaded_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "torn_protocol-1.dist-info"
    info.mkdir()
    (tmp_path / "torn_protocol.py").write_text("import nothing_such_at_all\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: torn-protocol\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[nbprovider.protocols]\ntorn = torn_protocol\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ConfigError, match=r"'torn'.*torn_protocol.*nothing_such_at_all") as caught:
        protocols.load("torn")
    assert caught.value.hint


@every_protocol
@named(READING)
def test_a_protocol_keeps_each_rule(name: str, rule: Callable[[Subject], None]) -> None:
    rule(subject_of(spoken_by(name)))


@every_provider
@named(SENDING)
def test_a_protocol_keeps_each_rule_of_sending_with_each_provider(
    provider: Provider, rule: Callable[[Subject], None]
) -> None:
    rule(subject_of(provider))


def test_every_option_has_a_value_to_be_sent() -> None:
    assert set(asking.VALUES) == set(Options.__struct_fields__)


def test_the_third_party_comes_by_its_entry_point() -> None:
    assert protocols.load("echo").__doc__.startswith("A protocol of somebody else")  # type: ignore[union-attr]
    assert "echo" not in protocols.OWN
    assert not catalog.known("echo")
