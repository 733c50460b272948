"""The vault's key in GNOME's real keychain, on a session bus of the test's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import vaults

NEEDED = ("dbus-run-session", "gnome-keyring-daemon")
MISSING = [program for program in NEEDED if not shutil.which(program)]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")

UNLOCKED = "printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null"
LOCKED = "gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1"

KEEP_AND_OPEN = """
import sys
from pathlib import Path
from nbprovider.credentials import Vault, vault_key
from vaults import account, key
vault = Vault(Path(sys.argv[1]))
kept = vault.add(account("work"), key("sk-1"))
vault_key._derived.clear()
print(vault.way(), Vault(vault.path).secret(kept).reveal(), vault.notes())
"""


def run(tmp_path: Path, daemon: str) -> list[str]:
    """Keep a key and open it, on a session bus with this keychain."""
    path = tmp_path / "vault" / "accounts.jsonl"
    program = [sys.executable, "-c", KEEP_AND_OPEN, str(path)]
    # The session starts its daemon first, and then becomes the program.
    session = ["dbus-run-session", "--", "sh", "-c", f'{daemon}; exec "$@"', "sh", *program]
    env = {
        **os.environ,
        "PYTHONPATH": str(Path(vaults.__file__).parent),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.SecretService.Keyring",
        "XDG_RUNTIME_DIR": str(tmp_path),
    }
    for name in ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY"):
        env.pop(name, None)
    done = subprocess.run(session, env=env, capture_output=True, text=True, check=False, timeout=60)
    if "failed to start message bus" in done.stderr.lower():
        pytest.skip("no session bus can be started here")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_an_open_keychain_keeps_the_vaults_key(tmp_path):
    assert run(tmp_path, UNLOCKED) == ["keychain sk-1 ()"]
    assert not (tmp_path / "vault" / "machine.salt").exists()


def test_a_keychain_that_nobody_can_unlock_is_passed_over_with_a_note(tmp_path):
    (told,) = run(tmp_path, LOCKED)
    assert told.startswith("machine sk-1 ('The keychain")
    assert "does not open" in told
