"""The register of who speaks: names, merges that can be taken back exactly, and the history that triggers write."""

from collections.abc import Callable
from datetime import date
from functools import partial

import pytest
from django.apps import apps
from django.db import connection

from sources import services as register
from sources.models import Alias, Merge, Source
from sources.services import RegisterError
from tests import factories
from tests.concurrency import at_once
from workbench.accounts.models import User


@pytest.fixture
def admin(db: None) -> User:
    return factories.user("dora")


def person(name: str) -> Source:
    return register.create("person", name)


def rows_of_history(source: Source) -> list[dict[str, object]]:
    model = apps.get_model("sources", "SourceEvent")
    return list(model.objects.filter(pgh_obj=source.pk).order_by("pgh_id").values("pgh_label", "name", "merged_into"))


@pytest.mark.django_db
def test_a_source_is_found_by_its_name_and_all_its_aliases() -> None:
    source = register.create("government", "  Kingdom  of Norway ", aliases=[("metonym", "Oslo")])
    assert source.name == "Kingdom of Norway"
    for words in ("kingdom", "norway", "oslo", "kingdom of nor"):
        assert list(Source.objects.search(words)) == [source]
    for words in ("ingdom", "way", "%", "os_o", "o%o"):
        assert not Source.objects.search(words).exists()


@pytest.mark.parametrize("name", ["", "  ", "…!", "n" * 301, "a\x00b", "a\ud800"])
@pytest.mark.django_db
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(RegisterError) as error:
        person(name)
    assert error.value.field == "name"
    assert not Source.objects.exists()


@pytest.mark.django_db
def test_unknown_kinds_and_impossible_dates_are_refused_by_field() -> None:
    source = person("Anna Bell")
    wrong: dict[str, Callable[[], object]] = {
        "kind": partial(register.create, "ghost", "Anna"),
        "valid_to": partial(
            register.add_alias, source, "role", "mayor", valid_from=date(2020, 1, 2), valid_to=date(2020, 1, 1)
        ),
        "object": partial(register.relate, source, "part_of", source),
    }
    for field, call in wrong.items():
        with pytest.raises(RegisterError) as error:
            call()
        assert error.value.field == field
    for call in (
        partial(register.add_alias, source, "nickname", "A"),
        partial(register.relate, source, "likes", source),
    ):
        with pytest.raises(RegisterError, match="Use one of"):
            call()


@pytest.mark.django_db
def test_the_same_alias_again_changes_its_end_only() -> None:
    source = person("Anna Bell")
    first = register.add_alias(source, "role", "the mayor", valid_from=date(2020, 1, 1))
    again = register.add_alias(source, "role", "the  mayor", valid_from=date(2020, 1, 1), valid_to=date(2024, 1, 1))
    assert again.pk == first.pk
    assert Alias.objects.get(pk=first.pk).valid_to == date(2024, 1, 1)


@pytest.mark.django_db
def test_a_renamed_source_is_still_found_by_its_old_name() -> None:
    source = register.rename(person("Anna Bell"), "Anna Bell-Smith")
    assert (source.name, source.version) == ("Anna Bell-Smith", 2)
    assert set(source.aliases.values_list("name", flat=True)) == {"Anna Bell", "Anna Bell-Smith"}
    with pytest.raises(RegisterError):
        register.remove_alias(source.aliases.get(name="Anna Bell-Smith"))
    register.remove_alias(source.aliases.get(name="Anna Bell"))
    assert not Source.objects.search("bell anna").exists()


def test_a_merge_is_a_pointer_and_its_undo_is_exact(admin: User) -> None:
    one, two, three = (person(name) for name in ("A. Bell", "Anna Bell", "Mayor Bell"))
    aliases = list(Alias.objects.values_list("pk", "source", "name"))
    first = register.merge(one, two, by=admin, reason="The same person")
    register.merge(two, three, by=admin, reason="The same person")
    assert Source.objects.get(pk=one.pk).followed == three
    assert list(Source.objects.current()) == [three]
    assert list(Source.objects.current().search("a bell")) == [three], "found over two steps"
    assert list(Alias.objects.values_list("pk", "source", "name")) == aliases, "no row moved"
    undone = register.undo(first.pk, by=admin)
    assert undone.undone_by == admin
    assert Source.objects.get(pk=one.pk).followed == one
    assert Source.objects.get(pk=two.pk).followed == three, "the other merge holds"
    with pytest.raises(RegisterError):
        register.undo(first.pk, by=admin)
    register.merge(one, three, by=admin, reason="After all")


def test_merges_that_make_no_sense_are_refused(admin: User) -> None:
    one, two, three = (person(name) for name in ("A", "B", "C"))
    register.merge(one, two, by=admin, reason="x")
    register.merge(two, three, by=admin, reason="x")
    for source, into, field in (
        (one, three, "source"),
        (three, one, "into"),
        (three, two, "into"),
        (three, three, "into"),
    ):
        with pytest.raises(RegisterError) as error:
            register.merge(source, into, by=admin, reason="x")
        assert error.value.field == field
    with pytest.raises(RegisterError) as error:
        register.merge(three, person("D"), by=admin, reason="  ")
    assert error.value.field == "reason"
    assert Merge.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_three_merges_at_once_make_no_circle() -> None:
    admin = factories.user("dora")
    for number in range(5):
        ring = [person(f"{name} {number}") for name in "ABC"]

        def join(source: Source, into: Source) -> bool:
            try:
                register.merge(source, into, by=admin, reason="x")
            except RegisterError:
                return False
            return True

        pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
        assert sum(at_once([partial(join, *pair) for pair in pairs])) == 2
        assert Source.objects.filter(pk__in=[source.pk for source in ring]).current().count() == 1


@pytest.mark.django_db
def test_every_change_of_a_row_is_in_its_history_even_one_by_sql() -> None:
    source = person("Anna Bell")
    register.rename(source, "Anna Smith")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sources_source SET name = 'Nobody' WHERE id = %s", [source.pk])
    history = [(row["pgh_label"], row["name"]) for row in rows_of_history(source)]
    assert history == [("insert", "Anna Bell"), ("update", "Anna Smith"), ("update", "Nobody")]
