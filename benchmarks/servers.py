"""The workbench for a benchmark: servers of its own with their tables, worker and beat, in a folder that vanishes."""

import http.client
import os
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from workbench.stack import ports, programs
from workbench.stack.folder import DataFolder
from workbench.stack.processes import Child, wait_until
from workbench.stack.servers import Servers

PATIENCE_S = 90.0


@dataclass(frozen=True)
class Workbench:
    """Servers with their tables; Django is set up and may be imported from now on, since it has the addresses."""

    folder: DataFolder
    environment: dict[str, str]
    stack: ExitStack

    def start(self, others: Sequence[Child] = ()) -> None:
        """Starts worker, beat and `others`, and waits until the workbench says that it is ready."""
        own = [programs.worker(self.folder, self.environment), programs.beat(self.folder, self.environment)]
        for child in (*own, *others):
            child.start()
            self.stack.callback(child.stop)
        from workbench.health import checks

        wait_until(
            lambda: checks.readiness().status is checks.Status.READY,
            alive=[*own, *others],
            patience_s=PATIENCE_S,
            what="the stack",
        )

    def web(self, bare: str = "") -> int:
        """Starts the web server, of the workbench or of a ``bare`` application of Django's; returns its port."""
        port = ports.free()
        child = programs.web(self.folder, port, self.environment)
        if bare:
            *command, _ = child.argv
            log = self.folder.logs / f"{bare.partition(':')[0]}.log"
            child = Child("bare", [*command, bare], log, self.environment, programs.ROOT)
        child.start()
        self.stack.callback(child.stop)
        wait_until(partial(_answers, port), alive=[child], patience_s=PATIENCE_S, what=f"the web server {bare}")
        return port


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(ports.HOST, port, timeout=5)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def workbench() -> Iterator[Workbench]:
    with ExitStack() as stack:
        folder = DataFolder.at(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="workbench-bench-"))))
        folder.lock("benchmark")
        stack.callback(folder.unlock)
        servers = Servers(folder)
        stack.callback(servers.stop)
        servers.start({})
        servers.wait()
        os.environ.update(servers.addresses | {"SECRET_KEY": secrets.token_hex(), "LOG_LEVEL": "ERROR"})
        os.environ["DJANGO_SETTINGS_MODULE"] = "workbench.settings"
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        yield Workbench(folder, programs.environment(folder, servers.addresses), stack)
