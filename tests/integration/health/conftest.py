from collections.abc import Iterator

import pytest
import redis

from workbench.health import pulse


@pytest.fixture
def quiet_broker(broker: "redis.Redis") -> Iterator["redis.Redis"]:
    """The run's Valkey with no sign of life in it."""
    pulse.forget()
    yield broker
    pulse.forget()
