"""One screen for one comment: all there is to know, and every decision."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse

from articles.models import Author

from .dossier import dossier_of
from .models import Comment
from .models.comment import public_name
from .piles import Pile, next_on, pile_called
from .staff_forms import DecisionForm, Do

# How Django's admin hands a list's filters on to the pages that it leads to.
FILTERS: Final = "_changelist_filters"
# After these the page of the same comment comes back.
STAYS: Final = (Do.HOLD, Do.CORRECT)


def show(site: AdminSite, request: HttpRequest, comment: Comment) -> HttpResponse:
    return _page(site, request, comment, DecisionForm(comment=comment, user=_staff(request)))


@transaction.atomic
def decide(site: AdminSite, request: HttpRequest, comment_id: int) -> HttpResponse:
    """Two who decide at once come one after the other: the second is told of the first."""
    locked = Comment.objects.select_for_update(of=("self",)).select_related("article")
    comment = locked.get(pk=comment_id)
    form = DecisionForm(request.POST, comment=comment, user=_staff(request))
    if not form.is_valid():
        form.renew_seen()
        return _page(site, request, comment, form, status=422)
    messages.success(request, form.apply())
    if Do(form.cleaned_data["do"]) in STAYS:
        return HttpResponseRedirect(request.get_full_path())
    return _go_on(request, comment)


def _go_on(request: HttpRequest, comment: Comment) -> HttpResponse:
    """To the next comment of the pile that is being worked through, or back to the list."""
    pile = _pile(request)
    following = next_on(pile, comment) if pile.work else None
    if following is not None:
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        return HttpResponseRedirect(f"{following.get_admin_url()}{query}")
    return HttpResponseRedirect(_list_address(request))


def _page(
    site: AdminSite, request: HttpRequest, comment: Comment, form: DecisionForm, status: int = 200
) -> HttpResponse:
    user = _staff(request)
    pile = _pile(request)
    profile = Author.objects.of_user(user.pk)
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": f"{comment.name} on “{comment.article}”",
        "opts": Comment._meta,
        "comment": comment,
        "form": form,
        "dossier": dossier_of(comment),
        "answers_as": profile.name if profile else public_name(user),
        "profile": profile,
        "list_address": _list_address(request),
        "pile": pile,
        "left": pile.pick(Comment.objects.exclude(pk=comment.pk)).count() if pile.work else 0,
    }
    request.current_app = site.name  # the links of this page stay in this desk
    return TemplateResponse(request, "admin/comments/comment/desk.html", context, status=status)


def _filters(request: HttpRequest) -> QueryDict:
    return QueryDict(request.GET.get(FILTERS, ""))


def _pile(request: HttpRequest) -> Pile:
    return pile_called(_filters(request).get("pile"))


def _list_address(request: HttpRequest) -> str:
    query = _filters(request).urlencode()
    return reverse("admin:comments_comment_changelist") + (f"?{query}" if query else "")


def _staff(request: HttpRequest) -> AbstractBaseUser:
    """Who is logged in: the admin lets nobody else come this far."""
    user = request.user
    assert isinstance(user, AbstractBaseUser)
    return user
