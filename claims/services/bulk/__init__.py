"""Many claims at once: look beforehand at what would happen, have it done by a job, and undo it for ten minutes."""

from claims.services.bulk.carrying import begin, cancel, overseen, run, undo
from claims.services.bulk.planning import SHOWN, Group, Preview, preview, results

__all__ = ["SHOWN", "Group", "Preview", "begin", "cancel", "overseen", "preview", "results", "run", "undo"]
