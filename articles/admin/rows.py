"""Short rows of a form, one beneath the other."""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.text import capfirst

_Row = TypeVar("_Row", bound=models.Model)
_Whole = TypeVar("_Whole", bound=models.Model)


class Rows(admin.TabularInline[_Row, _Whole]):
    """A table whose fields say their names themselves: its headings stand over columns that
    a screen reader does not tell, and on a phone there are none (static/admin/backsite.css
    writes them there)."""

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.widget.attrs["aria-label"] = capfirst(str(field.label))
        return field
