"""One comment as the checks see it: its words, and the facts that are asked for once."""

from __future__ import annotations

from functools import cached_property

from backsite.lib.signs import plain

from ..models.comment import Comment
from .classifier.features import Features, features_of
from .facts import Facts, facts_about
from .links import links_in
from .sketch import sketch_of, words_of


class Case:
    def __init__(self, comment: Comment) -> None:
        self.comment = comment

    @cached_property
    def facts(self) -> Facts:
        return facts_about(self.comment, self.sketch, self.features)

    @cached_property
    def features(self) -> Features:
        return features_of(self.comment.text, self.comment.name, self.comment.website)

    @cached_property
    def words(self) -> list[str]:
        return words_of(self.plain_text)

    @cached_property
    def sketch(self) -> list[int]:
        return sketch_of(self.words)

    @cached_property
    def links(self) -> list[str]:
        return links_in(self.comment.text)

    @cached_property
    def plain_text(self) -> str:
        return plain(self.comment.text)

    @property
    def is_known(self) -> bool:
        """Its address is confirmed, and staff trust it or published it before. Anybody can
        type anybody's address: without a confirmation nothing is granted to it."""
        facts = self.facts
        if not facts.is_confirmed or facts.is_blocked:
            return False
        return facts.is_trusted or facts.published > 0
