"""Keys and logins: what is told of each, by whose key it was and where it was found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from loopback import Peer
from nbprovider import catalog, credentials, errors, session
from nbprovider.credentials.stored import Stored, new_id
from programs import put_on_path

REFUSED = {
    "error": {
        "message": "Incorrect API key provided.",
        "type": "invalid_request_error",
        "param": None,
        "code": "invalid_api_key",
    }
}
OWN = "sk-proj-seeded0123456789abcdef"
THEIRS = "sk-ant-api03-seeded0123456789abcdef"


@pytest.fixture
def refused(serve):
    return serve(lambda peer: peer.whole(401, REFUSED))


@pytest.fixture
def openai(monkeypatch, refused):
    monkeypatch.setenv("OPENAI_BASE_URL", f"{refused.url}/v1")


@pytest.mark.usefixtures("openai")
def test_a_wrong_key_is_told_by_where_it_was_found(person, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", OWN)
    error = person.sees("401, the key is from a variable", "openai:gpt-6-luna")
    assert type(error) is errors.Unauthorized
    assert (error.provider, error.status) == ("openai", 401)


@pytest.mark.usefixtures("openai")
def test_a_wrong_key_that_was_entered_is_entered_again(person):
    credentials.hold(catalog.find("openai"), credentials.Secret(OWN))
    person.sees("401, the key was entered", "openai:gpt-6-luna")


@pytest.mark.usefixtures("openai")
def test_a_key_of_another_provider_is_recognised_and_never_shown(person, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", THEIRS)
    error = person.sees("401, the key of another provider", "openai:gpt-6-luna")
    assert "seeded" not in f"{error}{error.hint}{error.detail}"


def test_a_key_with_a_beginning_of_nobody_is_told(person, campus, refused, monkeypatch):
    campus(refused.url)
    monkeypatch.setenv("CAMPUS_API_KEY", "seeded0123456789abcdef")
    error = person.sees("401, the key begins otherwise", "campus:small")
    assert "seeded" not in str(error)


def test_a_server_of_ones_own_that_wants_a_key_is_told(person, refused, monkeypatch):
    monkeypatch.setenv("VLLM_BASE_URL", f"{refused.url}/v1")
    person.sees("401, no key was sent", "vllm:small")


def test_what_a_key_may_not_do_is_looked_up_at_its_provider(person, campus, serve):
    told = {"error": {"message": "Not for this key.", "code": "permission_denied"}}
    campus(serve(lambda peer: peer.whole(403, told)).url)
    error = person.sees("403", "campus:small")
    assert type(error) is errors.Forbidden


def test_a_missing_key_is_told_before_anything_is_sent(person):
    error = person.sees("no key", "openai:gpt-6-luna")
    assert type(error) is errors.MissingKey


def test_a_wrong_clock_is_told_where_requests_are_signed(person, serve, monkeypatch):
    """AWS's own error, and the date of its response, which says by how much."""

    def script(peer: Peer) -> None:
        late = format_datetime(datetime.now(UTC) + timedelta(minutes=20), usegmt=True)
        told = {"message": "Signature expired: 20261121T150000Z is now earlier than …"}
        peer.whole(403, told, **{"x-amzn-errortype": "InvalidSignatureException", "date": late})

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE00000SEED")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrSEEDED/K7MDENG+bPxRfiCYzzEXAMPLEKEY")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_BEDROCK_BASE_URL", serve(script).url)
    error = person.sees("the clock is wrong", "bedrock:amazon.nova-2-lite-v1:0")
    assert 1100 < -error.skew < 1300


def test_credentials_for_signing_are_renewed(person, serve, monkeypatch):
    told = {"message": "The security token included in the request is invalid."}
    code = {"x-amzn-errortype": "UnrecognizedClientException"}
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE00000SEED")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrSEEDED/K7MDENG+bPxRfiCYzzEXAMPLEKEY")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    server = serve(lambda peer: peer.whole(403, told, **code))
    monkeypatch.setenv("AWS_BEDROCK_BASE_URL", server.url)
    person.sees("403, the credentials of a signature", "bedrock:amazon.nova-2-lite-v1:0")


def test_a_vault_with_another_passphrase_is_told(person, campus, refused, monkeypatch):
    campus(refused.url)
    monkeypatch.delenv("CAMPUS_API_KEY")
    monkeypatch.setenv("NBPROVIDER_ENCRYPTION_KEY", "the first of two passphrases")
    of_another_kernel = credentials.Vault(credentials.vault().path)
    kept = Stored(new_id(), "campus", "work")
    of_another_kernel.add(kept, {"key": credentials.Secret("cmp-seeded0123456789")})
    monkeypatch.setenv("NBPROVIDER_ENCRYPTION_KEY", "the second of two passphrases")
    error = person.sees("the vault is locked", "work:small")
    assert type(error) is errors.VaultLocked


def test_a_program_without_a_login_is_told_how_to_log_in(person, monkeypatch, tmp_path):
    put_on_path(
        monkeypatch,
        tmp_path,
        "codex",
        'sys.stderr.write("Not logged in. Run codex login.\\n"); sys.exit(1)',
    )
    error = person.sees("a vendor's program is not logged in", "codex-cli:gpt-6-luna")
    assert type(error) is errors.Unauthorized


def test_a_program_that_is_missing_is_told_how_to_get_it(person):
    error = person.sees("a vendor's program is missing", "codex-cli:gpt-6-luna")
    assert type(error) is errors.ConfigError


def test_the_embedded_model_says_how_it_is_installed(person, monkeypatch):
    monkeypatch.setattr(session.session, "_embedded_installed", lambda: False)
    error = person.sees("the embedded model is not installed", "embedded")
    assert type(error) in {errors.ConfigError, errors.MissingKey}
