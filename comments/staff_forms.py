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

from .dossier import later_events, newest_event, told
from .models import Comment
from .models.comment import LONGEST_TEXT


class Do(models.TextChoices):
    APPROVE = "approve", "Approve"
    CLOSE = "close", "Approve, no answer needed"
    SPAM = "spam", "Spam"
    TRASH = "trash", "Trash"
    HOLD = "hold", "Back to held"
    ANSWER = "answer", "Answer"
    CORRECT = "correct", "Save the correction"


# Verbs of others that do not contradict what is asked for.
FITTING: Final = {
    Do.APPROVE: {"approve", "close"},
    Do.CLOSE: {"approve", "close"},
    Do.SPAM: {"spam"},
    Do.TRASH: {"trash"},
    Do.HOLD: {"hold"},
    Do.ANSWER: {"approve"},
    Do.CORRECT: {"approve"},
}
DONE: Final = {
    Do.APPROVE: "Published: the comment by {}.",
    Do.CLOSE: "Published: the comment by {}. It waits for no answer.",
    Do.SPAM: "Marked as spam: the comment by {}.",
    Do.TRASH: "In the trash: the comment by {}.",
    Do.HOLD: "Back among the comments to decide on: the comment by {}.",
    Do.ANSWER: "Your answer to {} is published.",
    Do.CORRECT: "The correction is published.",
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

    def __init__(
        self, data: Any = None, *, comment: Comment, user: AbstractBaseUser, **kwargs: Any
    ) -> None:
        self.comment, self.user = comment, user
        self.before = comment.text if comment.staff_id else ""
        initial = {"key": uuid.uuid4(), "seen": newest_event(comment), "text": self.before}
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
        self._check_text(do, values.get("text"))
        if not self._sent_before():
            self._check_nobody_came_first(do)
        return values

    def _check_text(self, do: Do, text: str | None) -> None:
        if text is None:  # it has an error of its own
            return
        if do in (Do.ANSWER, Do.CORRECT):
            if not text:
                self.add_error("text", "There is nothing in the box yet: write the answer first.")
            elif (do is Do.CORRECT) != bool(self.comment.staff_id):
                self.add_error(None, "Readers’ words are never edited, and staff answer readers.")
        elif text not in ("", self.before.strip()) and not self.cleaned_data["leave_text"]:
            self.ask_again()
            self.add_error(
                "text",
                f"You pressed “{do.label}”, and there is text in this box. To send it, use the "
                f"button under it. To go on without it, press “{do.label}” again.",
            )

    def _check_nobody_came_first(self, do: Do) -> None:
        for event in later_events(self.comment, self.cleaned_data.get("seen") or 0, FITTING[do]):
            who = "You" if event.by_id == self.user.pk else event.actor or "The site"
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
        self._send_back(seen=str(newest_event(self.comment)))

    def _send_back(self, **fields: str) -> None:
        self.data = {**{name: self.data.get(name, "") for name in self.fields}, **fields}

    def apply(self) -> SafeString:
        """Does what was asked and says so, with a link to the public place."""
        do, by = Do(self.cleaned_data["do"]), self.user
        comment, shown = self.comment, self.comment
        match do:
            case Do.APPROVE:
                comment.approve(by=by)
            case Do.CLOSE:
                comment.approve(by=by, needs_answer=False)
            case Do.SPAM:
                comment.spam(by=by)
            case Do.TRASH:
                comment.trash(by=by)
            case Do.HOLD:
                comment.hold(by=by)
            case Do.CORRECT:
                comment.correct(self.cleaned_data["text"], by=by)
            case Do.ANSWER:
                key = self.cleaned_data.get("key")
                shown = comment.answer(self.cleaned_data["text"], by=by, key=key)
        return self._said(do, shown)

    def _said(self, do: Do, shown: Comment) -> SafeString:
        said = format_html(DONE[do], self.comment.name)
        if shown.is_public and shown.article.is_public:
            where = shown.get_absolute_url()
            said += format_html(' <a href="{}">See it on the site</a>', where)
        if do in (Do.ANSWER, Do.CORRECT):
            # desk.js forgets the draft of this comment when it sees this.
            said += format_html('<span data-sent="comment-{}"></span>', self.comment.pk)
        return said
