"""Who is signed on: badge, NFC or PIN in; signed on, asked for a PIN, or refused out; pure, the clock is handed in."""

from __future__ import annotations

from msgspec.structs import replace as changed

from kiosk.domain.operator.attempts import (
    DEVICE,
    Attempt,
    BadgeRemoved,
    BadgeShown,
    Failures,
    Gate,
    Left,
    Method,
    NfcShown,
    Outcome,
    PinEntered,
    PinWanted,
    Refusal,
    Result,
    SignedOff,
    SignedOn,
    SignOnRules,
    SignOnState,
    Tick,
    Touched,
)
from kiosk.domain.operator.credentials import COST, Credential, Credentials, burn, cost_of, pin_fits


def sign_on(state: SignOnState, attempt: Attempt, gate: Gate, now_s: int) -> Result:
    """What an attempt does. `now_s` is the wall clock in seconds since 1970 UTC; it may jump."""
    state, before = _time_passed(state, gate, now_s)
    state, outcomes = _attempted(state, attempt, gate, now_s)
    return state, (*before, *outcomes)


def with_trusted_time(state: SignOnState, now_s: int) -> SignOnState:
    """The state after the time was set from a source that is trusted: a clock that once ran ahead is forgotten."""
    lasting = {name: one for name, one in state.failures.items() if not one.locked_until_s}
    waiting = {name: changed(one, locked_until_s=now_s) for name, one in state.failures.items() if one.locked_until_s}
    seen = {name: min(at, now_s) for name, at in state.seen.items()}
    return changed(state, latest_s=now_s, failures={**lasting, **waiting}, seen=seen, active_s=now_s)


def _time_passed(state: SignOnState, gate: Gate, now_s: int) -> Result:
    state = changed(state, latest_s=max(state.latest_s, now_s))
    if state.asked and not 0 <= now_s - state.asked_s < gate.rules.pin_wait_s:
        state = changed(state, asked="", asked_s=0)
    if not state.operator:
        return state, ()
    credential = gate.credentials.of(state.operator)
    if credential is None or credential.locked or _expired(state, credential, gate):
        return _off(state, "expired")
    if now_s - state.active_s >= gate.rules.idle_s:
        return _off(state, "idle")
    # A clock that was set back must not keep somebody signed on for as long as it went back.
    return changed(state, active_s=min(state.active_s, now_s)), ()


def _attempted(state: SignOnState, attempt: Attempt, gate: Gate, now_s: int) -> Result:
    match attempt:
        case BadgeShown(text):
            return _shown(state, gate.credentials.with_badge(text), Method.BADGE, gate, now_s)
        case NfcShown(uid):
            return _shown(state, gate.credentials.with_nfc(uid), Method.NFC, gate, now_s)
        case PinEntered():
            return _pin(state, attempt, gate, now_s)
        case BadgeRemoved():
            # A badge that waits for its PIN leaves with it, and a PIN alone does not need one to stay.
            gone = changed(state, asked="", asked_s=0)
            return (gone, ()) if state.method == Method.PIN else _off(gone, "badge_removed")
        case Left():
            return _off(state, "person")
        case Touched():
            return (changed(state, active_s=now_s) if state.operator else state), ()
        case Tick():
            return state, ()


def _shown(state: SignOnState, found: Credential | None, method: Method, gate: Gate, now_s: int) -> Result:
    if found is None:
        sentence = "This badge is not known here."
        return state, (Refusal("", method, "unknown", sentence, "Use your own badge, or have it registered."),)
    if found.pin_wanted:
        asking = changed(state, asked=found.operator, asked_s=now_s)
        refusal = _kept_out(state, found, method, gate, now_s)
        return (state, (refusal,)) if refusal else (asking, (PinWanted(found.operator),))
    return _let_in(state, found, method, gate, now_s)


def _pin(state: SignOnState, entered: PinEntered, gate: Gate, now_s: int) -> Result:
    # A PIN typed in with another name is that operator's own try: the badge that was waiting lends it nothing.
    with_badge = bool(state.asked) and entered.operator in {"", state.asked}
    name = state.asked if with_badge else entered.operator
    method = Method.BADGE_AND_PIN if with_badge else Method.PIN
    if not name:
        return state, (Refusal("", method, "unknown", "Nobody is waiting for a PIN.", "Show your badge first."),)
    locked = [name] if with_badge else [name, DEVICE]
    wait_s = max(_wait(state, one, gate.rules, now_s) for one in locked)
    if wait_s:
        return state, (_locked_out(name if gate.credentials.of(name) else "", method, wait_s),)
    found = gate.credentials.of(name)
    usable = found is not None and (with_badge or (gate.rules.pin_alone and not found.pin_wanted))
    if found is None or not usable or not found.pin:
        burn(entered.pin, _usual_cost(gate.credentials))
        return _wrong(state, found, method, gate, now_s)
    if not pin_fits(entered.pin, found.pin):
        return _wrong(state, found, method, gate, now_s)
    failures = {one: count for one, count in state.failures.items() if one not in locked}
    return _let_in(changed(state, failures=failures, asked="", asked_s=0), found, method, gate, now_s)


