"""What staff send from the page of one comment: a decision, and perhaps an answer."""

from __future__ import annotations

import uuid
from typing import Any, Final

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.utils.html import format_html
from django.utils.safestring import SafeString

from backsite.lib.ages import ago

from .answer_parts import with_insertion
from .company import company_of
from .dossier import later_events, newest_event, told
from .models import AnswerDraft, Batch, Claim, Comment
from .models.batch import Standing
from .models.comment import LONGEST_REASON, LONGEST_TEXT
from .reasons import SAY_WHY, Reason, reason_of


class Do(models.TextChoices):
    APPROVE = "approve", "Approve"
    CLOSE = "close", "Approve, no answer needed"
    SPAM = "spam", "Spam"
    TRASH = "trash", "Trash"
    HOLD = "hold", "Back to held"
    ANSWER = "answer", "Answer"
    CORRECT = "correct", "Save the correction"
    REOPEN = "reopen", "It needs an answer"
    TAKE = "take", "Take it"
    RELEASE = "release", "Give it back"
    DRAFT = "draft", "Keep as a draft"
    DROP = "drop", "Start anew"
    INSERT = "insert", "Put into the answer"

    @property
    def decides(self) -> bool:
        """Whether it says what becomes of the comment."""
        return self not in (Do.TAKE, Do.RELEASE, Do.DRAFT, Do.DROP, Do.INSERT)


# Verbs of others that do not contradict what is asked for.
FITTING: Final = {
    Do.APPROVE: {"approve", "close"},
    Do.CLOSE: {"approve", "close"},
    Do.SPAM: {"spam"},
    Do.TRASH: {"trash"},
    Do.HOLD: {"hold"},
    Do.ANSWER: {"approve"},
    Do.CORRECT: {"approve"},
    Do.REOPEN: {"reopen"},
}
# What its writer did, by their own link.
BY_WRITERS: Final = {"rewrite", "withdraw"}
DONE: Final = {
    Do.APPROVE: "Published: the comment by {}.",
    Do.CLOSE: "Published: the comment by {}. It waits for no answer.",
    Do.SPAM: "Marked as spam: the comment by {}.",
    Do.TRASH: "In the trash: the comment by {}.",
    Do.HOLD: "Back among the comments to decide on: the comment by {}.",
    Do.ANSWER: "Your answer to {} is published.",
    Do.CORRECT: "The correction is published.",
    Do.REOPEN: "The question of {} waits for an answer again.",
    Do.TAKE: "You have taken the comment by {}. Your colleagues see it.",
    Do.RELEASE: "Given back: the comment by {}. Anybody may take it.",
    Do.DRAFT: "Your draft of an answer to {} is kept.",
    Do.DROP: "Your draft of an answer to {} is gone.",
    Do.INSERT: "Put into your answer to {}.",
}
# What can be taken back with one button afterwards.
TAKEN_BACK: Final = {
    Do.APPROVE: "published",
    Do.CLOSE: "published and need no answer",
    Do.SPAM: "marked as spam",
    Do.TRASH: "moved to the trash",
    Do.HOLD: "put back to decide on",
    Do.REOPEN: "opened again",
}


