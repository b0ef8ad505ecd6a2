"""Attributions found in a revision, and the claims they carry."""

from typing import Any

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQuery
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, When
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from claims.models.articles import Article, Revision
from claims.models.desks import Desk
from claims.rules import workflow
from claims.rules.deadlines import NEVER
from claims.rules.links import SYMMETRIC, LinkKind
from claims.rules.workflow import ClaimState
from sources.models import Source


class QuoteType(models.TextChoices):
    DIRECT = "direct", _("direct")
    INDIRECT = "indirect", _("indirect")
    MIXED = "mixed", _("mixed")


class Stance(models.TextChoices):
    ASSERTS = "asserts", _("asserts")
    DENIES = "denies", _("denies")
    ACCUSES = "accuses", _("accuses")
    DECLARES = "declares", _("declares")
    QUESTIONS = "questions", _("questions")
    PREDICTS = "predicts", _("predicts")
    EVALUATES = "evaluates", _("evaluates")


class Narrator(models.TextChoices):
    NEUTRAL = "neutral", _("neutral")
    ENDORSES = "endorses", _("endorses")
    CONTRADICTS = "contradicts", _("contradicts")


class Checkability(models.TextChoices):
    CHECKABLE = "checkable", _("checkable")
    OPINION = "opinion", _("opinion")
    PREDICTION = "prediction", _("prediction")
    RHETORIC = "rhetoric", _("rhetoric")
    VAGUE = "vague", _("vague")


class Decision(models.TextChoices):
    """What people made of an attribution. All but the first are a person's."""

    UNSEEN = "unseen", _("not looked at")
    CONFIRMED = "confirmed", _("confirmed")
    CORRECTED = "corrected", _("corrected")
    ADDED = "added", _("added by a person")
    REJECTED = "rejected", _("not a statement")


class SpanRole(models.TextChoices):
    SOURCE = "source", _("source")
    CUE = "cue", _("cue")
    CONTENT = "content", _("content")


class AttributionQuerySet(models.QuerySet["Attribution"]):
    def standing(self) -> "AttributionQuerySet":
        """What counts as said: neither a suggestion that waits for a person, nor rejected by one."""
        return self.filter(suggested=False).exclude(decision=Decision.REJECTED)


