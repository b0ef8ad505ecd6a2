"""The admin: its way in, the register and desks changed by verbs, history that nobody changes, secrets shown once."""

from html import unescape
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client

from claims.models.desks import Desk, Membership
from claims.models.events import Event
from claims.models.jobs import Job
from claims.models.verdicts import RatingScale, Verdict
from claims.services import desks, sources
from sources.models import Alias, Merge, Relation, Source
from tests import factories
from tests.api.conftest import Api
from tests.factories import World
from workbench.accounts.models import ApiToken, User

CHANGED_HERE = {Source, Merge, Desk, Membership, RatingScale, User, ApiToken}


@pytest.fixture
def boss(world: World) -> Client:
    client = Client()
    client.force_login(factories.user("boss", is_staff=True, is_superuser=True))
    return client


def url(model: type[Model], *rest: object) -> str:
    parts = [model._meta.app_label, model._meta.model_name, *map(str, rest)]
    return f"/admin/{'/'.join(str(part) for part in parts)}/"


def rows(prefix: str, *forms: dict[str, str], initial: int = 0) -> dict[str, str]:
    """An inline formset as a browser sends it."""
    sent = {f"{prefix}-TOTAL_FORMS": str(len(forms)), f"{prefix}-INITIAL_FORMS": str(initial)}
    for number, form in enumerate(forms):
        sent |= {f"{prefix}-{number}-{name}": value for name, value in form.items()}
    return sent


def told() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


def post(client: Client, path: str, data: dict[str, Any]) -> None:
    answer = client.post(path, data)
    assert answer.status_code == 302, answer.context["errors"]


def test_the_way_in_is_the_common_one(world: World) -> None:
    asked = Client().get("/admin/")
    assert asked.status_code == 302
    asked = Client().get(asked["Location"])
    assert asked["Location"].startswith("/accounts/login/")
    stranger = Client()
    stranger.force_login(world.carol)
    assert stranger.get("/admin/login/").status_code == 403


def test_every_page_opens(world: World, boss: Client) -> None:
    factories.published(world)
    factories.ready_article(world)
    sources.merge(sources.create("person", "A"), sources.create("person", "B"), actor=world.dora, reason="Same.")
    assert boss.get("/admin/").status_code == 200
    for model in admin.site._registry:
        assert boss.get(url(model)).status_code == 200, model
        row = model._default_manager.first()
        if row is not None:
            assert boss.get(url(model, row.pk, "change")).status_code == 200, model


def test_history_is_only_shown(world: World, boss: Client) -> None:
    factories.published(world)
    historical = [model for model in admin.site._registry if model not in CHANGED_HERE]
    assert len(historical) >= 17
    for model in historical:
        assert boss.get(url(model, "add")).status_code == 403, model
        row = model._default_manager.first()
        if row is None:
            continue
        before = model._default_manager.filter(pk=row.pk).values().get()
        assert boss.post(url(model, row.pk, "change"), {"rationale": "x", "state": "done"}).status_code == 403, model
        assert boss.post(url(model, row.pk, "delete"), {"post": "yes"}).status_code == 403, model
        assert model._default_manager.filter(pk=row.pk).values().get() == before


def test_a_source_is_made_renamed_and_described(boss: Client) -> None:
    office = sources.create("office", "Mayor of Riverton")
    none = rows("aliases") | rows("relations")
    details = {"kind": "person", "description": "", "language": "en", "same_as": ""}
    named = rows("aliases", {"kind": "transliteration", "name": "Ganna Bell"})
    related = rows("relations", {"kind": "holds_office", "object": str(office.pk)})
    post(boss, url(Source, "add"), details | {"name": " Anna  Bell "} | named | related)
    bell = Source.objects.get(name="Anna Bell")
    assert {alias.folded for alias in bell.aliases.all()} == {"anna bell", "ganna bell"}
    assert Relation.objects.get().object == office
    post(boss, url(Source, bell.pk, "change"), details | {"name": "Anna Bell-Reyes", "description": "Mayor."} | none)
    bell.refresh_from_db()
    assert (bell.name, bell.description, bell.version) == ("Anna Bell-Reyes", "Mayor.", 3)
    assert bell.aliases.filter(name="Anna Bell").exists()
    wanted = ["source.created", "source.alias_added", "source.related", "source.renamed", "source.described"]
    assert told()[-5:] == wanted
    refused = boss.post(url(Source, bell.pk, "change"), details | {"name": "?!"} | none)
    assert refused.status_code == 200
    assert "no letter or digit" in refused.content.decode()


