"""Programs that open letters and follow their links before any reader does.

Filters of companies follow each link to see what is behind it; mail services fetch the
pictures of a letter when it arrives, so that a fetch says nothing about its reader.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

from django.utils import timezone

# Nobody reads that quickly; filters look at a letter while it arrives.
TOO_SOON: Final = timedelta(seconds=10)

# Names that such programs give themselves, in small letters.
PROXIES: Final = re.compile(r"googleimageproxy|ggpht\.com|yahoomailproxy|yahoo mail proxy")
SCANNERS: Final = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|scan|preview|fetch|monitor|headless|phantomjs|python|curl"
    r"|wget|libwww|lwp|java/|okhttp|go-http|httpclient|axios|node|ruby|perl|php|winhttp"
    r"|barracuda|mimecast|proofpoint|symantec|messagelabs|ironport|trendmicro|sophos|forcepoint"
    r"|fortinet|zscaler|safelinks|urldefense|virustotal|facebookexternalhit|whatsapp|skypeuri"
)
# Apple's privacy protection says nothing but this.
NAMELESS: Final = frozenset({"mozilla/5.0", "mozilla/4.0"})

# Where such programs are known to ask from: Apple's own network, Google's for pictures of
# mails and for robots, the filters of Microsoft and Proofpoint. Networks change hands; one that
# is missing here costs a few openings too many, which the other signs mostly catch.
NETWORKS: Final[list[tuple[str, list[IPv4Network | IPv6Network]]]] = [
    (name, [ip_network(text) for text in networks.split()])
    for name, networks in (
        ("Apple's privacy proxy", "17.0.0.0/8 2620:149::/32 2a01:b740::/32"),
        ("a mail service's picture proxy", "66.102.0.0/20 66.249.64.0/19 74.125.0.0/16"),
        ("a mail filter", "40.92.0.0/15 40.107.0.0/16 52.100.0.0/14 104.47.0.0/17"),
        ("a mail filter", "67.231.144.0/20 148.163.128.0/18"),
    )
]


@dataclass(frozen=True)
class Visit:
    """What a request says of who asks."""

    method: str
    agent: str
    address: str

    def program(self, settled_at: datetime | None, *, letter: bool) -> str:
        """Why this is taken for a program; empty for a reader. `settled_at`: when the letter
        was handed over, where it is known which one it is (`letter`)."""
        if self.method != "GET":
            return "asks without reading"
        known = _by_name(self.agent.strip().lower()) or _network(self.address)
        if known or not letter:
            return known
        is_soon = settled_at is None or timezone.now() - settled_at < TOO_SOON
        return "seconds after it was handed over" if is_soon else ""


def _by_name(agent: str) -> str:
    if PROXIES.search(agent):
        return "a mail service's picture proxy"
    if agent in NAMELESS:
        return "Apple's privacy proxy"
    return "a program by its own name" if not agent or SCANNERS.search(agent) else ""


def _network(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    return next((name for name, nets in NETWORKS if any(found in net for net in nets)), "")
