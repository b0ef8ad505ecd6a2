"""One structured line per event: JSON for machines, colours for a person at a terminal."""

import re
from typing import Any

import structlog

# Whoever reads the logs is not meant to accept somebody's invitation.
PRINTED = "celery.redirected"
LINK = re.compile(r"((?:/|%2F)invitations(?:/|%2F))[\w%-]{8,}", re.IGNORECASE)


def without_links(logger: Any, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Takes the secret out of the address of an invitation, wherever it stands in the line.

    But not out of what a worker prints: with the default backend that is the mail itself, and its only copy.
    """
    if event.get("logger") == PRINTED:
        return event
    return {name: LINK.sub(r"\1…", value) if isinstance(value, str) else value for name, value in event.items()}


SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
    without_links,
]


def formatter(colours: bool) -> structlog.stdlib.ProcessorFormatter:
    """The logging formatter; called by the LOGGING setting. Also sets structlog itself up, once per process."""
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer = structlog.dev.ConsoleRenderer() if colours else structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
