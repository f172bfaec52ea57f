"""What stands between a request and its view: who gets a cookie (staff only), whose
POSTs are believed, and what a reader sees when the database is away.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError, connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.template.loader import render_to_string
from django.urls import reverse

from backsite.lib import analytics

View = Callable[..., HttpResponseBase]
GetResponse = Callable[[HttpRequest], HttpResponseBase]
AnyView = TypeVar("AnyView", bound=View)

STAFF_ROOT: Final = "/admin/"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

# Nothing from elsewhere, nothing inline. The admin's own widgets set style
# attributes, so styles alone are looser there.
PUBLIC_POLICY: Final = (
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
STAFF_POLICY: Final = (
    "default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self'; font-src 'self'; connect-src 'self'; frame-src 'self'; "
    "form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
)
# What reCAPTCHA adds when its keys are set: its script and frame, on pages with a form.
CAPTCHA_SOURCES: Final = "https://www.google.com/recaptcha/ https://www.gstatic.com/recaptcha/"

SLUG: Final = re.compile(r"[-a-zA-Z0-9_]+")
_ANY_SLUG: Final = "any-slug-at-all"

OUTAGE: Final = (OperationalError, InterfaceError)


def is_staff_page(request: HttpRequest) -> bool:
    return request.path.startswith(STAFF_ROOT)


class _ViewHook(Protocol):
    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None: ...


class StaffSessions(SessionMiddleware):
    def __call__(self, request: HttpRequest) -> Any:
        return super().__call__(request) if is_staff_page(request) else self.get_response(request)


class StaffAuthentication(AuthenticationMiddleware):
    def __call__(self, request: HttpRequest) -> Any:
        return super().__call__(request) if is_staff_page(request) else self.get_response(request)


class StaffMessages(MessageMiddleware):
    def __call__(self, request: HttpRequest) -> Any:
        return super().__call__(request) if is_staff_page(request) else self.get_response(request)


class StaffCsrf(CsrfViewMiddleware):
    def __call__(self, request: HttpRequest) -> Any:
        return super().__call__(request) if is_staff_page(request) else self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        callback: View,
        callback_args: tuple[Any, ...],
        callback_kwargs: dict[str, Any],
    ) -> Any:
        if not is_staff_page(request):
            return None
        return super().process_view(request, callback, callback_args, callback_kwargs)


class ContentSecurityPolicy:
    """Every answer says what its page may load (W3C CSP Level 3)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if "Content-Security-Policy" not in response.headers:
            policy = STAFF_POLICY if is_staff_page(request) else public_policy()
            response.headers["Content-Security-Policy"] = policy
        return response


def public_policy() -> str:
    policy = analytics.allowed(PUBLIC_POLICY, settings.ANALYTICS)
    if not settings.RECAPTCHA_ON:
        return policy
    for kind in ("script-src", "connect-src"):
        policy = policy.replace(f"{kind} 'self'", f"{kind} 'self' {CAPTCHA_SOURCES}")
    return f"{policy}; frame-src {CAPTCHA_SOURCES} https://recaptcha.google.com/recaptcha/"


class DatabaseOutage:
    """A lost database is a page that says so and asks to come back, never a traceback.

    Views that hold a reader's words catch the outage themselves, to hand the words back.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        if not isinstance(exception, OUTAGE):
            return None
        drop_broken_connections()
        return unavailable()


def drop_broken_connections() -> None:
    """Lets the next query connect anew, whatever state the outage left this thread's in."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            try:
                connection.close()
            except DatabaseError:
                connection.connection = None


def unavailable(template: str = "503.html", context: dict[str, Any] | None = None) -> HttpResponse:
    """A page that needs no database, for the time that one is away."""
    response = HttpResponse(render_to_string(template, context or {}), status=503)
    response.headers["Retry-After"] = "10"
    response.headers["Cache-Control"] = "no-store"
    return response


def from_elsewhere(request: HttpRequest) -> bool:
    """Whether the browser says that another site's page sent this request.

    Fetch metadata where the browser sends it (W3C Fetch Metadata: `Sec-Fetch-Site`),
    otherwise the Origin header (RFC 6454), otherwise Referer. A client that sends
    none of them is no browser that could be abused by another site's page.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in {"same-origin", "none"}
    source = request.headers.get("Origin") or request.headers.get("Referer")
    if source is None:
        return False
    try:
        host = urlsplit(source).netloc
    except ValueError:
        return True
    return host not in {request.get_host(), urlsplit(settings.SITE_URL).netloc}


def answers_strangers(view: AnyView) -> AnyView:
    """Marks a public view that deals itself with POSTs which `from_elsewhere` suspects."""
    view.answers_strangers = True  # type: ignore[attr-defined]  # functions take attributes
    return view


class OriginGuard:
    """Public forms carry no CSRF token (pages are the same for everyone and set no
    cookie); a POST that another site's page sent is refused here instead, unless
    its view says that it deals with such POSTs itself.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if request.method in SAFE_METHODS or is_staff_page(request):
            return None
        if getattr(view, "answers_strangers", False) or not from_elsewhere(request):
            return None
        return HttpResponse(render_to_string("403_origin.html"), status=403)


class ReadableForms:
    """A form in a character set that browsers do not send (the HTML standard knows UTF-8
    alone) is answered with the page for malformed requests, before anything decodes it."""

    CHARSETS: Final = frozenset({"utf-8", "utf8", "us-ascii"})

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        charset = (request.content_params or {}).get("charset", "utf-8")
        if charset.strip("\"' ").lower() not in self.CHARSETS:
            return HttpResponse(render_to_string("400.html"), status=400)
        return self.get_response(request)


def site_address(request: HttpRequest) -> dict[str, str]:
    """`{{ site_url }}` for templates: the one address of the site, whatever the request said."""
    return {"site_url": settings.SITE_URL}


def client_address(request: HttpRequest) -> str | None:
    """The reader's IP address; None when there is none that can be read. An old address
    that a server of both kinds writes as a new one (::ffff:203.0.113.9) is the old one.

    X-Forwarded-For is believed only as far as our own proxies wrote it: with n
    trusted proxies the n-th entry from the end is the address that the outermost saw.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        chain = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
        if len(chain) >= settings.TRUSTED_PROXIES:
            address = chain[-settings.TRUSTED_PROXIES]
    try:
        found = ipaddress.ip_address(address.partition("%")[0])  # without the name of our own port
    except ValueError:
        return None
    return str(getattr(found, "ipv4_mapped", None) or found)


def address_of(view: str, slug: str) -> str:
    """As `reverse` gives it. A page links to dozens of things, and to ask the resolver for each
    takes a tenth of the time of the whole page."""
    if not SLUG.fullmatch(slug):
        return reverse(view, args=[slug])
    before, after = _around(view)
    return f"{before}{slug}{after}"


@cache
def _around(view: str) -> tuple[str, str]:
    before, _, after = reverse(view, args=[_ANY_SLUG]).rpartition(_ANY_SLUG)
    return before, after


def site_link(path: str) -> str:
    """The full address of a path of ours, as it stands in mails and feeds."""
    return f"{settings.SITE_URL}{path}"
