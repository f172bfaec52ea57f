"""The form for a rule that blocks. A rule is saved only after its dry run was looked at."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError

from .filter.matching import Mistake, lines_of, matcher_of
from .models import BlockRule

TRIED_SALT: Final = "comments.rule.tried"
# What changes what the rule catches; the note does not.
TRIED_FIELDS: Final = ("kind", "value", "effect", "weight")
LONGEST_PATTERN: Final = 300
MOST_LINES: Final = 200


class BlockRuleForm(forms.ModelForm[BlockRule]):
    """`tried` seals the values whose dry run was shown: others are shown theirs first."""

    tried = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = BlockRule
        fields = ("kind", "value", "effect", "weight", "note")
        widgets = {
            "kind": forms.RadioSelect,
            "effect": forms.RadioSelect,
            "value": forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
            "weight": forms.NumberInput(attrs={"step": "0.5", "min": "0.5", "max": "10"}),
        }
        help_texts = {
            "value": "One a line. Words are found whole, in any case; a star at the end stands "
            "for any ending: casino*. Addresses: name@example.org, or @example.org for all of a "
            "domain. Networks: 203.0.113.9 or 203.0.113.0/24. A pattern is one regular "
            "expression. Words and patterns are looked for in text, name, e-mail and website.",
        }

    def clean_value(self) -> str:
        value = str(self.cleaned_data["value"]).replace("\r\n", "\n").strip()
        if self.data.get("kind") == BlockRule.Kind.PATTERN:
            if "\n" in value or len(value) > LONGEST_PATTERN:
                words = f"A pattern is one line of at most {LONGEST_PATTERN} characters."
                raise ValidationError(words)
            return value
        lines = list(dict.fromkeys(lines_of(value)))
        if len(lines) > MOST_LINES:
            raise ValidationError(f"At most {MOST_LINES} lines; make several rules of it.")
        return "\n".join(lines)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if {"kind", "value"} <= values.keys():
            try:
                matcher_of(BlockRule(kind=values["kind"], value=values["value"]))
            except Mistake as mistake:
                self.add_error("value", str(mistake))
        return values

    @property
    def seal(self) -> str:
        """For `tried`, once the dry run of these values is on the page."""
        return signing.dumps(
            [str(self.cleaned_data[name]) for name in TRIED_FIELDS], salt=TRIED_SALT
        )

    @property
    def was_tried(self) -> bool:
        try:
            shown = signing.loads(self.cleaned_data["tried"], salt=TRIED_SALT)
        except signing.BadSignature:
            return False
        return bool(shown == self._values)

    @property
    def _values(self) -> list[str]:
        return [str(self.cleaned_data[name]) for name in TRIED_FIELDS]
