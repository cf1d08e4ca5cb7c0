"""Signed policies at a lane: taken from a folder, kept, refused with a reason, switched at their second."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from kiosk.checkout.assembly import AGENT, Clocks, Face, Lane
from kiosk.checkout.events import PolicyToldOf
from kiosk.checkout.policies import KEPT, Policies
from kiosk.checkout.policy_sections import SECTIONS, staffing_under
from kiosk.checkout.staffing import staffing_of
from kiosk.config import PolicyKey, Settings, Store, Workstation
from kiosk.domain.attention.policy import AttentionRules
from kiosk.domain.policy.envelope import PolicyDocument, PolicyScope, SignedPolicy
from kiosk.domain.policy.self_checkout import SelfCheckoutRules
from kiosk.messages.contents import ExceptionRaised
from kiosk.store.agent_db import AgentDb
from tests.domain.policy.signers import ACME, STORE_KEY, STRANGER, Operator
from tests.store.tills import Device

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
HERE = PolicyScope(tenant="acme", store_id="0101")
DOCUMENT = PolicyDocument(
    scope=HERE,
    valid_from="2026-11-22T06:00:00Z",
    valid_until="2026-12-01T06:00:00Z",
    sequence=4,
    sections={"attention": {"pieces_max": 15}},
)


@dataclass
class Place:
    """A lane's settings, its policy folder, and a clock that is moved by hand."""

    folder: Path
    now: datetime = NOON
    opened: list[Policies] = field(default_factory=list)
    keys: tuple[PolicyKey, ...] = (
        PolicyKey(public_key=ACME.public_hex, tenant="acme"),
        PolicyKey(public_key=STORE_KEY.public_hex, tenant="acme", store_id="0101"),
    )

    @property
    def settings(self) -> Settings:
        return Settings(
            workstation=Workstation(tenant="acme", store_id="0101", workstation_id="07"),
            store=Store(name="Shop", currency="EUR", locale_territory="IE"),
            data_folder=str(self.folder / "data"),
            policy_folder=str(self.folder / "policies"),
            policy_keys=self.keys,
        )

    def start(self) -> Policies:
        self.opened.append(Policies(self.settings, self.now))
        return self.opened[-1]

    def put(self, name: str, content: SignedPolicy | bytes) -> None:
        """As a roll-out does it: written aside, then put in place by a rename."""
        data = content if isinstance(content, bytes) else msgspec.json.encode(content)
        aside = self.folder / f"{name}.tmp"
        aside.write_bytes(data)
        aside.replace(self.folder / "policies" / name)

    def look(self) -> tuple[PolicyToldOf, ...]:
        return self.opened[-1].look(self.now)

    def rules(self) -> AttentionRules:
        return self.opened[-1].in_force(self.now).section("attention", AttentionRules)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "data").mkdir()
    (tmp_path / "policies").mkdir()
    return Place(tmp_path)


def signed(
    operator: Operator = ACME, sequence: int = 4, scope: PolicyScope = HERE, **attention: object
) -> SignedPolicy:
    return operator.policy(replace(DOCUMENT, scope=scope, sequence=sequence, sections={"attention": attention}))


def test_a_policy_in_the_folder_is_in_force_at_the_next_look(place: Place) -> None:
    place.start()
    assert place.look() == ()
    assert place.rules() == AttentionRules()
    place.put("limits.json", signed(pieces_max=15))
    assert place.look() == ()
    assert place.rules().pieces_max == 15
    place.put("limits.json", signed(sequence=5, pieces_max=12))
    assert place.look() == ()
    assert place.rules().pieces_max == 12


