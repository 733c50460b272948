"""AWS Signature Version 4 by its description, to check signatures that others have made."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote


def signature(
    method: str, path: str, headers: Mapping[str, str], body: bytes, secret: str
) -> tuple[str, str]:
    """Return the signature that a request bears, and the one that it should bear.

    `path` is as on the wire; header names are lower case.
    """
    told = headers["authorization"].partition(" ")[2]
    fields = dict(one.split("=", 1) for one in told.split(", "))
    names = fields["SignedHeaders"].split(";")
    canonical = "\n".join(
        [
            method,
            quote(path, safe="/~"),
            "",
            *(f"{name}:{headers[name]}" for name in names),
            "",
            ";".join(names),
            hashlib.sha256(body).hexdigest(),
        ]
    )
    scope = fields["Credential"].partition("/")[2]
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    words = f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{scope}\n{hashed}"
    key = f"AWS4{secret}".encode()
    for word in (*scope.split("/"), words):
        key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    return fields["Signature"], key.hex()
