"""The further pages of a discussion, below the address of its article."""

from django.urls import path, register_converter

from .views import reading

app_name = "threads"


class Which:
    """`2`, `newest`, `newest/2`, `oldest/2`: nothing else is a page."""

    regex = r"(?:(?:oldest|newest)(?:/[1-9][0-9]{0,5})?|[1-9][0-9]{0,5})"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Which, "which")

urlpatterns = [path("<which:which>/", reading.threads, name="page")]
