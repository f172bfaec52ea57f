"""What the log may hold: no link that opens somebody's page, no traceback for a bot's mistake."""

from __future__ import annotations

import logging
import re
from typing import Final

# Addresses whose last part is a secret of one person.
_PERSONAL: Final = re.compile(
    r"(/(?:your-data|comments/(?:held|own|follow|mute|mute-all)|newsletter/(?:to|seen)/[^/\s\"']+"
    r"|newsletter/letters/\d+|newsletter/[a-z-]+|preview)/)[^/\s\"']{12,}"
)


class WithoutTokens(logging.Filter):
    """Personal links lose their token before they are written."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        masked = _PERSONAL.sub(r"\1…", message)
        if masked != message:
            record.msg, record.args = masked, ()
        return True


class BriefAboutClients(logging.Filter):
    """What a client did wrong (an answer below 500) is one line; the traceback of our own
    code that noticed it would only hide what matters."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.ERROR or record.name.startswith("django.security"):
            record.exc_info = None
            record.exc_text = None
        return True
