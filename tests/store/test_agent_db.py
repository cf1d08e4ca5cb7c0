"""The agent's file: cursors and link state, and what happens when it is damaged."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from kiosk.store.agent_db import AgentDb, Cursor
from kiosk.store.catalog import AgentStatus, CatalogReader
from kiosk.store.database import StoreError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "agent.db"


def test_the_screen_sees_what_the_agent_keeps(path: Path) -> None:
    status = AgentStatus(path)
    assert (status.acknowledged("e1"), status.forked("e1"), status.link().online) == (0, False, False)
    assert status.link().remedy
    db = AgentDb(path)
    db.keep_cursor(Cursor("e1", 5, "aa", 2), "2026-01-01T00:00:00.000Z")
    db.keep_cursor(Cursor("e2", 0, "", 0, forked=True, refused="why"), "2026-01-01T00:00:01.000Z")
    assert (status.acknowledged("e1"), status.forked("e1"), status.forked("e2")) == (5, False, True)
    assert status.refused("e2") == "why"
    assert status.link().last_contact == "2026-01-01T00:00:01.000Z"
    assert {cursor.epoch: cursor for cursor in db.cursors()} == {
        "e1": Cursor("e1", 5, "aa", 2),
        "e2": Cursor("e2", 0, "", 0, forked=True, refused="why"),
    }
    status.close()
    db.close()


def test_the_link_says_since_when_and_why(path: Path) -> None:
    db = AgentDb(path)
    assert db.set_link(online=True, at="t1")
    assert not db.set_link(online=True, at="t2")
    assert db.set_link(online=False, at="t3", reason="no answer", remedy="check the cable")
    assert db.set_link(online=False, at="t4", reason="refused", remedy="check the password")
    link = db.link()
    assert (link.online, link.since, link.reason, link.remedy) == (False, "t3", "refused", "check the password")
    db.close()


def test_chunks_survive_a_restart_and_are_dropped_when_told(path: Path) -> None:
    db = AgentDb(path)
    for name in ("a", "b", "c"):
        db.keep_chunk(name, name.encode() * 1000)
    db.close()
    db = AgentDb(path)
    assert db.chunk("b") == b"b" * 1000
    db.forget_chunks({"b"})
    assert db.kept_chunks() == {"b"}
    assert db.chunk("a") is None
    db.close()


def test_a_damaged_file_is_replaced_and_readers_move_on(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.write_bytes(b"no database at all" * 500)
    db = AgentDb(path)
    db.keep_cursor(Cursor("e1", 1, "aa", 1), "t")
    assert "agent.store.replaced" in caplog.text
    status = AgentStatus(path)
    reader = CatalogReader(path)
    assert (status.acknowledged("e1"), reader.version) == (1, 0)
    db.close()
    path.unlink()
    assert status.acknowledged("e1") == 0
    db = AgentDb(path)
    db.keep_cursor(Cursor("e1", 9, "bb", 1), "t")
    assert status.acknowledged("e1") == 9
    db.close()
    status.close()
    reader.close()


def test_a_file_of_newer_software_is_replaced(path: Path) -> None:
    db = AgentDb(path)
    db.connection.execute("pragma user_version = 99")
    db.close()
    db = AgentDb(path)
    assert db.cursors() == ()
    db.close()


def test_a_database_of_another_program_is_left_alone(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("create table theirs (id integer)")
    connection.close()
    with pytest.raises(StoreError) as caught:
        AgentDb(path)
    assert caught.value.remedy
    connection = sqlite3.connect(path)
    assert connection.execute("select count(*) from theirs").fetchone() == (0,)
    connection.close()


def test_a_missing_folder_is_said_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        AgentDb(tmp_path / "none" / "agent.db")
    assert caught.value.remedy
