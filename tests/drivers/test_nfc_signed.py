"""Signed messages of NTAG 424 DNA: the published vectors, every way to be wrong, the key file and the counters."""

from __future__ import annotations

import json
import sqlite3
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.device import DeviceError, Slip
from drivers.nfc import ndef_message, ntag424, signed_url
from drivers.nfc.interface import SignedMessage, TagKind, TagPresent, TagProblem
from drivers.nfc.keys import load
from drivers.nfc.recognition import Recognition, Tag, TagSettings, is_random
from drivers.nfc.replay import COUNTERS_FILE, ReplayGuard
from drivers.nfc.signed_url import Names, TagKeys
from drivers.nfc.simulated_tags import SignedTag

ZERO = bytes(16)
KEYS = (TagKeys("zero", ZERO, ZERO),)
SUN = "https://choose.url.com/ntag424?e=EF963FF7828658A599F3041510671E88&c=94EED9EE65337086"
FILE = (
    "https://my424dna.com/?picc_data=FD91EC264309878BE6345CBE53BADF40"
    "&enc=CEE9A53E3E463EF1F459635736738962&cmac=ECC1E7F6C6C73BF6"
)
PLAIN = "https://example.com/?uid=041E3C8A2D6B80&ctr=000006&cmac=4B00064004B0B3D3"
SHORT_NAMES = Names(picc_data="e", cmac="c")
UID = bytes.fromhex("04A1B2C3D4E5F6")


def test_the_vectors_of_the_application_note() -> None:
    assert signed_url.read(SUN, SHORT_NAMES, KEYS) == SignedMessage("04DE5F1EACC040", 61)
    assert signed_url.read(FILE, Names(), KEYS) == SignedMessage("04958CAA5C5E80", 8, b"x" * 16)
    assert signed_url.read(PLAIN, Names(), KEYS) == SignedMessage("041E3C8A2D6B80", 6)


def test_the_cases_of_another_maker(shared_data: Path) -> None:
    cases = json.loads((shared_data / "nfc" / "ntag424_sdm.json").read_text())["cases"]
    assert len(cases) == 3
    for case in cases:
        keys = TagKeys(
            "case", bytes.fromhex(case.get("sdm_meta_read_key", "")), bytes.fromhex(case["sdm_file_read_key"])
        )
        if "picc_enc_data" in case:
            url = f"https://example.com/?picc_data={case['picc_enc_data']}&cmac={case['sdmmac']}"
        else:
            url = f"https://example.com/?uid={case['plain_uid']}&ctr={case['plain_read_ctr']}&cmac={case['sdmmac']}"
        found = signed_url.read(url, Names(), [keys])
        if not case["expect"]["valid"]:
            assert found is TagProblem.BAD_SIGNATURE
            continue
        assert isinstance(found, SignedMessage)
        assert found.uid == case["expect"].get("uid", case.get("plain_uid"))
        assert found.counter == case["expect"].get("read_ctr", 6)


@pytest.mark.parametrize(
    "url",
    [
        SUN.replace("&c=9", "&c=8"),
        SUN.replace("e=E", "e=D"),
        SUN.replace("&c=94", "&c="),
        SUN.replace("&c=94", "&c=XY"),
        SUN.replace("e=EF", "e="),
        SUN.replace("e=EF963FF7828658A599F3041510671E88", "e="),
        SUN[:-16],
    ],
)
def test_a_signed_url_that_was_changed_is_refused(url: str) -> None:
    assert signed_url.read(url, SHORT_NAMES, KEYS) is TagProblem.BAD_SIGNATURE


@pytest.mark.parametrize(
    "url",
    [
        FILE.replace("enc=C", "enc=D"),
        FILE.replace("enc=CE", "enc="),
        FILE.replace("&enc=CEE9A53E3E463EF1F459635736738962", ""),
        PLAIN.replace("uid=041E", "uid=041F"),
        PLAIN.replace("000006", "000007"),
        PLAIN.replace("ctr=000006", "ctr=0006"),
        PLAIN.replace("uid=041E", "uid=04"),
    ],
)
def test_what_is_mirrored_cannot_be_changed(url: str) -> None:
    assert signed_url.read(url, Names(), KEYS) is TagProblem.BAD_SIGNATURE


@pytest.mark.parametrize(
    "url", ["", "https://example.com", "https://example.com/?cmac=00", "https://example.com/?picc_data=00", "?&&=&cmac"]
)
def test_a_url_without_the_parameters_is_no_signed_message(url: str) -> None:
    assert signed_url.read(url, Names(), KEYS) is None


def test_all_keys_are_tried_and_a_wrong_one_opens_nothing() -> None:
    other = TagKeys("other", b"\x01" * 16, b"\x02" * 16)
    plain_only = TagKeys("plain only", None, ZERO)
    assert signed_url.read(SUN, SHORT_NAMES, [other, plain_only, *KEYS]) == SignedMessage("04DE5F1EACC040", 61)
    assert signed_url.read(SUN, SHORT_NAMES, [other, plain_only]) is TagProblem.BAD_SIGNATURE
    assert signed_url.read(SUN, SHORT_NAMES, [TagKeys("half", ZERO, b"\x02" * 16)]) is TagProblem.BAD_SIGNATURE
    assert signed_url.read(SUN, SHORT_NAMES, []) is TagProblem.BAD_SIGNATURE


