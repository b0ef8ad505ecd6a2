"""Evidence: the fields for one piece on the desk page and its stored copy; and what the claimant was asked."""

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from claims.models.claims import Claim
from claims.models.evidence import ClaimantContact, EvidenceRelation, Tier
from claims.rules.workflow import Missing
from claims.services import evidence
from claims.web import permissions
from claims.web.forms import WorkForm
from claims.web.told import translated

# Stands first where nothing is chosen beforehand, because in a hurry it would be recorded as what it is not.
NOT_CHOSEN = ("", _("choose"))
# What a piece lacks, by the verb's code, as the page asks for it.
CHOICES = {
    "relation": _("Choose whether it supports or refutes the claim, or gives context."),
    "tier": _("Choose whether the source is primary, secondary or tertiary."),
}


class PieceForm(WorkForm):
    """One piece of evidence. The fields carry a prefix, because they stand in the form of the whole review."""

    verb_fields = {"evidence": "evidence_url"}

    evidence_url = forms.CharField(
        label=_("Address"),
        required=False,
        max_length=2048,
        widget=forms.TextInput(
            attrs={"inputmode": "url", "placeholder": "https://"} | {"data-key": "e", "data-key-label": _("Evidence")}
        ),
    )
    evidence_file = forms.FileField(
        label=_("Or a file"),
        required=False,
        max_length=255,
        help_text=_("Any kind, at most 5 MB. It is kept as it is and never opened here; readers see only its name."),
    )
    evidence_relation = forms.ChoiceField(
        label=_("To the claim, it"), choices=[NOT_CHOSEN, *EvidenceRelation.choices], required=False
    )
    evidence_tier = forms.ChoiceField(label=_("Kind of source"), choices=[NOT_CHOSEN, *Tier.choices], required=False)
    evidence_quote = forms.CharField(
        label=_("The passage that matters, word for word"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    evidence_note = forms.CharField(
        label=_("What it shows"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 2})
    )
    evidence_group = forms.CharField(
        label=_("Goes back to"),
        required=False,
        max_length=100,
        help_text=_("Pieces with the same origin, for example one agency's report, count as one source."),
    )

    def clean_evidence_file(self) -> Any:
        upload = self.cleaned_data["evidence_file"]
        # Before it is read into memory.
        if upload and upload.size > evidence.CAPTURE_LIMIT_BYTES:
            message = _("The file has %(size)s; at most 5 MB are kept.") % {"size": filesizeformat(upload.size)}
            raise forms.ValidationError(message, code="file_size")
        return upload

    def told(self, problem: Missing) -> tuple[str, Any]:
        """The form may be sent without a piece, so that the verb alone knows what is required; each has its field."""
        if problem.field == "evidence" and problem.code in CHOICES:
            return f"evidence_{problem.code}", CHOICES[problem.code]
        if problem.field == "evidence" and problem.code == "bad_link":
            # The verb counts the pieces for programs, which send many; here it is the one that is being typed.
            return "evidence_url", translated(problem.message.partition(": ")[2])
        return super().told(problem)

    def ask_for_a_piece(self) -> None:
        """All that a piece needs, where at most the choices were made."""
        self.add_error("evidence_url", _("Give the address of the evidence, or choose a file."))
        for choice, message in CHOICES.items():
            if not self.cleaned_data[f"evidence_{choice}"]:
                self.add_error(f"evidence_{choice}", message)

    @staticmethod
    def _has_piece(data: dict[str, Any]) -> bool:
        return any(data.get(f"evidence_{name}") for name in ("file", "url", "quote", "note"))

    def pieces(self) -> list[evidence.Piece]:
        """The piece that was given, or none when there is no address, no file, and nothing else was written."""
        data: dict[str, Any] = self.cleaned_data
        upload = data["evidence_file"]
        if not self._has_piece(data):
            return []
        return [
            evidence.Piece(
                url=data["evidence_url"],
                relation=data["evidence_relation"],
                note=data["evidence_note"],
                quote=data["evidence_quote"],
                tier=data["evidence_tier"],
                independence_group=data["evidence_group"],
                file_name=upload.name if upload else "",
                content=upload.read() if upload else b"",
            )
        ]


class AskForm(WorkForm):
    """That the claimant was asked."""

    channel = forms.CharField(
        label=_("How"), max_length=100, help_text=_("For example by e-mail, by telephone, through the press office.")
    )
    question = forms.CharField(
        label=_("What they were asked"), max_length=5000, widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"})
    )


class AnswerForm(WorkForm):
    """What the claimant answered."""

    answer = forms.CharField(
        label=_("What they answered"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"})
    )


def questions(claim: Claim, user: Any, refused: AnswerForm | None = None) -> list[tuple[ClaimantContact, AnswerForm]]:
    """What the claimant was asked, oldest first, each with the form for its answer; the refused one as it came."""
    rows = evidence.contacts(claim, user)
    return [
        (row, refused if refused and refused.auto_id == answer_ids(row.pk) else AnswerForm(auto_id=answer_ids(row.pk)))
        for row in rows
    ]


def answer_ids(contact_id: int) -> str:
    return f"id_answer_{contact_id}_%s"


@login_required
@require_safe
def warc(request: HttpRequest, capture_id: int) -> HttpResponse:
    """The stored copy, to be kept as a file. What strangers wrote is never shown as a page of this site."""
    capture = permissions.capture_to_read(request, capture_id)
    name = f"evidence-{capture.evidence_id}-{capture.attempt}.warc.gz"
    return attached(bytes(capture.warc), name)


@login_required
@require_safe
def content(request: HttpRequest, capture_id: int) -> HttpResponse:
    """What the copy holds, without the record around it: of a file, the file."""
    capture = permissions.capture_to_read(request, capture_id)
    return attached(evidence.content_of(capture), capture.evidence.file_name or f"evidence-{capture.evidence_id}.bin")


def attached(body: bytes, name: str) -> HttpResponse:
    """Bytes from outside as a download that no browser opens here, whatever they are."""
    headers = {
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "attachment",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(body, content_type="application/octet-stream", headers=headers)
