import argparse

import pytest

from workbench.stack import ports


@pytest.mark.parametrize(("text", "port"), [("1", 1), ("8000", 8000), ("65535", 65535)])
def test_ports_are_read(text: str, port: int) -> None:
    assert ports.number(text) == port


@pytest.mark.parametrize("text", ["0", "65536", "-1", "http", "", "80.0"])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="1 to 65535"):
        ports.number(text)
