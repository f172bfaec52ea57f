"""Words for the lists of the staff's desk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.text import capfirst

register = template.Library()


@register.filter
def labelled(cells: Iterable[str], headers: list[dict[str, Any]]) -> list[SafeString]:
    """The cells of a row as Django writes them, each with its column's heading."""
    return [_with_label(cell, header) for cell, header in zip(cells, headers, strict=False)]


def _with_label(cell: str, header: dict[str, Any]) -> SafeString:
    if not cell.startswith('<td class="field-'):
        return SafeString(cell)  # a row's heading, or its check box
    label = escape(capfirst(str(header["text"])))
    return SafeString(cell.replace("<td ", f'<td data-label="{label}" ', 1))
