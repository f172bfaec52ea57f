"""What a reader may have meant who mistyped a word: the nearest of the words in use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.conf import settings
from django.db.models.functions import Length

from ..models.vocabulary import LONGEST_WORD, Word, known, words_of

# More mistyped words than this in one query are no mistyped words.
MOST_CORRECTED: Final = 3
# A word in fewer articles than this may be a slip of the writer's, if another that differs
# in one letter is in so many times as many.
RARE: Final = 3
TIMES: Final = 5
# Letters that may be lacking or stand for another, beside those of the word itself.
ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz"
# Those that the languages of the site have besides. (Each costs a look into the index for every
# place in a word.)
FURTHER_LETTERS: Final = {"de": "äöüß", "fr": "àâæçéèêëîïôœùûüÿ"}
# The most used ones of those with the same beginning and about the same length.
CANDIDATES: Final = 1_000


def better_words(words: Iterable[str]) -> dict[str, str]:
    """What may be meant by each word that no article uses, or hardly any beside one that is
    nearly the same. A word without a near one is left out."""
    wanted = [word for word in dict.fromkeys(words) if word in words_of(word)]
    in_use = known(wanted)
    odd = [word for word in wanted if in_use.get(word, 0) < RARE]
    better = {word: _better(word, in_use.get(word, 0)) for word in odd[:MOST_CORRECTED]}
    return {word: found for word, found in better.items() if found}


def distance(one: str, other: str, most: int) -> int:
    """How many letters must be put in, left out, changed or swapped with their neighbour
    (Damerau–Levenshtein, no letter twice); any number above `most` where it is more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        row = [i]
        for j, wanted in enumerate(other, start=1):
            cost = min(row[j - 1] + 1, last[j] + 1, last[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before, last = last, row
    return last[-1]


def _better(word: str, articles_now: int) -> str:
    """The nearest word in use, the more used one of two as near; "" where none is near."""
    one_step = known(_one_step_from(word))
    near = [
        (-articles, candidate)
        for candidate, articles in one_step.items()
        if candidate != word and articles >= TIMES * articles_now
    ]
    if near:
        return min(near)[1]
    if articles_now:
        return ""
    return _two_words(word) or _further(word, 1 if len(word) < 6 else 2)


def _one_step_from(word: str) -> set[str]:
    """All that one letter put in, left out, changed or swapped with its neighbour makes of it:
    looked up at once, they cost a fifth of reading words that begin alike."""
    language = settings.LANGUAGE_CODE.partition("-")[0]
    letters = sorted({*ALPHABET, *FURTHER_LETTERS.get(language, ""), *word})
    splits = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    made = {left + letter + right for left, right in splits for letter in letters}
    made |= {left + letter + right[1:] for left, right in splits if right for letter in letters}
    made |= {left + right[1:] for left, right in splits if right}
    made |= {left + right[1] + right[0] + right[2:] for left, right in splits if len(right) > 1}
    return made


def _further(word: str, most: int) -> str:
    """The nearest of those that begin alike."""
    near = []
    for candidate, articles in _candidates(word, most):
        if len(set(word) ^ set(candidate)) > 2 * most:
            continue
        steps = distance(word, candidate, most)
        if steps <= most:
            near.append((steps, -articles, candidate))
    return min(near)[2] if near else ""


def _candidates(word: str, most: int) -> list[tuple[str, int]]:
    """With one of its first two letters at the beginning: those may have been swapped, or
    the first one is too much."""
    first, second = word[0], word[1]
    starts = Word.objects.filter(word__startswith=first)
    if second != first:
        starts |= Word.objects.filter(word__startswith=second)
    rows = starts.annotate(length=Length("word")).filter(
        length__gte=len(word) - most, length__lte=len(word) + most
    )
    return list(rows.order_by("-articles").values_list("word", "articles")[:CANDIDATES])


def _two_words(word: str) -> str:
    """Two words in use that only lack the space between them; "" where it is not so."""
    if len(word) > LONGEST_WORD:
        return ""
    splits = [(word[:place], word[place:]) for place in range(3, len(word) - 2)]
    in_use = known(part for split in splits for part in split)
    fit = [
        (min(in_use[left], in_use[right]), f"{left} {right}")
        for left, right in splits
        if left in in_use and right in in_use
    ]
    return max(fit)[1] if fit else ""
