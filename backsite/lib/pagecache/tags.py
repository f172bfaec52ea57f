"""How a view says that its page is the same for everyone, and what it shows."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar, cast

from django.http import HttpRequest, HttpResponseBase

HEADER: Final = "Cache-Tag"
# Drops all pages there are.
EVERYTHING: Final = "everything"
# On every page: what the frame around it shows (name, navigation, foot), and whatever is
# changed so seldom that dropping all pages costs less than keeping book.
SITE: Final = "site"
# Any article at all, also of those that no list shows.
ANY_ARTICLE: Final = "articles"

IS_FOR_EVERYBODY: Final = "is_for_everybody"
MARK: Final = "_shows"

AnyView = TypeVar("AnyView", bound=Callable[..., HttpResponseBase])


def cacheable(*tags: str) -> Callable[[AnyView], AnyView]:
    """For a view whose page is the same for everyone; it shows what `tags` name, and what
    `shows` was told while it was made."""

    def decorate(view: AnyView) -> AnyView:
        @wraps(view)
        def marked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            response = view(request, *args, **kwargs)
            if response.status_code == 200 and request.method in ("GET", "HEAD"):
                named = getattr(request, MARK, [])
                response.headers[HEADER] = ",".join(dict.fromkeys([SITE, *tags, *named]))
            return response

        setattr(marked, IS_FOR_EVERYBODY, True)
        return cast("AnyView", marked)

    return decorate


def shows(request: HttpRequest, *tags: str) -> None:
    """The page that is being made for this request must be dropped with one of these."""
    setattr(request, MARK, [*getattr(request, MARK, []), *tags])


def tags_of(headers: list[tuple[str, str]]) -> frozenset[str]:
    """The tags that a WSGI answer names; none where its view did not say."""
    values = [value for name, value in headers if name == HEADER]
    return frozenset(tag.strip() for value in values for tag in value.split(",") if tag.strip())
