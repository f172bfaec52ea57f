"""Who else is at a comment: has taken it, or is writing an answer."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser

from backsite.lib.ages import ago

from .models import AnswerDraft, Claim, Comment


@dataclass(frozen=True)
class Company:
    claim: Claim | None
    own_draft: AnswerDraft | None
    other_drafts: list[AnswerDraft]
    user: AbstractBaseUser

    @property
    def taken_by_me(self) -> bool:
        return self.claim is not None and self.claim.by_id == self.user.pk

    @property
    def taken_by_another(self) -> Claim | None:
        return None if self.taken_by_me else self.claim

    @property
    def names(self) -> str:
        """The colleagues at it now, as keys; the page sends back whom it named."""
        keys = {draft.by_id for draft in self.other_drafts if draft.is_being_written}
        if self.taken_by_another is not None:
            keys.add(self.taken_by_another.by_id)
        return ",".join(str(key) for key in sorted(keys))

    def is_new(self, aware: str) -> bool:
        """Whether somebody is at it now whom the page, which named `aware`, did not know of."""
        return not set(self.names.split(",")) <= {"", *aware.split(",")}

    @property
    def lines(self) -> list[str]:
        other = self.taken_by_another
        said = [f"{other.name} took this comment {ago(other.at)}."] if other else []
        for draft in self.other_drafts:
            if draft.is_being_written:
                said.append(f"{draft.name} is writing an answer.")
            else:
                said.append(f"{draft.name} began an answer {ago(draft.at)}; it was not sent.")
        return said

    @property
    def told(self) -> str:
        return " ".join(self.lines)


def company_of(comment: Comment, user: AbstractBaseUser) -> Company:
    claim = Claim.objects.living().filter(comment=comment)
    drafts = list(
        AnswerDraft.objects.filter(comment=comment)
        .select_related("by__author_profile")
        .order_by("-at")
    )
    return Company(
        claim=claim.select_related("by__author_profile").first(),
        own_draft=next((draft for draft in drafts if draft.by_id == user.pk), None),
        other_drafts=[draft for draft in drafts if draft.by_id != user.pk],
        user=user,
    )
