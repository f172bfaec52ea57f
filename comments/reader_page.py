"""All that staff know of one reader, and what they decide about all of them at once."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.html import format_html

from backsite.lib.text import has_substance

from .desk_list import standing_of
from .models import Comment, Reader, ReaderEvent, ReaderNote

# The newest; the list with a search for the address has them all.
SHOWN: Final = 100
LONGEST_NOTE: Final = 2_000


class About(models.TextChoices):
    NOTE = "note", "Keep this note"
    BLOCK = "block", "Block"
    UNBLOCK = "unblock", "Unblock"
    TRUST = "trust", "Trust"
    DISTRUST = "distrust", "Trust no longer"


DONE: Final = {
    About.NOTE: "The note is kept.",
    About.BLOCK: "Blocked: what comes from this address goes to spam.",
    About.UNBLOCK: "No longer blocked.",
    About.TRUST: "Trusted: comments from this address are published at once, once it is confirmed.",
    About.DISTRUST: "No longer trusted.",
}
TOLD: Final = {
    "confirm": "confirmed the address",
    "mute": "wants no mails about replies",
    "unmute": "wants mails about replies again",
    "block": "blocked this reader",
    "unblock": "unblocked this reader",
    "trust": "trusted this reader",
    "distrust": "ended the trust",
}


class ReaderForm(forms.Form):
    """`text` is the note, or the reason of what is decided: both are kept."""

    do = forms.ChoiceField(choices=About.choices)
    text = forms.CharField(
        label="Note or reason",
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if "do" not in values:
            self.add_error(None, "Choose one of the buttons. What you typed is still here.")
        elif "text" in values and not has_substance(values["text"]):
            wanted = "the note" if values["do"] == About.NOTE else "the reason"
            self.add_error("text", f"Write {wanted} first: your colleagues will want to know.")
        return values

    def apply(self, email: str, *, by: Any) -> About:
        do, text = About(self.cleaned_data["do"]), self.cleaned_data["text"]
        with transaction.atomic():
            reader = Reader.of(email)
            reader = Reader.objects.select_for_update().get(pk=reader.pk)
            if do is About.NOTE:
                reader.note(text, by=by)
            else:
                getattr(reader, do.value)(by=by, why=text)
        return do


def page(site: AdminSite, request: HttpRequest, email: str) -> HttpResponse:
    form = ReaderForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        messages.success(request, DONE[form.apply(email, by=request.user)])
        return HttpResponseRedirect(request.get_full_path())
    reader = Reader.objects.at(email).first()
    rows = Comment.objects.written_by(email)
    newest = list(
        rows.listed().prefetch_related("votes", "events").order_by("-created_at", "-pk")[:SHOWN]
    )
    for comment in newest:
        kind, words = standing_of(comment)
        comment.__dict__["badge"] = format_html('<span class="badge {}">{}</span>', kind, words)
    context = {
        **site.each_context(request),
        "title": f"{newest[0].name if newest else email}, a reader",
        "opts": Reader._meta,
        "email": email,
        "reader": reader,
        "names": list(rows.order_by().values_list("name", flat=True).distinct()[:10]),
        "counts": [(Comment.State(state).label, n) for state, n in rows.in_states().items()],
        "written": newest,
        "most": SHOWN,
        "notes": ReaderNote.objects.filter(reader=reader) if reader else [],
        "events": ReaderEvent.objects.filter(reader=reader) if reader else [],
        "form": form,
    }
    request.current_app = site.name
    status = 422 if form.errors else 200
    return TemplateResponse(request, "admin/comments/reader/page.html", context, status=status)


def told(event: ReaderEvent) -> str:
    return TOLD.get(event.verb, event.verb)
