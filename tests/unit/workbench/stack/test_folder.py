"""A data folder: locked by one, shared by others while that one lives, its secrets and sockets private."""

import os
import stat
from pathlib import Path

import pytest

from workbench.stack.errors import StackError
from workbench.stack.folder import DataFolder, FolderInUseError, write_private


def test_one_holds_the_lock_and_is_named(tmp_path: Path) -> None:
    first, second = DataFolder.at(tmp_path), DataFolder.at(tmp_path)
    first.lock("manage.py demo")
    with pytest.raises(FolderInUseError, match=rf"process {os.getpid()} \(manage.py demo\).*--data"):
        second.lock("manage.py shell")
    first.unlock()
    second.lock("manage.py shell")
    second.unlock()


def test_a_holder_that_waits_for_its_users_lets_nobody_in(tmp_path: Path) -> None:
    holder, guest = DataFolder.at(tmp_path), DataFolder.at(tmp_path)
    holder.lock("manage.py migrate")
    assert guest.share()
    guest.unlock()
    holder.wait_for_users()
    assert not guest.share()
    holder.unlock()
    assert guest.share()
    guest.unlock()


def test_secrets_are_drawn_once_for_each_folder(tmp_path: Path) -> None:
    one, other = DataFolder.at(tmp_path / "one"), DataFolder.at(tmp_path / "other")
    drawn = one.secrets()
    assert DataFolder.at(tmp_path / "one").secrets() == drawn
    assert other.secrets()["secret_key"] != drawn["secret_key"]
    assert stat.S_IMODE((tmp_path / "one" / "secrets.json").stat().st_mode) == 0o600


def test_sockets_lie_in_a_short_private_folder(tmp_path: Path) -> None:
    folder = DataFolder.at(tmp_path / ("long " * 30))
    sockets = folder.make_sockets()
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    assert len(str(sockets)) < 80
    assert folder.make_sockets() == sockets
    folder.remove_sockets()
    assert not sockets.exists()
    assert folder.sockets() is None


def test_a_sockets_folder_that_others_may_enter_is_not_used(tmp_path: Path) -> None:
    folder = DataFolder.at(tmp_path / "data")
    open_to_all = tmp_path / "planted"
    open_to_all.mkdir(mode=0o777)
    (folder.path / "sockets").write_text(f"{open_to_all}\n")
    assert folder.sockets() is None
    assert folder.make_sockets() != open_to_all
    folder.remove_sockets()


def test_a_private_file_replaces_one_that_everybody_could_read(tmp_path: Path) -> None:
    file = tmp_path / "demo.json"
    file.write_text("old")
    file.chmod(0o644)
    write_private(file, "new")
    assert file.read_text() == "new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["demo.json"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StackError, match="--data"):
        DataFolder.at(tmp_path / "file" / "data")
