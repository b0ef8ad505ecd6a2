"""Articles and their immutable revisions."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from claims.models.desks import Desk, Membership
from claims.rules.topics import TOPIC_LIMIT, TOPICS_AT_MOST

# Topics are looked for in as many articles: enough for what a desk is about these days, and few enough for a form.
NEWEST = 1000
TOPICS_SHOWN = 200


class ArticleStatus(models.TextChoices):
    QUEUED = "queued", _("waiting")
    EXTRACTING = "extracting", _("being read")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")


class Origin(models.TextChoices):
    TEXT = "text", _("pasted text")
    FILE = "file", _("uploaded file")
    URL = "url", _("address")


class ArticleQuerySet(models.QuerySet["Article"]):
    def topics_in_use(self, desk_id: int) -> list[str]:
        """What the newest articles of the desk are about, and what its people know; as many as a list holds."""
        newest = self.filter(desk=desk_id).order_by("-pk").values("pk")[:NEWEST]
        each = Func("topics", function="unnest", output_field=models.CharField())
        written = self.filter(pk__in=newest).annotate(topic=each).values_list("topic", flat=True)
        known = (
            Membership.objects.filter(desk=desk_id, active=True).annotate(topic=each).values_list("topic", flat=True)
        )
        return list(written.union(known).order_by("topic")[:TOPICS_SHOWN])

    def worded(self, query: SearchQuery) -> "ArticleQuerySet":
        """Those whose headline and outlet hold the words; the expression is that of the index article_words."""
        return self.alias(words=SearchVector("title", "outlet", config="simple")).filter(words=query)


class Batch(models.Model):
    """Several articles given at once. Those that were taken name it; of the others it keeps why they were refused."""

    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="batches")
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(db_default=Now(), editable=False)
    # [{"name", "field", "code", "detail", "article"}]: which one, what is wrong and the way out, and the one that is
    # here already, if that is why.
    refused = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name_plural = "batches"

    def __str__(self) -> str:
        return f"batch {self.pk}"


class Article(models.Model):
    """One published text. Its words live in revisions; what is known about it (outlet, date, …) may be corrected."""

    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="articles")
    origin = models.CharField(max_length=4, choices=Origin.choices)
    status = models.CharField(max_length=10, choices=ArticleStatus.choices, default=ArticleStatus.QUEUED)
    # {"field", "code", "detail"}: what is wrong, where, and the way out; with "article" that which is here already.
    failure = models.JSONField(null=True, blank=True)
    title = models.CharField(max_length=500, blank=True)
    outlet = models.CharField(max_length=200, blank=True)
    outlet_folded = models.CharField(
        max_length=600, blank=True, db_default="", editable=False, help_text="sources.names.fold(outlet), for look-up."
    )
    byline = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    dateline_places = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    dateline_agency = models.CharField(max_length=100, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    url = models.URLField(max_length=2000, blank=True)
    canonical_url = models.CharField(max_length=2000, blank=True, editable=False)
    content_key = models.CharField(
        max_length=64, null=True, editable=False, help_text="Hash of the words, spaces aside."
    )
    language = models.CharField(max_length=35, default="en")
    topics = ArrayField(
        models.CharField(max_length=TOPIC_LIMIT),
        default=list,
        db_default=[],
        blank=True,
        help_text="What it is about, and with it its claims; as rules.topics writes them.",
    )
    read_by = models.CharField(
        max_length=64, blank=True, editable=False, help_text="Name and version of the engine that last read it."
    )
    batch = models.ForeignKey(Batch, null=True, blank=True, on_delete=models.PROTECT, related_name="articles")
    resembles = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="One of the desk that says nearly the same (rules.resemblance), until a person keeps both.",
    )
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(db_default=Now(), editable=False)
    version = models.PositiveIntegerField(
        default=1, editable=False, help_text="Counts the changes; the ETag of the row."
    )

    objects = ArticleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(topics__len__lte=TOPICS_AT_MOST), name="article_topics_are_few"),
            models.CheckConstraint(condition=Q(status__in=ArticleStatus.values), name="article_status_known"),
            models.CheckConstraint(condition=Q(origin__in=Origin.values), name="article_origin_known"),
            # The same article twice would be reviewed twice, and two verdicts on it could differ.
            models.UniqueConstraint(
                fields=["desk", "canonical_url"], condition=~Q(canonical_url=""), name="article_url_once_per_desk"
            ),
            models.UniqueConstraint(fields=["desk", "content_key"], name="article_words_once_per_desk"),
            models.CheckConstraint(
                condition=Q(status=ArticleStatus.FAILED, failure__isnull=False) | ~Q(status=ArticleStatus.FAILED),
                name="article_failure_has_a_reason",
            ),
            models.CheckConstraint(condition=~Q(resembles=F("id")), name="article_resembles_another"),
        ]
        indexes = [
            models.Index(F("desk"), F("id").desc(), name="article_newest_of_desk"),
            models.Index(fields=["desk", "outlet_folded"], name="article_of_outlet"),
            GinIndex(fields=["topics"], name="article_of_topic"),
            GinIndex(SearchVector("title", "outlet", config="simple"), name="article_words"),
        ]

    def __str__(self) -> str:
        return self.title or f"article {self.pk}"


class Intake(models.Model):
    """What was submitted, as it came, until and after it became a revision: a failed reading can be tried again."""

    article = models.OneToOneField(Article, on_delete=models.PROTECT, related_name="intake")
    file_name = models.CharField(max_length=255, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    content = models.BinaryField(default=b"")

    def __str__(self) -> str:
        return f"intake of {self.article}"


class Revision(models.Model):
    """An immutable text. Every offset counts Unicode code points in one revision's text."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField(default=1)
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    sketch = ArrayField(
        models.BigIntegerField(),
        default=list,
        db_default=[],
        blank=True,
        editable=False,
        help_text="rules.resemblance.sketch(text).",
    )
    # What the intake removed, by kind, such as {"control characters": 3}.
    removed = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "number"], name="revision_numbered_once"),
            models.CheckConstraint(condition=~Q(text=""), name="revision_has_text"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="revision_hash_is_whole"),
        ]
        indexes = [GinIndex(fields=["sketch"], name="revision_by_sketch")]
        triggers = [
            # Annotations point into the text by offset: a changed letter would move all of them.
            pgtrigger.Protect(name="revision_is_immutable", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.article}, revision {self.number}"
