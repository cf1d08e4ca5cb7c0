"""A settings file that is wrong refuses to start, and says where and what to do."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from demo.setting_up import WIDE, RunFolder, write_settings
from kiosk.config import Settings, SettingsError, read_settings
from provisioning.identity import prepare

GOOD = """
data_folder = "/var/lib/checklane"

[workstation]
tenant = "harbour"
store_id = "0101"
workstation_id = "07"

[store]
name = "Harbour Market"
currency = "EUR"
price_labels = ["21IIIIIPPPPPC"]

[display]
width_px = 1080

[broker]
host = "broker.example"

[policy]
thanks_s = 6

[[attendants]]
operator = "aoife"
badge_sha256 = "{digest}"

[devices.scanner]
driver = "serial_scanner"
port = "/dev/ttyACM0"

[bench]
socket = "/run/touch.sock"
""".format(digest="0" * 64)


def written(folder: Path, text: str) -> Path:
    file = folder / "settings.toml"
    file.write_text(text, encoding="utf-8")
    return file


def refused(folder: Path, text: str) -> SettingsError:
    """Reading refuses; what it says is for a person."""
    file = written(folder, text)
    with pytest.raises(SettingsError) as caught:
        read_settings(file)
    error = caught.value
    assert str(file) in error.message
    assert error.message.endswith(".")
    assert error.remedy.endswith(".")
    assert str(error) == f"{error.message} {error.remedy}"
    return error


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    settings = read_settings(written(tmp_path, GOOD))
    assert settings.data == Path("/var/lib/checklane")
    assert settings.workstation.store_id == "0101"
    assert settings.store.languages == ("en",)
    assert settings.broker is not None
    assert (settings.broker.port, settings.broker.tls) == (8883, True)
    assert settings.attendants[0].operator == "aoife"
    assert settings.devices["scanner"]["driver"] == "serial_scanner"


def test_what_may_be_left_out_may_be_left_out(tmp_path: Path) -> None:
    least = GOOD[: GOOD.index("[display]")]
    settings = read_settings(written(tmp_path, least))
    assert settings == Settings(
        workstation=settings.workstation, store=settings.store, data_folder="/var/lib/checklane"
    )


@pytest.mark.parametrize("table", ["workstation", "store", "display", "broker", "policy", "bench"])
def test_an_unknown_key_refuses_in_every_table(tmp_path: Path, table: str) -> None:
    error = refused(tmp_path, GOOD.replace(f"[{table}]", f"[{table}]\nbaudrat = 9600"))
    assert "unknown field `baudrat`" in error.message
    assert f"$.{table}" in error.message
    assert "Correct or remove that key" in error.remedy


def test_an_unknown_key_at_the_top_and_at_an_attendant_refuse_too(tmp_path: Path) -> None:
    assert "unknown field `colour`" in refused(tmp_path, 'colour = "red"\n' + GOOD).message
    assert "unknown field `pin`" in refused(tmp_path, GOOD.replace("operator =", "pin = 1\noperator =")).message


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('store_id = "0101"\n', "", "missing required field `store_id`"),
        ('currency = "EUR"', 'currency = "euro"', "store.currency"),
        ('tenant = "harbour"', 'tenant = "harbour/+"', "workstation.tenant"),
        ("thanks_s = 6", "thanks_s = 0", "policy.thanks_s"),
        ("thanks_s = 6", "thanks_s = 1.5", "policy.thanks_s"),
        ("width_px = 1080", 'width_px = "1080"', "display.width_px"),
        ('host = "broker.example"', 'host = "broker.example"\nport = 70000', "broker.port"),
        ("21IIIIIPPPPPC", "21IIIIIPPPPP", "store.price_labels"),
        ("0" * 64, "a badge in clear", "badge_sha256"),
        ('name = "Harbour Market"', 'name = ""', "store.name"),
    ],
)
def test_a_wrong_value_names_its_key(tmp_path: Path, right: str, wrong: str, said: str) -> None:
    assert right in GOOD
    assert said in refused(tmp_path, GOOD.replace(right, wrong)).message


def test_what_is_no_toml_names_the_line(tmp_path: Path) -> None:
    error = refused(tmp_path, GOOD + "\n[broker\n")
    assert "no valid TOML" in error.message
    assert "line" in error.message


def test_a_file_that_is_not_there_says_which(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(tmp_path / "absent.toml")
    assert "absent.toml cannot be read" in caught.value.message
    assert "--settings" in caught.value.remedy


def test_a_file_that_is_no_text_is_refused_like_any_other(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(b"\xff\xfe\x00data")
    with pytest.raises(SettingsError, match=r"settings\.toml is no text in UTF-8\. Save it as UTF-8"):
        read_settings(file)


def test_the_demos_own_settings_are_good(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    network = {"host": "127.0.0.1", "port": 9100}
    where: dict[str, dict[str, object]] = {
        "scanner": {"port": "/tmp/scanner"},  # noqa: S108 - a name, no file
        "scale": {"port": "/tmp/scale"},  # noqa: S108 - same
        "printer": dict(network),
        "terminal": dict(network),
        "network": dict(network),
    }
    write_settings(folder, where, WIDE, tmp_path)
    settings = read_settings(folder.settings)
    assert set(settings.devices) == {"scanner", "scale", "printer", "terminal"}
    assert settings.bench is not None
    assert tomllib.loads(folder.settings.read_text())["workstation"]["store_id"] == settings.workstation.store_id


@pytest.mark.parametrize(
    ("right", "wrong", "said", "remedy"),
    [
        ("[policy]", "[policy]\ntanks_s = 6", "unknown field `tanks_s`", "Correct or remove that key"),
        ("[devices.scanner]", "[devices.scanner]\nbaudrat = 9600", "devices.scanner.baudrat", "Did you mean baud"),
        ('"serial_scanner"', '"serial_scaner"', "names no driver: 'serial_scaner'", "Did you mean serial_scanner"),
        ('name = "Harbour Market"', 'name = "H"\nlanguages = ["xx"]', "store.languages names xx", "Choose from en"),
    ],
)
def test_the_lane_does_not_start_on_wrong_settings(
    tmp_path: Path, right: str, wrong: str, said: str, remedy: str
) -> None:
    """The process ends with 2, a sentence and a remedy, and nothing that only a programmer could read."""
    prepare(tmp_path / "data", "harbour", "0101", "07")
    file = written(tmp_path, GOOD.replace(right, wrong).replace("/var/lib/checklane", str(tmp_path / "data")))
    done = subprocess.run(
        [sys.executable, "-m", "kiosk.ui", "--settings", str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"SDL_VIDEODRIVER": "offscreen", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert remedy in done.stderr
    assert "Traceback" not in done.stderr
