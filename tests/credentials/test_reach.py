"""Which addresses may be spoken to, in whatever way they are written."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forbidden import LOCAL, PUBLIC, forbidden
from nbprovider import catalog, config
from nbprovider.credentials import accounts, numbers, reach
from nbprovider.credentials.address import base_url
from nbprovider.errors import ConfigError, UnsafeAddress

METADATA = ipaddress.ip_address("169.254.169.254")


def test_the_table_has_at_least_sixty_spellings():
    assert len(set(forbidden())) >= 60


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", forbidden())
def test_a_forbidden_address_is_refused_when_it_is_read(host, scheme):
    with pytest.raises(UnsafeAddress) as caught:
        base_url(catalog.find("vllm"), f"{scheme}://{host}:8000/v1", "X")
    assert "never" in caught.value.message
    assert "base URL" in caught.value.hint


@pytest.mark.parametrize("host", LOCAL.split())
def test_a_local_address_is_taken_by_plain_http(host):
    assert base_url(catalog.find("vllm"), f"http://{host}:8000/v1", "X")


@pytest.mark.parametrize("host", PUBLIC.split())
def test_a_public_address_is_taken_also_one_that_nobody_knows_yet(host):
    assert base_url(catalog.find("openai"), f"https://{host}/v1", "X")


@pytest.mark.parametrize(
    "host",
    [
        "256.1.1.1",
        "1.2.3.4.5",
        "08.1.1.1",
        "1.2.3.0x100",
        "a.1",
        "127.0.0.1.9",
        "4294967296",
        "1..1",
    ],
)
def test_what_ends_in_a_number_and_is_no_address_is_refused(host):
    with pytest.raises(ConfigError):
        base_url(catalog.find("openai"), f"https://{host}/v1", "X")


@pytest.mark.parametrize(
    "host", ["\uff41pi.example.org", "api%2eexample.org", "a\u00adpi.example.org"]
)
def test_a_name_in_disguise_is_refused(host):
    with pytest.raises(ConfigError, match="signs that no host name has"):
        base_url(catalog.find("openai"), f"https://{host}/v1", "X")


@pytest.mark.parametrize(
    ("spelled", "meant"),
    [
        ("127.1", "127.0.0.1"),
        ("1.2.3", "1.2.0.3"),
        ("0x7f000001", "127.0.0.1"),
        ("0X7F.1", "127.0.0.1"),
        ("010.0.0.1", "8.0.0.1"),
        ("[::1%25lo]", "::1"),
        ("127.0.0.1.", "127.0.0.1"),
    ],
)
def test_a_number_is_read_as_a_resolver_reads_it(spelled, meant):
    assert numbers.read(spelled) == ipaddress.ip_address(meant)


@given(st.integers(0, 2**32 - 1))
def test_every_base_of_a_number_means_the_same(value):
    meant = ipaddress.IPv4Address(value)
    a, b, c, d = meant.packed
    for spelled in (
        str(value),
        hex(value),
        f"0{value:o}",
        f"{a}.{b}.{c << 8 | d}",
        f"0x{a:x}.0{b:o}.{c}.{d}",
    ):
        assert numbers.read(spelled) == meant


@given(st.ip_addresses(v=4))
def test_an_address_inside_ipv6_is_judged_as_outside(inner):
    value = int(inner)
    nat64 = ipaddress.ip_address(int(ipaddress.ip_address("64:ff9b::")) | value)
    six = ipaddress.ip_address(0x2002 << 112 | value << 80)
    mapped = ipaddress.ip_address(0xFFFF << 32 | value)
    for outer in (nat64, six, mapped):
        assert reach.forbidden(outer) == reach.forbidden(inner)
        assert reach.is_internal(outer) == reach.is_internal(inner)


def test_a_public_name_may_not_lead_inside():
    for inside in ("127.0.0.1", "10.0.0.1", "::1", "fd12::1", "100.64.0.1", "::ffff:127.0.0.1"):
        with pytest.raises(UnsafeAddress, match=inside) as caught:
            reach.reachable("api.example.com", [inside])
        assert 'private_hosts = ["api.example.com"]' in caught.value.hint


@pytest.mark.parametrize("entry", ["llm.corp.example", "LLM.corp.example.", "*.corp.example"])
def test_a_name_that_the_user_lists_may_lead_inside(entry):
    assert reach.reachable("llm.corp.example", ["10.1.1.1"], [entry]) == ["10.1.1.1"]
    with pytest.raises(UnsafeAddress):
        reach.reachable("corp.example", ["10.1.1.1"], [entry])
    with pytest.raises(UnsafeAddress):
        reach.reachable("evilcorp.example", ["10.1.1.1"], [entry])


def test_a_listed_name_does_not_lead_to_what_is_forbidden():
    with pytest.raises(UnsafeAddress, match="metadata"):
        reach.reachable("llm.corp.example", [str(METADATA)], ["llm.corp.example"])


def test_the_good_addresses_of_a_name_are_kept_in_their_order():
    found = ["fe80::1%eth0", "192.168.1.5", "169.254.3.4", "192.168.1.6", "192.168.1.5"]
    assert reach.reachable("desk.local", found) == ["192.168.1.5", "192.168.1.6"]


def test_plain_http_goes_to_a_listed_name(isolated):
    with pytest.raises(ConfigError, match="plain http"):
        base_url(catalog.find("vllm"), "http://llm.corp.example:8000", "X")
    path = config.settings_file()
    path.parent.mkdir(parents=True)
    path.write_text('private_hosts = ["llm.corp.example"]')
    url = base_url(catalog.find("vllm"), "http://llm.corp.example:8000", "X")
    assert url == "http://llm.corp.example:8000/v1"


def test_an_account_at_a_forbidden_address_is_listed_with_its_problem(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-" + "a" * 40)
    monkeypatch.setenv("OPENAI_BASE_URL", "https://169.254.169.254/v1")
    (found,) = [a for a in accounts() if a.provider == "openai"]
    assert "metadata" in found.problem
