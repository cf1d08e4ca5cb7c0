"""`python -m kiosk policy`: an operator signs a policy, and sees beforehand whether a lane takes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kiosk.__main__ import main
from kiosk.store.signing import DeviceKey

Capture = pytest.CaptureFixture[str]
DOCUMENT: dict[str, Any] = {
    "scope": {"tenant": "harbour", "store_id": "0101"},
    "sequence": 4,
    "valid_from": "2026-01-01T06:00:00Z",
    "valid_until": "9998-12-31T00:00:00Z",
    "sections": {"attention": {"amount_max_minor": 20_000}},
}
PLACE = """
[workstation]
tenant = "harbour"
store_id = "{store}"
workstation_id = "07"
"""


class Operator:
    """A folder with a key, documents, and files of trusted keys."""

    def __init__(self, folder: Path, capsys: Capture) -> None:
        self.folder, self.capsys = folder, capsys
        self.key = folder / "key.pem"
        self.public = DeviceKey.create(self.key).public_hex

    def sign(self, **changes: object) -> tuple[int, str, str]:
        document = self.folder / "policy.json"
        document.write_text(json.dumps(DOCUMENT | changes))
        code = main(["policy", "sign", str(document), "--key", str(self.key)])
        out, err = self.capsys.readouterr()
        (self.folder / "signed.json").write_text(out)
        return code, out, err

    def verify(self, keys: str, *names: str) -> tuple[int, list[str]]:
        file = self.folder / "keys.toml"
        file.write_text(keys)
        code = main(["policy", "verify", *(str(self.folder / name) for name in names), "--keys", str(file)])
        return code, self.capsys.readouterr().out.splitlines()

    def trust(self, public: str = "", **scope: str) -> str:
        table = "".join(f'{name} = "{value}"\n' for name, value in ({"tenant": "harbour"} | scope).items())
        return f'[[policy_keys]]\npublic_key = "{public or self.public}"\n{table}'


@pytest.fixture
def operator(tmp_path: Path, capsys: Capture) -> Operator:
    return Operator(tmp_path, capsys)


def test_what_is_signed_is_what_a_lane_takes(operator: Operator) -> None:
    code, out, err = operator.sign()
    assert code == 0
    assert err == f'public_key = "{operator.public}"\n', "as it goes into the settings"
    assert json.loads(json.loads(out)["body"])["sections"] == DOCUMENT["sections"]
    for keys in (operator.trust(), operator.trust() + PLACE.format(store="0101"), operator.trust(store_id="0101")):
        code, lines = operator.verify(keys, "signed.json")
        assert code == 0
        assert "good: harbour//0101/ sequence 4, in force since 2026-01-01T06:00:00Z" in lines[0]


def test_each_file_is_judged_by_itself_with_the_reason(operator: Operator) -> None:
    _, out, _ = operator.sign()
    (operator.folder / "changed.json").write_text(out.replace("20000", "90000"))
    (operator.folder / "text.json").write_text("{}")
    code, lines = operator.verify(operator.trust(), "signed.json", "changed.json", "text.json")
    assert code == 1
    words = [line.split(": ", 1)[1] for line in lines]
    assert words[0].startswith("good")
    assert words[1].startswith("refused (bad_signature)")
    assert words[2].startswith("refused (unreadable)")


def test_a_lane_elsewhere_a_strange_key_and_one_for_another_store_refuse_it(operator: Operator) -> None:
    operator.sign()
    for keys, reason in (
        (operator.trust() + PLACE.format(store="0999"), "other_place"),
        (operator.trust("0" * 64), "unknown_key"),
        (operator.trust(store_id="0999"), "key_out_of_scope"),
    ):
        code, lines = operator.verify(keys, "signed.json")
        assert (code, f"refused ({reason})" in lines[0]) == (1, True)


def test_a_policy_that_no_lane_could_read_is_not_signed(operator: Operator) -> None:
    code, out, err = operator.sign(sections={"attention": {"amount_max": 20_000}})
    assert (code, out) == (1, "")
    assert "amount_max" in err
    code, out, err = operator.sign(sections={"ghosts": {}})
    assert (code, out) == (1, "")
    assert "ghosts" in err


@pytest.mark.parametrize(
    "changes",
    [
        {"valid_until": "2025-01-01T06:00:00Z"},
        {"valid_from": "2026-13-01T06:00:00Z"},
        {"sections": {"attention": {"amount_max_minor": 1.5}}},
        {"author": "ann"},
    ],
)
def test_a_document_that_is_none_says_why(operator: Operator, changes: dict[str, object]) -> None:
    code, out, err = operator.sign(**changes)
    assert (code, out) == (2, "")
    assert "is no policy document" in err


def test_a_key_that_is_missing_or_open_to_others_is_refused_with_what_to_do(operator: Operator) -> None:
    operator.key.chmod(0o644)
    code, out, err = operator.sign()
    assert (code, out) == (2, "")
    assert "can be read by others" in err
    operator.key.unlink()
    code, out, err = operator.sign()
    assert (code, out) == (2, "")
    assert "openssl genpkey" in err


def test_keys_that_cannot_be_read_say_where_to_look(operator: Operator) -> None:
    operator.sign()
    file = operator.folder / "keys.toml"
    file.write_text("[[policy_keys]]\npublic_key = 7\n")
    assert main(["policy", "verify", str(operator.folder / "signed.json"), "--keys", str(file)]) == 2
    assert "policy_keys" in operator.capsys.readouterr().err
