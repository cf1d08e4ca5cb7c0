"""The command of headquarters: serve, web, register, import, rules, demo-store, report, audit, restored."""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from headquarters import demo_store
from headquarters.audit import Audit, audit
from headquarters.catalog import added, load_catalog, save_catalog
from headquarters.database import Database, open_database, raise_generation
from headquarters.devices import read_device_file, register
from headquarters.errors import HeadquartersError
from headquarters.importer import ImportFailed
from headquarters.importer import command as import_command
from headquarters.importer.rules import read_rules
from headquarters.link import LinkSettings
from headquarters.report import as_text, report
from headquarters.serve import serve
from headquarters.web.limits import Limits
from headquarters.web.serving import serve_web
from kiosk.domain.catalog import Catalog
from kiosk.messages.topics import is_topic_part

EXIT_FOUND = 1
EXIT_ERROR = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when all is well, 1 when it found something wrong, 2 when it could not be done."""
    args = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    run: Callable[[argparse.Namespace], int] = args.run
    try:
        return run(args)
    except HeadquartersError as error:
        sys.stderr.write(f"{error.message}\n{error.remedy}\n")
        return EXIT_ERROR


def _serve(args: argparse.Namespace) -> int:
    settings = _link_settings(args)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with closing(open_database(args.database)) as database:
        serve(database, settings, _now, stop)
    return 0


def _web(args: argparse.Namespace) -> int:
    serve_web(args.host, args.port, Limits())
    return 0


def _register(args: argparse.Namespace) -> int:
    records = [read_device_file(path) for path in args.files]
    with closing(open_database(args.database)) as database:
        for record in records:
            new = register(database, record, _at(), replace_key=args.replace_key)
            sys.stdout.write(f"{record.store_id}-{record.workstation_id} {'registered' if new else 'was registered'}\n")
    return 0


def _import(args: argparse.Namespace) -> int:
    with closing(open_database(args.database)) as database:
        return _import_into(database, args)


def _import_into(database: Database, args: argparse.Namespace) -> int:
    source = " ".join([args.format, *(path.name for path in args.sources)])

    def save(catalog: Catalog) -> None:
        with database.read() as connection:
            base = load_catalog(connection)
        whole = catalog if base is None else added(base, catalog) if args.add else replace(catalog, rules=base.rules)
        _say_version(save_catalog(database, whole, source, _at()), whole)

    return import_command.run_command(args, save)


def _rules(args: argparse.Namespace) -> int:
    try:
        rules = read_rules(args.file)
    except ImportFailed as failed:
        raise HeadquartersError(failed.message, failed.remedy) from failed
    with closing(open_database(args.database, create=False)) as database:
        with database.read() as connection:
            base = load_catalog(connection)
        if base is None:
            raise HeadquartersError("There are no goods yet that rules could be about.", "Import a catalog first.")
        whole = replace(base, rules=rules)
        _say_version(save_catalog(database, whole, f"rules {args.file.name}", _at()), whole)
    return 0


def _demo_store(args: argparse.Namespace) -> int:
    catalog = demo_store.load()
    with closing(open_database(args.database)) as database:
        _say_version(save_catalog(database, catalog, "demo store", _at()), catalog)
    return 0


def _report(args: argparse.Namespace) -> int:
    with closing(open_database(args.database, create=False)) as database, database.read() as connection:
        numbers = report(connection)
    sys.stdout.write(json.dumps(numbers, indent=2) + "\n" if args.json else as_text(numbers))
    return 0


def _audit(args: argparse.Namespace) -> int:
    with closing(open_database(args.database, create=False)) as database, database.read() as connection:
        result = audit(connection)
    sys.stdout.write(msgspec.json.encode(result).decode() + "\n" if args.json else _audit_text(result))
    return EXIT_FOUND if result.findings else 0


def _audit_text(result: Audit) -> str:
    lines = [f"{found.where}: {found.what}. {found.remedy}" for found in result.findings]
    lines += [f"remark {found.where}: {found.what}. {found.remedy}" for found in result.remarks]
    verdict = f"{len(result.findings)} problems" if result.findings else "all is well"
    lines.append(f"{result.entries} entries in {result.streams} streams, {result.sales} sales: {verdict}")
    return "\n".join(lines) + "\n"


def _restored(args: argparse.Namespace) -> int:
    with closing(open_database(args.database, create=False)) as database:
        generation = raise_generation(database, int(_now().timestamp()))
    sys.stdout.write(f"generation {generation}: devices send again what this backup does not hold\n")
    return 0


def _link_settings(args: argparse.Namespace) -> LinkSettings:
    host, _, port = args.broker.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise HeadquartersError(f"{args.broker!r} is no broker address.", "Give --broker HOST:PORT.")
    if not is_topic_part(args.tenant):
        raise HeadquartersError(f"{args.tenant!r} is no tenant.", "Use letters, digits, dot, dash, underscore.")
    if bool(args.username) != bool(args.password_file):
        raise HeadquartersError(
            "A user name and a password file belong together.", "Give --username and --password-file."
        )
    if args.tls is not None and len(args.tls) not in {1, 3}:
        raise HeadquartersError("--tls takes one file or three.", "Give --tls CA, or --tls CA CERTIFICATE KEY.")
    ca_file, certificate_file, key_file = (*(args.tls or ()), "", "", "")[:3]
    return LinkSettings(
        host=host.strip("[]"),
        port=int(port),
        tenant=args.tenant,
        ca_file=ca_file,
        certificate_file=certificate_file,
        key_file=key_file,
        username=args.username,
        password=_password(args.password_file) if args.password_file else "",
    )


def _password(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise HeadquartersError(
            f"The password file {path} cannot be read: {error}.", "Check --password-file."
        ) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m headquarters", description="The reference headquarters.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], about: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=about, description=about)
        made.add_argument("--database", required=True, metavar="FILE|URL", help="SQLite file or postgresql:// URL")
        made.set_defaults(run=run)
        return made

    _serve_arguments(command("serve", _serve, "take what devices send, and answer them"))
    registering = command("register", _register, "let devices in by their device.json")
    registering.add_argument("files", nargs="+", type=Path, metavar="FILE")
    registering.add_argument("--replace-key", action="store_true", help="a known device has a new key")
    importing = command("import", _import, "put a catalog file in force")
    import_command.add_arguments(importing)
    importing.add_argument("--add", action="store_true", help="keep the goods in force that the file does not hold")
    ruling = command("rules", _rules, "put promotions, prices, taxes and policies in force, for the goods that are")
    ruling.add_argument("file", type=Path, metavar="FILE", help="JSON; headquarters/demo_store/rules.json is one")
    command("demo-store", _demo_store, "put the catalog of the demo store in force")
    for name, run, about in (
        ("report", _report, "what is booked, in numbers"),
        ("audit", _audit, "whether the books are complete, unchanged and free of doubles"),
    ):
        command(name, run, about).add_argument("--json", action="store_true")
    web = commands.add_parser("web", help="price for web shops over HTTP, with the engine of the lanes")
    web.add_argument("--host", default="127.0.0.1", help="the address to listen on (%(default)s)")
    web.add_argument("--port", type=int, default=8080, help="0 for any free one (%(default)s)")
    web.set_defaults(run=_web)
    command("restored", _restored, "to be run after restoring the database from a backup")
    return parser


def _serve_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--broker", required=True, metavar="HOST:PORT")
    parser.add_argument("--tenant", required=True)
    parser.add_argument("--tls", nargs="+", metavar="FILE", help="CA, or CA CERTIFICATE KEY: PEM files")
    parser.add_argument("--username", default="")
    parser.add_argument("--password-file", type=Path)


def _say_version(version: int, catalog: Catalog) -> None:
    rules = catalog.rules
    counts = f"{len(catalog.items):,} items, {len(rules.promotions):,} promotions, {len(rules.prices):,} scoped prices"
    sys.stdout.write(f"catalog version {version} in force: {counts}\n")


def _now() -> datetime:
    return datetime.now(UTC)


def _at() -> str:
    return _now().isoformat(timespec="milliseconds").replace("+00:00", "Z")


if __name__ == "__main__":
    sys.exit(main())
