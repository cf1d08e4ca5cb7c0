"""Millimetres, form factors and colours, without Kivy."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kiosk.config import Display
from kiosk.presenter.model import Item, Role, Tone
from kiosk.ui.geometry import Form, Geometry
from kiosk.ui.theme import CAP_MM, Look, contrast
from tests.screens.samples import LANGUAGES, SAMPLES

TALL = Geometry(1080, 1920, 546)
WIDE = Geometry(1024, 600, 257)
COMPACT = Geometry(360, 720, 152)


@pytest.mark.parametrize(
    ("geometry", "form", "px_per_mm"), [(TALL, Form.TALL, 4.03), (WIDE, Form.WIDE, 4.63), (COMPACT, Form.COMPACT, 5.28)]
)
def test_a_panel_is_told_by_its_millimetres(geometry: Geometry, form: Form, px_per_mm: float) -> None:
    assert geometry.form is form
    assert geometry.px_per_mm == pytest.approx(px_per_mm, abs=0.02)


def test_the_same_pixels_on_another_panel_are_another_form_factor() -> None:
    assert Geometry(1024, 600, 178).form is Form.COMPACT
    assert Geometry(1080, 1920, 300).form is Form.TALL
    assert Geometry(360, 720, 600).form is Form.TALL


def test_form_factors_change_at_their_limits() -> None:
    square = 2**0.5
    assert Geometry(500, 500, 250 * square).form is Form.TALL
    assert Geometry(500, 500, 249 * square).form is Form.WIDE
    assert Geometry(500, 500, 110.1 * square).form is Form.WIDE
    assert Geometry(500, 500, 109 * square).form is Form.COMPACT
    assert Geometry(300, 600, (79**2 + 158**2) ** 0.5).form is Form.COMPACT


def test_capitals_come_out_at_the_height_that_was_asked_for() -> None:
    for geometry, cap_mm, font_px in ((TALL, 4.8, 27), (TALL, 6.75, 38), (WIDE, 3.9, 25), (COMPACT, 6.75, 50)):
        assert geometry.font_px(cap_mm) == pytest.approx(font_px, abs=1)


def test_a_settings_file_describes_the_panel() -> None:
    assert Geometry.of(Display(width_px=1080, height_px=1920, diagonal_mm=546)) == TALL


def test_fingers_get_what_they_need_on_every_panel() -> None:
    assert WIDE.touch_mm(20) == 20
    assert TALL.touch_mm(12.7) >= 12.7
    assert COMPACT.touch_mm(20) == 14
    assert COMPACT.touch_mm(12.7) == 9.0


def test_a_millimetre_is_never_lost() -> None:
    assert WIDE.px(0.01) == 1
    assert WIDE.px(0) == 0


@pytest.mark.parametrize("geometry", [TALL, WIDE, COMPACT])
@pytest.mark.parametrize("tone", list(Tone))
@pytest.mark.parametrize(("enabled", "selected"), [(True, False), (True, True), (False, False)])
def test_every_button_can_be_read(geometry: Geometry, tone: Tone, *, enabled: bool, selected: bool) -> None:
    look = Look(geometry)
    item = Item("x", Role.BUTTON, "Pay", tone=tone, enabled=enabled, selected=selected, action="x")
    colours = look.button(item)
    assert contrast(colours.text, colours.fill) >= 4.5
    assert contrast(colours.text, colours.held) >= 4.5


@pytest.mark.parametrize("tone", list(Tone))
@pytest.mark.parametrize("style", list(CAP_MM))
def test_every_text_can_be_read_on_paper_and_on_a_card(tone: Tone, style: str) -> None:
    look = Look(WIDE)
    ink = look.text_colour(Item("x", Role.TEXT, "Words", tone=tone), style)
    for ground in (look.palette.paper, look.palette.card):
        assert contrast(ink, ground) >= 4.5


def test_contrast_is_that_of_wcag() -> None:
    assert contrast((0, 0, 0, 1), (1, 1, 1, 1)) == pytest.approx(21)
    assert contrast((1, 1, 1, 1), (1, 1, 1, 1)) == pytest.approx(1)
    grey = 0x77 / 255
    assert contrast((grey, grey, grey, 1), (1, 1, 1, 1)) == pytest.approx(4.48, abs=0.01)


def test_a_grid_has_rows_that_are_alike() -> None:
    look = Look(WIDE)
    assert [look.columns(count, 5) for count in (0, 1, 4, 5, 6, 8, 9, 11)] == [1, 1, 4, 5, 3, 4, 5, 4]


def test_samples_name_each_item_once() -> None:
    for sample in SAMPLES.values():
        for language in LANGUAGES:
            screen = sample(language)
            for layer in (screen, screen.top):
                ids = [item.id for item in layer.items]
                assert len(ids) == len(set(ids)), ids


def test_what_others_import_does_not_open_kivy() -> None:
    code = (
        "import sys, kiosk.ui.bench_client, kiosk.ui.geometry, kiosk.ui.setup, kiosk.ui.theme;"
        "sys.exit(any(name.split('.')[0] == 'kivy' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
