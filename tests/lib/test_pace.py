"""At most so many a minute."""

from __future__ import annotations

from backsite.lib.pace import Pace


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_one_key_has_its_limit_and_the_others_are_not_held_up_by_it() -> None:
    pace = Pace(each=2, together=10, clock=Clock())
    assert [pace.allows("a") for _ in range(4)] == [True, True, False, False]
    assert pace.allows("b")


def test_all_together_have_one_too_and_what_was_refused_does_not_count() -> None:
    pace = Pace(each=1, together=2, clock=Clock())
    assert [pace.allows(key) for key in "aab"] == [True, False, True]
    assert not pace.allows("c")


def test_the_next_minute_begins_anew() -> None:
    clock = Clock()
    pace = Pace(each=1, together=1, clock=clock)
    assert pace.allows("a")
    clock.now = 59.9
    assert not pace.allows("a")
    clock.now = 60.0
    assert pace.allows("a")