def test_the_signed_text_may_begin_at_any_parameter() -> None:
    picc = ntag424.PiccData(UID, 9)
    encrypted = ntag424.encrypt_picc_data(ZERO, picc, bytes(5)).hex().upper()
    start = "https://example.com/?picc_data="
    signed = f"{encrypted}&cmac="
    url = start + signed + ntag424.mac(ZERO, picc, signed.encode()).hex().upper()
    assert signed_url.read(url, Names(mac_from="picc_data"), KEYS) == SignedMessage(UID.hex().upper(), 9)
    assert signed_url.read(url, Names(), KEYS) is TagProblem.BAD_SIGNATURE


@given(st.binary(min_size=7, max_size=7), st.integers(0, 0xFFFFFF), st.binary(min_size=16, max_size=32), st.randoms())
def test_what_a_tag_signs_is_read_back(uid: bytes, counter: int, file: bytes, chance: object) -> None:
    file = file[:16] if len(file) < 32 else file
    key, picc = bytes(reversed(uid.ljust(16, b"\x07"))), ntag424.PiccData(uid, counter)
    encrypted, enc = ntag424.encrypt_picc_data(key, picc, b"12345"), ntag424.encrypt_file(key, picc, file)
    signed = f"{enc.hex().upper()}&cmac="
    mac = ntag424.mac(key, picc, signed.encode()).hex().upper()
    url = f"https://example.com/?picc_data={encrypted.hex().upper()}&enc={signed}{mac}"
    expected = SignedMessage(uid.hex().upper(), counter, file)
    assert signed_url.read(url, Names(), [TagKeys("k", key, key)]) == expected
    at = chance.randrange(len(url) - len(signed) - len(mac), len(url))  # type: ignore[attr-defined] # random.Random
    if url[at] in "0123456789ABCDEF":
        changed = url[:at] + ("0" if url[at] != "0" else "1") + url[at + 1 :]
        assert signed_url.read(changed, Names(), [TagKeys("k", key, key)]) != expected


@given(st.text(max_size=80), st.text(alphabet="0123456789ABCDEFxé", max_size=40))
def test_any_url_gives_a_message_a_problem_or_nothing(words: str, value: str) -> None:
    for url in (words, f"?picc_data={value}&cmac={words}", f"?uid={value}&ctr={words}&cmac={value}&enc={value}"):
        found = signed_url.read(url, Names(), KEYS)
        assert found is None or found is TagProblem.BAD_SIGNATURE


KEY_FILE = '[[tag]]\nname = "loyalty"\nmeta_read = "{0}"\nfile_read = "{0}"\n'.format("00" * 16)


def key_file(folder: Path, content: str = KEY_FILE, mode: int = 0o600) -> Path:
    path = folder / "tags.toml"
    path.write_text(content)
    path.chmod(mode)
    return path


def test_a_key_file_is_read_and_never_shown(tmp_path: Path) -> None:
    secret = "A5" * 16
    (pair,) = load(key_file(tmp_path, f'[[tag]]\nname = "loyalty"\nfile_read = "{secret}"\n'))
    assert pair == TagKeys("loyalty", None, bytes.fromhex(secret))
    assert secret.lower() not in repr(pair).lower()
    assert repr(bytes.fromhex(secret)) not in repr(pair)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(DeviceError, match="chmod 600") as caught:
        load(key_file(tmp_path, mode=mode))
    assert caught.value.permanent


@pytest.mark.parametrize(
    "content",
    [
        "",
        "tag = 1",
        "[[tag]]\nname = 'x'",
        f"[[tag]]\nname = 'x'\nfile_read = '{'A5' * 15}'",
        f"[[tag]]\nname = 'x'\nfile_read = '{'A5' * 16}'\nkey = 1",
        f"[[tag]]\nname = 'x'\nfile_read = '{'A5' * 16}",
        "\ud800",
    ],
)
def test_a_file_that_is_no_key_file_is_refused_without_quoting_it(tmp_path: Path, content: str) -> None:
    path = key_file(tmp_path)
    path.write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(DeviceError, match="no list of tag keys") as caught:
        load(path)
    assert caught.value.permanent
    assert "A5A5" not in "".join(traceback.format_exception(caught.value))


def test_a_key_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="No such file"):
        load(tmp_path / "none.toml")


