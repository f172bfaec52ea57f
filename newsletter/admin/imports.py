"""Lists from other programs, and the whole list as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from ..importing.columns import FIELDS
from ..importing.reading import MOST_BYTES, FileError
from ..importing.report import as_csv, in_words
from ..models import ListImport

if TYPE_CHECKING:
    ImportModelAdmin = admin.ModelAdmin[ListImport]
else:
    ImportModelAdmin = admin.ModelAdmin

# How often the page looks how far it is.
EVERY_SECONDS: Final = 2
SHOWN: Final = 200
# What staff read beside each column.
LABELS: Final = {
    "email": "Address", "first_name": "First name", "name": "Whole name",
    "state": "Where they stand", "wants_mail": "Gets mail (yes or no)",
    "no_mail": "Gets no mail (yes or no)", "asked_at": "Signed up on",
    "confirmed_at": "Confirmed on", "left_at": "Left on", "bounced_at": "Given up on",
    "left_why": "Why they left", "page": "On which page", "form": "In which form",
    "wording": "The words they agreed to", "network": "Network address",
    "network_hash": "Network address (hash)", "letters": "Letters",
    "suppressed": "Gets no mail because",
}  # fmt: skip


class UploadForm(forms.Form):
    file = forms.FileField(
        label="CSV file",
        help_text="As MailPoet, Mailchimp, Ghost, listmonk, Buttondown, Substack or this site "
        "export it; other files with a line of column names work too. It is first looked through: "
        "nobody is added before you say so, and nobody is written to.",
    )


@admin.register(ListImport)
class ListImportAdmin(ImportModelAdmin):
    list_display = ["name", "program", "total", "stands", "began_at", "actor"]
    ordering = ["-began_at", "-pk"]
    list_per_page = 50

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="stands")
    def stands(self, run: ListImport) -> str:
        if run.gave_up_at:
            return "failed"
        if run.is_running:
            return f"{'being taken in' if run.is_real else 'being looked through'}, {run.share} %"
        return "taken in" if run.finished_at else "looked through" if run.checked_at else "kept"

    def get_urls(self) -> list[URLPattern]:
        def staff(view: Any) -> Any:
            return self.admin_site.admin_view(view)

        own = [
            path(
                "<int:pk>/do/", staff(require_POST(self.do_view)), name="newsletter_listimport_do"
            ),
            path(
                "<int:pk>/refused.csv",
                staff(self.refused_view),
                name="newsletter_listimport_refused",
            ),
        ]
        return own + super().get_urls()

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            file = form.cleaned_data["file"]
            try:
                run = ListImport.receive(file.name, file.read(MOST_BYTES + 1), by=request.user)
                if "email" in run.mapping:
                    run.check_lines()
                return redirect("admin:newsletter_listimport_change", run.pk)
            except FileError as error:
                form.add_error("file", str(error))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Import a list",
            "form": form,
        }
        return TemplateResponse(request, "admin/newsletter/import_add.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        run = self._found(request, unquote(object_id))
        refusals = run.refusals.all()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": run.name,
            "run": run,
            "counts": in_words(run.counts, is_real=run.is_real),
            "columns": [(name, label, run.mapping.get(name, -1)) for name, label in LABELS.items()],
            "header": list(enumerate(run.header)),
            "refusals": refusals[:SHOWN],
            "refused": run.counts.get("refused", 0),
            "may_change": self.has_change_permission(request, run),
        }
        response = TemplateResponse(request, "admin/newsletter/import.html", context)
        if run.is_running:
            response.headers["Refresh"] = str(EVERY_SECONDS)
        return response

    def do_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        run = self._found(request, str(pk))
        if not self.has_change_permission(request, run):
            raise PermissionDenied
        wish = request.POST.get("wish", "")
        try:
            if wish == "stop":
                run.stop()
            elif wish == "take":
                run.take_in(_chosen(request, run))
            else:
                run.check_lines(_chosen(request, run))
        except FileError as error:
            self.message_user(request, str(error), messages.ERROR)
        return redirect("admin:newsletter_listimport_change", run.pk)

    def refused_view(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        """Each line that was not taken, as a file that spreadsheets open safely."""
        run = self._found(request, str(pk))
        rows = run.refusals.values_list("line", "email", "why").iterator(2_000)
        response = StreamingHttpResponse(
            as_csv(row for part in ([("line", "address", "why")], rows) for row in part),
            content_type="text/csv; charset=utf-8",
        )
        response.headers["Content-Disposition"] = 'attachment; filename="not-taken.csv"'
        return response

    def _found(self, request: HttpRequest, pk: str) -> ListImport:
        run = self.get_object(request, pk)
        if run is None:
            raise Http404("There is no such import.")
        if not self.has_view_or_change_permission(request, run):
            raise PermissionDenied
        return run


def _chosen(request: HttpRequest, run: ListImport) -> dict[str, int] | None:
    """The columns as staff chose them; None where the form did not ask."""
    if "column-email" not in request.POST:
        return None
    mapping = {}
    for name in FIELDS:
        typed = request.POST.get(f"column-{name}", "")
        if typed.isdecimal() and int(typed) < len(run.header):
            mapping[name] = int(typed)
    return mapping
