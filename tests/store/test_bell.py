"""The bell: rings wake the agent, and nothing about it can hold up or break the lane."""

from __future__ import annotations

import select
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.store.bell import Bell, ring
from kiosk.store.database import StoreError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "agent.bell"


@pytest.fixture
def bell(path: Path) -> Iterator[Bell]:
    bell = Bell(path)
    yield bell
    bell.close()


def rings(bell: Bell) -> bool:
    return bool(select.select([bell], [], [], 0)[0])


def test_a_ring_wakes_and_clear_ends_it(path: Path, bell: Bell) -> None:
    assert not rings(bell)
    ring(path)
    ring(path)
    assert rings(bell)
    bell.clear()
    assert not rings(bell)
    bell.clear()
    ring(path)
    assert rings(bell)


def test_nobody_listens_and_the_lane_does_not_care(tmp_path: Path, path: Path) -> None:
    ring(path)
    ring(tmp_path / "no folder" / "agent.bell")
    path.write_text("not a bell")
    ring(path)
    assert path.read_text() == "not a bell"


def test_a_listener_that_never_looks_blocks_nobody(path: Path, bell: Bell) -> None:
    for _ in range(3000):
        ring(path)
    assert rings(bell)
    bell.clear()
    assert not rings(bell)


def test_a_bell_left_by_a_crash_is_taken_over(path: Path, bell: Bell) -> None:
    again = Bell(path)
    ring(path)
    assert rings(again)
    assert not rings(bell)
    again.close()


def test_a_file_of_another_kind_is_not_removed(path: Path) -> None:
    path.write_text("mine")
    with pytest.raises(StoreError, match="another kind"):
        Bell(path)
    assert path.read_text() == "mine"


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        Bell(tmp_path / "nowhere" / "agent.bell")
    assert "nowhere" in caught.value.message
    assert "folder exists" in caught.value.remedy


def test_folders_longer_than_a_unix_address_work(tmp_path: Path) -> None:
    folder = tmp_path / ("deep" * 20) / ("er" * 40)
    folder.mkdir(parents=True)
    bell = Bell(folder / "agent.bell")
    ring(folder / "agent.bell")
    assert rings(bell)
    bell.close()


def test_a_closed_bell_is_gone_and_may_be_closed_again(path: Path) -> None:
    bell = Bell(path)
    bell.close()
    bell.close()
    assert not path.exists()
    ring(path)
