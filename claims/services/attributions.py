"""What people decide on attributions: confirm, correct, restore, reject, add. The engine learns, and nothing is lost.

Whoever decides is a reviewer of the article's desk; for others it is absent. What was there before stays in the event.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Self

from django.db.models import F, QuerySet
from django.db.models.functions import Now

from claims import jobs
from claims.models.articles import Article, ArticleStatus, Revision
from claims.models.claims import Attribution, Claim, Decision, Narrator, QuoteType, SpanRole, Stance
from claims.models.desks import REVIEWERS, Desk
from claims.models.events import Event, Subject
from claims.models.spans import Span
from claims.rules import attributions as rules
from claims.rules.refusals import Absent, Conflict, Forbidden, Refused
from claims.rules.rights import Right
from claims.rules.workflow import ClaimState, Missing
from claims.services import claims, rights, sources, words
from claims.services import jobs as queue
from claims.services.events import record, verb, within
from sources.models import Source


@dataclass(frozen=True)
class Reading:
    """An attribution as somebody reads it. Ranges are code points of the revision's text, end exclusive.

    `quote_type` may be left empty: it follows from the content then. `responds_to` is a label of the same revision, and
    so is `parent`, whose content holds this one; empty: nobody's does. None: that follows from the spans.
    """

    content: tuple[rules.Range, ...]
    cue: tuple[rules.Range, ...] = ()
    source: tuple[rules.Range, ...] = ()
    stance: str = Stance.ASSERTS
    quote_type: str = ""
    channel: str = ""
    said_on: date | None = None
    narrator: str = Narrator.NEUTRAL
    source_entity: str = ""
    parent: str | None = None
    responds_to: str = ""

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """What as_json() gave."""
        known = {each.name: data[each.name] for each in fields(cls) if each.name in data}
        ranges = {role: tuple((start, end) for start, end in known[role]) for role in rules.ROLES if role in known}
        day = known.get("said_on")
        return cls(**known | ranges | {"said_on": date.fromisoformat(day) if day else None})

    def spans(self, attribution_id: int) -> rules.Spans:
        return rules.Spans(attribution_id, self.source, self.cue, self.content)

    def as_json(self) -> dict[str, Any]:
        """For events."""
        plain = {each.name: getattr(self, each.name) for each in fields(self)}
        return plain | {"said_on": self.said_on.isoformat() if self.said_on else None}


@dataclass(frozen=True)
class Speaker:
    """Who of the register speaks: a source that is there, or a new one of this kind, named as in `source_entity`."""

    source: Source | None = None
    kind: str = ""


NOT_A_STATEMENT = "Not a statement"
"""How the reason begins for which a claim went with its attribution; no person's dismissal begins so."""
COLUMNS = ("stance", "quote_type", "channel", "said_on", "narrator", "source_entity")
CHOICES = {"stance": Stance, "quote_type": QuoteType, "narrator": Narrator}


# --- The verbs --------------------------------------------------------------------------------------------------------


@verb
def confirm(attribution_id: int, *, actor: Any) -> Attribution:
    """It is as the attribution says. A suggestion becomes one of the article's, and its claims go to the reviewers.

    What people agreed on already stays as it is; one that was rejected counts again, as what it was before.
    """
    attribution = claims.attribution_locked(attribution_id, actor)
    if attribution.decision not in (Decision.CONFIRMED, Decision.CORRECTED, Decision.ADDED):
        if not attribution.stands:
            _nest(attribution)
        back: dict[str, Any] = {} if attribution.stands else {"parent_set": False}
        _decide(attribution, _agreed(attribution), "attribution.confirmed", actor, **back)
    return attribution


def _agreed(attribution: Attribution) -> Decision:
    """What a confirmation makes of it. Words that a person had changed or found are none that the engine had right."""
    if attribution.decision == Decision.REJECTED:
        before = history(attribution).filter(kind="attribution.rejected").values_list("from_state", flat=True).first()
        if before in (Decision.CORRECTED, Decision.ADDED):
            return Decision(before)
    return Decision.CONFIRMED


