"""What the rules of the staff's say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from backsite.lib.bots import Vote

from ...models.block_rule import BlockRule, RuleHit
from ..case import Case
from ..matching import Matcher, Subject, TooSlow, matchers
from ..verdict import AT_LEAST, Outcome

NAME: Final = "blocklist"
# A rule that condemns does so whatever else speaks for the comment (`at_least`); these
# weights are what it adds to the sum that staff see.
WEIGHTS: Final = {BlockRule.Effect.SPAM: 10.0, BlockRule.Effect.HOLD: 2.0}


class InForce:
    """The rules ready for use, read again in each process when one has changed."""

    def __init__(self) -> None:
        self.version: object = None
        self.matchers: list[Matcher] = []

    def at(self, version: object) -> list[Matcher]:
        """The rules of this version, which changes whenever a rule does."""
        if version != self.version:
            self.matchers = matchers(BlockRule.objects.in_force())
            self.version = version
        return self.matchers


in_force = InForce()


def blocklist(case: Case) -> Vote | None:
    rules = in_force.at(case.facts.rules)
    if not rules:
        return None
    comment, address = case.comment, case.facts.address
    subject = Subject.of(comment.name, comment.email, comment.website, comment.text, address)
    vote, caught, slow = vote_of(rules, subject)
    if caught:
        RuleHit.objects.bulk_create(
            [RuleHit(rule_id=pk, comment=comment) for pk in caught], ignore_conflicts=True
        )
    for rule in slow:
        rule.too_slow(comment)
    return vote


def vote_of(
    rules: Iterable[Matcher], subject: Subject
) -> tuple[Vote | None, list[int], list[BlockRule]]:
    """(the one vote of all rules, the keys of those that found something, those stopped)."""
    caught: list[tuple[BlockRule, str]] = []
    slow: list[BlockRule] = []
    for matcher in rules:
        try:
            found = matcher.find(subject)
        except TooSlow:
            slow.append(matcher.rule)
        else:
            if found is not None:
                caught.append((matcher.rule, found))
    return _vote(caught, slow), [rule.pk for rule, _ in caught], slow


def _vote(caught: list[tuple[BlockRule, str]], slow: list[BlockRule]) -> Vote | None:
    if not caught and not slow:
        return None
    effects = {BlockRule.Effect(rule.effect) for rule, _ in caught}
    weight = sum(WEIGHTS.get(BlockRule.Effect(rule.effect), rule.weight) for rule, _ in caught)
    parts = [f"“{found}” ({rule.get_kind_display()})" for rule, found in caught[:5]]
    parts += [f"the pattern “{rule.value[:60]}” took too long" for rule in slow[:2]]
    evidence: dict[str, object] = {
        "rules": [rule.pk for rule, _ in caught],
        "found": [found for _, found in caught[:20]],
    }
    if BlockRule.Effect.SPAM in effects:
        evidence[AT_LEAST] = Outcome.SPAM.value
    elif BlockRule.Effect.HOLD in effects or slow:
        evidence[AT_LEAST] = Outcome.HOLD.value
    return Vote(NAME, weight, f"Blocked by a rule: {'; '.join(parts)}", evidence)
