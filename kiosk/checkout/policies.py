"""Signed policies in force at this lane: taken from a folder, kept, and switched at their second."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from kiosk.checkout.events import PolicyToldOf
from kiosk.checkout.policy_sections import SECTIONS, keys_of, place_of
from kiosk.config import Settings
from kiosk.domain.policy.envelope import PURPOSE, PolicyDocument, SignedPolicy, moment
from kiosk.domain.policy.layers import PolicyInForce, Shelf, merge
from kiosk.domain.policy.verification import Admitted, Known, PolicyReason, PolicyRefused, Stamp, admit
from kiosk.domain.signing import digest
from kiosk.store.policy_files import Kept, PolicyFile, PolicyFolder, read_kept, write_kept

KEPT = "policies.json"

NOT_JSON = PolicyRefused(
    PolicyReason.UNREADABLE, "This file holds no signed policy.", "Make it with `python -m kiosk policy sign`."
)

log = logging.getLogger(__name__)


class Candidate(NamedTuple):
    """A policy to be judged, and the file it came in."""

    file: PolicyFile
    envelope: SignedPolicy
    sequence: int


class Policies:
    """Used on the UI thread alone. What is refused changes nothing; a file that goes takes nothing back."""

    def __init__(self, settings: Settings, now: datetime) -> None:
        self._folder = PolicyFolder(Path(settings.policy_folder)) if settings.policy_folder else None
        self._path = settings.data / KEPT
        self._place, self._keys = place_of(settings), keys_of(settings.policy_keys)
        self._kept = read_kept(self._path) if self._folder else Kept()
        self._told = dict.fromkeys(self._kept.told)
        self._untold: list[PolicyToldOf] = []
        self._since, self._until = now, now
        self._in_force = PolicyInForce()
        self._shelf = self._kept_shelf()
        self._merged(now)

    def look(self, now: datetime) -> tuple[PolicyToldOf, ...]:
        """Look at the folder; what somebody has to hear of since the last look, each thing once for ever."""
        if self._folder is None:
            return ()
        try:
            changed = self._folder.changed()
        except OSError as error:
            sentence = f"The policy folder cannot be looked into: {error.strerror}."
            remedy = "Make it, or correct policy_folder in the settings."
            self._tell("policy_folder_unreadable", "policy_folder", sentence, remedy)
            changed = ()
        before = self._shelf
        for candidate in sorted(map(_candidate, changed), key=lambda one: one.sequence):
            self._judge(candidate, now)
        if self._shelf is not before:
            self._merged(now)
        self._look_for_lapsed(now)
        untold, self._untold = tuple(self._untold), []
        if untold or self._shelf is not before:
            self._keep(now)
        return untold

    def in_force(self, now: datetime) -> PolicyInForce:
        """What holds at `now` (aware): the same until the second at which a policy begins or ends."""
        if not self._since <= now < self._until and self._shelf.policies:
            self._merged(now)
        return self._in_force

    def _kept_shelf(self) -> Shelf:
        """What was taken before, judged again: a key may have been taken back. Those that ended still say so."""
        shelf = Shelf()
        known = self._known({})
        for envelope in self._kept.taken:
            start = _start(envelope)
            judged = admit(envelope, known, start) if start else NOT_JSON
            if isinstance(judged, Admitted):
                shelf = shelf.with_policy(judged)
            else:
                self._refuse(PolicyFile(KEPT, envelope.signature, envelope), judged)
        return shelf

    def _judge(self, candidate: Candidate, now: datetime) -> None:
        file = candidate.file
        if file.envelope is None:
            self._refuse(file, NOT_JSON)
            return
        judged = admit(candidate.envelope, self._known(self._kept.newest), now)
        if isinstance(judged, Admitted):
            judged = self._fitting(judged, now)
        if isinstance(judged, PolicyRefused):
            self._refuse(file, judged)
            return
        if judged in self._shelf.policies:
            return
        scope, document = judged.document.scope.name, judged.document
        log.info("policy.taken file=%s scope=%s sequence=%s", file.name, scope, document.sequence)
        self._shelf = self._shelf.with_policy(judged)
        newest = {**self._kept.newest, scope: judged.stamp}
        self._kept = replace(self._kept, taken=(*self._kept.taken, candidate.envelope), newest=newest)
        # Its end and its successor are in the nature of it: nobody has to be told when the file is read again.
        self._told.update(dict.fromkeys(_told(file, reason) for reason in (PolicyReason.EXPIRED, PolicyReason.OLDER)))

    def _fitting(self, judged: Admitted, now: datetime) -> Admitted | PolicyRefused:
        """Refused as well where it would contradict the others once it is in force."""
        start = max(now, moment(judged.document.valid_from))
        merged = merge(self._shelf.with_policy(judged).layers(start), SECTIONS)
        return merged if isinstance(merged, PolicyRefused) else judged

    def _merged(self, now: datetime) -> None:
        self._since = now
        self._until = self._shelf.next_switch(now) or datetime.max.replace(tzinfo=now.tzinfo)
        merged = merge(self._shelf.layers(now), SECTIONS)
        if isinstance(merged, PolicyRefused):
            self._tell("policy_refused", merged.sentence, merged.sentence, merged.remedy)
            return
        if merged.layers != self._in_force.layers:
            names = ",".join(f"{one.scope.name}#{one.sequence}" for one in merged.layers)
            log.info("policy.in_force layers=%s until=%s", names or "none", self._until.isoformat())
        self._in_force = merged

    def _look_for_lapsed(self, now: datetime) -> None:
        for scope in self._shelf.lapsed(now):
            stamp = self._kept.newest.get(scope)
            name = f"lapsed {scope} {stamp.sequence if stamp else 0}"
            self._tell("policy_lapsed", name, f"The policy of {scope} has ended.", "Publish the next one.")

    def _refuse(self, file: PolicyFile, refused: PolicyRefused) -> None:
        sentence = f"{file.name}: {refused.reason}: {refused.sentence}"
        self._tell("policy_refused", _told(file, refused.reason), sentence, refused.remedy)

    def _tell(self, code: str, name: str, sentence: str, remedy: str) -> None:
        if name in self._told:
            return
        log.warning("policy.told code=%s reason=%r remedy=%r", code, sentence, remedy)
        self._told[name] = None
        self._untold.append(PolicyToldOf(code, f"{sentence} {remedy}"))

    def _keep(self, now: datetime) -> None:
        """Of those that ended only the newest of a scope is still of use: it says that no other came."""
        useful = {
            one.stamp.hash_hex
            for one in self._shelf.policies
            if now < moment(one.document.valid_until) or self._kept.newest.get(one.document.scope.name) == one.stamp
        }
        self._shelf = Shelf(tuple(one for one in self._shelf.policies if one.stamp.hash_hex in useful))
        taken = tuple(one for one in self._kept.taken if digest(PURPOSE, one.body.encode()) in useful)
        self._kept = replace(self._kept, taken=taken, told=tuple(self._told))
        write_kept(self._path, self._kept)

    def _known(self, newest: Mapping[str, Stamp]) -> Known:
        return Known(keys=self._keys, place=self._place, sections=SECTIONS, newest=newest)


def _candidate(file: PolicyFile) -> Candidate:
    """Older ones come first, so that several of one scope can all be taken, whatever their files are called."""
    empty = SignedPolicy(body="", key="", signature="")
    document = _document(file.envelope) if file.envelope else None
    return Candidate(file, file.envelope or empty, document.sequence if document else 0)


def _document(envelope: SignedPolicy) -> PolicyDocument | None:
    try:
        return msgspec.json.decode(envelope.body, type=PolicyDocument)
    except msgspec.DecodeError:
        return None


def _start(envelope: SignedPolicy) -> datetime | None:
    document = _document(envelope)
    return moment(document.valid_from) if document else None


def _told(file: PolicyFile, reason: PolicyReason) -> str:
    return f"{file.digest}:{reason}"
