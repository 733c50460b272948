"""Keys and addresses: where they are found, who may see them, and how requests are signed."""

from nbprovider.credentials.accounts import Account, accounts
from nbprovider.credentials.asking import ask, check_key
from nbprovider.credentials.redaction import redact
from nbprovider.credentials.report import Origin, notes, report
from nbprovider.credentials.secret import Secret
from nbprovider.credentials.shapes import prefix_trouble
from nbprovider.credentials.signing import Access, access, sign
from nbprovider.credentials.sources import Found, Source, hold, release
from nbprovider.credentials.stored import Stored
from nbprovider.credentials.vault import Vault, vault

__all__ = [
    "Access",
    "Account",
    "Found",
    "Origin",
    "Secret",
    "Source",
    "Stored",
    "Vault",
    "access",
    "accounts",
    "ask",
    "check_key",
    "hold",
    "notes",
    "prefix_trouble",
    "redact",
    "release",
    "report",
    "sign",
    "vault",
]
