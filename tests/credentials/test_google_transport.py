"""Google's tokens are asked for by the rules that hold for every other request."""

from __future__ import annotations

import pytest
from google.auth import exceptions

from forbidden import forbidden
from loopback import serving
from names import connected, names  # noqa: F401 - found by pytest under their names
from nbprovider import config
from nbprovider.credentials import audit, certificates
from nbprovider.credentials.google_transport import ask
from nbprovider.errors import UnsafeAddress
from tls import Authority, serving_tls

HERE = {"Metadata-Flavor": "Google"}


def token(peer):
    peer.whole(200, {"access_token": "t"})


def set_up(text):
    path = config.settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize("host", forbidden())
def test_a_key_file_sends_its_secret_to_no_forbidden_address(host, connected):  # noqa: F811
    with pytest.raises((UnsafeAddress, exceptions.TransportError)):
        ask(f"https://{host}/token", "POST", b"assertion=x")
    assert connected == []


@pytest.mark.parametrize("address", ["169.254.169.254", "127.0.0.1", "10.0.0.1", "fd00:ec2::254"])
def test_nor_to_a_name_that_leads_to_one(address, names, connected):  # noqa: F811
    names.lead("oauth.example.com", address)
    with pytest.raises(UnsafeAddress):
        ask("https://oauth.example.com/token", "POST", b"assertion=x")
    assert connected == []


def test_the_name_is_looked_up_once(names, connected):  # noqa: F811
    names.lead_in_turn("oauth.example.com", "203.0.114.7", "169.254.169.254")
    with pytest.raises(exceptions.TransportError):
        ask("https://oauth.example.com/token", "POST", b"assertion=x")
    assert connected == ["203.0.114.7"]


def test_nor_by_plain_http_to_the_internet(connected):  # noqa: F811
    with pytest.raises(UnsafeAddress, match="plain http"):
        ask("http://oauth.example.com/token", "POST", b"assertion=x")
    assert connected == []


def test_googles_own_machine_is_asked_by_google_auth_alone(connected):  # noqa: F811
    for headers in ({}, {"Metadata-Flavor": "Else"}):
        with pytest.raises(UnsafeAddress):
            ask("http://169.254.169.254/computeMetadata/v1/", "GET", None, headers)
    assert connected == []
    with pytest.raises(exceptions.TransportError):  # nobody is there in a test
        ask("http://169.254.169.254/computeMetadata/v1/", "GET", None, HERE, 1.0)
    assert connected == ["169.254.169.254"]


def test_the_header_opens_no_other_door(connected):  # noqa: F811
    with pytest.raises(UnsafeAddress):
        ask("http://169.254.170.2/v1/", "GET", None, HERE)
    assert connected == []


def test_a_server_on_loopback_is_asked_and_noted():
    with serving(token) as server:
        assert ask(f"{server.url}/token?x=1", "POST").status == 200
    (entry,) = audit.verified().entries
    assert (entry.provider, entry.method, entry.path) == ("google", "POST", "/token")


def test_the_setting_turns_the_noting_off():
    set_up("audit = false\n")
    with serving(token) as server:
        ask(f"{server.url}/token", "POST")
    assert audit.verified().entries == ()


def test_a_redirect_is_not_followed():
    with serving(token) as elsewhere:

        def script(peer):
            peer.whole(302, "", Location=f"{elsewhere.url}/token")

        with serving(script) as server:
            assert ask(f"{server.url}/token").status == 302
    assert elsewhere.requests == []


def test_only_mozillas_authorities_and_the_users_own_are_trusted(monkeypatch, tmp_path):
    certificates.tls.cache_clear()
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.pem))
    with serving_tls(authority.certificate("localhost"), token) as server:
        url = f"https://localhost:{server.port}/token"
        with pytest.raises(exceptions.TransportError, match="ca_file"):
            ask(url, "POST")
        assert server.requests == []
        set_up(f'ca_file = "{authority.pem}"\n')
        assert ask(url, "POST").status == 200
    assert set(server.asked_for) == {"localhost"}


def test_a_proxy_of_the_settings_may_be_inside_by_any_name(names):  # noqa: F811
    names.lead("proxy.example.com", "127.0.0.1")
    with serving(token) as proxy:
        set_up(f'proxy = "http://proxy.example.com:{proxy.port}"\n')
        assert ask("http://10.1.2.3/token", "POST").status == 200
        assert proxy.requests[0]["path"] == "http://10.1.2.3/token"
        with pytest.raises(UnsafeAddress):
            ask("http://169.254.169.254/token", "POST")
