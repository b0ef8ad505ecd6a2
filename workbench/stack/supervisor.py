"""Starts web, worker and beat on the servers, waits until all is ready, starts again what dies, stops in order."""

import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from workbench.health import pulse
from workbench.stack import ports, programs
from workbench.stack.processes import Child, wait_until
from workbench.stack.servers import Servers

READY_PATIENCE_S = 120.0
WATCH_EVERY_S = 0.3
LONGEST_PAUSE_S = 30.0
STEADY_AFTER_S = 20.0


@dataclass
class _Watched:
    """A child with the memory of how often it died shortly after its start."""

    child: Child
    started_at: float = field(default_factory=time.monotonic)
    quick_deaths: int = 0
    start_at: float | None = None

    def look(self, tell: Callable[[str], None]) -> None:
        """Notices a death, and starts again after a pause that doubles while the deaths come quickly."""
        now = time.monotonic()
        if self.start_at is not None:
            if now >= self.start_at:
                self.start_at, self.started_at = None, now
                self.child.start()
            return
        if self.child.alive:
            return
        self.quick_deaths = self.quick_deaths + 1 if now - self.started_at < STEADY_AFTER_S else 0
        pause = min(2.0**self.quick_deaths - 1, LONGEST_PAUSE_S)
        code = self.child.process.returncode if self.child.process else None
        tell(f"{self.child.name} stopped (exit {code}); it is started again. Its log: {self.child.log}")
        self.start_at = now + pause


class Supervisor:
    """The three programs on servers that were started before."""

    def __init__(self, servers: Servers, port: int) -> None:
        self.servers = servers
        self.port = port
        folder = servers.folder
        env = programs.environment(folder, servers.addresses)
        self.web = programs.web(folder, port, env)
        self.worker = programs.worker(folder, env)
        self.beat = programs.beat(folder, env)
        for child in self.children:
            child.as_fork = True  # Django is loaded here already

    @property
    def url(self) -> str:
        return f"http://{ports.HOST}:{self.port}"

    @property
    def children(self) -> list[Child]:
        return [self.web, self.worker, self.beat]

    def start(self) -> None:
        pulse.forget()
        for child in self.children:
            child.start()

    def wait(self) -> None:
        """Returns when /readyz says that every part is there; raises StackError with the log of one that died."""
        everything = [*self.servers.children, *self.children]
        wait_until(self._is_ready, alive=everything, patience_s=READY_PATIENCE_S, what="The workbench")

    def _is_ready(self) -> bool:
        answer = get_json(self.port, "/readyz")
        return answer is not None and answer.get("status") == "ready"

    def watch(self, tell: Callable[[str], None]) -> None:
        """Runs until it is interrupted; ``tell`` gets a sentence for every child that died."""
        watched = [_Watched(child) for child in (*self.servers.children, *self.children)]
        while True:
            time.sleep(WATCH_EVERY_S)
            for one in watched:
                one.look(tell)

    def stop(self) -> None:
        """The web first, so that nothing new comes in, then beat, then the worker; the servers are the caller's."""
        for child in (self.web, self.beat, self.worker):
            child.stop()


def get_json(port: int, path: str) -> dict[str, Any] | None:
    """The JSON object at a path of this machine's web server; None while nothing answers."""
    connection = http.client.HTTPConnection(ports.HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        answer: dict[str, Any] = json.load(connection.getresponse())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    else:
        return answer
    finally:
        connection.close()
