"""Which article of the desk a new one nearly repeats. It is a warning: both are read, and a person says what to do."""

from collections.abc import Sequence
from typing import Any

from django.db.models import F

from claims.models.articles import Article, Revision
from claims.models.events import Subject
from claims.rules.resemblance import NEAR_FROM, resemblance
from claims.services.events import record, verb

# So many texts that share a run of words with the new one are compared. More share one only where it is said daily.
COMPARED = 200


def note_resemblance(article: Article, sketch: Sequence[int]) -> None:
    """Remember the one that is most alike, if one is near enough. Inside the caller's transaction."""
    if not sketch:
        return
    sharing = Revision.objects.filter(article__desk=article.desk_id, sketch__overlap=list(sketch))
    others = sharing.exclude(article=article.pk).values_list("article", "sketch")[:COMPARED]
    alike, other = max(((resemblance(sketch, theirs), other) for other, theirs in others), default=(0.0, None))
    if alike >= NEAR_FROM:
        Article.objects.filter(pk=article.pk).update(resembles=other)


@verb
def keep_both(article: Article, *, actor: Any) -> None:
    """They are two articles, a person says: the warning goes. Said twice it is said once."""
    row = Article.objects.select_for_update().get(pk=article.pk)
    if row.resembles_id is None:
        return
    Article.objects.filter(pk=row.pk).update(resembles=None, version=F("version") + 1)
    record("article.kept", Subject.ARTICLE, row.pk, actor=actor, data={"beside": row.resembles_id})