def _wrong(state: SignOnState, found: Credential | None, method: Method, gate: Gate, now_s: int) -> Result:
    """Count it, for the operator and for the device. Unknown operators are counted on the device only."""
    failures = dict(state.failures)
    counted = [DEVICE] if found is None else [found.operator, DEVICE] if method is Method.PIN else [found.operator]
    for name in counted:
        count = (failures[name].count if name in failures else 0) + 1
        allowed = gate.rules.failures if name else gate.rules.device_failures
        failures[name] = Failures(count=count, locked_until_s=now_s + _penalty(count, allowed, gate.rules))
    state = changed(state, failures=failures)
    wait_s = max(_wait(state, name, gate.rules, now_s) for name in counted)
    if wait_s:
        state = changed(state, asked="", asked_s=0)
        return state, (_locked_out(found.operator if found else "", method, wait_s),)
    sentence = "Operator and PIN do not fit."
    refusal = Refusal(found.operator if found else "", method, "pin", sentence, "Enter them again, slowly.")
    return state, (refusal,)


def _penalty(count: int, allowed: int, rules: SignOnRules) -> int:
    """Seconds to wait after so many failures in a row: none, then twice as long every time."""
    if count < allowed:
        return 0
    return int(min(rules.longest_wait_s, rules.first_wait_s * 2 ** min(count - allowed, 20)))


def _wait(state: SignOnState, name: str, rules: SignOnRules, now_s: int) -> int:
    """Seconds left of a lock-out. A clock that was set back does not make it longer than it ever was."""
    if name not in state.failures:
        return 0
    return max(0, min(state.failures[name].locked_until_s - now_s, rules.longest_wait_s))


def _let_in(state: SignOnState, found: Credential, method: Method, gate: Gate, now_s: int) -> Result:
    refusal = _kept_out(state, found, method, gate, now_s)
    if refusal:
        return state, (refusal,)
    off: tuple[Outcome, ...] = ()
    if state.operator and state.operator != found.operator:
        state, off = _off(state, "switched")
    seen = state.seen if _run_out(state, gate) else {**state.seen, found.operator: now_s}
    on = SignedOn(found.operator, found.roles, method, gate.offline)
    state = changed(
        state,
        operator=found.operator,
        roles=found.roles,
        method=method.value,
        active_s=now_s,
        asked="",
        asked_s=0,
        seen=seen,
    )
    return state, (*off, on)


def _kept_out(state: SignOnState, found: Credential, method: Method, gate: Gate, now_s: int) -> Refusal | None:
    if found.locked:
        return _locked_out(found.operator, method, 0)
    wait_s = _wait(state, found.operator, gate.rules, now_s)
    if wait_s and found.pin_wanted:
        return _locked_out(found.operator, method, wait_s)
    if _expired(state, found, gate):
        sentence = "The list of operators on this device has run out."
        return Refusal(found.operator, method, "expired", sentence, "Connect the device, or ask somebody signed on.")
    return None


def _run_out(state: SignOnState, gate: Gate) -> bool:
    until = gate.credentials.valid_until_s
    return until is not None and max(state.latest_s, gate.credentials.issued_s) >= until


def _expired(state: SignOnState, found: Credential, gate: Gate) -> bool:
    """Run out, and this operator has not signed on here within the grace time while the list was good."""
    if not _run_out(state, gate):
        return False
    seen = state.seen.get(found.operator)
    return seen is None or state.latest_s - seen >= gate.rules.grace_s


def _off(state: SignOnState, reason: str) -> Result:
    if not state.operator:
        return state, ()
    off = SignedOff(state.operator, reason)
    return changed(state, operator="", roles=(), method="", active_s=0), (off,)


def _locked_out(operator: str, method: Method, wait_s: int) -> Refusal:
    if not wait_s:
        return Refusal(operator, method, "locked_out", "This operator is blocked.", "Ask a manager to lift the block.")
    sentence = f"Too many wrong PINs. Try again in {wait_s} s."
    return Refusal(operator, method, "locked_out", sentence, "Wait, or ask a supervisor to sign on.", wait_s)


def _usual_cost(credentials: Credentials) -> int:
    return next((cost_of(one.pin) for one in credentials.operators if one.pin), COST)