def test_what_was_taken_stays_over_a_restart_and_when_its_file_goes_or_goes_bad(place: Place) -> None:
    place.put("limits.json", signed(pieces_max=15))
    place.start()
    place.look()
    place.put("limits.json", b"\x00 a file system that broke")
    (told,) = place.look()
    assert told.code == "policy_refused"
    assert place.rules().pieces_max == 15
    (place.folder / "policies" / "limits.json").unlink()
    place.start()
    assert place.rules().pieces_max == 15, "before the folder is looked into"
    assert place.look() == ()
    assert place.rules().pieces_max == 15


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (replace(signed(pieces_max=15), body=signed(pieces_max=99).body), "bad_signature"),
        (replace(signed(pieces_max=15), signature=""), "unsigned"),
        (signed(STRANGER, pieces_max=15), "unknown_key"),
        (signed(STORE_KEY, scope=PolicyScope(tenant="acme"), pieces_max=15), "key_out_of_scope"),
        (signed(scope=PolicyScope(tenant="acme", store_id="0999"), pieces_max=15), "other_place"),
        (ACME.policy(replace(DOCUMENT, sections={"ghosts": {"allowed": True}})), "unknown_section"),
        (ACME.policy(replace(DOCUMENT, sections={"attention": {"pieces_max": 0}})), "bad_section"),
        (ACME.policy(replace(DOCUMENT, valid_until="2026-11-22T11:59:59Z")), "expired"),
        (b"no JSON at all", "unreadable"),
        (b"{" * 2_000_000, "unreadable"),
    ],
)
def test_what_is_refused_changes_nothing_and_is_told_once(
    place: Place, content: SignedPolicy | bytes, reason: str
) -> None:
    place.put("a.json", signed(sequence=3, pieces_max=7))
    place.start()
    place.look()
    place.put("b.json", content)
    (told,) = place.look()
    assert (told.code, reason in told.detail) == ("policy_refused", True)
    assert "b.json" in told.detail
    assert place.rules().pieces_max == 7
    assert place.look() == ()
    os.utime(place.folder / "policies" / "b.json", ns=(1, 1))
    assert place.look() == (), "touched, but the same"
    place.start()
    assert place.look() == (), "nor after a restart"
    assert place.rules().pieces_max == 7


def test_an_older_one_and_one_with_a_number_that_was_used_are_refused(place: Place) -> None:
    place.put("a.json", signed(sequence=4, pieces_max=15))
    place.start()
    place.look()
    place.put("b.json", signed(sequence=3, pieces_max=99))
    place.put("c.json", signed(sequence=4, pieces_max=98))
    told = place.look()
    assert [("older" in one.detail, "same_number" in one.detail) for one in told] == [(True, False), (False, True)]
    assert place.rules().pieces_max == 15


def test_several_of_one_scope_are_taken_in_their_order_whatever_their_files_are_called(place: Place) -> None:
    short = replace(DOCUMENT, sequence=5, valid_until="2026-11-22T18:00:00Z", sections={"attention": {"pieces_max": 5}})
    place.put("a.json", ACME.policy(short))
    place.put("z.json", signed(sequence=4, pieces_max=15))
    place.start()
    assert place.look() == ()
    assert place.rules().pieces_max == 5
    place.now = datetime(2026, 11, 22, 18, 0, 0, tzinfo=UTC)
    assert place.rules().pieces_max == 15, "the special one has ended"
    place.start()
    assert place.look() == (), "what was taken and has ended, or was followed by another, is nothing to tell"
    assert place.rules().pieces_max == 15


def test_it_switches_at_the_very_second(place: Place) -> None:
    begins = datetime(2026, 11, 23, 6, 0, 0, tzinfo=UTC)
    later = replace(DOCUMENT, sequence=5, valid_from="2026-11-23T06:00:00Z", sections={"attention": {"pieces_max": 5}})
    place.put("now.json", signed(pieces_max=15))
    place.put("later.json", ACME.policy(later))
    place.start()
    assert place.look() == ()
    place.now = begins - timedelta(microseconds=1)
    assert place.rules().pieces_max == 15
    place.now = begins
    assert place.rules().pieces_max == 5
    place.now = begins - timedelta(seconds=1)
    assert place.rules().pieces_max == 15, "a clock that was set back"


def test_a_store_lays_its_keys_over_those_of_the_tenant(place: Place) -> None:
    place.put("tenant.json", signed(scope=PolicyScope(tenant="acme"), pieces_max=15, amount_max_minor=9_000))
    place.put("store.json", signed(STORE_KEY, pieces_max=5))
    place.put("region.json", signed(scope=PolicyScope(tenant="acme", region="IE"), pieces_max=8, quantity_max=3))
    place.start()
    assert place.look() == ()
    rules = place.rules()
    assert (rules.pieces_max, rules.amount_max_minor, rules.quantity_max) == (5, 9_000, 3)


