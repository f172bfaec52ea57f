"""HTML that depends on nothing but what it is made from: written once in a process.

What is asked of the database is asked anew each time; only the writing is saved. So what is
remembered can never be old.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

from django.utils.translation import get_language

Given = ParamSpec("Given")
Made = TypeVar("Made")


def remembered(size: int) -> Callable[[Callable[Given, Made]], Callable[Given, Made]]:
    """For a function of values that can be hashed, all of which make a difference; `size` is
    how many answers are kept, the least used of which go first."""

    def decorate(make: Callable[Given, Made]) -> Callable[Given, Made]:
        # A SafeString is equal to a string that is not safe: `typed` tells them apart.
        @lru_cache(maxsize=size, typed=True)
        def known(language: str | None, *args: Hashable, **kwargs: Hashable) -> Made:
            return make(*args, **kwargs)  # type: ignore[arg-type]  # as they came

        @wraps(make)
        def remember(*args: Given.args, **kwargs: Given.kwargs) -> Made:
            return known(get_language(), *args, **kwargs)  # type: ignore[arg-type]  # hashable

        return remember

    return decorate
