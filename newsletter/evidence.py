"""What is kept with each thing that a person decides on a page."""

from __future__ import annotations

from django.http import HttpRequest

from backsite.lib.web import client_address

from .models.consent import Evidence
from .models.signup import network_hash


def evidence(request: HttpRequest, *, page: str, form: str, wording: object) -> Evidence:
    """`wording`: what was shown, kept as it read in the language of the site."""
    return {
        "source_page": page,
        "form": form,
        "wording": str(wording),
        "address_hash": network_hash(client_address(request)),
    }
