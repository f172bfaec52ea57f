from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Report:
    """`kind`: hard, soft, complaint, auto-reply, delivered or none; `status` by RFC 3463."""

    recipient: str
    kind: str
    status: str = ""
    reason: str = ""

    def as_dict(self) -> dict[str, str]:
        return asdict(self)
