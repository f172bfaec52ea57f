from __future__ import annotations

from typing import Final

from backsite.lib.bots import Vote

from ..case import Case
from ..facts import MOST_COUNTED

NAME: Final = "rate"
# Somebody who asks, and asks back; a family or a clinic shares an address, a town a network.
FROM_ADDRESS: Final = 4
FROM_NETWORK: Final = 20


def rate(case: Case) -> Vote | None:
    """How much came from the same address, and the network around it, in the hour before."""
    facts = case.facts
    same, around = facts.from_address, facts.from_network
    evidence = {"address": same, "network": around}
    if same >= FROM_ADDRESS:
        weight = min(1.5 + 0.25 * (same - FROM_ADDRESS), 4.0)
        return Vote(NAME, weight, f"{same} others from the same address within an hour", evidence)
    if around >= FROM_NETWORK:
        weight = min(1.5 + 0.025 * (around - FROM_NETWORK), 3.0)
        count = f"{around} or more" if around == MOST_COUNTED else str(around)
        reason = f"{count} others from the same network ({facts.network}) within an hour"
        return Vote(NAME, weight, reason, evidence)
    return None
