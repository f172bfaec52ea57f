"""Decisions about many comments in one stroke, and how each stroke is taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme

from .models import Batch, Comment, CommentEvent
from .models.attention import NeedsReason
from .models.batch import Standing
from .models.queries import CommentQuerySet

# More at once than this would keep a web process busy for longer than a person waits.
MOST_AT_ONCE: Final = 2_000
# So long a change may have been under way, or clocks differ, when the list was read.
UNDER_WAY: Final = timedelta(seconds=10)
CHANGED: Final = (
    "{} changed the comment after you had opened the list. Nothing was done to it: read the new "
    "words first."
)


def decide_all(
    request: HttpRequest, rows: CommentQuerySet, verb: Callable[[Comment], None], done: str
) -> None:
    """All or none; locked in one order, so that two who do this at once both succeed."""
    user = request.user
    assert isinstance(user, AbstractBaseUser)
    with transaction.atomic():
        rows = rows.filter(withdrawn_at=None)  # what its writer deleted stays deleted
        keys = list(rows.order_by().values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
        if len(keys) > MOST_AT_ONCE:
            words = f"Nothing was done: at most {MOST_AT_ONCE:,} at once. Choose fewer."
            messages.error(request, words)
            return
        Comment.objects.lock(keys)
        locked = rows.filter(pk__in=keys).order_by("pk")
        before = [(comment, Standing.of(comment)) for comment in locked]
        left = []
        changed = _rewritten_since(request, [comment.pk for comment, _ in before])
        for comment, _ in before:
            if comment.pk in changed:
                left.append(CHANGED.format(comment.name))
                continue
            try:
                verb(comment)
            except NeedsReason as needs:
                left.append(str(needs))
        Batch.record(before, by=user, done=done)
    for words in left:
        messages.warning(request, words)
    _say(request, len(before) - len(left), done, left=len(left))


def _rewritten_since(request: HttpRequest, keys: list[int]) -> set[int]:
    """Those whose writers put other words in their place after the list was opened, as its
    form says: nobody has decided about words that they have not seen. A form that does not
    say it has seen no change at all."""
    try:
        opened = parse_datetime(request.POST.get("opened", ""))
    except ValueError:
        opened = None
    rewritten = CommentEvent.objects.filter(comment__in=keys, verb="rewrite").order_by()
    if opened is not None and timezone.is_aware(opened):
        rewritten = rewritten.filter(at__gt=opened - UNDER_WAY)
    return set(rewritten.values_list("comment_id", flat=True))


def _say(request: HttpRequest, count: int, done: str, *, left: int) -> None:
    """A comment that somebody else moved to another pile meanwhile is left alone, and said."""
    if count:
        messages.success(request, f"{comments(count)} {done}.")
    count += left  # of those it is said why
    chosen = len(request.POST.getlist(ACTION_CHECKBOX_NAME))
    if request.POST.get("select_across") != "1" and count < chosen:
        messages.warning(
            request,
            f"{chosen - count} of those you chose had left this pile: somebody else decided "
            "meanwhile. Nothing was done to them.",
        )


def comments(count: int) -> str:
    return "1 comment was" if count == 1 else f"{count:,} comments were"


def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes back a stroke of one's own, and says what was left alone."""
    user = request.user
    assert isinstance(user, AbstractBaseUser)
    batch = Batch.objects.filter(pk=pk, by_id=user.pk).first()
    if batch is None:
        messages.error(request, "This is nothing that you decided; nothing was taken back.")
    elif batch.undone_at is not None:
        messages.info(request, "That was taken back before.")
    else:
        back, left = batch.undo(by=user)
        if back:
            messages.success(request, f"Taken back: {comments(back)} put back as before.")
        if left:
            messages.warning(
                request,
                f"{comments(left)} left alone: somebody has decided about "
                f"{'it' if left == 1 else 'them'} since.",
            )
    return HttpResponseRedirect(_back(request))


def _back(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return wanted
    return reverse("admin:comments_comment_changelist")