def test_one_that_runs_out_without_another_is_told_once(place: Place) -> None:
    place.put("limits.json", signed(pieces_max=15))
    place.start()
    place.look()
    place.now = datetime(2026, 12, 1, 6, 0, 0, tzinfo=UTC)
    (told,) = place.look()
    assert told.code == "policy_lapsed"
    assert place.rules() == AttentionRules()
    assert place.look() == ()
    place.start()
    assert place.look() == ()


def test_a_key_that_is_no_longer_trusted_takes_its_policies_with_it(place: Place) -> None:
    place.put("limits.json", signed(STORE_KEY, pieces_max=15))
    place.start()
    place.look()
    place.keys = place.keys[:1]
    place.start()
    assert place.rules() == AttentionRules()
    assert {one.code for one in place.look()} == {"policy_refused"}


def test_what_was_kept_and_cannot_be_read_comes_back_from_the_folder(place: Place) -> None:
    place.put("limits.json", signed(pieces_max=15))
    place.start()
    place.look()
    (place.folder / "data" / KEPT).write_bytes(b"{ half a fi")
    place.start()
    assert place.look() == ()
    assert place.rules().pieces_max == 15


def test_a_folder_that_is_not_there_is_told_once_and_the_lane_goes_on(place: Place) -> None:
    (place.folder / "policies").rmdir()
    place.start()
    (told,) = place.look()
    assert told.code == "policy_folder_unreadable"
    assert place.look() == ()
    assert place.rules() == AttentionRules()


def test_policies_of_reports_and_tills_reach_the_staff_but_not_the_drawer(place: Place) -> None:
    sections: dict[str, dict[str, object]] = {
        "reports": {"several_a_day": True},
        "tills": {"counts": 5, "drawer": True, "sharing": "single"},
    }
    place.put("till.json", ACME.policy(replace(DOCUMENT, sections=sections)))
    before = staffing_of(place.settings)
    staffing = staffing_under(before, place.start().in_force(place.now))
    assert staffing == before
    place.look()
    staffing = staffing_under(before, place.opened[-1].in_force(place.now))
    assert staffing.reports.several_a_day
    assert staffing.tills.policy.counts == 5
    own = before.tills.policy
    assert (staffing.tills.policy.drawer, staffing.tills.policy.sharing) == (own.drawer, own.sharing)


@pytest.mark.parametrize("name", sorted(SECTIONS))
def test_every_section_is_whole_by_itself_and_refuses_keys_it_does_not_know(name: str) -> None:
    record = SECTIONS[name]
    assert msgspec.convert({}, type=record) == record()
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"no such key": 1}, type=record)


def test_a_lane_has_them_in_force_and_writes_a_refused_one_into_its_ledger(place: Place) -> None:
    sections: dict[str, dict[str, object]] = {"attention": {"pieces_max": 3}, "self_checkout": {"pieces_max": 2}}
    place.put("limits.json", ACME.policy(replace(DOCUMENT, sections=sections)))
    place.put("bad.json", signed(STRANGER, pieces_max=99))
    device = Device(place.folder / "data")
    AgentDb(device.folder / AGENT).close()
    face = Face(wake=lambda: None, show=lambda _: None, voice=lambda _: pytest.fail("nothing is printed"))
    lane = Lane(place.settings, device.till(), face, Clocks(now=lambda: place.now, monotonic_ms=lambda: 1))
    try:
        for _ in range(2):
            lane.tick()
            lane.session.drain()
        assert lane.around().rules.pieces_max == 3
        assert lane.around().self_checkout == SelfCheckoutRules(pieces_max=2)
    finally:
        lane.close()
    (raised,) = [entry.content for entry in device.entries() if isinstance(entry.content, ExceptionRaised)]
    assert (raised.code, raised.owner) == ("policy_refused", "it")
    assert "bad.json: unknown_key" in raised.detail
