"""`python -m kiosk policy`: sign a policy for lanes, and verify signed ones as a lane does."""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from kiosk.checkout.policies import NOT_JSON
from kiosk.checkout.policy_sections import SECTIONS, keys_of
from kiosk.config import PolicyKey
from kiosk.domain.policy.envelope import (
    Place,
    PolicyDocument,
    SignedPolicy,
    TrustedKey,
    canonical,
    moment,
    sign_policy,
    trusted,
)
from kiosk.domain.policy.verification import Admitted, Known, PolicyRefused, admit
from kiosk.store.database import StoreError
from kiosk.store.policy_files import read_policy
from kiosk.store.signing import DeviceKey

_GOOD, _REFUSED = 0, 1


class _Here(msgspec.Struct, frozen=True, kw_only=True):
    tenant: str
    store_id: str
    workstation_id: str


class _Shop(msgspec.Struct, frozen=True, kw_only=True):
    locale_territory: str = "IE"


class _Trust(msgspec.Struct, frozen=True, kw_only=True):
    """As much of a settings file as is wanted here; one that holds nothing but keys will do."""

    policy_keys: tuple[PolicyKey, ...]
    workstation: _Here | None = None
    store: _Shop = _Shop()


def add_arguments(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `policy sign` and `policy verify` to the commands of the kiosk."""
    policy = commands.add_parser("policy", help="sign a policy for lanes, or verify signed ones")
    actions = policy.add_subparsers(required=True, metavar="ACTION")
    signing = actions.add_parser("sign", help="make a signed policy of a document; writes it to standard output")
    signing.add_argument("file", type=Path, metavar="FILE.json", help="the document: scope, dates, sections")
    signing.add_argument("--key", type=Path, required=True, metavar="KEY.pem", help="Ed25519 key (PKCS #8), mode 600")
    signing.set_defaults(run=_run_sign)
    checking = actions.add_parser("verify", help="say of each file whether a lane takes it, and why not")
    checking.add_argument("files", type=Path, nargs="+", metavar="FILE", help="signed policies")
    checking.add_argument(
        "--keys",
        type=Path,
        required=True,
        metavar="SETTINGS.toml",
        help="the settings of a lane, or a file with [[policy_keys]] alone: then for any place",
    )
    checking.set_defaults(run=_run_verify)


def _run_sign(arguments: argparse.Namespace) -> int:
    key = _key(arguments.key)
    document = _document(arguments.file)
    signed = sign_policy(document, key.sign, key.public_hex)
    keys = trusted(TrustedKey(key.public_hex, document.scope))
    judged = admit(signed, _known(keys, _within(document)), moment(document.valid_from))
    if isinstance(judged, PolicyRefused):
        sys.stderr.write(f"{arguments.file}: {judged.sentence}\n{judged.remedy}\n")
        return _REFUSED
    sys.stdout.write(msgspec.json.encode(signed).decode() + "\n")
    sys.stderr.write(f'public_key = "{key.public_hex}"\n')
    return _GOOD


def _run_verify(arguments: argparse.Namespace) -> int:
    trust = _trust(arguments.keys)
    keys, now = keys_of(trust.policy_keys), datetime.now(UTC)
    refused = 0
    for path in arguments.files:
        judged = _judged(path, keys, trust, now)
        sys.stdout.write(f"{path}: {_said(judged, now)}\n")
        refused += isinstance(judged, PolicyRefused)
    return _REFUSED if refused else _GOOD


def _judged(path: Path, keys: Mapping[str, TrustedKey], trust: _Trust, now: datetime) -> Admitted | PolicyRefused:
    try:
        signed = read_policy(path).envelope
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}.", "Check the path and who may read it.") from error
    if signed is None:
        return NOT_JSON
    here, place = trust.workstation, None
    if here is not None:
        place = Place(
            tenant=here.tenant,
            region=trust.store.locale_territory,
            store_id=here.store_id,
            workstation_id=here.workstation_id,
        )
    return admit(signed, _known(keys, place or _where(signed)), now)


def _said(judged: Admitted | PolicyRefused, now: datetime) -> str:
    if isinstance(judged, PolicyRefused):
        return f"refused ({judged.reason}): {judged.sentence} {judged.remedy}"
    document = judged.document
    since = "in force since" if document.in_force(now) else "will be in force from"
    sections = ", ".join(sorted(document.sections))
    return (
        f"good: {document.scope.name} sequence {document.sequence}, {since} {document.valid_from} "
        f"until {document.valid_until}: {sections}"
    )


def _known(keys: Mapping[str, TrustedKey], place: Place) -> Known:
    return Known(keys=keys, place=place, sections=SECTIONS, newest={})


def _where(signed: SignedPolicy) -> Place:
    """Where nobody has said which lane it is: a place that the policy is for."""
    try:
        return _within(msgspec.json.decode(signed.body, type=PolicyDocument))
    except msgspec.DecodeError:
        return Place(tenant="")


def _within(document: PolicyDocument) -> Place:
    scope = document.scope
    return Place(tenant=scope.tenant, region=scope.region, store_id=scope.store_id, workstation_id=scope.workstation_id)


def _key(path: Path) -> DeviceKey:
    try:
        return DeviceKey.load(path)
    except StoreError as error:
        remedy = f"Make a key with `(umask 077; openssl genpkey -algorithm ed25519 -out {path})`, and keep it safe."
        raise StoreError(error.message.replace("device key", "key"), remedy) from None


def _document(path: Path) -> PolicyDocument:
    try:
        document = msgspec.json.decode(path.read_bytes(), type=PolicyDocument)
        canonical(document)
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}.", "Check the path and who may read it.") from error
    except (msgspec.DecodeError, UnicodeDecodeError, TypeError) as error:
        raise StoreError(
            f"{path} is no policy document: {error}.", "Correct it: kiosk/domain/policy/README.md."
        ) from error
    return document


def _trust(path: Path) -> _Trust:
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), type=_Trust)
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}.", "Check the path and who may read it.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise StoreError(
            f"{path}: {error}.", "Name the keys in tables [[policy_keys]], as in a settings file."
        ) from error
