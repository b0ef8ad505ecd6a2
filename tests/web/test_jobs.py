"""Work that was given up: seen by the editors of its desk with the reason, and begun anew by a button."""

import pytest

from claims.models.jobs import Job, JobState
from tests import factories
from tests.factories import World
from tests.web.conftest import SignedIn


@pytest.fixture
def dead(world: World) -> Job:
    factories.article(world)
    job = Job.objects.get()
    job.state, job.attempts, job.error, job.finished_at = JobState.DEAD, 3, "It always crashes.", job.created_at
    job.save()
    return job


def test_an_editor_sees_the_reason_and_begins_anew(world: World, as_: SignedIn, dead: Job) -> None:
    carol = as_(world.carol)
    assert "It always crashes." in carol.get("/desk/jobs/").content.decode()
    page = carol.post(f"/desk/jobs/{dead.pk}/retry/", follow=True).content.decode()
    assert "It starts again." in page
    assert "Nothing was given up." in page
    dead.refresh_from_db()
    assert (dead.state, dead.attempts) == (JobState.QUEUED, 0)


def test_a_second_click_finds_nothing_to_begin(world: World, as_: SignedIn, dead: Job) -> None:
    carol = as_(world.carol)
    assert carol.post(f"/desk/jobs/{dead.pk}/retry/").status_code == 302
    assert carol.post(f"/desk/jobs/{dead.pk}/retry/").status_code == 404


def test_another_desk_sees_nothing_of_it(world: World, as_: SignedIn, dead: Job) -> None:
    mallory = as_(world.mallory)
    assert "Nothing was given up." in mallory.get("/desk/jobs/").content.decode()
    assert mallory.post(f"/desk/jobs/{dead.pk}/retry/").status_code == 404


def test_what_was_asked_for_anew_is_no_longer_listed(world: World, as_: SignedIn, dead: Job) -> None:
    Job.objects.create(name=dead.name, key=dead.key, args=dead.args)
    assert "Nothing was given up." in as_(world.carol).get("/desk/jobs/").content.decode()
