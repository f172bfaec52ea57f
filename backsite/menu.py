"""What the desk's pages are called in its menu, and in which order they stand.

A model's own name says what one row is; some pages show more than their rows.
"""

from __future__ import annotations

from typing import Any, Final

# What staff work on daily stands first; the rest in the alphabet's order after it.
DAILY: Final = ("comments", "articles", "newsletter", "mail", "auth")
FIRST: Final = (
    "comments.Comment",
    "comments.Reader",
    "comments.SavedReply",
    "comments.SettingChange",
    "comments.WeeklyLetter",
    "comments.AlertChoice",
    "comments.Alert",
    "comments.Promotion",
    "comments.Discussion",
    "comments.DangerWord",
    "comments.BlockRule",
    "comments.Watch",
    "articles.Article",
    "articles.Picture",
    "articles.Feedback",
)
NAMES: Final = {
    "comments.SettingChange": "Moderation log",
    "comments.WeeklyLetter": "Numbers and weekly letters",
    "comments.AlertChoice": "What you are told",
    "comments.Alert": "Alerts sent",
    "django_tasks_database.DBTaskResult": "Tasks",
}
APP_NAMES: Final = {"auth": "Accounts", "django_tasks_database": "Work in the background"}
# The page of checks leads to what each outside service was asked, line by line.
ELSEWHERE: Final = frozenset(
    {"comments.AkismetCheck", "comments.AkismetCorrection", "comments.CaptchaCheck"}
)


def arranged(apps: list[Any]) -> list[Any]:
    """Django's list of apps, each with its pages, as the desk shows it."""
    for app in apps:
        app["name"] = APP_NAMES.get(app["app_label"], app["name"])
        pages = [page for page in app["models"] if page["model"]._meta.label not in ELSEWHERE]
        for page in pages:
            page["name"] = NAMES.get(page["model"]._meta.label, page["name"])
        app["models"] = sorted(pages, key=lambda page: _place(page["model"]._meta.label, FIRST))
    return sorted(apps, key=lambda app: _place(app["app_label"], DAILY))


def _place(label: str, order: tuple[str, ...]) -> int:
    return order.index(label) if label in order else len(order)
