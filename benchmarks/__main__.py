"""Runs all benchmarks, or the one that is named; prints one JSON line for each measure; exits 1 below a gate.

A benchmark is a module of this package with ``measures() -> Iterator[Measure]``. Each of several has a process of its
own: Django keeps the addresses of the servers that it was set up with.
"""

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

FRAME = frozenset({"__main__", "measure", "reader", "servers"})


def names() -> list[str]:
    found = (module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    return sorted(name for name in found if name not in FRAME and not name.startswith("bare"))


def main(wanted: list[str]) -> int:
    unknown = set(wanted) - set(names())
    if unknown:
        print(f"There is no benchmark {', '.join(sorted(unknown))}. There are: {', '.join(names())}.", file=sys.stderr)
        return 2
    chosen = wanted or names()
    if len(chosen) > 1:
        codes = [apart(name) for name in chosen]
        return next((code for code in codes if code), 0)
    passed = True
    for measure in importlib.import_module(f"benchmarks.{chosen[0]}").measures():
        print(measure.line(), flush=True)
        passed = passed and measure.passed
    return 0 if passed else 1


def apart(name: str) -> int:
    # subprocess.run would kill it at Ctrl-C, before it has stopped its servers.
    with subprocess.Popen([sys.executable, "-m", "benchmarks", name]) as child:
        return child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