def test_an_alias_goes_but_never_the_own_name(boss: Client) -> None:
    bell = sources.create("person", "Anna Bell", aliases=[("name", "Annie")])
    own, other = bell.aliases.order_by("pk")
    details = {"kind": "person", "name": "Anna Bell", "description": "", "language": "", "same_as": ""}

    def without(alias: Alias) -> dict[str, str]:
        kept = [{"id": str(own.pk), "source": str(bell.pk)}, {"id": str(other.pk), "source": str(bell.pk)}]
        kept[0 if alias == own else 1]["DELETE"] = "on"
        return details | rows("aliases", *kept, initial=2) | rows("relations")

    boss.post(url(Source, bell.pk, "change"), without(own))
    assert bell.aliases.count() == 2
    post(boss, url(Source, bell.pk, "change"), without(other))
    assert list(bell.aliases.all()) == [own]
    assert told()[-1] == "source.alias_removed"


def test_a_merge_and_its_undoing(boss: Client) -> None:
    one, other = sources.create("person", "Kiev"), sources.create("person", "Kyiv")
    post(boss, url(Merge, "add"), {"source": one.pk, "into": other.pk, "reason": "One city."})
    one.refresh_from_db()
    assert one.followed == other
    circle = boss.post(url(Merge, "add"), {"source": other.pk, "into": one.pk, "reason": "Back."}, follow=True)
    assert "circle" in circle.content.decode()
    assert Merge.objects.count() == 1
    post(boss, url(Merge), {"action": "undo", "_selected_action": [Merge.objects.get().pk]})
    one.refresh_from_db()
    assert one.followed == one
    assert told()[-2:] == ["source.merged", "source.merge_undone"]


DESK = {
    "name": "Hill Desk", "slug": "hill", "language": "en", "timezone": "UTC", "url": "", "method_url": "",
    "lease_minutes": "45", "second_review_priority": "", "second_review_share": "0", "gate_requires": "sources,method",
    "worthiness_weights": '{"figures": 0.3}', "remind_share": "0.25", "working_time": "{}", "due_hours": "[]",
    "offer_minutes": "60", "senior_share": "0", "routing_weights": "{}",
}  # fmt: skip


def test_a_desk_and_its_members(world: World, boss: Client) -> None:
    post(boss, url(Desk, "add"), DESK)
    hill = Desk.objects.get(slug="hill")
    assert hill.scales.filter(active=True).count() == 2
    assert hill.gate_requires == ["sources", "method"]
    assert hill.worthiness_weights == {"figures": 0.3}
    page = boss.post(url(Desk, hill.pk, "change"), DESK | {"worthiness_weights": '{"fame": 1}'}).content.decode()
    assert "There is no feature “fame”" in page
    assert '"restated_by_others": 0.05' in page
    post(boss, url(Desk, hill.pk, "change"), DESK | {"lease_minutes": "30"})
    hill.refresh_from_db()
    assert hill.lease_minutes == 30
    skills = {"active": "on", "languages": "en,uk", "topics": "", "capacity": "3"}
    post(boss, url(Membership, "add"), {"desk": hill.pk, "user": world.bob.pk, "role": "editor"} | skills)
    member = Membership.objects.get(desk=hill)
    assert (member.role, member.languages, member.capacity) == ("editor", ["en", "uk"], 3)
    left = {"role": "editor", "languages": "", "topics": "", "capacity": "3"}
    post(boss, url(Membership, member.pk, "change"), left)
    member.refresh_from_db()
    assert member.active is False
    assert told()[-4:] == ["desk.created", "desk.changed", "desk.member_set", "desk.member_set"]


def remembered(client: Client, path: str) -> dict[str, str]:
    """The hidden field of an open page."""
    return {"seen": client.get(path).context["adminform"].form["seen"].value()}


def test_whoever_saves_an_older_desk_is_told_what_changed(world: World, boss: Client) -> None:
    post(boss, url(Desk, "add"), DESK)
    hill = Desk.objects.get(slug="hill")
    path = url(Desk, hill.pk, "change")
    open_page = remembered(boss, path)
    bell = sources.create("person", "Anna Bell")
    desks.change(hill, actor=world.dora, lease_minutes=90, second_review_sources=[bell])
    answer = boss.post(path, DESK | {"name": "Hill", "lease_minutes": "30"} | open_page)
    page = unescape(answer.content.decode())
    assert answer.status_code == 200
    assert "Lease minutes: was “45”, is now “90”." in page
    assert "was “”, is now “Anna Bell”." in page
    assert 'value="30"' in page, "what was typed is still there"
    hill.refresh_from_db()
    assert (hill.name, hill.lease_minutes) == ("Hill Desk", 90)
    again = {"seen": answer.context["adminform"].form["seen"].value(), "second_review_sources": [bell.pk]}
    post(boss, path, DESK | {"name": "Hill", "lease_minutes": "30"} | again)
    hill.refresh_from_db()
    assert (hill.name, hill.lease_minutes, hill.twice_sources()) == ("Hill", 30, [bell])