class DecisionForm(forms.Form):
    """`seen` is the newest event when the page was made: what somebody else decided
    since then is told before it is overruled. `key` makes a button pressed twice one
    answer. The comment must be locked while the form is validated and applied.
    """

    do = forms.ChoiceField(choices=Do.choices)
    text = forms.CharField(
        label="Your answer",
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={
            "max_length": "This is %(show_value)d characters long, and there is room for "
            "%(limit_value)d. Nothing is lost: shorten it here, or make two of it."
        },
    )
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    leave_text = forms.BooleanField(required=False, widget=forms.HiddenInput)
    # Whom of the colleagues at this comment the page named.
    aware = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    reason = forms.ChoiceField(choices=[("", "Why?"), *Reason.choices], required=False)
    own_reason = forms.CharField(required=False, max_length=LONGEST_REASON)
    insert = forms.CharField(required=False, max_length=20)

    def __init__(
        self, data: Any = None, *, comment: Comment, user: AbstractBaseUser, **kwargs: Any
    ) -> None:
        self.comment, self.user = comment, user
        self.before = comment.text if comment.staff_id else ""
        self.company = company_of(comment, user)
        draft = self.company.own_draft
        initial = {
            "key": uuid.uuid4(),
            "seen": newest_event(comment),
            "text": draft.text if draft and not comment.staff_id else self.before,
            "aware": self.company.names,
        }
        if data is not None and data.get("insert") and not data.get("do"):
            data = {**data.dict(), "do": Do.INSERT.value}  # a button says one thing
        super().__init__(data, initial=initial, auto_id="answer_%s", **kwargs)
        if comment.staff_id:
            self.fields["text"].label = "The answer as readers see it"

    def clean_text(self) -> str:
        return str(self.cleaned_data["text"]).replace("\r\n", "\n").replace("\r", "\n")

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if "do" not in values:
            self.add_error(None, "Choose one of the buttons. What you typed is still here.")
            return values
        do = Do(values["do"])
        if self.comment.withdrawn_at is not None:
            self.add_error(None, "Its writer has deleted this comment. It stays deleted.")
        self._check_text(do, values.get("text"))
        if do is Do.CLOSE and not reason_of(self.data):
            self.add_error("reason", SAY_WHY)
        if do.decides and not self._sent_before():
            self._check_nobody_came_first(do)
        if do is Do.ANSWER and self.company.is_new(values.get("aware", "")):
            self.add_error(
                None,
                f"{self.company.told} Nothing was sent, and your words are still here. Talk to "
                "each other, or send your answer now: then it stands.",
            )
        return values

    def _check_text(self, do: Do, text: str | None) -> None:
        if text is None:  # it has an error of its own
            return
        if do in (Do.ANSWER, Do.CORRECT):
            if not text:
                self.add_error("text", "There is nothing in the box yet: write the answer first.")
            elif (do is Do.CORRECT) != bool(self.comment.staff_id):
                self.add_error(None, "Readers’ words are never edited, and staff answer readers.")
        elif (
            do.decides
            and text not in ("", self.before.strip())
            and not self.cleaned_data["leave_text"]
        ):
            self.ask_again()
            self.add_error(
                "text",
                f"You pressed “{do.label}”, and there is text in this box. To send it, use the "
                f"button under it. To go on without it, press “{do.label}” again.",
            )

    def _check_nobody_came_first(self, do: Do) -> None:
        for event in later_events(self.comment, self.cleaned_data.get("seen") or 0, FITTING[do]):
            who = (
                "Its writer"
                if event.verb in BY_WRITERS
                else "You"
                if event.by_id == self.user.pk
                else event.actor or "The site"
            )
            self.add_error(
                None,
                f"{who} {told(event)} {ago(event.at)}, after you had opened this page. Nothing "
                "was done, and what you typed is still here. What you choose now will stand.",
            )

    def _sent_before(self) -> bool:
        """The same words from the same page. Other words (typed after going back in the
        browser) are an answer of their own, with a key of their own."""
        key, text = self.cleaned_data.get("key"), self.cleaned_data.get("text")
        if key is None or not Comment.objects.filter(submission_key=key).exists():
            return False
        if self.comment.replies.filter(submission_key=key, text=text).exists():
            return True
        self.cleaned_data["key"] = uuid.uuid4()
        return False

    def ask_again(self) -> None:
        """The page that comes back takes the same button for a yes."""
        self._send_back(leave_text="on")

    def renew_seen(self) -> None:
        """The page that comes back shows what others did; from now on it is known."""
        self._send_back(seen=str(newest_event(self.comment)), aware=self.company.names)

    def _send_back(self, **fields: str) -> None:
        self.data = {**{name: self.data.get(name, "") for name in self.fields}, **fields}

    def apply(self) -> SafeString:
        """Does what was asked and says so, with a link to the public place."""
        do, by = Do(self.cleaned_data["do"]), self.user
        before = Standing.of(self.comment)
        shown = self._work(do) if not do.decides else self._decide(do)
        if do in TAKEN_BACK:
            Batch.record([(self.comment, before)], by=by, done=TAKEN_BACK[do])
        if do.decides:
            Claim.release(self.comment, by=by)
        return self._said(do, shown)

    def _decide(self, do: Do) -> Comment:
        comment, by, text = self.comment, self.user, self.cleaned_data["text"]
        match do:
            case Do.APPROVE:
                comment.approve(by=by)
            case Do.CLOSE:
                comment.approve(by=by, needs_answer=False, why=reason_of(self.data))
            case Do.SPAM:
                comment.spam(by=by, why=reason_of(self.data))
            case Do.TRASH:
                comment.trash(by=by, why=reason_of(self.data))
            case Do.HOLD:
                comment.hold(by=by)
            case Do.REOPEN:
                comment.reopen(by=by)
            case Do.CORRECT:
                comment.correct(text, by=by)
            case Do.ANSWER:
                answer = comment.answer(text, by=by, key=self.cleaned_data.get("key"))
                AnswerDraft.objects.of(by).filter(comment=comment).delete()
                return answer
        return comment

    def _work(self, do: Do) -> Comment:
        comment, by = self.comment, self.user
        match do:
            case Do.TAKE:
                Claim.take(comment, by=by, over=True)
            case Do.RELEASE:
                Claim.release(comment, by=by)
            case Do.DROP:
                AnswerDraft.keep(comment, "", by=by)
        if do is not Do.DROP and not comment.staff_id:
            text = self.cleaned_data["text"]
            if do is Do.INSERT:
                text = with_insertion(text, self.cleaned_data["insert"], comment)
            AnswerDraft.keep(comment, text, by=by)
        if do is Do.DRAFT:
            Claim.take(comment, by=by)
        return comment

    def _said(self, do: Do, shown: Comment) -> SafeString:
        said = format_html(DONE[do], self.comment.name)
        if do.decides and shown.is_public and shown.article.is_public:
            where = shown.get_absolute_url()
            said += format_html(' <a href="{}">See it on the site</a>', where)
        if do in (Do.ANSWER, Do.CORRECT, Do.DROP):
            # desk.js forgets the draft of this comment when it sees this.
            said += format_html('<span data-sent="comment-{}"></span>', self.comment.pk)
        return said
