"""The page of one issue from its last look to its results: for whom, what speaks against it,
when it leaves, how far it is, and what became of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from backsite.lib.mail.admin import FRAME_POLICY

from .. import layout, readership, results
from ..emails import try_issue
from ..issue_checklist import Finding, look_at
from ..measuring.marking import NOBODY, unmarked
from ..models import Issue, LinkLook, NotNow
from ..sending.mould import filled

if TYPE_CHECKING:
    IssueModelAdmin = admin.ModelAdmin[Issue]
else:
    IssueModelAdmin = admin.ModelAdmin

SAMPLE: Final = {
    "first_name": "Anna",
    "leave_link": "#",
    "preferences_link": "#",
    "read_link": "#",
    "mark": NOBODY,
}


class LeaveForm(forms.Form):
    """When it leaves."""

    at = forms.SplitDateTimeField(
        label="At",
        required=False,
        # The browser's own calendar: no format to guess.
        widget=forms.SplitDateTimeWidget(
            date_attrs={"type": "date", "aria-label": "Date"},
            time_attrs={"type": "time", "aria-label": "Time"},
            date_format="%Y-%m-%d",
            time_format="%H:%M",
        ),
    )
    why = forms.CharField(
        label="Why it may leave all the same",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, findings: list[Finding], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_blocked = any(finding.blocks for finding in findings)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.is_blocked and not values.get("why", "").strip():
            self.add_error(
                "why", "Something on the list blocks it. Put that right, or say why it may leave."
            )
        return values

    def clean_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["at"]
        if at is not None and at < timezone.now():
            raise forms.ValidationError("That moment has passed.")
        return at


class IssueDesk(IssueModelAdmin):
    """To be mixed into the admin of issues."""

    def get_urls(self) -> list[URLPattern]:
        def guarded(view: Any) -> Any:
            return self.admin_site.admin_view(view)

        own = [
            path("<int:pk>/desk/", guarded(self.desk), name="newsletter_issue_desk"),
            path(
                "<int:pk>/do/<slug:verb>/",
                guarded(require_POST(self.do)),
                name="newsletter_issue_do",
            ),
            path(
                "<int:pk>/html/",
                guarded(require_safe(self.html_part)),
                name="newsletter_issue_html",
            ),
        ]
        return [*own, *super().get_urls()]

    def desk(self, request: HttpRequest, pk: int) -> HttpResponse:
        issue = self._found(request, pk)
        findings = look_at(issue) if issue.may_be_edited else []
        form = LeaveForm(findings=findings)
        if request.method == "POST":
            form = LeaveForm(request.POST, findings=findings)
            self._may_send(request)
            if form.is_valid() and self._leave(request, issue, form):
                return self._back(issue)
        return self._page(request, issue, form, findings)

    def do(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        """One press of a button, one verb."""
        issue = self._found(request, pk)
        self._may_send(request)
        why = request.POST.get("why", "").strip()
        verbs: dict[str, Any] = {
            "pause": lambda: issue.pause(by=request.user, why=why),
            "resume": lambda: issue.resume(by=request.user),
            "cancel": lambda: issue.cancel(by=request.user, why=why),
            "show": lambda: issue.show_in_archive("open", by=request.user),
            "show-readers": lambda: issue.show_in_archive("readers", by=request.user),
            "hide": lambda: issue.show_in_archive("hidden", by=request.user),
            "subject-a": lambda: issue.choose_subject("a", by=request.user),
            "subject-b": lambda: issue.choose_subject("b", by=request.user),
            "unschedule": lambda: issue.unschedule(by=request.user),
            "look": lambda: self._look(request, issue),
            "try": lambda: self._try(request, issue),
        }
        if verb not in verbs:
            raise Http404("There is no such button.")
        try:
            verbs[verb]()
        except NotNow as error:
            messages.error(request, str(error))
        return self._back(issue)

    def html_part(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The HTML alone, as a reader named Anna would see it, in a frame that runs nothing."""
        issue = self._found(request, pk)
        html = issue.html or layout.render(issue).html
        response = HttpResponse(filled(unmarked(html), SAMPLE, as_html=True))
        response.headers["Content-Security-Policy"] = FRAME_POLICY
        response.headers["Cache-Control"] = "no-store"
        return response

    def _page(
        self, request: HttpRequest, issue: Issue, form: LeaveForm, findings: list[Finding]
    ) -> HttpResponse:
        asked = request.GET.get("who", "").strip()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(issue),
            "issue": issue,
            "form": form,
            "findings": findings,
            "readers": issue.audience().count() if issue.may_be_edited else None,
            "results": results.of(issue) if issue.started_at else None,
            "read": readership.of(issue),
            "events": issue.events.all(),
            "question": issue.question,
            "text": filled(issue.text or layout.render(issue).text, SAMPLE),
            "staff": self._staff_with_address(),
            "may_send": self.has_send_permission(request),
            "who": asked,
            "why_not": results.why_not(issue, asked) if asked else "",
        }
        return TemplateResponse(request, "admin/newsletter/issue/desk.html", context)

    def _leave(self, request: HttpRequest, issue: Issue, form: LeaveForm) -> bool:
        at, why = form.cleaned_data["at"], form.cleaned_data["why"].strip()
        try:
            if "_now" in request.POST:
                issue.send_now(by=request.user, why=why)
                messages.success(request, "It begins to go out now.")
            elif at is not None:
                issue.schedule(at=at, by=request.user, why=why)
                messages.success(request, "It goes out by itself at that time.")
            else:
                form.add_error("at", "Say when.")
                return False
        except NotNow as error:
            messages.error(request, str(error))
        return True

    def _look(self, request: HttpRequest, issue: Issue) -> None:
        LinkLook.ask_for(issue, again=True)
        messages.success(request, "The links to other sites are being looked at.")

    def _try(self, request: HttpRequest, issue: Issue) -> None:
        chosen = request.POST.getlist("to")
        people = [person for person in self._staff_with_address() if str(person.pk) in chosen]
        for person in people:
            try_issue(issue, to=person.email)
        if people:
            sent = ", ".join(person.email for person in people)
            messages.success(request, f"A test is on its way to {sent}.")
        else:
            messages.error(request, "Choose who gets the test.")

    def _staff_with_address(self) -> list[Any]:
        people = get_user_model()._default_manager.filter(is_active=True, is_staff=True)
        return list(people.exclude(email="").order_by("pk"))

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("newsletter.change_issue")

    def _may_send(self, request: HttpRequest) -> None:
        if not self.has_send_permission(request):
            raise PermissionDenied

    def _found(self, request: HttpRequest, pk: int) -> Issue:
        issue = self.get_object(request, str(pk))
        if issue is None:
            raise Http404("There is no such issue.")
        if not self.has_view_permission(request, issue):
            raise PermissionDenied
        return issue

    def _back(self, issue: Issue) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:newsletter_issue_desk", args=[issue.pk]))
