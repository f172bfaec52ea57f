"""Pictures in the staff's desk: the list, many uploaded at once, one described, the unused."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from articles.models import Picture
from articles.models.picture import StillUsed
from backsite.lib.ages import ago

from .picture_field import ACCEPT, take
from .picture_form import WORDS, PictureForm, StateFilter, UseFilter

VERBS = {
    "upload": "uploaded it as",
    "describe": "changed",
    "remove": "removed",
    "return": "put it back:",
}
# What a person looks through at one go.
CHOICES_SHOWN = 24
STILL = "Only its first picture is kept: nothing on a page moves by itself."


@admin.register(Picture)
class PictureAdmin(admin.ModelAdmin[Picture]):
    form = PictureForm
    list_display = ("small", "title", "alt", "measures", "standing", "created_by", "created_at")
    list_display_links = ("small", "title")
    list_filter = (UseFilter, StateFilter)
    list_select_related = ("created_by",)
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("title", "alt", "caption", "credit")
    ordering = ("-created_at", "-pk")
    actions = ("try_again_selected", "remove_selected")
    change_list_template = "admin/articles/pictures/list.html"
    change_form_template = "admin/articles/pictures/form.html"
    fieldsets = (
        (None, {"fields": ("title", "alt", "caption", "credit")}),
        ("What stays in sight where it is cut", {"fields": ("focus_x", "focus_y")}),
        ("About it", {"fields": ("measures", "standing", "used_in", "content_hash", "happened")}),
    )
    readonly_fields = ("measures", "standing", "used_in", "content_hash", "happened")

    class Media:
        js = ("admin/pictures.js",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Picture]:
        return super().get_queryset(request).filter(removed_at=None)

    def get_urls(self) -> list[URLPattern]:
        choose = self.admin_site.admin_view(self.choose)
        decide = self.admin_site.admin_view(require_POST(self.decide))
        own = [path("choose/", choose, name="articles_picture_choose")]
        for verb in ("remove", "again"):
            name = f"articles_picture_{verb}"
            own.append(path(f"<int:pk>/{verb}/", decide, {"verb": verb}, name=name))
        return [*own, *super().get_urls()]

    def has_delete_permission(self, request: HttpRequest, obj: Picture | None = None) -> bool:
        """Removing is a verb of ours, see `decide`: it looks at where a picture is used."""
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"title": "Pictures", "accept": ACCEPT, **(extra_context or {})}
        return super().changelist_view(request, context)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Takes any number of files and says of each what became of it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        results = [self._take(request, file) for file in request.FILES.getlist("files")]
        if request.POST.get("answer") == "json":
            return JsonResponse({"results": [_plain(result) for result in results]})
        only = results[0].get("picture") if len(results) == 1 else None
        if only is not None and "_popup" in request.POST:
            return self.response_add(request, only)
        context = {
            **self.admin_site.each_context(request),
            "title": "Upload pictures",
            "opts": self.opts,
            "results": results,
            "sent_nothing": request.method == "POST" and not results,
            "accept": ACCEPT,
            "is_popup": "_popup" in {**request.GET.dict(), **request.POST.dict()},
            "media": self.media,
        }
        return TemplateResponse(request, "admin/articles/pictures/upload.html", context)

    def choose(self, request: HttpRequest) -> JsonResponse:
        """The newest pictures, or those that `?q=` finds, for the editor."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows, _ = self.get_search_results(
            request, self.get_queryset(request).order_by(*self.ordering), request.GET.get("q", "")
        )
        found = [_plain({"picture": row}) for row in rows[:CHOICES_SHOWN]]
        return JsonResponse({"results": found})

    def decide(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        picture = self.get_object(request, str(pk))
        if picture is None:
            raise Http404
        if not self.has_change_permission(request, picture):
            raise PermissionDenied
        if verb == "again":
            picture.try_again()
            messages.success(request, f"“{picture}” is being made again.")
        elif self._remove(request, picture):
            return HttpResponseRedirect(reverse("admin:articles_picture_changelist"))
        return HttpResponseRedirect(reverse("admin:articles_picture_change", args=[pk]))

    def save_model(
        self, request: HttpRequest, obj: Picture, form: ModelForm[Picture], change: bool
    ) -> None:
        stored = Picture.objects.get(pk=obj.pk)
        stored.describe(by=request.user, **{name: form.cleaned_data[name] for name in WORDS})

    def _take(self, request: HttpRequest, file: UploadedFile[Any]) -> dict[str, Any]:
        """{name, picture, words} of a file that was taken, {name, problem} of another."""
        try:
            picture, is_new = take(file, by=request.user)
        except ValidationError as error:
            return {"name": file.name, "problem": " ".join(error.messages)}
        words = "Uploaded." if is_new else "It was here already: the same file, once."
        if is_new and not picture.alt:
            words += " Say what it shows, for those who cannot see it."
        if is_new and picture.moves:
            words += f" {STILL}"
        return {"name": file.name, "picture": picture, "words": words}

    def _remove(self, request: HttpRequest, picture: Picture) -> bool:
        try:
            picture.remove(by=request.user)
        except StillUsed as used:
            messages.error(request, f"“{picture}” stays: it is used in {used}.")
            return False
        messages.success(request, f"“{picture}” is removed, and its files are being deleted.")
        return True

    @admin.action(description="Make the files of the chosen ones again", permissions=["change"])
    def try_again_selected(self, request: HttpRequest, rows: QuerySet[Picture]) -> None:
        for picture in rows:
            picture.try_again()
        messages.success(request, "They are being made again.")

    @admin.action(description="Remove the chosen ones that are unused", permissions=["change"])
    def remove_selected(self, request: HttpRequest, rows: QuerySet[Picture]) -> None:
        for picture in rows:
            self._remove(request, picture)

    @admin.display(description="picture")
    def small(self, picture: Picture) -> SafeString:
        return format_html(
            '<img class="picture-small" src="{}" alt="" width="160" loading="lazy">',
            picture.small_url,
        )

    @admin.display(description="measures")
    def measures(self, picture: Picture) -> str:
        size = f"{picture.size / 1024**2:.1f} MB" if picture.size >= 2**20 else _kilobytes(picture)
        return f"{picture.width:,} × {picture.height:,}, {picture.kind}, {size}"

    @admin.display(description="files for readers")
    def standing(self, picture: Picture) -> SafeString | str:
        if picture.gave_up_at:
            words = "could not be made; readers get the first one"
            return format_html('<span class="badge spam">{}</span> {}', words, picture.last_error)
        if picture.due_at:
            again = f" Last problem: {picture.last_error}" if picture.last_error else ""
            return format_html('<span class="badge held">being made</span>{}', again)
        return format_html('<span class="badge published">{}</span>', "ready")

    @admin.display(description="used in")
    def used_in(self, picture: Picture) -> SafeString | str:
        rows = [
            (
                reverse(
                    f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk]
                ),
                row,
            )
            for row in picture.uses()
        ]
        return format_html_join(", ", '<a href="{}">{}</a>', rows) or "Nowhere."

    @admin.display(description="what happened")
    def happened(self, picture: Picture) -> SafeString:
        rows = [
            (event.actor or "The site", VERBS.get(event.verb, event.verb), event.why, ago(event.at))
            for event in picture.events.all()
        ]
        items = format_html_join("", "<li>{} {} {} · {}</li>", rows)
        return format_html('<ol class="happened">{}</ol>', items)


def _plain(result: dict[str, Any]) -> dict[str, Any]:
    """A result, or a picture to choose, as JSON."""
    picture: Picture | None = result.get("picture")
    if picture is None:
        return result
    return {
        **result,
        "picture": picture.pk,
        "title": picture.title,
        "alt": picture.alt,
        "caption": picture.caption,
        "credit": picture.credit,
        "src": picture.safe_url,
        "small": picture.small_url,
        "width": picture.width,
        "height": picture.height,
        "edit": reverse("admin:articles_picture_change", args=[picture.pk]),
    }


def _kilobytes(picture: Picture) -> str:
    return f"{max(1, round(picture.size / 1024))} kB"
