"""What a return address (backsite.lib.returns) stands for in this room."""

from __future__ import annotations

from typing import Final

from backsite.lib.returns import MAIL, Returned, read_return_path, return_path

LETTER: Final = "i"  # one letter to one person: the ledger's row
LEAVING: Final = "u"  # a subscriber who leaves by writing there

__all__ = ["LEAVING", "LETTER", "MAIL", "Returned", "read_return_path", "return_path"]
