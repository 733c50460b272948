"""Every error that nbprovider raises, in one tree.

NbproviderError
├── UsageError            the line or the arguments are wrong; nothing was sent
├── ConfigError           a settings, provider or account file is wrong; nothing was sent
├── MissingKey            no key was found for the account; nothing was sent
├── UnsafeAddress         the address may not be spoken to; nothing was sent
├── VaultLocked           a stored secret does not open
├── LoginFailed           a login came to no end; nothing was kept
├── BudgetExceeded        the call could cost more than is allowed; nothing was sent
├── NotRecorded           replay is `only`, and there is no recording; nothing was sent
├── CircuitOpen           the account failed too often just now; nothing was sent
├── NoRoute               no route answered; holds every route's error
├── BadAnswer             the answer came, but is not what was asked for
└── ProviderError         the provider, or the way to it, failed
    ├── Unauthorized      the key is wrong, expired or revoked
    ├── Forbidden         the key is right, but may not do this
    ├── QuotaExhausted    no credit, or a spending limit is reached
    ├── RateLimited       too many requests or tokens just now
    ├── Overloaded        the provider has too much to do
    ├── Unavailable       5xx, no connection, a stream cut short, bytes that make no sense
    │   ├── Unreachable   no connection was made; nothing was sent
    │   ├── Stalled       nothing was heard for too long
    │   └── ProgramFailed a vendor's program ended before its answer did
    └── BadRequest        the provider refuses the call as it stands
        ├── ContextTooLong
        ├── ContentRefused
        └── UnknownModel

Each class says by two attributes whether the same call may be tried again (`may_retry`) and
whether another route may answer it (`may_fall_back`).
"""

from __future__ import annotations

from typing import ClassVar

from nbprovider.concealed import concealed


class NbproviderError(Exception):
    """Say what happened, why, and the one thing to do next.

    `message` is what happened and why; `hint` is the next step, a sentence of its own. `debug` is
    shown below them where a user asked for every detail. Every text that is put on an error loses
    its secrets at that moment: a provider may quote the key it refuses.
    """

    may_retry: bool = False
    may_fall_back: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(concealed(message))
        self.message = message
        self.hint = hint
        self.debug = ""

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, concealed(value) if isinstance(value, str) else value)

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def _render_traceback_(self) -> list[str]:
        """Show the error in a notebook: what happened and what to do, no traceback."""
        lines = [f"{type(self).__name__}: {self.message}", self.hint, self.debug]
        return [line for line in lines if line]


class UsageError(NbproviderError):
    """The line or the arguments are wrong; nothing was sent."""


class ConfigError(NbproviderError):
    """A settings, provider or account file is wrong; nothing was sent."""


class MissingKey(NbproviderError):
    """No key was found for the account; nothing was sent."""

    may_fall_back = True


class UnsafeAddress(NbproviderError):
    """The address may not be spoken to; nothing was sent."""


class VaultLocked(NbproviderError):
    """A stored secret does not open."""

    may_fall_back = True


class LoginFailed(NbproviderError):
    """A login came to no end; nothing was kept.

    `code` says why in one word: `denied`, `wrong_state`, `timeout`, `nonsense` (what was handed
    over is no answer to this login), `refused` (by the provider), `not_granted` (without the
    permission that is needed), `wrong_identity` (an ID token that does not fit), `nobody` (to
    ask), `no_listener`.
    """

    def __init__(self, message: str, *, hint: str = "", code: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code


class BudgetExceeded(NbproviderError):
    """The call could cost more than is allowed; nothing was sent."""


class NotRecorded(NbproviderError):
    """Replay is `only`, and there is no recording; nothing was sent."""


class CircuitOpen(NbproviderError):
    """The account failed too often just now; nothing was sent."""

    may_fall_back = True


class NoRoute(NbproviderError):
    """No route answered; `errors` holds each route's name and error, in order."""

    def __init__(
        self, message: str, *, hint: str = "", errors: tuple[tuple[str, Exception], ...] = ()
    ) -> None:
        super().__init__(message, hint=hint)
        self.errors = errors


class BadAnswer(NbproviderError):
    """The answer came, but is not what was asked for; `text` is all of it."""

    def __init__(self, message: str, *, hint: str = "", text: str = "") -> None:
        super().__init__(message, hint=hint)
        self.text = text


class ProviderError(NbproviderError):
    """The provider, or the way to it, failed.

    - `status`: the HTTP status, None when there was none
    - `code`: the provider's own code or type, as sent
    - `retry_after`: seconds the provider asks to wait
    - `request_id`: the provider's name for the request
    - `detail`: the body as far as it was read, for `--debug`
    - `skew`: seconds by which this machine's clock is ahead of the provider's, where both are known
    - `provider`, `account`, `model`: set by the flow, which knows the route
    """

    kind: ClassVar[str] = "provider"
    may_fall_back = True

    def __init__(  # noqa: PLR0913 - the facts of a failure, all optional, all named
        self,
        message: str,
        *,
        hint: str = "",
        status: int | None = None,
        code: str | None = None,
        retry_after: float | None = None,
        request_id: str | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.code = code
        self.retry_after = retry_after
        self.request_id = request_id
        self.detail = detail
        self.skew = 0.0
        self.provider = ""
        self.account = ""
        self.model = ""


class Unauthorized(ProviderError):
    """The key is wrong, expired or revoked."""

    kind = "unauthorized"


class Forbidden(ProviderError):
    """The key is right, but may not do this."""

    kind = "forbidden"


class QuotaExhausted(ProviderError):
    """No credit is left, or a spending limit is reached."""

    kind = "quota"


class RateLimited(ProviderError):
    """Too many requests or tokens just now."""

    kind = "rate_limit"
    may_retry = True


class Overloaded(ProviderError):
    """The provider has too much to do."""

    kind = "overloaded"
    may_retry = True


class Unavailable(ProviderError):
    """The provider cannot be reached, failed, or stopped in the middle."""

    kind = "unavailable"
    may_retry = True


class Unreachable(Unavailable):
    """No connection was made; nothing was sent."""

    kind = "unreachable"


class Stalled(Unavailable):
    """Nothing was heard for too long."""

    kind = "stalled"


class ProgramFailed(Unavailable):
    """A vendor's program ended before its answer did.

    `exit_code` is negative for a signal; `detail` is the end of what it wrote to standard error.
    """

    kind = "program"
    may_retry = False

    def __init__(
        self, message: str, *, hint: str = "", exit_code: int = 0, detail: str = ""
    ) -> None:
        super().__init__(message, hint=hint, code=f"exit {exit_code}", detail=detail)
        self.exit_code = exit_code


class BadRequest(ProviderError):
    """The provider refuses the call as it stands."""

    kind = "bad_request"
    may_fall_back = False


class ContextTooLong(BadRequest):
    """The conversation is longer than the model can read."""

    kind = "context"


class ContentRefused(BadRequest):
    """The provider's content policy refuses the call."""

    kind = "refused"


class UnknownModel(BadRequest):
    """The provider does not know the model, or has retired it."""

    kind = "unknown_model"
