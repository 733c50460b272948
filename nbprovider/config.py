"""Where files live, and what the user has set.

Paths come from platformdirs; NBPROVIDER_HOME puts them all below one folder. Settings are read
from `settings.toml` in the configuration folder.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct, field, structs

from nbprovider import tomlfile
from nbprovider.errors import ConfigError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

MODEL = "NBPROVIDER_MODEL"
HOME = "NBPROVIDER_HOME"


class Home(Struct, frozen=True):
    """The folders of the user; none of them need exist yet.

    - `config`: settings.toml and `providers/`
    - `data`: the ledger and downloaded weights
    - `cache`: what may be deleted at any time
    - `runtime`: sockets and locks of running processes
    """

    config: Path
    data: Path
    cache: Path
    runtime: Path


Dollars = Annotated[float, Meta(ge=0)]


class OwnPrices(Struct, frozen=True, forbid_unknown_fields=True):
    """What the user pays for a model: USD for a million tokens, or for what is said here.

    A kind of token without a price costs what `input` or `output` does.

    - `cache_write_1h`: tokens kept for an hour; `cache_write`: those kept for less
    - `characters`: a million characters that are spoken; `audio_hours`: an hour that is heard
    - `image_output`: tokens of pictures that are drawn
    - `searches`, `file_searches`, `requests`: a thousand of each
    """

    input: Dollars | None = None
    output: Dollars | None = None
    cache_read: Dollars | None = None
    cache_write: Dollars | None = None
    cache_write_1h: Dollars | None = None
    reasoning: Dollars | None = None
    audio_input: Dollars | None = None
    audio_output: Dollars | None = None
    image_output: Dollars | None = None
    characters: Dollars | None = None
    audio_hours: Dollars | None = None
    searches: Dollars | None = None
    file_searches: Dollars | None = None
    requests: Dollars | None = None


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """What `settings.toml` may say; every key may be left out.

    - `model`: the model when none is named (NBPROVIDER_MODEL overrides)
    - `aliases`: names of your own for models: `fast = "groq:openai/gpt-oss-20b"`
    - `roles`: the model for a role (chat boss worker cheap fast vision embedding tts stt)
    - `tries`: attempts on one route before the next one is taken, 1 to 10
    - `fallback`: whether other accounts may answer when the model that was asked does not
    - `first_wait`, `longest_wait`: seconds between them, doubling from the first to the longest; a
      provider that asks for more than the longest is not waited for
    - `connect_timeout`: seconds to wait for a connection
    - `max_steps`: calls that one question may take with its tools, 1 to 100
    - `repairs`: how often an answer that is not of its schema is asked for again, 0 to 5
    - `silence`: seconds without a byte that end an attempt; left out: as the provider's file says
    - `heartbeat`: seconds between two reports of what a call is doing
    - `stall_warning`: seconds without a byte after which the cell says so
    - `breaker_failures`: outages in a row after which an account's model is left alone, 0 for never
    - `breaker_failures_of`: the same for single providers: `{ groq = 5 }`
    - `breaker_pause`: seconds for which it is
    - `budget`: USD that may be spent by scope: `{ day = 5, notebook = 2, chat = 1, call = 0.5 }`
    - `budget_unknown`: what to do with a call of unknown price while a budget is set: warn or block
    - `prices`: what models cost you: `[prices."vllm:*"]` with `input = 0.5` and so on
    - `discounts`: the part of list prices that you pay, by provider or account: `{ openai = 0.8 }`
    - `proxy`: the URL of the only proxy to go through; proxy variables are not read
    - `ca_file`: a file of certificates to trust besides certifi's
    - `keyring`: look for keys of providers in the operating system's keychain
    - `private_hosts`: names that may lead to this machine or a private network
    - `audit`: keep the signed list of requests
    - `window`: what of a conversation is sent: `auto` (as much as the model reads), `summary` (and
      the rest in short), `all`, a number of earlier exchanges as `"6"`, or of tokens as `"8k"`
    - `keep_chats`: keep what is said in chats with a name, for all kernels
    - `login`: how a login comes back: `browser` to this machine, `paste` by hand, or as it fits
    - `repaints_per_second`: how often a growing answer is painted, 1 to 60
    - `time_zone`: where your days begin, as "Europe/Berlin"; left out: where the computer's do
    - `show_thinking`: reasoning in a fold below the answer, or not at all
    - `replay`: give recorded answers again: `on` asks and records the rest, `only` sends nothing
    - `replay_file`: the file of recordings; left out: nbprovider-replay.toml beside the notebook
    - `replay_pace`: pieces of a recorded answer in a second, 0 for as fast as they can
    - `stop_button`: a button below a running answer, where clicks reach a busy kernel
    - `prompt_rows`, `prompt_columns`: how much of a table is told by `{{ }}`
    - `approve`: whether tools run: always, ask before each, or never
    - `longest_result`: characters of what a tool gives that the model is told
    """

    model: str = ""
    aliases: dict[str, str] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    tries: Annotated[int, Meta(ge=1, le=10)] = 3
    fallback: bool = True
    first_wait: Annotated[float, Meta(ge=0)] = 1.0
    longest_wait: Annotated[float, Meta(ge=0)] = 30.0
    connect_timeout: Annotated[float, Meta(gt=0)] = 10.0
    max_steps: Annotated[int, Meta(ge=1, le=100)] = 10
    repairs: Annotated[int, Meta(ge=0, le=5)] = 2
    silence: Annotated[float, Meta(gt=0)] | None = None
    heartbeat: Annotated[float, Meta(gt=0)] = 5.0
    stall_warning: Annotated[float, Meta(gt=0)] = 15.0
    breaker_failures: Annotated[int, Meta(ge=0)] = 3
    breaker_failures_of: dict[str, Annotated[int, Meta(ge=0)]] = field(default_factory=dict)
    breaker_pause: Annotated[float, Meta(gt=0)] = 60.0
    budget: dict[Literal["day", "notebook", "chat", "call"], Annotated[float, Meta(ge=0)]] = field(
        default_factory=dict
    )
    budget_unknown: Literal["warn", "block"] = "warn"
    prices: dict[str, OwnPrices] = field(default_factory=dict)
    discounts: dict[str, Annotated[float, Meta(ge=0)]] = field(default_factory=dict)
    proxy: str = ""
    ca_file: str = ""
    keyring: bool = True
    private_hosts: tuple[str, ...] = ()
    audit: bool = True
    window: Annotated[str, Meta(pattern="^(auto|all|summary|[0-9]+k?)$")] = "auto"
    keep_chats: bool = True
    login: Literal["auto", "browser", "paste"] = "auto"
    repaints_per_second: Annotated[int, Meta(ge=1, le=60)] = 10
    time_zone: str = ""
    show_thinking: Literal["folded", "hidden"] = "folded"
    stop_button: bool = False
    replay: Literal["off", "on", "only"] = "off"
    replay_file: str = ""
    replay_pace: Annotated[float, Meta(ge=0)] = 0.0
    prompt_rows: Annotated[int, Meta(ge=0)] = 10
    prompt_columns: Annotated[int, Meta(ge=1)] = 30
    approve: Literal["always", "ask", "never"] = "always"
    longest_result: Annotated[int, Meta(ge=100)] = 50_000


def home() -> Home:
    """Return the user's folders; nothing is created."""
    own = os.environ.get(HOME, "").strip()
    if own:
        root = Path(own).expanduser().absolute()
        return Home(root / "config", root / "data", root / "cache", root / "runtime")
    return _usual(tuple(map(os.environ.get, PLACES)))


