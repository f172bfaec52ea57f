"""Dates as German sentences write them."""

from __future__ import annotations

from typing import Final

DATE_FORMAT: Final = "j. F Y"
TIME_FORMAT: Final = "H:i"
DATETIME_FORMAT: Final = "j. F Y, H:i"
YEAR_MONTH_FORMAT: Final = "F Y"
MONTH_DAY_FORMAT: Final = "j. F"
SHORT_DATE_FORMAT: Final = "j. M Y"
SHORT_DATETIME_FORMAT: Final = "j. M Y, H:i"
FIRST_DAY_OF_WEEK: Final = 1  # Monday, as in ISO 8601