class Attribution(models.Model):
    """Somebody said something: source, cue and content spans of one revision (PARC 3.0, PolNeAR)."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="attributions")
    label = models.CharField(max_length=16, help_text="Its id within the extraction, such as A7.")
    quote_type = models.CharField(max_length=8, choices=QuoteType.choices)
    stance = models.CharField(max_length=9, choices=Stance.choices)
    channel = models.CharField(max_length=100, blank=True)
    frequency = models.CharField(max_length=100, blank=True)
    said_on = models.DateField(null=True, blank=True)
    narrator = models.CharField(max_length=11, choices=Narrator.choices, default=Narrator.NEUTRAL)
    source_entity = models.CharField(max_length=300, blank=True, help_text="The speaker in plain words, as resolved.")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="nested")
    parent_set = models.BooleanField(default=False, db_default=False, help_text="The parent is a person's choice.")
    responds_to = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="responses")
    confidence = models.FloatField()
    engine = models.CharField(max_length=64, blank=True, help_text="Name and version of the engine that found it.")
    rule = models.CharField(max_length=40, blank=True, db_default="", help_text="Of the engine, which took it for one.")
    found_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    last_found = models.CharField(max_length=64, blank=True, help_text="Name and version of what last found it.")
    suggested = models.BooleanField(default=False, help_text="Found when the text was read again, not accepted yet.")
    decision = models.CharField(max_length=9, choices=Decision.choices, default=Decision.UNSEEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(
        default=1, editable=False, help_text="Counts the changes; the ETag of the row."
    )

    objects = AttributionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["revision", "label"], name="attribution_label_once_per_revision"),
            models.CheckConstraint(condition=Q(quote_type__in=QuoteType.values), name="attribution_quote_type_known"),
            models.CheckConstraint(condition=Q(stance__in=Stance.values), name="attribution_stance_known"),
            models.CheckConstraint(condition=Q(narrator__in=Narrator.values), name="attribution_narrator_known"),
            models.CheckConstraint(
                condition=Q(confidence__gte=0, confidence__lte=1), name="attribution_confidence_is_a_probability"
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("id")), name="attribution_is_not_its_own_parent"
            ),
            models.CheckConstraint(
                condition=~Q(parent_set=True, decision="unseen"), name="attribution_parent_by_people"
            ),
            models.CheckConstraint(condition=~Q(engine="", found_by=None), name="attribution_was_found_by_somebody"),
            models.CheckConstraint(condition=Q(decision__in=Decision.values), name="attribution_decision_known"),
            # The engine learns from decisions; one of nobody would pass for a person's.
            models.CheckConstraint(
                condition=Q(decision=Decision.UNSEEN, decided_by=None, decided_at=None)
                | (~Q(decision=Decision.UNSEEN) & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="attribution_decision_is_somebodys",
            ),
            # Decided on and still a suggestion, its claims would be kept from the reviewers for good.
            models.CheckConstraint(
                condition=Q(suggested=False) | Q(decision=Decision.UNSEEN), name="attribution_suggestion_is_undecided"
            ),
            models.CheckConstraint(
                condition=~Q(decision=Decision.ADDED) | Q(found_by__isnull=False), name="attribution_added_by_a_person"
            ),
        ]
        indexes = [
            # What people decided in some weeks, to see how often the engine was right: few of all that was found.
            models.Index(fields=["decided_at"], condition=Q(decided_at__isnull=False), name="attribution_decided"),
        ]

    def __str__(self) -> str:
        return f"{self.label} of {self.revision}"

    def _get_FIELD_display(self, field: Any) -> str:  # noqa: N802 - Django's own, which all of these come from
        """In the reader's language, as Django has it, which translates every choice there is to find one."""
        return str(dict(field.choices)[getattr(self, field.attname)])

    @property
    def stands(self) -> bool:
        """As AttributionQuerySet.standing()."""
        return not self.suggested and self.decision != Decision.REJECTED

    @property
    def named(self) -> "list[AttributionSource]":
        """Its links to the register, the surest first: one for each source that readers see (Source.followed)."""
        links: dict[int, AttributionSource] = {}
        for link in sorted(self.resolved_sources.all(), key=lambda link: (-link.score, link.pk)):
            links.setdefault(link.source.followed.pk, link)
        return list(links.values())


class AttributionSource(models.Model):
    """Which source of the register an attribution names: a suggestion with score and reason until a person confirms."""

    attribution = models.ForeignKey(Attribution, on_delete=models.CASCADE, related_name="resolved_sources")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="attributions")
    surface = models.CharField(max_length=300, help_text="The words that were resolved.")
    score = models.FloatField()
    reason = models.CharField(max_length=300)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["attribution", "source"], name="attribution_names_a_source_once"),
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=1), name="attribution_source_score_in_range"),
        ]

    def __str__(self) -> str:
        return f"{self.surface} is {self.source}"


class ClaimQuerySet(models.QuerySet["Claim"]):
    def of(self, user: object, roles: tuple[str, ...] | None = None) -> "ClaimQuerySet":
        """Claims of the desks at which ``user`` is an active member, in one of ``roles`` where given."""
        return self.filter(desk__in=Desk.objects.of(user, roles) if roles else Desk.objects.of(user))

    def accepted(self) -> "ClaimQuerySet":
        """What an attribution that stands carries, or the outlet alone: no reviewer sees the others before that."""
        standing = Attribution.objects.standing().filter(links__claim=OuterRef("pk"))
        return self.filter(Exists(standing) | ~Exists(ClaimAttribution.objects.filter(claim=OuterRef("pk"))))

    def matching(
        self,
        *,
        source: int | None = None,
        priority_from: int | None = None,
        priority_to: int | None = None,
        suspected: bool = False,
        words: str = "",
        **same: Any,
    ) -> "ClaimQuerySet":
        """Only those that meet all that is asked for; an empty value asks for nothing.

        ``same`` are columns of the claim with their value. ``source`` is who said it, whatever was merged into them;
        ``suspected``: the machine takes another claim for the same; ``words`` as web searches have them.
        """
        rows = self.filter(**{name: value for name, value in same.items() if value not in ("", None)})
        if source is not None:
            ours = Source.objects.standing_for(source)
            said = Attribution.objects.standing().filter(links__claim=OuterRef("pk"), resolved_sources__source__in=ours)
            rows = rows.filter(Exists(said))
        if priority_from is not None:
            rows = rows.filter(priority__gte=priority_from)
        if priority_to is not None:
            rows = rows.filter(priority__lte=priority_to)
        if suspected:
            links = ClaimLink.objects.suspected()
            ends = ("from_claim", "to_claim")
            rows = rows.filter(Q(*(Exists(links.filter(**{end: OuterRef("pk")})) for end in ends), _connector=Q.OR))
        if words:
            rows = rows.filter(searched__words=SearchQuery(words, config="simple", search_type="websearch"))
        return rows


