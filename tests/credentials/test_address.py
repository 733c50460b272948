import pytest
from msgspec.structs import replace

from nbprovider import catalog
from nbprovider.credentials.address import base_url, is_elsewhere, is_private
from nbprovider.errors import ConfigError

# (provider, as given, as used)
FORMS = [
    ("openai", "https://proxy.example.org/v1", "https://proxy.example.org/v1"),
    ("openai", "https://proxy.example.org/v1/", "https://proxy.example.org/v1"),
    ("openai", "https://proxy.example.org", "https://proxy.example.org/v1"),
    ("openai", "https://proxy.example.org/", "https://proxy.example.org/v1"),
    ("openai", "https://proxy.example.org/deep/path/", "https://proxy.example.org/deep/path"),
    ("openai", "https://proxy.example.org/v1/chat/completions", "https://proxy.example.org/v1"),
    ("openai", "HTTPS://Proxy.example.org/v1", "https://Proxy.example.org/v1"),
    ("groq", "https://api.groq.com", "https://api.groq.com/openai/v1"),
    ("openrouter", "https://openrouter.ai", "https://openrouter.ai/api/v1"),
    ("google", "https://gw.example.org", "https://gw.example.org/v1beta"),
    ("anthropic", "https://gw.example.org/v1/", "https://gw.example.org"),
    ("anthropic", "https://gw.example.org/v1/messages", "https://gw.example.org"),
    ("anthropic", "https://gw.example.org/anthropic", "https://gw.example.org/anthropic"),
    ("deepseek", "https://api.deepseek.com/v1", "https://api.deepseek.com/v1"),
    ("vllm", "http://10.1.2.3:8000", "http://10.1.2.3:8000/v1"),
    ("vllm", "http://[::1]:8000/v1", "http://[::1]:8000/v1"),
    ("ollama", "gpu", "http://gpu:11434"),
    ("ollama", "192.168.1.5", "http://192.168.1.5:11434"),
    ("ollama", "192.168.1.5:8080", "http://192.168.1.5:8080"),
    ("ollama", ":8080", "http://127.0.0.1:8080"),
    ("ollama", "http://gpu", "http://gpu"),
    ("ollama", "http://gpu:80", "http://gpu"),
    ("ollama", "https://gpu.example.org", "https://gpu.example.org"),
    ("ollama", "https://gpu.example.org:8443/", "https://gpu.example.org:8443"),
    ("ollama", "ollama.com", "https://ollama.com"),
    ("ollama", "gpu:11434/deep/path/", "http://gpu:11434/deep/path"),
    ("ollama", "gpu:nonsense", "http://gpu:11434"),
    ("ollama", "gpu:0", "http://gpu:11434"),
    ("ollama", "gpu:99999", "http://gpu:11434"),
    ("ollama", "0.0.0.0", "http://127.0.0.1:11434"),
    ("ollama", "0.0.0.0:1234", "http://127.0.0.1:1234"),
    ("ollama", "http://0.0.0.0:1234", "http://127.0.0.1:1234"),
    ("ollama", "::", "http://[::1]:11434"),
    ("ollama", "[::]:1234", "http://[::1]:1234"),
    ("ollama", "::1", "http://[::1]:11434"),
    ("ollama", "[::1]", "http://[::1]:11434"),
    ("ollama", "http://127.0.0.1:11434/v1", "http://127.0.0.1:11434"),
    ("ollama", "http://127.0.0.1:11434/api", "http://127.0.0.1:11434"),
]


@pytest.mark.parametrize(("provider", "given", "used"), FORMS)
def test_every_way_to_write_an_address_becomes_one_form(
    provider: str, given: str, used: str
) -> None:
    assert base_url(catalog.find(provider), given, "X") == used


@pytest.mark.parametrize("provider", catalog.load().values(), ids=list(catalog.load()))
def test_the_address_of_a_provider_file_is_in_that_form_already(
    provider: catalog.Provider,
) -> None:
    if provider.base_url:
        url = replace(provider, address="url")
        assert base_url(url, provider.base_url, "X") == provider.base_url


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("proxy.example.org", "neither http:// nor https://"),
        ("localhost:8000", "neither http:// nor https://"),
        ("ftp://proxy.example.org", "neither http:// nor https://"),
        ("file:///etc/passwd", "neither http:// nor https://"),
        ("https://me:pass@proxy.example.org", "user name"),
        ("https://api.openai.com@evil.example.org", "user name"),
        ("https://x.example.org/v1?key=1", "goes on after its path"),
        ("https://x.example.org/v1#top", "goes on after its path"),
        ("https://", "names no host"),
        ("https:///v1", "names no host"),
        ("https://x.example.org:0", "0 is no port"),
        ("https://x.example.org:99999", "Port out of range"),
        ("https://x.example.org:abc", "Port could not be cast"),
        ("https://[::1", "IPv6"),
        ("https://x.example.org/a b", "control character"),
        ("https://x.example.org/\r\nX-Evil: 1", "control character"),
        ("https://x.example.org\\@evil", "control character"),
        ("http://x.example.org/v1", "plain http to x.example.org"),
        ("http://8.8.8.8", "plain http to 8.8.8.8"),
        ("http://[2606:4700::1]", "plain http"),
    ],
)
def test_what_is_no_usable_address_is_refused_with_its_place(given: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why) as caught:
        base_url(catalog.find("openai"), given, "environment OPENAI_BASE_URL")
    assert "environment OPENAI_BASE_URL" in str(caught.value)
    assert "pass" not in str(caught.value).replace("passwd", "")


@pytest.mark.parametrize("given", ["ftp://gpu", "http://user@gpu", "gpu.example.org", "gpu?x=1"])
def test_the_free_forms_of_ollama_are_checked_as_well(given: str) -> None:
    with pytest.raises(ConfigError):
        base_url(catalog.find("ollama"), given, "X")


PRIVATE = (
    "localhost a.localhost ollama desk.local nas.lan host.docker.internal 127.0.0.1 127.9.9.9 ::1"
    " 10.0.0.1 172.16.0.1 192.168.0.1 100.64.1.1 fd12::1 ::ffff:10.0.0.1 127.1 0x7f.1 2130706433"
)
PUBLIC = (
    "example.org 8.8.8.8 169.254.169.254 fe80::1 2606:4700::1 ::ffff:8.8.8.8 172.32.0.1 0.0.0.0 ::"
    " 134744072 0x08080808 notlocal.example localhost.example.org 224.0.0.1"
)


@pytest.mark.parametrize("host", PRIVATE.split())
def test_hosts_of_this_machine_and_of_private_networks(host: str) -> None:
    assert is_private(host)


@pytest.mark.parametrize("host", PUBLIC.split())
def test_hosts_that_plain_http_must_not_reach(host: str) -> None:
    assert not is_private(host)


@pytest.mark.parametrize(
    ("given", "elsewhere"),
    [
        ("https://api.anthropic.com/v1", False),
        ("https://API.anthropic.com", False),
        ("https://api.anthropic.com.evil.example", True),
        ("https://gw.example.org", True),
        ("http://[", True),
    ],
)
def test_elsewhere_is_another_host(given, elsewhere):
    assert is_elsewhere(catalog.find("anthropic"), given) is elsewhere