@verb
def correct(
    attribution_id: int,
    change: Mapping[str, Any],
    *,
    actor: Any,
    version: int | None = None,
    speaker: Speaker | None = None,
    reason: str = "",
) -> Attribution:
    """Change what the fields of Reading named in ``change`` say; what the engine had found is kept in the event.

    Without a difference it is a confirmation. Raises Refused, naming the fields, Conflict when somebody changed it
    since ``version``, and Forbidden where ``speaker`` is new and the actor does not keep the register.
    """
    attribution = claims.attribution_locked(attribution_id, actor)
    _check_speaker(speaker, attribution.revision.article, actor)
    before = reading_of(attribution)
    if version is not None and version != attribution.version:
        message = "Somebody changed this attribution while you were at it. Look at it again, then save."
        now = {"current": before.as_json(), "current_version": attribution.version}
        raise Conflict.with_details("version", "changed_meanwhile", message, **now)
    if "content" in change:
        change = {"quote_type": ""} | dict(change)
    after = _checked(attribution.revision, replace(before, **change), attribution.pk, before)
    if after == before:
        return _with_speaker(confirm(attribution_id, actor=actor), speaker, actor)
    _write(attribution, after)
    what: dict[str, Any] = {"from": before.as_json(), "to": after.as_json()}
    if (before.source, before.source_entity) != (after.source, after.source_entity):
        # What was confirmed, too, where it was said of somebody else: fewer or more words name the same.
        same = before.source_entity == after.source_entity and rules.shared(before.source, after.source)
        speakers = attribution.resolved_sources.order_by("source")
        stale = speakers.filter(confirmed_by=None) if same else speakers
        what["sources"] = list(stale.values_list("source", flat=True))
        stale.delete()
        if not speakers.exists():
            _suggest_sources(attribution, after)
    # One claim may be denied by what asserts another: only the links that said the same follow.
    attribution.links.filter(stance=before.stance).update(stance=after.stance)
    told: dict[str, Any] = {"reason": reason, "data": what, "parent_set": after.parent is not None}
    _decide(attribution, Decision.CORRECTED, "attribution.corrected", actor, **told)
    return _with_speaker(attribution, speaker, actor)


@verb
def restore(attribution_id: int, event_id: int, *, actor: Any, version: int | None = None) -> Attribution:
    """Make it what it was before the change of which this event of its history tells. A correction like any other.

    Raises Absent for an event that tells of no such change, and what correct() raises.
    """
    attribution = claims.attribution_locked(attribution_id, actor)
    event = history(attribution).filter(pk=event_id, data__has_key="from").first()
    if event is None:
        raise Absent.one("event", "absent", "There is no such change of this attribution.")
    before = Reading.of(event.data["from"])
    change = {each.name: getattr(before, each.name) for each in fields(before)}
    with within(restores=event.pk):
        return correct(attribution_id, change, actor=actor, version=version)


@verb
def reject(attribution_id: int, *, actor: Any, reason: str = "") -> Attribution:
    """It is not a statement. Claims that nothing else carries are dismissed, but for those that the reviewers have.

    A suggestion that waits carries them, too: a person may still accept it.
    """
    attribution = claims.attribution_locked(attribution_id, actor)
    if attribution.decision == Decision.REJECTED:
        return attribution
    _decide(attribution, Decision.REJECTED, "attribution.rejected", actor, reason=reason)
    # What is no statement holds none.
    attribution.nested.update(parent=attribution.parent_id, parent_set=False, version=F("version") + 1)
    carried = Claim.objects.filter(links__attribution=attribution)
    for claim in carried.select_for_update(of=("self",)).order_by("pk"):
        others = Attribution.objects.filter(links__claim=claim).exclude(decision=Decision.REJECTED)
        if claim.state in (ClaimState.EXTRACTED, ClaimState.TRIAGED) and not others.exists():
            why = f"{NOT_A_STATEMENT}: {reason}".rstrip(": ")
            claims.move(claim, ClaimState.DISMISSED, "claim.dismissed", actor=actor, reason=why)
    return attribution


@verb
def add(
    article_id: int, reading: Reading, *, actor: Any, speaker: Speaker | None = None, revision: int | None = None
) -> Attribution:
    """What the engine missed in the article's newest text. The same of the same person is added once.

    Raises Absent, Refused, or Conflict: before it is ready, and where the ranges are not of its newest ``revision``.
    """
    mine = Article.objects.filter(desk__in=Desk.objects.of(actor, REVIEWERS))
    article = mine.select_for_update(of=("self",), no_key=True).filter(pk=article_id).first()
    if article is None:
        raise Absent.one("article", "absent", "There is no such article at your desk.")
    if article.status != ArticleStatus.READY:
        # The engine numbers from A1: with that label taken, what it finds could not be stored.
        message = f"The article is {article.get_status_display()}. A statement can be added when it is ready."
        raise Conflict.with_details("article", "not_ready", message, article_status=article.status)
    _check_speaker(speaker, article, actor)
    newest = article.revisions.order_by("-number")[0]
    if revision not in (None, newest.number):
        message = "The article has a newer text. Look at it again, then mark the words there."
        raise Conflict.with_details("revision", "newer_text", message, revision=newest.number)
    after = _checked(newest, reading)
    again = _added_already(newest, after, actor)
    if again is not None:
        return again
    attribution = Attribution.objects.create(
        revision=newest,
        label=f"A{claims.last_number(Attribution.objects.filter(revision=newest)) + 1}",
        confidence=1.0,
        found_by=actor,
        decision=Decision.ADDED,
        decided_by=actor,
        decided_at=Now(),
        parent_set=after.parent is not None,
        **{name: getattr(after, name) for name in COLUMNS},
    )
    _write(attribution, after)
    _suggest_sources(attribution, after)
    what = {"attribution": attribution.pk, "label": attribution.label, "to": after.as_json()}
    record("attribution.added", Subject.ARTICLE, article.pk, actor=actor, to_state=Decision.ADDED, data=what)
    attribution.refresh_from_db()
    return _with_speaker(attribution, speaker, actor)


