"""Personal data that is kept only as far as it must be recognised again."""

from __future__ import annotations

import ipaddress
from typing import Final

from django.utils.crypto import salted_hmac

# What one customer of a provider is usually given: below it, changing the address is free.
NETWORK_BITS: Final = {4: 24, 6: 48}


def keyed_hash(value: str, *, purpose: str) -> str:
    """64 hex digits by which the same value is known again, and from which nobody without
    the site's secret key can find the value; empty for an empty value. Hashes for one
    purpose cannot be compared with those for another.
    """
    if not value:
        return ""
    return salted_hmac(f"backsite.privacy.{purpose}", value, algorithm="sha256").hexdigest()


def network_of(address: str | None) -> str:
    """The network an address belongs to, e.g. “203.0.113.0/24”; empty without an address."""
    if not address:
        return ""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    bits = NETWORK_BITS[found.version]
    return str(ipaddress.ip_network(f"{found}/{bits}", strict=False))


def is_public(address: str) -> bool:
    """Whether it can be a reader's own; one without is behind a proxy that is not known here."""
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        return False
