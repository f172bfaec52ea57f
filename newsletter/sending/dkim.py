"""Signatures by our own key (RFC 6376): rsa-sha256, headers relaxed, the body as it is.

The library that checks them in the tests, dkimpy, takes 19 ms for one signature with 2,048
bits, because it counts in Python; OpenSSL takes 0.6 ms.
"""

from __future__ import annotations

import base64
import hashlib
import re
import time
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.core.exceptions import ImproperlyConfigured

BITS: Final = 2_048
# All of these that a message has. RFC 8058, section 4: List-Unsubscribe and -Post must be
# among them. The first four are named once more than they occur, so that nobody can add
# a second one (RFC 6376, 8.15).
SIGNED: Final = (
    "from", "to", "subject", "date", "reply-to", "message-id", "mime-version", "content-type",
    "list-id", "list-unsubscribe", "list-unsubscribe-post", "list-archive", "feedback-id",
    "precedence", "auto-submitted",
)  # fmt: skip
ONLY_ONCE: Final = ("from", "to", "subject", "date")
_SPACES: Final = re.compile(rb"[ \t\r\n]+")


class Signer:
    def __init__(self, key: rsa.RSAPrivateKey, *, domain: str, selector: str) -> None:
        self._key, self.domain, self.selector = key, domain, selector

    @classmethod
    def from_file(cls, path: Path, *, domain: str, selector: str) -> Signer:
        """Raises ImproperlyConfigured with what to do when the key cannot be used."""
        try:
            key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError, TypeError) as error:
            raise ImproperlyConfigured(
                f"The DKIM key in {path} cannot be read ({error}). "
                "`manage.py make_dkim_key` makes one."
            ) from error
        if not isinstance(key, rsa.RSAPrivateKey):
            raise ImproperlyConfigured(f"The DKIM key in {path} is no RSA key.")
        return cls(key, domain=domain, selector=selector)

    @property
    def record(self) -> str:
        """What the DNS must say at `SELECTOR._domainkey.DOMAIN`, type TXT."""
        public = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"

    def sign(self, headers: list[bytes], body: bytes) -> bytes:
        """The DKIM-Signature header of a message whose headers are given whole, each with
        its line break. `body` ends with exactly one line break."""
        relaxed = [_relaxed(header) for header in headers]
        present = dict(relaxed)
        names = [name for name in SIGNED if name.encode() in present]
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        signature = (
            f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d={self.domain};\r\n"
            f" s={self.selector}; t={int(time.time())}; q=dns/txt;\r\n"
            f" h={_folded([*names, *ONLY_ONCE])};\r\n bh={digest};\r\n b="
        ).encode("ascii")
        signed = b"".join([present[name.encode()] + b"\r\n" for name in names])
        signed += _relaxed(signature)[1]
        made = self._key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        text = base64.b64encode(made).decode()
        lines = "\r\n ".join(text[at : at + 72] for at in range(0, len(text), 72))
        return signature + f"{lines}\r\n".encode("ascii")


def new_key() -> bytes:
    """A private key, as the file holds it."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=BITS)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _relaxed(header: bytes) -> tuple[bytes, bytes]:
    """(name, canonical line) by RFC 6376, 3.4.2; without the line break at its end."""
    name, _, value = header.partition(b":")
    name = name.strip().lower()
    return name, name + b":" + _SPACES.sub(b" ", value).strip()


def _folded(names: list[str]) -> str:
    lines, line = [], ""
    for name in names:
        if len(line) + len(name) > 68:
            lines.append(line)
            line = ""
        line += f"{name}:"
    return "\r\n ".join([*lines, line.rstrip(":")]) if line else "\r\n ".join(lines).rstrip(":")
