"""Which features made an opinion, in words for staff."""

from __future__ import annotations

from math import sqrt
from typing import Any, Final

from . import opinion as weights
from .counts import FEWEST, Counts
from .features import Features
from .line import Line, scale_of
from .opinion import Opinion

SHOWN: Final = 5
LONGEST_REASON: Final = 300
LONGEST_FEATURE: Final = 60
# What speaks less than this is not worth a person's time.
SOFTEST: Final = 0.02

MARKS: Final = {"<link>": "a link", "<year>": "a year", "<#>": "a #tag", "<@>": "an @name"}
WORDS: Final = {
    "ending": "an address ending in .{}",
    "host": "a link to {}",
    "path": "“{}” in a link",
    "name": "“{}” in the writer's name",
    "site": "{} as the writer's website",
    "sign": "the sign {}",
    "sentence": "the sentence “{}”",
}
SHAPES: Final = {
    "site": "the writer names a website",
    "link with a path": "a link to one page of a site",
    "link without a path": "a link to the front page of a site",
    "words in the name:0": "no name",
    "words in the name:1": "a name of one word",
    "words in the name:2": "a name of two words",
    "words in the name:3": "a name of three or more words",
    "links:0": "no link",
    "links:1": "one link",
    "links:2": "two links",
    "links:3": "three or more links",
    "digits:0": "no digits",
    "capitals:0": "few capital letters",
    "capitals:2": "many capital letters",
    "capitals:3": "capital letters throughout",
    "capitals:none": "no letters at all",
}
KINDS: Final = {
    "length": "a text of this length",
    "capitals": "this many capital letters",
    "digits": "this many digits",
}


def evidence_for(
    features: Features, counts: Counts, line: Line | None, opinion: Opinion
) -> dict[str, Any]:
    """`spam` and `welcome`: the strongest features on each side with what each adds to the
    odds, strongest first."""
    parts = _parts(features, counts, line)
    if opinion.sentence:
        parts[f"sentence:{opinion.sentence}"] = opinion.adds
    loud = [part for part in parts.items() if abs(part[1]) >= SOFTEST]
    found = sorted(loud, key=lambda part: (-abs(part[1]), part))
    sides: dict[str, list[list[Any]]] = {"spam": [], "welcome": []}
    for feature, adds in found:
        side = sides["spam" if adds > 0 else "welcome"]
        if len(side) == SHOWN:
            continue
        shown = in_words(feature)
        if all(shown != word for word, _ in side):
            side.append([shown, round(adds, 2)])
    return {"probability": round(opinion.probability, 3), **sides}


def _parts(features: Features, counts: Counts, line: Line | None) -> dict[str, float]:
    by_counts = weights.BY_COUNTS if line else weights.BY_COUNTS_ALONE
    by_counts /= sqrt(max(len(features.told), FEWEST))
    scale = weights.BY_LINE * scale_of(features)
    of_line = line.weights(features) if line else dict.fromkeys(features.told, 0.0)
    parts = {one: by_counts * counts.weight(one) + scale * at for one, at in of_line.items()}
    for host in features.hosts:
        parts[host] = parts.get(host, 0.0) + weights.BY_HOST * counts.by_host([host])
    return parts


def reason_for(opinion: Opinion, evidence: dict[str, Any]) -> str:
    percent = min(99, round(100 * opinion.probability))
    if opinion.odds >= 0:
        said, side = f"Spam by {percent} %, going by what you decided before", "spam"
    else:
        said, side = (
            f"Welcome by {100 - max(1, percent)} %, going by what you decided before",
            "welcome",
        )
    told = ", ".join(word for word, _ in evidence[side])
    reason = f"{said}: {told}" if told else said
    return reason if len(reason) <= LONGEST_REASON else f"{reason[: LONGEST_REASON - 1]}…"


def in_words(feature: str) -> str:
    if feature in SHAPES:
        return SHAPES[feature]
    kind, _, value = feature.partition(":")
    value = _shortened(value)
    if kind == "word":
        return MARKS.get(value) or _quoted(value)
    if kind == "pair":
        return _pair(value)
    if kind.startswith("how many"):
        return f"no {kind[-1]}" if value == "0" else f"this many {kind[-1]}"
    if kind in KINDS:
        return KINDS[kind]
    return WORDS.get(kind, "{}").format(value)


def _shortened(value: str) -> str:
    return value if len(value) <= LONGEST_FEATURE else f"{value[: LONGEST_FEATURE - 1]}…"


def _quoted(word: str) -> str:
    return f"a number of {word[1:-1]}" if word.endswith(" digits>") else f"“{word}”"


def _pair(value: str) -> str:
    one, _, two = value.partition(" ")
    if value.startswith("<") and value.count(" ") > 1:  # “<3 digits> people”
        one, two = value.rpartition(" ")[0], value.rpartition(" ")[2]
    plain = value.replace("^ ", "").replace(" $", "")
    for mark, word in MARKS.items():
        plain = plain.replace(mark, f"[{word}]")
    if one == "^":
        return f"beginning with “{plain}”"
    if two == "$":
        return f"ending with “{plain}”"
    return f"“{plain}”"
