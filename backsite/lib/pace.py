"""At most so many a minute: what a flood may cost, where nobody may be told apart."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable
from typing import Final

SECONDS: Final = 60.0


class Pace:
    """Counts in the memory of this process: `each` a minute for one key, `together` for all.

    With several processes the site as a whole allows as many times that; a minute is over
    for all keys at once, so that no more than one minute's keys are ever kept.
    """

    def __init__(
        self, *, each: int, together: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._each, self._together, self._clock = each, together, clock
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        self._since, self._total = self._clock(), 0
        self._counts: Counter[Hashable] = Counter()

    def allows(self, key: Hashable) -> bool:
        """Whether one more fits into this minute; then it is counted."""
        with self._lock:
            if self._clock() - self._since >= SECONDS:
                self.forget()
            if self._total >= self._together or self._counts[key] >= self._each:
                return False
            self._counts[key] += 1
            self._total += 1
            return True
