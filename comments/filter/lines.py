"""The two lines that a comment's sum of votes is held against."""

from __future__ import annotations

from typing import Final

# A filled trap field is enough alone, and so are two checks that are quite sure. Below it a
# person looks: condemning a reader wrongly costs more than looking at one comment too many.
SPAM_LINE: Final = 5.0
# One check that is only uneasy (a second link, a quick writer) publishes all the same.
DOUBT_LINE: Final = 1.5
