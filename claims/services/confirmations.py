"""Confirmations of attributions that are taken back: the one decision that leaves nothing behind in the claims."""

from collections.abc import Collection
from typing import Any

from django.db.models import F

from claims.models.claims import Attribution, Decision
from claims.models.events import Event, Subject
from claims.rules.refusals import Conflict
from claims.services import claims
from claims.services.events import record, verb


@verb
def unconfirm(attribution_id: int, *, actor: Any) -> Attribution:
    """Take a confirmation back: nobody has looked at the attribution, as before.

    Raises Conflict where it is not confirmed, and where that did more: of an accepted suggestion the claims went to the
    reviewers, and what had been rejected counts again since.
    """
    attribution = claims.attribution_locked(attribution_id, actor)
    if attribution.pk not in merely_confirmed([attribution]):
        message = (
            "Only a confirmation that changed nothing else can be taken back. Correct it, or note that it is none."
        )
        raise Conflict.with_details("attribution", "not_merely_confirmed", message, decision=attribution.decision)
    before = attribution.decision
    Attribution.objects.filter(pk=attribution.pk).update(
        decision=Decision.UNSEEN, decided_by=None, decided_at=None, version=F("version") + 1
    )
    attribution.refresh_from_db()
    what = {"attribution": attribution.pk, "label": attribution.label}
    states = {"from_state": before, "to_state": attribution.decision}
    article = attribution.revision.article_id
    record("attribution.unconfirmed", Subject.ARTICLE, article, actor=actor, data=what, **states)
    return attribution


def merely_confirmed(rows: Collection[Attribution]) -> set[int]:
    """The ids of those, of one article, whose confirmation changed nothing else; at most one query."""
    confirmed = [row for row in rows if row.decision == Decision.CONFIRMED]
    if not confirmed:
        return set()
    told = Event.objects.of(Subject.ARTICLE, confirmed[0].revision.article_id).filter(
        kind="attribution.confirmed", data__attribution__in=[row.pk for row in confirmed]
    )
    steps = told.order_by("sequence").values_list("data__attribution", "from_state", "data__suggested")
    newest = {pk: (before, suggested) for pk, before, suggested in steps}
    return {pk for pk, step in newest.items() if step == (Decision.UNSEEN, False)}
