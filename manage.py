#!/usr/bin/env python
"""The workbench's command line; ``python manage.py help`` lists the commands."""

import gc
import os
import sys
import time


def main() -> int:
    started_at = time.monotonic()
    # What is imported stays; looking for garbage in it only takes time. StackConfig.ready() switches it on again.
    gc.disable()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workbench.settings")
    try:
        from django.core.management import execute_from_command_line

        from workbench.env import EnvError
        from workbench.stack.errors import StackError
        from workbench.stack.launch import servers_for
    except ModuleNotFoundError as error:
        print(
            f"error: the package {error.name} is missing. Run `make setup`, then .venv/bin/python manage.py.",
            file=sys.stderr,
        )
        return 1
    try:
        with servers_for(sys.argv, started_at):
            execute_from_command_line(sys.argv)
    except (EnvError, StackError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