def _added_already(revision: Revision, reading: Reading, actor: Any) -> Attribution | None:
    """What somebody sent whom the answer did not reach, and who sends it again; the article's lock makes it once."""
    rows = Attribution.objects.standing().filter(revision=revision, decision=Decision.ADDED, found_by=actor)
    near = rows.filter(spans__role=SpanRole.CONTENT, spans__start=reading.content[0][0])
    return next((row for row in near.order_by("pk") if reading_of(row) == reading), None)


# --- What the verbs share ---------------------------------------------------------------------------------------------


def history(attribution: Attribution) -> QuerySet[Event]:
    """What people did to it, the latest first; ``from`` in an event's data is what was there before."""
    told = Event.objects.of(Subject.ARTICLE, attribution.revision.article_id).filter(data__attribution=attribution.pk)
    return told.select_related("actor").order_by("-sequence")


def may_be_named(attribution: Attribution) -> bool:
    """Whether its history may say who did what: not while somebody is to review one of its claims blindly."""
    return not claims.veiled(attribution).exists()


def reading_of(attribution: Attribution) -> Reading:
    """The attribution as it is stored."""
    spans = claims.spans_of([attribution.pk])[attribution.pk]
    holder = attribution.parent.label if attribution.parent else ""
    return Reading(
        content=spans.content,
        cue=spans.cue,
        source=spans.source,
        **{name: getattr(attribution, name) for name in COLUMNS},
        parent=holder if attribution.parent_set else None,
        responds_to=attribution.responds_to.label if attribution.responds_to else "",
    )


def _checked(revision: Revision, reading: Reading, own_id: int = 0, before: Reading | None = None) -> Reading:
    """The reading with its spans tidied; raises Refused with everything that is wrong at once.

    What it responded to ``before`` may have been rejected since; a parent that holds it no more gives way to what does.
    """
    tidy: dict[str, Any] = {role: rules.tidied(revision.text, getattr(reading, role)) for role in rules.ROLES}
    reading = replace(reading, **tidy)
    wrong = rules.problems(revision.text, reading.spans(own_id))
    if not wrong and not reading.quote_type:
        reading = replace(reading, quote_type=rules.quote_type(revision.text, reading.content))
    for name, choices in CHOICES.items():
        if getattr(reading, name) not in choices.values and not (name == "quote_type" and wrong):
            wrong.append(Missing(name, "unknown", f"Use one of: {', '.join(choices.values)}."))
    others = Attribution.objects.standing().filter(revision=revision).exclude(pk=own_id)
    if reading.parent and not wrong and not _held_by(others.filter(label=reading.parent).first(), reading, own_id):
        if before is not None and reading.parent == before.parent:
            reading = replace(reading, parent=None)
        else:
            message = f"The content of “{reading.parent}” does not hold this statement. Choose one whose content does."
            wrong.append(Missing("parent", "does_not_hold", message))
    answered = before.responds_to if before else ""
    if reading.responds_to not in ("", answered) and not others.filter(label=reading.responds_to).exists():
        message = f"There is no other attribution “{reading.responds_to}” in this text."
        wrong.append(Missing("responds_to", "absent", message))
    if wrong:
        raise Refused(wrong)
    return reading


def _held_by(holder: Attribution | None, reading: Reading, own_id: int) -> bool:
    """Whether the holder's content holds the reading, and the holder does not stand inside that itself."""
    if holder is None or not rules.holds(claims.spans_of([holder.pk])[holder.pk], reading.spans(own_id)):
        return False
    parents = dict(Attribution.objects.filter(revision=holder.revision_id).values_list("pk", "parent"))
    return own_id not in rules.line(parents, holder.pk)