PLACES = (
    *("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"),
    *("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"),
)
"""Variables that the usual folders depend on."""


@lru_cache(maxsize=4)
def _usual(_places: tuple[str | None, ...]) -> Home:
    """Return the folders that the operating system gives us: to work that out takes 0.1 ms."""
    from platformdirs import PlatformDirs

    dirs = PlatformDirs("nbprovider", appauthor=False)
    # Not platformdirs' own runtime folder: where there is none it warns and takes a shared /tmp.
    session = os.environ.get("XDG_RUNTIME_DIR", "")
    runtime = Path(session, "nbprovider") if session else dirs.user_cache_path / "run"
    return Home(dirs.user_config_path, dirs.user_data_path, dirs.user_cache_path, runtime)


def made(folder: Path) -> Path:
    """Create the folder, for the user alone (0700), unless it is there; return it.

    Raises ConfigError when that cannot be, or when it cannot be written to.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(folder, error.strerror or str(error)) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _unusable(folder, "no permission to write")
    return folder


def settings_file() -> Path:
    """Return the path of settings.toml, which need not exist."""
    return home().config / "settings.toml"


def settings() -> Settings:
    """Return what settings.toml and NBPROVIDER_MODEL say; a changed file is read anew.

    Raises ConfigError naming the file and the key for one that makes no sense.
    """
    path = settings_file()
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        return structs.replace(Settings(), model=environment_model())
    found = _read(path, changed)
    return structs.replace(found, model=environment_model() or found.model)


def zone() -> ZoneInfo | None:
    """Return the time zone that the user's days are of, None for the computer's own.

    Raises ConfigError for a name that no zone has.
    """
    name = settings().time_zone
    if not name:
        return None
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # OSError: the name of a folder of zones
        raise ConfigError(
            f"{settings_file()} says time_zone = {name!r}, which is no time zone.",
            hint='Write one as "Europe/Berlin" or "America/New_York", or leave it out.',
        ) from None


def environment_model() -> str:
    """Return the model that NBPROVIDER_MODEL names, "" for none."""
    return os.environ.get(MODEL, "").strip()


@lru_cache(maxsize=8)
def _read(path: Path, _changed: int) -> Settings:
    return tomlfile.convert(path, tomlfile.read(path), Settings)


def _unusable(folder: Path, why: str) -> ConfigError:
    return ConfigError(
        f"The folder {folder} cannot be used: {why}.",
        hint=f"Set {HOME} to a folder that you may write to.",
    )
