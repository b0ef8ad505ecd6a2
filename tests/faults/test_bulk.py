"""kill -9 of the worker in the middle of a bulk action: every claim is changed, once; and so is the way back."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from claims.models.bulk import BulkAction, BulkItem
from claims.models.claims import Claim
from claims.models.events import Event
from claims.models.jobs import Job, JobState
from claims.models.review import QueueEntry
from claims.services import bulk
from claims.services.bulk.carrying import SHARE
from tests import factories
from tests.bulk import DISMISS, ordered
from tests.concurrency import held, wait_for
from tests.factories import World
from tests.faults.conftest import PATIENCE_S, kill_group
from workbench.stack.processes import Child

COUNT = 100
# As many are through when the worker comes to the claims that are held.
THROUGH = 2 * SHARE


def counted(column: str) -> int:
    number: int = BulkAction.objects.values_list(column, flat=True).get()
    return number


@contextmanager
def killed_in_the_middle(worker: Child, column: str, claims: list[Claim]) -> Iterator[None]:
    """What the block asks for comes as far as to the claims of the third share; there the worker is killed."""
    with held(claims[THROUGH:]):
        yield
        wait_for(lambda: counted(column) == THROUGH, "the worker was in the middle of it", PATIENCE_S)
        kill_group(worker)
    worker.start()


def test_a_killed_worker_is_followed_by_one_that_goes_on(world: World, worker: Child, beat: Child) -> None:
    claims = factories.queued_claims(world, COUNT)
    with killed_in_the_middle(worker, "done", claims):
        action = ordered(world, DISMISS, claims)
    wait_for(lambda: BulkAction.objects.get().state == "done", "the action was done", PATIENCE_S)
    assert Claim.objects.filter(state="dismissed").count() == COUNT == counted("done")
    assert not QueueEntry.objects.exists()

    with killed_in_the_middle(worker, "undone", claims):
        bulk.undo(action.pk, actor=world.carol)
    wait_for(lambda: BulkAction.objects.get().state == "undone", "the action was undone", PATIENCE_S)
    assert Claim.objects.filter(state="queued").count() == COUNT == counted("undone")
    assert QueueEntry.objects.count() == COUNT
    assert set(BulkItem.objects.values_list("outcome", flat=True)) == {"undone"}
    kinds = Counter(Event.objects.filter(data__bulk=action.pk, subject_type="claim").values_list("kind", flat=True))
    steps = ("claim.unqueued", "claim.dismissed", "claim.restored", "claim.queued")
    assert kinds == dict.fromkeys(steps, COUNT), "each step was taken once for each claim"
    jobs = Job.objects.filter(name="claims.run_bulk")
    assert {job.state for job in jobs} == {JobState.DONE}
    assert max(job.attempts for job in jobs) > 1, "the worker died outside of it"
    assert factories.history_is_whole()
