"""reCAPTCHA on the public pages: nothing at all until both keys are set."""

from __future__ import annotations

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def captcha_site_key() -> str:
    """Empty while reCAPTCHA is off."""
    return settings.RECAPTCHA_PUBLIC_KEY if settings.RECAPTCHA_ON else ""
