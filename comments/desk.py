"""One screen for one comment: all there is to know, and every decision."""

from __future__ import annotations

import re
from typing import Any, Final

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
    QueryDict,
)
from django.template.response import TemplateResponse
from django.urls import reverse

from articles.models import Author

from .answer_parts import saved_replies, suggestions_for
from .company import company_of
from .desk_list import flags_of
from .dossier import dossier_of
from .models import AnswerDraft, Batch, Claim, Comment
from .models.attention import NeedsReason
from .models.comment import public_name
from .narrowing import Place, View
from .promise import promised_hours, wait_of
from .staff_forms import DecisionForm, Do

# Far more than an answer may have: what is too long is told when it is sent, and kept till then.
LONGEST_DRAFT: Final = 100_000
UUID_SHAPE: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# How Django's admin hands a list's filters on to the pages that it leads to.
FILTERS: Final = "_changelist_filters"
# After these the page of the same comment comes back.
STAYS: Final = (Do.HOLD, Do.CORRECT, *(do for do in Do if not do.decides))
# “12 more on this pile”; beyond this the number is of no use.
MOST_LEFT: Final = 1_000


def show(site: AdminSite, request: HttpRequest, comment: Comment) -> HttpResponse:
    return _page(site, request, comment, DecisionForm(comment=comment, user=_staff(request)))


@transaction.atomic
def decide(site: AdminSite, request: HttpRequest, comment_id: int) -> HttpResponse:
    """Two who decide at once come one after the other: the second is told of the first."""
    Comment.objects.lock([comment_id])
    comment = Comment.objects.select_related("article").get(pk=comment_id)
    place = Place.of(comment)
    form = DecisionForm(request.POST, comment=comment, user=_staff(request))
    if not form.is_valid():
        form.renew_seen()
        return _page(site, request, comment, form, status=422)
    try:
        messages.success(request, form.apply())
    except NeedsReason as needs:
        form.add_error(None, str(needs))
        return _page(site, request, comment, form, status=422)
    if Do(form.cleaned_data["do"]) in STAYS:
        return HttpResponseRedirect(request.get_full_path())
    return _go_on(request, place)


@transaction.atomic
def keep_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """What the page sends while somebody types; whoever writes has taken it, if nobody has."""
    user = _staff(request)
    comment = Comment.objects.by_readers().filter(pk=pk).first()
    if comment is None:
        return JsonResponse({"told": "This comment is no longer here."}, status=404)
    text = request.POST.get("text", "").replace("\x00", "").replace("\r\n", "\n")
    key = request.POST.get("key", "")
    form_key = key if UUID_SHAPE.fullmatch(key) else None
    draft = AnswerDraft.keep(comment, text[:LONGEST_DRAFT], by=user, key=form_key)
    if draft is not None:
        Claim.take(comment, by=user)
    company = company_of(comment, user)
    return JsonResponse({"kept": draft is not None, "told": company.told})


def _go_on(request: HttpRequest, place: Place) -> HttpResponse:
    """To the next comment of the pile that is being worked through, or back to the list."""
    view = _view(request)
    following = view.next_after(place) if view.pile.work else None
    if following is not None:
        return HttpResponseRedirect(_same_work(request, following))
    return HttpResponseRedirect(_list_address(request))


def _page(
    site: AdminSite, request: HttpRequest, comment: Comment, form: DecisionForm, status: int = 200
) -> HttpResponse:
    user, view = _staff(request), _view(request)
    profile = Author.objects.of_user(user.pk)
    work = view.pile.work
    skip = view.next_after(Place.of(comment)) if work else None
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": f"{comment.name} on “{comment.article}”",
        "opts": Comment._meta,
        "comment": comment,
        "form": form,
        "company": form.company,
        "wait": wait_of(comment, promised_hours()),
        "flags": flags_of(comment),
        "dossier": dossier_of(comment),
        "answers_as": profile.name if profile else public_name(user),
        "profile": profile,
        "list_address": _list_address(request),
        "pile": view.pile,
        "skip_address": _same_work(request, skip) if skip else "",
        "left": view.left_beside(comment, MOST_LEFT) if work else 0,
        "last_batch": Batch.objects.offered_to(user).first(),
        "replies": saved_replies(comment),
        "suggestions": suggestions_for(comment),
    }
    request.current_app = site.name  # the links of this page stay in this desk
    return TemplateResponse(request, "admin/comments/comment/desk.html", context, status=status)


def _same_work(request: HttpRequest, comment: Comment) -> str:
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    return f"{comment.get_admin_url()}{query}"


def _filters(request: HttpRequest) -> QueryDict:
    return QueryDict(request.GET.get(FILTERS, ""))


def _view(request: HttpRequest) -> View:
    return View.of(_filters(request), request.user)


def _list_address(request: HttpRequest) -> str:
    query = _filters(request).urlencode()
    return reverse("admin:comments_comment_changelist") + (f"?{query}" if query else "")


def _staff(request: HttpRequest) -> AbstractBaseUser:
    """Who is logged in: the admin lets nobody else come this far."""
    user = request.user
    assert isinstance(user, AbstractBaseUser)
    return user