def _write(attribution: Attribution, reading: Reading) -> None:
    """Columns, spans, and where it and its neighbours stand inside each other."""
    for name in COLUMNS:
        setattr(attribution, name, getattr(reading, name))
    same_text = Attribution.objects.filter(revision=attribution.revision_id)
    attribution.responds_to = same_text.get(label=reading.responds_to) if reading.responds_to else None
    attribution.save(update_fields=[*COLUMNS, "responds_to"])
    attribution.spans.all().delete()
    Span.objects.bulk_create(
        Span(attribution=attribution, role=role, start=start, end=end)
        for role in SpanRole.values
        for start, end in getattr(reading, role)
    )
    words.write(attribution.links.values_list("claim", flat=True))
    _nest(attribution, reading.parent)


def _nest(attribution: Attribution, holder: str | None = None) -> None:
    """Find anew what holds it, what it held, and what it holds now; ``holder`` is the label that a person chose."""
    same_text = Attribution.objects.filter(revision=attribution.revision_id)
    rows = list(same_text.standing().values_list("pk", "label", "parent", "parent_set"))
    parents = {pk: parent for pk, _, parent, _ in rows}
    parents.setdefault(attribution.pk, attribution.parent_id)
    chosen = {pk: parent for pk, _, parent, by_person in rows if by_person and pk != attribution.pk}
    if holder is not None:
        chosen[attribution.pk] = next((pk for pk, label, _, _ in rows if label == holder), None)
    for pk, parent in rules.nesting(claims.spans_of(parents), parents, attribution.pk, chosen).items():
        # Its own is noted with the decision: nobody's choice stands on what nobody has looked at.
        stays = {} if pk == attribution.pk else {"parent_set": pk in chosen and chosen[pk] == parent}
        same_text.filter(pk=pk).update(parent=parent, **stays, version=F("version") + 1)


def _check_speaker(speaker: Speaker | None, article: Article, actor: Any) -> None:
    if speaker is not None and speaker.source is None and not rights.may(actor, Right.MANAGE_SOURCES, article):
        raise Forbidden.one("kind", "forbidden", "Only those who keep the register may add to it.")


def _with_speaker(attribution: Attribution, speaker: Speaker | None, actor: Any) -> Attribution:
    """The same, with the speaker confirmed whom the person named."""
    if speaker is None:
        return attribution
    source = speaker.source or sources.create(speaker.kind, attribution.source_entity, actor=actor)
    claims.confirm_source(attribution.pk, source, actor=actor)
    attribution.refresh_from_db()
    return attribution


def _suggest_sources(attribution: Attribution, reading: Reading) -> None:
    text = attribution.revision.text
    names = [reading.source_entity, *(text[start:end] for start, end in reading.source)]
    claims.suggest_sources(attribution.revision.article, {attribution.pk: [name for name in names if name]})
    claims.speaker_changed(attribution)


def _decide(
    attribution: Attribution,
    decision: Decision,
    kind: str,
    actor: Any,
    *,
    reason: str = "",
    data: Any = None,
    **columns: Any,
) -> None:
    """Note the decision, and these ``columns`` with it, and its event; what did not count before goes to reviewers."""
    before, suggested = attribution.decision, attribution.suggested
    Attribution.objects.filter(pk=attribution.pk).update(
        decision=decision, decided_by=actor, decided_at=Now(), suggested=False, version=F("version") + 1, **columns
    )
    article = attribution.revision.article_id
    what = {"attribution": attribution.pk, "label": attribution.label, "suggested": suggested} | (data or {})
    record(kind, Subject.ARTICLE, article, actor=actor, from_state=before, to_state=decision, reason=reason, data=what)
    attribution.refresh_from_db()
    if suggested or Decision.REJECTED in (decision, before):
        # Claims are found by what counts.
        words.write(attribution.links.values_list("claim", flat=True))
    if decision != Decision.REJECTED and (suggested or before == Decision.REJECTED):
        _send_claims(attribution, actor)


def _send_claims(attribution: Attribution, actor: Any) -> None:
    """To the reviewers: claims that waited for this, and those dismissed because it was no statement."""
    carried = Claim.objects.filter(links__attribution=attribution)
    back = carried.filter(state=ClaimState.DISMISSED, state_reason__startswith=NOT_A_STATEMENT)
    revived = list(back.select_for_update(of=("self",)).order_by("pk"))
    for claim in revived:
        claims.move(claim, ClaimState.TRIAGED, "claim.restored", actor=actor, data={"attribution": attribution.pk})
    if revived or carried.filter(state=ClaimState.EXTRACTED).exists():
        article = attribution.revision.article_id
        # A key of its own: a job under way may have looked for claims already, and one that waits knows other claims.
        key = f"open review {article} {attribution.label} {attribution.version}"
        args = {"article": article, "restored": [claim.pk for claim in revived]}
        queue.enqueue(jobs.OPEN_REVIEW, key, args)
