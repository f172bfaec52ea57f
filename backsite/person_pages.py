"""What the site holds about one person: for themselves, by their link, and for staff."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from backsite.lib.web import answers_strangers
from newsletter.addresses import masked, tidy
from newsletter.models import Signup, Subscriber
from newsletter.personal import behind_link, link_token
from newsletter.views.preferences import by_mail

from . import one_person

PAGE: Final = "/your-data/"
FORM: Final = "data-link"
THEIR_WISH: Final = "the person asked for it"
MAY: Final = (
    "newsletter.change_subscriber",
    "comments.change_comment",
    "articles.change_feedback",
    "mail.change_message",
)


@answers_strangers
@require_http_methods(["GET", "HEAD", "POST"])
def ask_data(request: HttpRequest) -> HttpResponse:
    """“Send me the link to all that you hold of mine”: for everybody who ever typed an address
    here, in a comment too. The same answer for every address."""
    asked = by_mail(request, FORM, Signup.Kind.DATA, "newsletter/ask_data.html")
    return asked or redirect("data_asked")


@require_safe
def data_asked(request: HttpRequest) -> HttpResponse:
    return render(request, "newsletter/data_asked.html")


# The link is a secret that only the address's owner has; see newsletter.views.joining.confirm.
@answers_strangers
@require_http_methods(["GET", "HEAD", "POST"])
@behind_link(Signup.of_data_link, page=PAGE)
def your_data(request: HttpRequest, asked: Signup) -> HttpResponse:
    """To read, to take along as JSON, and to have deleted: by a box to tick and a button."""
    address = masked(asked.email)
    if request.method == "POST" and request.POST.get("sure") == "yes":
        one_person.erase(asked.email, by=None, why=THEIR_WISH)
        return render(request, "newsletter/erased.html", {"address": address})
    held = one_person.held(asked.email)
    if "json" in request.GET:
        return _as_file(held)
    subscriber = Subscriber.objects.with_address(asked.email).first()
    context = {
        "address": address,
        "rooms": held,
        "page_link": subscriber.preferences_path if subscriber else "",
        "path": reverse("your_data", args=[link_token(request)]),
        "is_unsure": request.method == "POST",
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "newsletter/your_data.html", context, status=status)


def staff_page(request: HttpRequest) -> HttpResponse:
    """The same for staff whom somebody has written to, by address; each erasure with its why."""
    if not all(request.user.has_perm(name) for name in MAY):
        raise PermissionDenied(
            "This page shows and erases what all rooms hold about a person: it is for those who "
            "may change subscribers, comments, words about articles and mails."
        )
    typed = str(request.POST.get("email") or request.GET.get("email") or "").strip()
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": "One person’s data",
        "email": typed,
        "why": request.POST.get("why", ""),
    }
    try:
        email = tidy(typed) if typed else ""
    except ValidationError as error:
        return _staff(request, {**context, "problem": " ".join(error.messages)}, 422)
    if request.method == "POST":
        if not request.POST.get("why", "").strip():
            held = one_person.held(email)
            problem = "Say why, for example “asked by mail on 3 March”. Nothing was erased."
            return _staff(request, {**context, "rooms": held, "problem": problem}, 422)
        one_person.erase(email, by=request.user, why=request.POST["why"].strip()[:500])
        messages.success(request, f"What was held of {email} is erased.")
        return redirect("admin:person")
    if email:
        context["rooms"] = one_person.held(email)
        if "json" in request.GET:
            return _as_file(context["rooms"])
    return _staff(request, context, 200)


def _staff(request: HttpRequest, context: dict[str, Any], status: int) -> HttpResponse:
    return render(request, "admin/person.html", context, status=status)


def _as_file(held: one_person.Held) -> HttpResponse:
    response = JsonResponse(held, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response.headers["Content-Disposition"] = 'attachment; filename="your-data.json"'
    response.headers["Cache-Control"] = "no-store"
    return response