class Claim(models.Model):
    """One atomic, self-contained, checkable statement in plain words, and where the desk's work on it stands."""

    # A later index begins with each of these; an own one would only have to be written at every change of state.
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="claims", db_index=False)
    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="claims", db_index=False)
    attributions = models.ManyToManyField(Attribution, through="ClaimAttribution", related_name="claims")
    label = models.CharField(max_length=16, help_text="Its id within the extraction, such as C3.")
    text = models.TextField()
    as_of = models.DateField(null=True, blank=True)
    checkability = models.CharField(max_length=10, choices=Checkability.choices, default=Checkability.CHECKABLE)
    check_worthiness = models.FloatField(default=0.0)
    reasons = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    narrator_claim = models.BooleanField(default=False, help_text="Asserted by the outlet in its own voice.")
    state = models.CharField(
        max_length=17, choices=workflow.choices(ClaimState), default=ClaimState.EXTRACTED.value, editable=False
    )
    round = models.PositiveIntegerField(
        default=1, editable=False, help_text="1, and one more each time it is reopened."
    )
    priority = models.PositiveSmallIntegerField(default=0, help_text="0 to 100; how much it matters to review it soon.")
    priority_set = models.PositiveSmallIntegerField(
        null=True, editable=False, help_text="An editor's own priority; scoring anew leaves it as it is."
    )
    review_twice = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="An editor has it reviewed twice."
    )
    priority_reasons = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    deadline = models.DateTimeField(
        null=True, editable=False, help_text="By an editor: until when the round is to be reviewed."
    )
    priority_points = ArrayField(
        models.SmallIntegerField(), default=list, db_default=[], editable=False, help_text="What each reason gave."
    )
    state_reason = models.CharField(max_length=500, blank=True, help_text="Why it was dismissed, held or reopened.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    changed_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="claim_has_text"),
            models.CheckConstraint(condition=Q(state__in=[s.value for s in ClaimState]), name="claim_state_known"),
            models.CheckConstraint(condition=Q(checkability__in=Checkability.values), name="claim_checkability_known"),
            models.CheckConstraint(
                condition=Q(check_worthiness__gte=0, check_worthiness__lte=1), name="claim_check_worthiness_in_range"
            ),
            models.CheckConstraint(condition=Q(priority__lte=100), name="claim_priority_in_range"),
            models.CheckConstraint(condition=Q(deadline__lt=NEVER), name="claim_deadline_in_a_sane_year"),
            # An editor's word that the claim does not follow would be a promise that nobody keeps.
            models.CheckConstraint(
                condition=Q(priority_set=None) | Q(priority_set=F("priority")),
                name="claim_has_the_priority_that_was_set",
            ),
            # A second extraction of the same article must not double its claims.
            models.UniqueConstraint(fields=["article", "label"], name="claim_label_once_per_article"),
        ]
        # None of words: a claim moves often, and every index is written then. They are found in claims.models.words.
        indexes = [
            models.Index(F("desk"), F("state"), F("priority").desc(), F("id"), name="claim_of_desk_by_state"),
            models.Index(F("desk"), F("id").desc(), name="claim_newest_of_desk"),
            models.Index(F("desk"), F("priority").desc(), F("id"), name="claim_of_desk_by_priority"),
            models.Index(F("desk"), F("changed_at").desc(), F("id").desc(), name="claim_of_desk_by_change"),
        ]
        triggers = [
            pgtrigger.FSM(
                name="claim_state_is_legal",
                field="state",
                transitions=[(a.value, b.value) for a, b in sorted(workflow.TRANSITIONS)],
            ),
            pgtrigger.Protect(name="claim_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.text


def counting(carrying: list[Attribution]) -> list[Attribution]:
    """Of all that carry a claim those that count, as ClaimAttributionQuerySet.counting() has it."""
    return [each for each in carrying if each.stands] or [each for each in carrying if not each.suggested] or carrying


class ClaimAttributionQuerySet(models.QuerySet["ClaimAttribution"]):
    def counting(self) -> "ClaimAttributionQuerySet":
        """Of each claim the links of what stands; without any, of what was rejected, which is still where it is from.

        A suggestion counts only where it alone carries the claim, which then waits with it."""
        rank = Case(
            When(attribution__suggested=True, then=2), When(attribution__decision=Decision.REJECTED, then=1), default=0
        )
        ranked = ClaimAttribution.objects.alias(rank=rank).filter(claim=OuterRef("claim"))
        return self.alias(rank=rank).filter(~Exists(ranked.filter(rank__lt=OuterRef("rank"))))


class ClaimAttribution(models.Model):
    """That an attribution carries a claim, and with which stance: asserted by one, denied by another."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="links")
    attribution = models.ForeignKey(Attribution, on_delete=models.PROTECT, related_name="links")
    stance = models.CharField(max_length=9, choices=Stance.choices)

    objects = ClaimAttributionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["claim", "attribution"], name="claim_linked_once_per_attribution"),
            models.CheckConstraint(condition=Q(stance__in=Stance.values), name="claim_attribution_stance_known"),
        ]

    def __str__(self) -> str:
        return f"{self.attribution} {self.stance} {self.claim}"


class ClaimLinkQuerySet(models.QuerySet["ClaimLink"]):
    def standing(self) -> "ClaimLinkQuerySet":
        """Those that hold, confirmed or suggested."""
        return self.filter(ended_at=None)

    def suspected(self) -> "ClaimLinkQuerySet":
        """That two claims are the same, by the machine alone: nobody has confirmed it or said no."""
        return self.standing().filter(kind=LinkKind.SAME_AS, confirmed_by=None)


class ClaimLink(models.Model):
    """How two claims stand to each other; suggested by the machine, confirmed by a person."""

    from_claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="links_from")
    to_claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="links_to")
    kind = models.CharField(max_length=11, choices=workflow.choices(LinkKind))
    score = models.FloatField(default=1.0)
    by_machine = models.BooleanField(default=True, db_default=True, help_text="The machine suggested it first.")
    suggested_at = models.DateTimeField(db_default=Now(), editable=False)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Who said that it holds, or that it does not.",
    )
    ended_at = models.DateTimeField(null=True, editable=False, help_text="Since when it does not hold any more.")

    objects = ClaimLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["from_claim", "to_claim", "kind"], name="claim_link_once"),
            models.CheckConstraint(condition=~Q(from_claim=F("to_claim")), name="claim_link_joins_two_claims"),
            models.CheckConstraint(condition=Q(kind__in=[k.value for k in LinkKind]), name="claim_link_kind_known"),
            # A symmetric link is one row whoever made it (rules.links.canonical_ends).
            models.CheckConstraint(
                condition=~Q(kind__in=sorted(k.value for k in SYMMETRIC)) | Q(from_claim__lt=F("to_claim")),
                name="claim_link_symmetric_is_ordered",
            ),
            # What nobody said and the machine did not suggest would come from nowhere.
            models.CheckConstraint(
                condition=Q(by_machine=True) | Q(confirmed_by__isnull=False), name="claim_link_comes_from_somebody"
            ),
        ]
        indexes = [
            models.Index(
                F("id").desc(),
                condition=Q(kind=LinkKind.SAME_AS.value, ended_at=None, confirmed_by=None),
                name="claim_link_suspected",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_claim_id} {self.kind} {self.to_claim_id}"
