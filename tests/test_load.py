"""Loading: light, silent on the network, and small on disk. Each proof runs in a fresh process."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, requires

import pytest
from packaging.requirements import Requirement

import nbprovider
from kernels import VERSIONS, kernel

HEAVY = {
    *("httpx2", "pandas", "rich", "cryptography", "ipywidgets", "genai_prices", "altair"),
    "markdown_it",
}

SHELL = """
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
before = set(sys.modules)
shell.run_line_magic("load_ext", "nbprovider")
result = sorted(before), sorted(set(sys.modules) - before)
"""

LISTENING = """
import sys
heard = []
NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")
def listen(event, args):
    if event in NETWORK:
        heard.append([event, repr(args)])
sys.addaudithook(listen)
"""

ALL_MODULES = """
import importlib, pkgutil, nbprovider
for module in pkgutil.walk_packages(nbprovider.__path__, "nbprovider."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
for name in nbprovider.__all__:
    getattr(nbprovider, name)
import genai_prices, httpx2, pandas
result = heard
"""


def fresh(code: str):
    """Run the code in a process of its own, return what it calls `result`."""
    told = f"{code}\nimport json\nprint()\nprint(json.dumps(result))"
    done = subprocess.run(
        [sys.executable, "-c", told], capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def roots(modules: list[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


def test_loading_the_extension_brings_nothing_but_the_magics():
    before, added = fresh(SHELL)
    assert "nbprovider" in added
    assert roots(added) <= {"nbprovider", "IPython"}
    assert not HEAVY & roots([*before, *added])


@pytest.mark.kernel
@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_heavy_is_loaded_in_a_bare_kernel(version, isolated):
    with kernel(version, NBPROVIDER_HOME=str(isolated), IPYTHONDIR=str(isolated)) as running:
        loaded = running.run(
            "%load_ext nbprovider\nimport sys, json; print(json.dumps([*sys.modules]))"
        )
    modules = json.loads(loaded.text.splitlines()[-1])
    assert "nbprovider.magics" in modules
    assert not HEAVY & roots(modules)


def test_nothing_is_asked_of_the_network_by_loading():
    """Row 14 of the rivals: prices fetched over the network at import."""
    assert fresh(f"{LISTENING}{SHELL}\nresult = heard") == []


def test_nothing_is_asked_of_the_network_by_importing_anything():
    """Row 14 of the rivals: not even by the heavy modules, when their time comes."""
    assert fresh(LISTENING + ALL_MODULES) == []


def test_the_network_would_have_been_heard():
    heard = fresh(
        f"{LISTENING}\nimport socket\nsocket.socket().connect_ex(('127.0.0.1', 9))\nresult = heard"
    )
    assert [event for event, _ in heard] == ["socket.connect"]


def test_importing_the_package_imports_none_of_its_layers():
    code = "import sys, nbprovider\nresult = sorted(m for m in sys.modules if 'nbprovider' in m)"
    assert fresh(code) == ["nbprovider", "nbprovider.about"]


@pytest.mark.parametrize("name", nbprovider.__all__)
def test_each_public_name_is_there_when_it_is_asked_for(name):
    assert getattr(nbprovider, name).__doc__
    assert name in dir(nbprovider)


def test_a_name_that_is_not_public_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nonsense"):
        nbprovider.nonsense  # noqa: B018 - looking is the test


def distributions(*names: str) -> set[str]:
    """Return the installed distributions that these need, themselves among them."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in found:
            continue
        try:
            needed = map(Requirement, requires(name) or ())
        except PackageNotFoundError:  # for another platform, or another Python
            continue
        found.add(name)
        waiting += [
            one.name for one in needed if not one.marker or one.marker.evaluate({"extra": ""})
        ]
    return found


def test_few_distributions_are_installed_beside_jupyters_own():
    """Row 28 of the rivals: 118 distributions, where Jupyter's own are counted in."""
    jupyter = distributions("ipykernel", "ipywidgets")
    ours = distributions("nbprovider") - jupyter
    assert "httpx2" in ours
    assert len(ours) < 30, sorted(ours)
