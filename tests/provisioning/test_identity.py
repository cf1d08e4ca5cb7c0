"""The identity of a device: made on it once, readable by its owner only, and known to headquarters by one file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiosk.domain.signing import verify
from kiosk.store.signing import DeviceKey
from provisioning.__main__ import main
from provisioning.identity import IdentityError, prepare


def words(folder: Path, **changes: str) -> list[str]:
    names = {"tenant": "harbour", "store": "0101", "workstation": "07", "folder": str(folder)} | changes
    return ["prepare", *(word for name, value in names.items() for word in (f"--{name}", value))]


def test_a_prepared_device_can_sign_and_be_registered(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "lane"
    device = prepare(folder, "harbour", "0101", "07")
    assert json.loads((folder / "device.json").read_text()) == {
        "tenant": "harbour",
        "store_id": "0101",
        "workstation_id": "07",
        "public_key": device.public_key,
    }
    key = DeviceKey.load(folder / "device.key")
    assert key.public_hex == device.public_key
    assert verify(device.public_key, "ab" * 32, key.sign("ab" * 32))
    assert (folder / "device.key").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in folder.iterdir()) == ["device.json", "device.key"]


def test_two_devices_have_two_keys(tmp_path: Path) -> None:
    keys = {prepare(tmp_path / name, "harbour", "0101", name).public_key for name in ("07", "08")}
    assert len(keys) == 2


def test_an_identity_is_never_overwritten(tmp_path: Path) -> None:
    prepare(tmp_path, "harbour", "0101", "07")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(IdentityError) as caught:
        prepare(tmp_path, "harbour", "0101", "08")
    assert "already" in caught.value.message
    assert "move device.key and device.json aside" in caught.value.remedy
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_power_cut_between_key_and_file_is_made_good(tmp_path: Path) -> None:
    made = prepare(tmp_path, "harbour", "0101", "07")
    (tmp_path / "device.json").unlink()
    key = (tmp_path / "device.key").read_bytes()
    assert prepare(tmp_path, "harbour", "0101", "07") == made
    assert (tmp_path / "device.key").read_bytes() == key


def test_a_file_that_is_no_key_is_left_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / "device.key").write_text("SECRET rubbish")
    with pytest.raises(IdentityError, match="holds no Ed25519 key") as caught:
        prepare(tmp_path, "harbour", "0101", "07")
    assert "SECRET" not in str(caught.value)
    assert caught.value.__context__ is None
    assert (tmp_path / "device.key").read_text() == "SECRET rubbish"


@pytest.mark.parametrize("wrong", ["", "a/b", "#", "+", "two words", "x" * 65, "é"])
@pytest.mark.parametrize("what", ["tenant", "store", "workstation"])
def test_names_that_cannot_stand_in_a_topic_are_refused(
    tmp_path: Path, what: str, wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words(tmp_path / "data", **{what: wrong})) == 2
    error = capsys.readouterr().err
    assert f"cannot be the name of a {what}" in error
    assert not (tmp_path / "data").exists()


def test_the_command_says_what_to_do_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words(tmp_path)) == 0
    out = capsys.readouterr().out
    assert DeviceKey.load(tmp_path / "device.key").public_hex in out
    assert f"Register {tmp_path / 'device.json'} with headquarters" in out
    secret = (tmp_path / "device.key").read_text().splitlines()[1]
    assert secret not in out
    assert main(words(tmp_path)) == 2
    assert "already" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("in the way")
    assert main(words(tmp_path / "file" / "data")) == 2
    assert "cannot be written" in capsys.readouterr().err
