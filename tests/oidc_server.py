"""oidc-provider-mock, stricter: public clients, PKCE by S256, refresh tokens that are good once.

Run in a process of its own, with the mock's options. It checks with authlib's own code; the mock
alone ignores PKCE and wants a client secret. `GET /refreshes` tells how many there were.
"""

from __future__ import annotations

import oidc_provider_mock.__main__ as command
from authlib.oauth2.rfc7636 import CodeChallenge
from oidc_provider_mock import _app

CHALLENGES: dict[str, str] = {}
REFRESHES: list[str] = []
PUBLIC = ["none"]


class Pkce(CodeChallenge):
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def get_authorization_code_challenge(self, code):
        return CHALLENGES[code.code]

    def get_authorization_code_challenge_method(self, code):
        return "S256"


class OpenIDCode(_app.OpenIDCode):
    def __call__(self, grant):
        super().__call__(grant)
        Pkce(required=True)(grant)


class AuthorizationCodeGrant(_app.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = PUBLIC

    def save_authorization_code(self, code, request):
        CHALLENGES[code] = request.payload.data["code_challenge"]
        super().save_authorization_code(code, request)


class RefreshTokenGrant(_app.RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = PUBLIC
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token):
        REFRESHES.append(refresh_token)
        return super().authenticate_refresh_token(refresh_token)

    def revoke_old_credential(self, refresh_token):
        super().revoke_old_credential(refresh_token)
        _app.storage.remove_refresh_token(refresh_token.token)


@_app.blueprint.get("/refreshes")
def refreshes():
    return str(len(REFRESHES))


_app.OpenIDCode = OpenIDCode
_app.AuthorizationCodeGrant = AuthorizationCodeGrant
_app.RefreshTokenGrant = RefreshTokenGrant

if __name__ == "__main__":
    command.run()
