"""Keys in the operating system's keychain: found, ranked, never waited for, never shown."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import keyring
import pytest

import keychains
from nbprovider import config, credentials
from nbprovider.credentials import access, accounts, keychain_keys
from nbprovider.credentials.keychain_keys import KEYCHAIN, SERVICE

KEY = "zQ81seededKEY77xyzzy"


@pytest.fixture(autouse=True)
def anew():
    """Begin without anything that an earlier look found."""
    KEYCHAIN._keys = {}
    KEYCHAIN.forget()


@pytest.fixture
def use(monkeypatch, tmp_path):
    """Return a function that makes a backend the one of this process."""
    monkeypatch.setenv(keychains.FILE, str(tmp_path / "keychain.json"))
    before = keyring.get_keyring()

    def set_up(kind, **keys):
        for name, key in keys.items():
            keychains.FileKeychain().set_password(SERVICE, name, key)
        keyring.set_keyring(kind())
        KEYCHAIN.forget()

    yield set_up
    keyring.set_keyring(before)


def settings(isolated, text):
    (config.made(isolated / "config") / "settings.toml").write_text(text)


def sources():
    return {account.name: account.source for account in accounts()}


def test_a_key_is_found_under_its_provider_or_its_variable(use):
    use(keychains.FileKeychain, groq=KEY, MISTRAL_API_KEY=KEY)
    assert sources() == {"groq": "keychain groq", "mistral": "keychain MISTRAL_API_KEY"}
    assert access("groq").secret.reveal() == KEY


def test_the_name_of_a_variable_counts_for_the_header(use):
    use(keychains.FileKeychain, ANTHROPIC_AUTH_TOKEN=KEY)
    assert access("anthropic").auth == "Authorization: Bearer {key}"


def test_the_environment_comes_first_and_a_dotenv_file_last(use, monkeypatch):
    use(keychains.FileKeychain, groq="of-keychain", mistral="of-keychain")
    monkeypatch.setenv("GROQ_API_KEY", "of-environment")
    Path(".env").write_text("MISTRAL_API_KEY=of-file\n")
    assert sources() == {"groq": "environment GROQ_API_KEY", "mistral": "keychain mistral"}


def test_a_keychain_that_keeps_no_secret_is_not_read(use):
    use(keychains.PlaintextKeychain, groq=KEY)
    assert sources() == {}


def test_a_setting_turns_it_off(use, isolated):
    use(keychains.LockedKeychain, groq=KEY)
    settings(isolated, "keyring = false\n")
    assert sources() == {}
    assert KEYCHAIN.note() == ""


def test_a_locked_keychain_is_nothing_found_and_a_note(use, monkeypatch):
    use(keychains.LockedKeychain, groq=KEY)
    monkeypatch.setenv("MISTRAL_API_KEY", KEY)
    assert sources() == {"mistral": "environment MISTRAL_API_KEY"}
    assert credentials.notes() == ("The keychain does not open: KeyringLocked.",)


def test_many_questions_are_one_look(use, monkeypatch):
    use(keychains.FileKeychain, groq=KEY, mistral=KEY)
    looks = []
    reading = keychain_keys._read
    monkeypatch.setattr(keychain_keys, "_read", lambda: looks.append(1) or reading())
    for _ in range(5):
        assert len(accounts()) == 2
        access("groq")
    assert len(looks) == 1


def test_a_look_counts_for_a_while_and_no_longer(use, monkeypatch):
    use(keychains.FileKeychain, groq="old")
    first = access("groq").secret
    keychains.FileKeychain().set_password(SERVICE, "groq", "new")
    assert access("groq").secret is first
    monkeypatch.setattr(keychain_keys, "LIFE", 0.0)
    KEYCHAIN.forget()
    assert access("groq").secret.reveal() == "new"
    assert access("groq").secret.reveal() == "new"


def test_an_unchanged_key_stays_one_secret_so_that_redaction_knows_it(use):
    use(keychains.FileKeychain, groq=KEY)
    first = access("groq").secret
    KEYCHAIN.forget()
    assert access("groq").secret is first
    assert KEY not in credentials.redact(f"401 {KEY}")


def test_a_keychain_that_asks_somebody_first_keeps_no_question_waiting(use, monkeypatch):
    """The look goes on beside the questions; what it finds counts once it is there."""
    answered = threading.Event()

    class Asking(keychains.FileKeychain):
        def get_password(self, service, username):
            answered.wait(30)
            return super().get_password(service, username)

    monkeypatch.setattr(keychain_keys, "PATIENCE", 0.05)
    use(Asking, groq=KEY)
    assert sources() == {}
    assert "did not answer" in KEYCHAIN.note()
    answered.set()
    until = time.monotonic() + 30
    while not sources() and time.monotonic() < until:
        time.sleep(0.01)
    assert sources() == {"groq": "keychain groq"}
    assert KEYCHAIN.note() == ""


def test_nothing_found_is_looked_for_again(use):
    """Whoever enters a key because none was found need not wait a minute."""
    use(keychains.FileKeychain)
    assert sources() == {}
    keychains.FileKeychain().set_password(SERVICE, "groq", KEY)
    assert sources() == {"groq": "keychain groq"}


def test_an_address_of_a_dotenv_file_gets_no_key_of_the_keychain(use):
    use(keychains.FileKeychain, openai=KEY)
    Path(".env").write_text("OPENAI_BASE_URL=https://evil.example.org/v1\n")
    assert "the key is not sent there" in accounts()[0].problem


REAL = """
import subprocess, keyring, secretstorage, sys
from contextlib import closing
from nbprovider.credentials import access, accounts, keychain, notes
from nbprovider.credentials.keychain_keys import KEYCHAIN
subprocess.run(["gnome-keyring-daemon", "--unlock", "--components=secrets"], input=b"pass",
               check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
assert "SecretService" in str(type(keychain.backend())), keychain.backend()
keyring.set_password("nbprovider", "groq", "key-of-secret-service")
keyring.set_password("nbprovider", "MISTRAL_API_KEY", "another-key")
print({one.name: one.source for one in accounts()})
print(access("groq").secret.reveal())
with closing(secretstorage.dbus_init()) as bus:
    secretstorage.get_default_collection(bus).lock()
KEYCHAIN.forget()
print(accounts(), notes())
"""


@pytest.mark.skipif(
    not (shutil.which("gnome-keyring-daemon") and shutil.which("dbus-run-session")),
    reason="no Secret Service on this machine",
)
def test_a_real_secret_service_is_read_by_one_question_and_never_unlocked(tmp_path):
    env = {name: value for name, value in os.environ.items() if name != "PYTHON_KEYRING_BACKEND"}
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    env |= {"XDG_RUNTIME_DIR": str(runtime), "XDG_DATA_HOME": str(tmp_path / "data")}
    command = ["dbus-run-session", "--", sys.executable, "-c", REAL]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    found, key, locked = done.stdout.splitlines() or [done.stderr] * 3
    assert found == "{'groq': 'keychain groq', 'mistral': 'keychain MISTRAL_API_KEY'}"
    assert key == "key-of-secret-service"
    assert locked == "[] ('The keychain does not open: KeychainLocked.',)"
