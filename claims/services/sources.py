"""The desk's verbs on the register of sources: the change itself is the register's, the event is ours."""

from datetime import date
from typing import Any

from claims.models.events import Subject
from claims.rules.refusals import Refused
from claims.services.events import record, verb
from sources import services as register
from sources.models import Alias, Merge, Relation, Source


def _refused(error: register.RegisterError) -> Refused:
    return Refused.one(error.field, "invalid", str(error))


@verb
def create(kind: str, name: str, *, actor: Any = None, **details: Any) -> Source:
    try:
        source = register.create(kind, name, **details)
    except register.RegisterError as error:
        raise _refused(error) from error
    record("source.created", Subject.SOURCE, source.pk, actor=actor, data={"kind": kind, "name": source.name})
    return source


@verb
def rename(source: Source, name: str, *, actor: Any) -> Source:
    before = source.name
    try:
        source = register.rename(source, name)
    except register.RegisterError as error:
        raise _refused(error) from error
    record("source.renamed", Subject.SOURCE, source.pk, actor=actor, data={"from": before, "to": source.name})
    return source


@verb
def add_alias(source: Source, kind: str, name: str, *, actor: Any, **validity: date | None) -> Alias:
    try:
        alias = register.add_alias(source, kind, name, **validity)
    except register.RegisterError as error:
        raise _refused(error) from error
    record("source.alias_added", Subject.SOURCE, source.pk, actor=actor, data={"kind": kind, "name": alias.name})
    return alias


@verb
def remove_alias(alias: Alias, *, actor: Any) -> None:
    source_id, name = alias.source.pk, alias.name
    try:
        register.remove_alias(alias)
    except register.RegisterError as error:
        raise _refused(error) from error
    record("source.alias_removed", Subject.SOURCE, source_id, actor=actor, data={"name": name})


@verb
def describe(source: Source, *, actor: Any, **details: str) -> Source:
    before = {name: getattr(source, name) for name in details}
    try:
        source = register.describe(source, **details)
    except register.RegisterError as error:
        raise _refused(error) from error
    what = {name: [before[name], details[name]] for name in details if before[name] != details[name]}
    record("source.described", Subject.SOURCE, source.pk, actor=actor, data=what)
    return source


@verb
def relate(subject: Source, kind: str, object_: Source, *, actor: Any, **validity: date | None) -> Relation:
    try:
        relation = register.relate(subject, kind, object_, **validity)
    except register.RegisterError as error:
        raise _refused(error) from error
    record("source.related", Subject.SOURCE, subject.pk, actor=actor, data={"kind": kind, "object": object_.pk})
    return relation


@verb
def unrelate(relation: Relation, *, actor: Any) -> None:
    subject_id, what = relation.subject.pk, {"kind": relation.kind, "object": relation.object.pk}
    register.unrelate(relation)
    record("source.unrelated", Subject.SOURCE, subject_id, actor=actor, data=what)


@verb
def merge(source: Source, into: Source, *, actor: Any, reason: str) -> Merge:
    try:
        merged = register.merge(source, into, by=actor, reason=reason)
    except register.RegisterError as error:
        raise _refused(error) from error
    what = {"merge": merged.pk, "into": into.pk}
    record("source.merged", Subject.SOURCE, source.pk, actor=actor, reason=reason, data=what)
    return merged


@verb
def undo_merge(merge_id: int, *, actor: Any) -> Merge:
    try:
        undone = register.undo(merge_id, by=actor)
    except register.RegisterError as error:
        raise _refused(error) from error
    record("source.merge_undone", Subject.SOURCE, undone.source.pk, actor=actor, data={"merge": merge_id})
    return undone
