"""What nobody does by hand in the admin: to be named before `ModelAdmin`."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


class MadeBySite:
    """Rows that come by themselves and stay; what staff do with them has pages of its own."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OnlyRead(MadeBySite):
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
