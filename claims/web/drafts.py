"""The review's form and its draft: what is kept while somebody types, and what they see when two pages differ."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from claims.models.claims import Attribution, Claim, SpanRole
from claims.models.drafts import Draft
from claims.models.review import Review
from claims.rules.markings import words_of
from claims.rules.ratings import Axis
from claims.rules.refusals import Conflict
from claims.services import review, verdicts
from claims.web import paging
from claims.web.evidence import PieceForm
from claims.web.forms import Differing
from claims.web.told import translated

SPAN_FIELD = re.compile(r"span_\d+_(source|cue|content)")
SPAN_LABELS = {
    SpanRole.SOURCE.value: gettext_lazy("Source: who says it"),
    SpanRole.CUE.value: gettext_lazy("Cue: the words that say so"),
    SpanRole.CONTENT.value: gettext_lazy("Content: what is said"),
}


class ReviewForm(PieceForm):
    """The whole review in one form: both verdicts, the reasons, and the fields for the next piece of evidence."""

    attribution_verdict = forms.CharField(label=gettext_lazy("Was it said?"), required=False)
    veracity_verdict = forms.CharField(label=gettext_lazy("Is it true?"), required=False)
    rationale = forms.CharField(
        label=gettext_lazy("How you came to these verdicts"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto", "data-key": "r"}),
        help_text=gettext_lazy("In plain words for readers: what you looked at, what it shows, what remains open."),
    )
    attribution_rationale = forms.CharField(
        label=gettext_lazy("On whether it was said"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    veracity_rationale = forms.CharField(
        label=gettext_lazy("On whether it is true"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )

    def __init__(self, *args: Any, marked: Sequence[review.Marking] = (), **kwargs: Any) -> None:
        """``marked`` is what is marked in the article: a field for each, with its words as they stand there."""
        super().__init__(*args, **kwargs)
        self.marked = marked
        for each in marked:
            self.fields[each.name] = forms.CharField(
                label=SPAN_LABELS[each.role],
                required=False,
                max_length=10_000,
                initial=each.words,
                widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
            )

    def marked_fields(self) -> list[tuple[Attribution, list[forms.BoundField]]]:
        """The fields of what is marked, by attribution."""
        grouped: dict[int, tuple[Attribution, list[forms.BoundField]]] = {}
        for each in self.marked:
            grouped.setdefault(each.attribution.pk, (each.attribution, []))[1].append(self[each.name])
        return list(grouped.values())

    def submission(self) -> review.Submission:
        data = self.cleaned_data
        return review.Submission(
            attribution_verdict=data["attribution_verdict"],
            veracity_verdict=data["veracity_verdict"],
            rationale=data["rationale"],
            attribution_rationale=data["attribution_rationale"],
            veracity_rationale=data["veracity_rationale"],
            evidence=self.pieces(),
            # A page from before somebody marked it has no such field; then it stays as it is.
            spans={each.place: data[each.name] for each in self.marked if each.name in self.data},
        )

    def typed(self) -> dict[str, str]:
        """What stands in the form, valid or not, to be kept as a draft."""
        kept = [name for name, field in self.fields.items() if not isinstance(field, forms.FileField)]
        kept += [name for name in self.data if SPAN_FIELD.fullmatch(name) and name not in self.fields]
        # Browsers write line ends in their own way.
        as_marked = {each.name: each.words.split() for each in self.marked}
        # What is marked and was emptied is kept as such; of any other field, emptied is as good as never typed in.
        return {
            name: self.data[name]
            for name in kept
            if name in self.data
            and (self.data[name] or name in as_marked)
            and self.data[name].split() != as_marked.get(name)
        }


def drafted(body: dict[str, Any]) -> dict[str, Any]:
    """A stored draft as initial values; a piece that was refused with its review comes back into its fields."""
    initial = {
        name: value for name, value in body.items() if name in ReviewForm.base_fields or SPAN_FIELD.fullmatch(name)
    }
    for piece in body.get("evidence") or []:
        named = {"independence_group": "group"}
        initial |= {f"evidence_{named.get(name, name)}": value for name, value in piece.items()}
    return initial


def answered(row: Review, marked: Sequence[review.Marking]) -> dict[str, Any]:
    """A review that was sent back as initial values of the next one."""
    ratings = {"attribution_verdict": row.attribution_rating.key, "veracity_verdict": row.veracity_rating.key}
    reasons = ("rationale", "attribution_rationale", "veracity_rationale")
    marks = review.marked_in([row])[row.pk]
    # Where it marked anything of an attribution, it left the other roles empty; what it did not know stays as it is.
    known = {attribution for attribution, _ in marks}
    words = {
        each.name: words_of(each.text, marks.get(each.place, [])) for each in marked if each.attribution.pk in known
    }
    return ratings | {name: getattr(row, name) for name in reasons} | words


# --- Two pages --------------------------------------------------------------------------------------------------------


def at_work(request: HttpRequest) -> dict[str, Any]:
    """Which draft the person has before them, for the service: its version, and the open page on which they type.

    Once they chose between two versions it is the one that they saw beside their own.
    """
    version = request.POST.get("draft_settled") or request.POST.get("draft_version")
    return {"version": paging.number(version) if version else None, "page": request.POST.get("draft_page", "")[:32]}


def beside_the_form(request: HttpRequest, draft: Draft | None) -> dict[str, Any]:
    """What the form carries to say so. A form that comes back still has what was before the person's eyes then."""
    known = at_work(request) if request.method == "POST" else {"version": None, "page": ""}
    version = known["version"]
    return {
        "draft_version": (draft.version if draft else 0) if version is None else version,
        "draft_page": known["page"] or uuid4().hex,
    }


def settled(request: HttpRequest, claim: Claim) -> Any:
    """What was sent, with what the other page had wherever the person chose that."""
    chosen = [
        name.removeprefix("keep_")
        for name, side in request.POST.items()
        if name.startswith("keep_") and side == "theirs"
    ]
    if not chosen:
        return request.POST
    other, sent = drafted(review.draft_of(claim, request.user)), request.POST.copy()
    for name in chosen:
        # What is marked and was not typed otherwise is not in a draft: its field has its own words again.
        if name in other or not SPAN_FIELD.fullmatch(name):
            sent[name] = str(other.get(name) or "")
        else:
            sent.pop(name, None)
    return sent


def differing(claim: Claim, form: ReviewForm, conflict: Conflict) -> list[Differing]:
    """The draft as it is stored now against the form, field by field."""
    stored, typed = drafted(conflict.details["draft"]), form.typed()
    scales = verdicts.scales(claim.desk_id)
    words = {
        f"{axis}_verdict": {rating.key: translated(rating.label) for rating in scales[axis]}
        for axis in (Axis.ATTRIBUTION, Axis.VERACITY)
    }
    found = []
    for field in form:
        # What is marked and was not typed otherwise is not in a draft.
        as_marked = str(field.field.initial or "") if SPAN_FIELD.fullmatch(field.name) else ""
        kept = stored.get(field.name, as_marked)
        theirs, yours = "" if kept is None else str(kept), typed.get(field.name, as_marked)
        if theirs != yours and not isinstance(field.field, forms.FileField):
            named = words.get(field.name, {})
            found.append(Differing(field, named.get(theirs, theirs), named.get(yours, yours), puts=theirs))
    return found


def conflict_of(form: ReviewForm) -> Conflict | None:
    """The refusal, if it was because of another page."""
    refused = form.refused
    if isinstance(refused, Conflict) and refused.problems[0].code == "draft_changed":
        return refused
    return None
