"""Made-up texts in the shape of real ones, for measuring how the site bears a large load.

The same seed makes the same texts. Words occur as often as in real language: the n-th most
frequent about 1/n times as often as the first (Zipf's law), the demonstration's own words
first, then made-up ones.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from functools import cached_property
from itertools import accumulate
from typing import Final

from backsite.demo import content

SYLLABLES: Final = (
    "ba be bo ca co da de di do du fa fe fi ga go ha he ho in ka ki la le li lo ma me mi mo mu "
    "na ne ni no pa pe pi po ra re ri ro sa se si so ta te ti to tra ur va ve vi wa we ze"
).split()
RARE_WORDS: Final = 60_000
PARAGRAPHS: Final = 40_000
WORDS_A_PARAGRAPH: Final = 95
# With their headings, about 6 kB of text.
PARAGRAPHS_AN_ARTICLE: Final = 10


class Texts:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  # made-up text, no secret

    @cached_property
    def words(self) -> list[str]:
        """From the most frequent to the rarest."""
        text = " ".join(re.sub(r"<[^>]+>", " ", part.body) for part in content.articles())
        counted = Counter(re.findall(r"[a-z]{2,}", text.lower()))
        known = [word for word, _ in counted.most_common()]
        rare = {self._rare_word() for _ in range(RARE_WORDS)}
        return known + sorted(rare - set(known))

    @cached_property
    def _weights(self) -> list[float]:
        return list(accumulate(1 / (place + 3) for place in range(len(self.words))))

    @cached_property
    def paragraphs(self) -> list[str]:
        return [self.sentence(WORDS_A_PARAGRAPH) for _ in range(PARAGRAPHS)]

    def sentence(self, length: int) -> str:
        words = self._random.choices(self.words, cum_weights=self._weights, k=length)
        return " ".join(words).capitalize() + "."

    def title(self) -> str:
        return self.sentence(self._random.randint(4, 9)).rstrip(".")

    def body(self) -> tuple[str, str, str]:
        """(html, plain text, headings) of one article, of about 6 kB."""
        html, text, headings = [], [], []
        chosen = self._random.sample(self.paragraphs, k=PARAGRAPHS_AN_ARTICLE)
        for place, paragraph in enumerate(chosen):
            if place % 3 == 2:
                heading = self.title()
                headings.append(heading)
                html.append(f'<h2 id="part-{place}">{heading}</h2>')
                text.append(heading)
            html.append(f"<p>{paragraph}</p>")
            text.append(paragraph)
        return "\n".join(html), " ".join(text), "\n".join(headings)

    @cached_property
    def remarks(self) -> list[str]:
        """What readers write: 10 to 60 words."""
        return [self.sentence(self._random.randint(10, 60)) for _ in range(PARAGRAPHS // 4)]

    def remark(self) -> str:
        return self._random.choice(self.remarks)

    def pick(self, most: int) -> int:
        return self._random.randrange(most)

    def _rare_word(self) -> str:
        return "".join(self._random.choices(SYLLABLES, k=self._random.randint(2, 5)))
