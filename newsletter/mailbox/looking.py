"""One look into the mailbox: what lies there is kept and acted on, then removed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from backsite.lib.mail.mailbox_address import BoxAddress
from backsite.lib.services.models import Service

from .arrivals import Taken, take
from .boxes import Box, BoxAwayError, opened

SERVICE: Final = "Mailbox for bounces"
# So many mails, or so long, in one conversation: whatever a killed process did not get to
# remove is read again, and a POP server lets nobody else in meanwhile.
MOST_AT_ONCE: Final = 100
MOST_SECONDS: Final = 60.0


class Look:
    """`take_in()`, then, after the commit, `finish()`: a mail leaves the mailbox only when
    what it said is in the tables for good. A second look at the same mail changes nothing."""

    def __init__(self, address: BoxAddress) -> None:
        self.address = address
        self.service = Service.named(SERVICE)
        self.taken: list[str] = []
        self._box: Box | None = None

    @property
    def may_be_more(self) -> bool:
        return bool(self.taken)

    def take_in(self, told: Callable[[Taken], None] = lambda _: None) -> None:
        """Raises BoxAwayError, after it has been written down for staff."""
        until = time.monotonic() + MOST_SECONDS
        try:
            self._box = opened(self.address)
            for uid, raw in self._box.mails(MOST_AT_ONCE):
                told(take(raw))
                self.taken.append(uid)
                if time.monotonic() > until:
                    break
        except BoxAwayError as error:
            self.close()
            if not self.taken:
                self._tell(error)
                raise
        except BaseException:
            self.close()
            raise

    def finish(self) -> None:
        """Removes what was taken in. What cannot be removed is read, and known, next time."""
        if self._box is None:
            return
        try:
            self._box.remove(self.taken)
            self.service.answered()
        except BoxAwayError as error:
            self._tell(error)
        finally:
            self.close()

    def close(self) -> None:
        if self._box is not None:
            self._box.close()
            self._box = None

    def _tell(self, error: BoxAwayError) -> None:
        self.service.failed(str(error))
        if error.refused and (outage := self.service.outage):
            outage.tell_now()
