"""What is known of the one who wrote it: by address, by name."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from backsite.lib.bots import Vote
from backsite.lib.disposable import vote_on_address
from backsite.lib.signs import plain

from ..case import Case

BLOCKED: Final = "blocked reader"
KNOWN: Final = "known reader"
EARLIER: Final = "earlier spam"
NAME: Final = "name"

WORD: Final = re.compile(r"[^\W_]+")
DOMAIN: Final = re.compile(r"https?:|www\.|\b[\w-]{2,}\.(?:com|net|org|info|biz|shop|ru|xyz|io)\b")
# Names have a first and a last word, perhaps a middle one; adverts have more.
LONGEST_NAME: Final = 4
# A family name may well be a domain of two words; of three it is what somebody sells.
SAME_WORDS: Final = 3


def blocked(case: Case) -> Vote | None:
    if not case.facts.is_blocked:
        return None
    reason = "Staff have blocked this address"
    return Vote(BLOCKED, 10.0, reason, {"at_least": "spam"})


def known(case: Case) -> Vote | None:
    """Speaks for a writer whose address is confirmed; without that anybody could be it."""
    if not case.is_known:
        return None
    if case.facts.is_trusted:
        return Vote(KNOWN, -3.0, "Staff trust this address, and it is confirmed")
    count = case.facts.published
    noun = "1 earlier comment" if count == 1 else f"{count} earlier comments"
    reason = f"{noun} from this confirmed address {'was' if count == 1 else 'were'} published"
    return Vote(KNOWN, -1.5 if count < LONGEST_NAME else -2.5, reason, {"published": count})


def earlier_spam(case: Case) -> Vote | None:
    """Only a reason to look: anybody may have typed that address into the earlier ones."""
    spam, published = case.facts.spam, case.facts.published
    if not spam or spam < published:
        return None
    noun = "1 earlier comment" if spam == 1 else f"{spam} earlier comments"
    reason = f"Staff marked {noun} from this address as spam, and published {published}"
    weight = 1.5 if spam == 1 else 2.5
    return Vote(EARLIER, weight, reason, {"spam": spam, "published": published})


def disposable_address(case: Case) -> Vote | None:
    return vote_on_address(case.comment.email)


def name(case: Case) -> Vote | None:
    """A name that is an address of a site, or the words that one is to be found by."""
    typed, website = plain(case.comment.name), case.comment.website
    if DOMAIN.search(typed):
        return Vote(NAME, 2.0, f"The name is the address of a website: “{case.comment.name[:60]}”")
    if not website:
        return None
    words = WORD.findall(typed)
    if len(words) > LONGEST_NAME:
        reason = f"The name has {len(words)} words and links to a website, as an advert does"
        return Vote(NAME, 1.5, reason, {"words": len(words)})
    parts = urlsplit(website)
    address = plain(f"{parts.netloc}{parts.path}")
    shared = [word for word in words if len(word) > 2 and word in address]
    if len(shared) >= SAME_WORDS:
        reason = "The name is made of the words in the website's address, as an advert's is"
        return Vote(NAME, 1.5, reason, {"words": shared})
    return None