def test_a_counter_must_rise_also_after_a_restart(tmp_path: Path) -> None:
    uid, other = "04A1B2C3D4E5F6", "04A1B2C3D4E5F7"
    guard = ReplayGuard(tmp_path)
    assert [guard.accept(uid, counter) for counter in (5, 5, 4, 6, 0)] == [True, False, False, True, False]
    assert guard.accept(other, 0)
    guard.close()
    guard.close()
    second, third = ReplayGuard(tmp_path), ReplayGuard(tmp_path)
    assert not second.accept(uid, 6)
    assert second.accept(uid, 7)
    assert not third.accept(uid, 7)
    second.close()
    third.close()
    assert (tmp_path / COUNTERS_FILE).stat().st_mode & 0o777 == 0o600


def test_counters_that_cannot_be_kept_are_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="cannot be used") as caught:
        ReplayGuard(tmp_path / "nowhere")
    assert caught.value.permanent
    (tmp_path / COUNTERS_FILE).write_bytes(b"no database, but long enough to be looked at" * 20)
    with pytest.raises(DeviceError, match="move it away"):
        ReplayGuard(tmp_path)


@pytest.mark.parametrize(("uid", "counter"), [("04", 1), ("04A1B2C3D4E5F6", 0x1000000), ("04A1B2C3D4E5F6", -1)])
def test_the_table_refuses_what_no_tag_says(tmp_path: Path, uid: str, counter: int) -> None:
    guard = ReplayGuard(tmp_path)
    with pytest.raises(DeviceError) as caught:
        guard.accept(uid, counter)
    assert isinstance(caught.value.__cause__, sqlite3.IntegrityError)
    guard.close()


def recognition(folder: Path, *, keys: bool = True) -> Recognition:
    key_file(folder)
    return Recognition("nfc", TagSettings(keys="tags.toml" if keys else ""), folder)


def told(found: Recognition, tag: SignedTag, uid: bytes = UID) -> TagPresent:
    return found.recognise(Tag(uid, TagKind.TYPE_4, tag.message()), lambda _: None)


def test_a_tag_that_counts_is_accepted_each_time_and_its_copy_never(tmp_path: Path) -> None:
    tag, found = SignedTag(UID, "https://example.com/t", (ZERO, ZERO)), recognition(tmp_path)
    for counter in (1, 2):
        present = told(found, tag)
        assert present.signed == SignedMessage(UID.hex().upper(), counter)
        assert present.problem is None
        assert present.records[0].text.startswith("https://example.com/t?picc_data=")
    tag.copied = True
    found.close()
    found = recognition(tmp_path)
    copy = told(found, tag)
    assert (copy.signed, copy.problem) == (None, TagProblem.REPLAYED)
    found.close()


def test_a_message_on_another_tag_than_its_own_is_a_copy_before_it_is_used(tmp_path: Path) -> None:
    tag, found = SignedTag(UID, "https://example.com/t", (ZERO, ZERO)), recognition(tmp_path)
    copy = told(found, tag, bytes.fromhex("04FFFFFFFFFFFF"))
    assert (copy.signed, copy.problem) == (None, TagProblem.REPLAYED)
    tag.copied = True
    assert told(found, tag).signed == SignedMessage(UID.hex().upper(), 1)
    tag.copied = False
    hidden = told(found, tag, bytes.fromhex("08010203"))
    assert hidden.random_id
    assert hidden.signed == SignedMessage(UID.hex().upper(), 2)
    found.close()


def test_a_forged_message_is_told_and_counts_for_nothing(tmp_path: Path) -> None:
    tag, found = SignedTag(UID, "https://example.com/t", (ZERO, ZERO), counter=98), recognition(tmp_path)
    tag.forged = True
    assert told(found, tag).problem is TagProblem.BAD_SIGNATURE
    tag.forged, tag.counter = False, 0
    assert told(found, tag).signed == SignedMessage(UID.hex().upper(), 1)
    found.close()


def test_without_keys_nothing_is_verified_and_no_file_is_made(tmp_path: Path) -> None:
    found = recognition(tmp_path, keys=False)
    present = told(found, SignedTag(UID, "https://example.com/t", (ZERO, ZERO)))
    assert (present.signed, present.problem) == (None, None)
    found.close()
    assert not (tmp_path / COUNTERS_FILE).exists()


def test_unreadable_content_is_counted(tmp_path: Path) -> None:
    emitted: list[object] = []
    found = recognition(tmp_path, keys=False)
    present = found.recognise(Tag(UID, TagKind.TYPE_2, b"\xff\xff"), emitted.append)
    assert present == TagPresent("nfc", UID.hex().upper(), TagKind.TYPE_2, problem=TagProblem.UNREADABLE)
    assert emitted == [Slip.BAD_FRAME]
    unsigned = ndef_message.write(ndef_message.text("LOYALTY-7"))
    assert found.recognise(Tag(UID, TagKind.TYPE_2, unsigned), emitted.append).records[0].text == "LOYALTY-7"
    found.close()


@pytest.mark.parametrize(("uid", "expected"), [("08010203", True), ("04010203", False), ("08010203040506", False)])
def test_only_four_bytes_that_begin_with_08_are_a_random_id(uid: str, expected: bool) -> None:
    assert is_random(bytes.fromhex(uid)) is expected
