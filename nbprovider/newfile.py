"""Write a file that was not there before."""

from __future__ import annotations

from pathlib import Path

from nbprovider.errors import ConfigError, UsageError


def written(path: Path, text: str) -> Path:
    """Write a new file and return its path; nothing that is there is overwritten.

    Raises UsageError when it is there already, ConfigError when it cannot be written.
    """
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path} is there already.", hint="Take another name.") from None
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written: {error.strerror}.", hint="Choose another folder."
        ) from None
    return path
