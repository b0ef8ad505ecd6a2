"""A measured ratio with its gate, and the rotation in which ratios are taken."""

import json
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

ROUNDS = 5


@dataclass(frozen=True)
class Measure:
    """``ratio`` must not pass ``at_most`` nor fall below ``at_least``; ``details`` are printed and decide nothing."""

    name: str
    ratio: float
    at_most: float | None = None
    at_least: float | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        above = self.at_most is not None and self.ratio > self.at_most
        below = self.at_least is not None and self.ratio < self.at_least
        return not (above or below)

    def line(self) -> str:
        gates = {"at_most": self.at_most, "at_least": self.at_least}
        gate = {name: value for name, value in gates.items() if value is not None}
        content = {"name": self.name, "ratio": round(self.ratio, 3), **gate, "passed": self.passed, **self.details}
        return json.dumps(content, ensure_ascii=False)


def rotate(targets: Mapping[str, Callable[[], float]], rounds: int = ROUNDS) -> dict[str, float]:
    """The median of each target's values, taken in turns so that a slow minute of the machine hits all alike."""
    taken: dict[str, list[float]] = {name: [] for name in targets}
    for _ in range(rounds):
        for name, take in targets.items():
            taken[name].append(take())
    return {name: statistics.median(values) for name, values in taken.items()}