def test_whoever_saves_an_older_member_is_told_what_changed(world: World, boss: Client) -> None:
    member = Membership.objects.get(desk=world.desk, user=world.alice)
    path = url(Membership, member.pk, "change")
    open_page = remembered(boss, path)
    typed = {"role": "editor", "active": "on", "languages": "", "topics": "", "capacity": "3"}
    desks.describe_member(member.pk, actor=world.alice, topics=["bridges"])
    page = unescape(boss.post(path, typed | open_page).content.decode())
    assert "Topics: was “”, is now “bridges”." in page
    member.refresh_from_db()
    assert (member.role, member.topics) == ("reviewer", ["bridges"])
    post(boss, path, typed | {"topics": "bridges"} | remembered(boss, path))
    member.refresh_from_db()
    assert (member.role, member.topics) == ("editor", ["bridges"])


@pytest.mark.parametrize("nonsense", ["no json", "[]", "[" * 100_000, '{"name": 1}'])
def test_whoever_saves_an_older_source_is_told_what_changed(world: World, boss: Client, nonsense: str) -> None:
    bell = sources.create("person", "Anna Bell")
    path = url(Source, bell.pk, "change")
    open_page = remembered(boss, path)
    typed = {"kind": "person", "name": "Anna Bell", "description": "Mayor.", "language": "", "same_as": ""}
    none = rows("aliases") | rows("relations")
    sources.describe(bell, actor=world.dora, description="Harbour master.")
    page = unescape(boss.post(path, typed | none | open_page).content.decode())
    assert "Description: was “”, is now “Harbour master.”." in page
    assert boss.post(path, typed | none | {"seen": nonsense}).status_code == 200
    bell.refresh_from_db()
    assert bell.description == "Harbour master."
    before = Event.objects.count()
    post(boss, path, typed | none | {"description": "Harbour master."} | remembered(boss, path))
    assert Event.objects.count() == before, "nothing was changed, nothing is told"


def test_a_scale_in_use_stays_and_another_takes_its_place(world: World, boss: Client) -> None:
    factories.reviewed(world)
    used = RatingScale.objects.get(desk=world.desk, axis="veracity")
    assert boss.post(url(RatingScale, used.pk, "change"), {"name": "x"}).status_code == 403
    steps = (
        {"position": "0", "key": "so", "label": "So", "number": "5", "normalised": "supported", "explanation": ""},
    )
    post(
        boss,
        url(RatingScale, "add"),
        {"desk": world.desk.pk, "axis": "veracity", "name": "Ours"} | rows("ratings", *steps),
    )
    ours = RatingScale.objects.get(name="Ours")
    assert ours.active is False
    post(boss, url(RatingScale), {"action": "use", "_selected_action": [ours.pk]})
    ours.refresh_from_db()
    used.refresh_from_db()
    assert (ours.active, used.active) == (True, False)
    assert Verdict.objects.get().veracity_rating.scale == used
    assert told()[-1] == "desk.scale_chosen"


def test_a_token_is_shown_once_and_revoked(world: World, boss: Client) -> None:
    sent = {"user": world.alice.pk, "name": "Her script", "scopes": ["read", "review"]}
    page = boss.post(url(ApiToken, "add"), sent, follow=True).content.decode()
    secret = page.partition("The new token is ")[2].partition(" ")[0]
    assert Api(secret)("GET", "/claims").status_code == 200
    assert secret not in boss.get(url(ApiToken)).content.decode()
    token = ApiToken.objects.get(name="Her script")
    assert boss.get(url(ApiToken, token.pk, "change")).status_code == 200
    post(boss, url(ApiToken), {"action": "revoke", "_selected_action": [token.pk]})
    assert Api(secret)("GET", "/claims").status_code == 401


def test_people_are_made_and_never_deleted(boss: Client) -> None:
    password = {"usable_password": "true", "password1": "a quiet harbour", "password2": "a quiet harbour"}
    post(boss, url(User, "add"), {"username": "nina", "display_name": "Nina", "email": "n@example.org"} | password)
    nina = User.objects.get(username="nina")
    assert nina.check_password("a quiet harbour")
    assert boss.post(url(User, nina.pk, "delete"), {"post": "yes"}).status_code == 403


def test_a_quarantined_job_begins_anew(world: World, boss: Client) -> None:
    factories.article(world)
    job = Job.objects.get()
    Job.objects.filter(pk=job.pk).update(state="dead", finished_at=job.created_at)
    post(boss, url(Job), {"action": "retry", "_selected_action": [job.pk]})
    job.refresh_from_db()
    assert job.state in ("queued", "sent")
