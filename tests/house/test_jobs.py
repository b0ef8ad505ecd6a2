"""A job's name, its Celery task, its place in the schedule and its line in the docs are the same thing."""

from pathlib import Path

from benchmarks import ticks
from claims import jobs
from workbench.celery import app

ARCHITECTURE = Path(__file__).parents[2] / "docs" / "architecture.md"


def registered() -> set[str]:
    app.loader.import_default_modules()
    return {name for name in app.tasks if not name.startswith("celery.")}


def named() -> set[str]:
    return {value for name, value in vars(jobs).items() if name.isupper() and str(value).startswith("claims.")}


def test_every_named_job_is_recorded_or_scheduled() -> None:
    assert named() == jobs.RECORDED | jobs.SCHEDULED
    assert not jobs.RECORDED & jobs.SCHEDULED


def test_every_job_is_a_task_and_every_task_a_job() -> None:
    assert registered() == jobs.RECORDED | jobs.SCHEDULED


def test_the_clock_asks_for_the_scheduled_jobs_on_their_queue() -> None:
    asked = {entry["task"]: entry["options"] for entry in app.conf.beat_schedule.values()}
    assert asked.keys() == jobs.SCHEDULED
    for name, options in asked.items():
        assert options["queue"] == jobs.QUEUES[name]
        assert "expires" not in options, f"a worker whose clock is ahead would drop every tick of {name}"


def test_every_job_is_documented() -> None:
    text = ARCHITECTURE.read_text(encoding="utf-8")
    assert [name for name in sorted(jobs.RECORDED | jobs.SCHEDULED) if f"`{name}`" not in text] == []


def test_the_benchmark_of_the_clock_has_work_for_each() -> None:
    assert set(ticks.DUE) == set(app.conf.beat_schedule)
