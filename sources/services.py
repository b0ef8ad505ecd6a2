"""The verbs of the register. Each is one transaction and raises RegisterError when it makes no sense."""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from sources.models import Alias, AliasKind, Merge, Relation, RelationKind, Source, SourceKind
from sources.names import fold, misleading

NAME_LIMIT = 300


class RegisterError(ValueError):
    """The change makes no sense; ``field`` names what to mend, the message how."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


def _name(name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned:
        raise RegisterError("name", "Give a name.")
    if not fold(cleaned):
        raise RegisterError("name", "The name has no letter or digit.")
    if len(cleaned) > NAME_LIMIT:
        raise RegisterError("name", f"The name is longer than {NAME_LIMIT} characters.")
    if misleading(cleaned):
        raise RegisterError("name", "The name contains characters that nobody sees; type it again.")
    return cleaned


class Naming(NamedTuple):
    """One surface form of a source that is being made, and the days between which it meant that source."""

    kind: str
    name: str
    valid_from: date | None = None
    valid_to: date | None = None


@transaction.atomic
def create(
    kind: str, name: str, *, aliases: Iterable[tuple[str, str] | Naming] | None = None, **details: str
) -> Source:
    """A new source; its name is its first alias. ``aliases`` are pairs of kind and name, or Namings."""
    if kind not in SourceKind.values:
        raise RegisterError("kind", f"There is no kind “{kind}”. Use one of: {', '.join(SourceKind.values)}.")
    source = Source.objects.create(kind=kind, name=_name(name), **details)
    namings = [Naming(AliasKind.NAME, name), *(Naming(*alias) for alias in aliases or ())]
    Alias.objects.bulk_create([_alias(source, naming) for naming in namings], ignore_conflicts=True)
    return source


def _alias(source: Source, naming: Naming) -> Alias:
    """The row, not stored yet; raises RegisterError."""
    if naming.kind not in AliasKind.values:
        raise RegisterError("kind", f"There is no kind “{naming.kind}”. Use one of: {', '.join(AliasKind.values)}.")
    if naming.valid_from and naming.valid_to and naming.valid_to < naming.valid_from:
        raise RegisterError("valid_to", "It cannot end before it begins.")
    cleaned = _name(naming.name)
    return Alias(source=source, folded=fold(cleaned), **naming._replace(name=cleaned)._asdict())


@transaction.atomic
def add_alias(
    source: Source, kind: str, name: str, *, valid_from: date | None = None, valid_to: date | None = None
) -> Alias:
    """One more surface form of a source; the same one again changes its end of validity only."""
    new = _alias(source, Naming(kind, name, valid_from, valid_to))
    alias, _ = Alias.objects.update_or_create(
        source=source,
        kind=kind,
        name=new.name,
        valid_from=valid_from,
        defaults={"folded": new.folded, "valid_to": valid_to},
    )
    return alias


@transaction.atomic
def remove_alias(alias: Alias) -> None:
    """Take a surface form away; the source's own name stays."""
    if alias.name == alias.source.name and alias.kind == AliasKind.NAME:
        raise RegisterError("name", "This is the source's own name. Rename the source first.")
    alias.delete()


@transaction.atomic
def rename(source: Source, name: str) -> Source:
    """Show the source under another name. The old name stays an alias, so that old articles still resolve."""
    cleaned = _name(name)
    Source.objects.filter(pk=source.pk).update(name=cleaned, version=F("version") + 1)
    add_alias(source, AliasKind.NAME, cleaned)
    source.refresh_from_db()
    return source


@transaction.atomic
def relate(
    subject: Source, kind: str, object_: Source, *, valid_from: date | None = None, valid_to: date | None = None
) -> Relation:
    """``subject`` holds office at, speaks for, is part of, or advises ``object_``; again changes the end only."""
    if kind not in RelationKind.values:
        raise RegisterError("kind", f"There is no relation “{kind}”. Use one of: {', '.join(RelationKind.values)}.")
    if subject.pk == object_.pk:
        raise RegisterError("object", "A source cannot be related to itself.")
    if valid_from and valid_to and valid_to < valid_from:
        raise RegisterError("valid_to", "It cannot end before it begins.")
    relation, _ = Relation.objects.update_or_create(
        subject=subject, kind=kind, object=object_, valid_from=valid_from, defaults={"valid_to": valid_to}
    )
    return relation


@transaction.atomic
def unrelate(relation: Relation) -> None:
    """Take a relation away that never held; one that ended gets its end by relate()."""
    relation.delete()


@transaction.atomic
def describe(source: Source, **details: str) -> Source:
    """Change what is known beside the name: kind, description, language, same_as."""
    if details.get("kind", source.kind) not in SourceKind.values:
        raise RegisterError("kind", f"There is no such kind. Use one of: {', '.join(SourceKind.values)}.")
    Source.objects.filter(pk=source.pk).update(version=F("version") + 1, **details)
    source.refresh_from_db()
    return source


@transaction.atomic
def merge(source: Source, into: Source, *, by: Any, reason: str) -> Merge:
    """Let readers of ``source`` see ``into``. No row moves; undo() takes back exactly this."""
    if not reason.strip():
        raise RegisterError("reason", "Say why these two are the same.")
    with connection.cursor() as cursor:
        # One merge at a time: each of three at once may see no circle, and together they would make one.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('sources_merge', 0))")
    rows = {
        row.pk: row for row in Source.objects.select_for_update().filter(pk__in=[source.pk, into.pk]).order_by("pk")
    }
    source, into = rows[source.pk], rows[into.pk]
    if source.merged_into is not None:
        raise RegisterError("source", f"It was merged into {source.merged_into} before. Undo that first.")
    if source.pk == into.followed.pk:
        raise RegisterError("into", "That would be a circle: the other one leads back to this one.")
    Source.objects.filter(pk=source.pk).update(merged_into=into, version=F("version") + 1)
    return Merge.objects.create(source=source, into=into, reason=reason.strip(), merged_by=by)


@transaction.atomic
def undo(merge_id: int, *, by: Any) -> Merge:
    """Take a merge back."""
    done = Merge.objects.select_for_update().select_related("source").get(pk=merge_id)
    if done.undone_at is not None:
        raise RegisterError("merge", "This merge has already been undone.")
    Source.objects.filter(pk=done.source.pk).update(merged_into=None, version=F("version") + 1)
    Merge.objects.filter(pk=done.pk).update(undone_at=Now(), undone_by=by)
    done.refresh_from_db()
    return done
