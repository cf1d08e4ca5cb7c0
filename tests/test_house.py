"""The house rules that no ready-made linter knows: reasons on exceptions, READMEs, sizes, silent imports, no floats."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("demo", "provisioning", "headquarters", "kiosk", "drivers")
HARD_LOOK_LINES = 400

# Folders of the layout that a person works in; those that exist say how.
FOLDERS = (
    ".",
    "demo",
    "drivers",
    "drivers/display",
    "drivers/drawer",
    "drivers/keypad",
    "drivers/nfc",
    "drivers/payment",
    "drivers/printer",
    "drivers/scale",
    "drivers/scanner",
    "drivers/signal",
    "drivers/signature",
    "drivers/tool",
    "drivers/transport",
    "headquarters",
    "headquarters/demo_store",
    "headquarters/importer",
    "headquarters/web",
    "image",
    "kiosk",
    "kiosk/accounts",
    "kiosk/agent",
    "kiosk/checkout",
    "kiosk/commands",
    "kiosk/domain",
    "kiosk/domain/attention",
    "kiosk/domain/barcode",
    "kiosk/domain/fiscal",
    "kiosk/domain/gs1",
    "kiosk/domain/operator",
    "kiosk/domain/policy",
    "kiosk/domain/pricing",
    "kiosk/domain/promotion",
    "kiosk/domain/receipt",
    "kiosk/domain/returning",
    "kiosk/domain/tax",
    "kiosk/domain/tender",
    "kiosk/messages",
    "kiosk/presenter",
    "kiosk/store",
    "kiosk/ui",
    "provisioning",
    "systemd",
    "tests",
)

# `except Exception` ends the surprise of a thread that must live on; each of these is the outermost loop of one.
OUTERMOST_LOOPS = {
    "drivers/nfc/overdue.py": "what a call raised on a thread of its own is raised again where it is waited for",
    "drivers/supervisor.py": "one broken driver must not end the lane",
    "headquarters/desk.py": "one message must not hold up those behind it",
    "headquarters/link.py": "paho's thread dies of an exception in a callback, silently",
    "headquarters/publisher.py": "what cannot be published now is tried again",
    "kiosk/agent/link.py": "a fault of the link must not end sync for good",
}

_EXCEPTION = re.compile(r"#\s*(?:noqa|type:\s*ignore)(?P<codes>\s*:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*|\[[\w\-, ]+\])?")
_REASON = re.compile(r"\w+\W+\w+|^\W*same$")  # "same" is the reason of the line before
_WALK_STEP = re.compile(r"`(?P<path>[\w/]+\.py)(?::\s*(?P<name>[\w.]+))?`")
_MADE = re.compile(r"`make ([a-z]+)")
_TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)


def modules(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def syntax(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@pytest.mark.parametrize("folder", [folder for folder in FOLDERS if (ROOT / folder).is_dir()])
def test_a_folder_says_how_to_work_in_it(folder: str) -> None:
    assert (ROOT / folder / "README.md").is_file(), f"{folder} has no README.md"


def test_the_readme_names_files_functions_and_commands_that_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    steps = list(_WALK_STEP.finditer(text))
    gone = [f"{step['path']}: {step['name']}" for step in steps if not exists(step)]
    targets = set(_TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
    assert steps, "README.md shows the walk by file and function"
    assert not gone, "the walk names what is not there"
    assert set(_MADE.findall(text)) <= targets, "a make target that does not exist"


def exists(step: re.Match[str]) -> bool:
    """Whether a file of a walk is there, and holds the function, or Class.method, that the walk names."""
    path = next((at for at in (ROOT / step["path"], ROOT / "kiosk" / step["path"]) if at.is_file()), None)
    if path is None:
        return False
    within: ast.AST = syntax(path)
    for name in (step["name"] or "").split("."):
        if not name:
            continue
        found = [node for node in ast.iter_child_nodes(within) if getattr(node, "name", None) == name]
        if not found:
            return False
        within = found[0]
    return True


def test_exceptions_to_a_rule_give_their_reason() -> None:
    silent = [
        f"{shown(path)}:{token.start[0]} {token.string}"
        for path in modules(*PACKAGES, "tests")
        for token in comments(path)
        if _EXCEPTION.search(token.string) and not reasoned(token.string)
    ]
    assert not silent, "a noqa or type: ignore names its rule and its reason on the line"


def comments(path: Path) -> Iterator[tokenize.TokenInfo]:
    with path.open("rb") as file:
        yield from (token for token in tokenize.tokenize(file.readline) if token.type == tokenize.COMMENT)


def reasoned(comment: str) -> bool:
    named = all(found["codes"] for found in _EXCEPTION.finditer(comment))
    return named and bool(_REASON.search(_EXCEPTION.sub("", comment)))


@pytest.mark.parametrize(
    ("comment", "fine"),
    [
        ("# noqa", False),
        ("# noqa: S101", False),
        ("# noqa - because of that", False),
        ("# type: ignore[misc]", False),
        ("# type: ignore[misc]  # noqa: S101", False),
        ("# noqa: S101, PLC0415 - Kivy reads its environment first", True),
        ("# type: ignore[misc]  # Kivy ships no types", True),
        ("# noqa: S101 - same", True),
    ],
)
def test_what_counts_as_a_reason(comment: str, *, fine: bool) -> None:
    assert reasoned(comment) is fine


def test_only_outermost_loops_catch_everything() -> None:
    caught = [shown(path) for path in modules(*PACKAGES) for _ in catching_all(syntax(path))]
    assert sorted(caught) == sorted(OUTERMOST_LOOPS), "one `except Exception` in each of these files, and nowhere else"


def catching_all(tree: ast.AST) -> Iterator[ast.ExceptHandler]:
    """Handlers of Exception, BaseException or everything that do not end by raising it again."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and not (
            isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
        ):
            named = {name.id for name in ast.walk(node.type) if isinstance(name, ast.Name)} if node.type else set()
            if node.type is None or named & {"Exception", "BaseException"}:
                yield node


def test_no_test_sleeps() -> None:
    sleeping = [
        f"{shown(path)}:{node.lineno}"
        for path in modules("tests")
        if not path.is_relative_to(ROOT / "tests/benchmarks")  # no tests: what idling costs is measured over time
        for node in ast.walk(syntax(path))
        if (isinstance(node, ast.Attribute) and node.attr == "sleep")
        or (isinstance(node, ast.ImportFrom) and any(alias.name == "sleep" for alias in node.names))
    ]
    assert not sleeping, "wait for an event or a condition with a deadline, or hand a clock in"


def test_money_and_weight_are_whole_numbers() -> None:
    broken = [
        f"{shown(path)}:{line} {name}"
        for path in modules(*PACKAGES, "tests")
        for name, annotation, line in annotated(syntax(path))
        if name.endswith(("_minor", "_grams")) and annotation is not None and "float" in ast.unparse(annotation)
    ]
    assert not broken, "money is int minor units, weight is int grams"


def annotated(tree: ast.AST) -> Iterator[tuple[str, ast.expr | None, int]]:
    """Every name with what it is said to be: variables and fields, arguments, what functions return."""
    for node in ast.walk(tree):
        match node:
            case ast.AnnAssign(target=ast.Name(id=name) | ast.Attribute(attr=name), annotation=annotation):
                yield name, annotation, node.lineno
            case ast.arg(arg=name, annotation=annotation):
                yield name, annotation, node.lineno
            case ast.FunctionDef(name=name, returns=annotation):
                yield name, annotation, node.lineno
            case _:
                pass


def test_no_file_has_grown_past_a_hard_look() -> None:
    lengths = {shown(path): len(path.read_bytes().splitlines()) for path in modules(*PACKAGES)}
    assert not {path: lines for path, lines in lengths.items() if lines > HARD_LOOK_LINES}


def test_every_module_says_what_it_is_for() -> None:
    assert not [shown(path) for path in modules(*PACKAGES, "tests") if not ast.get_docstring(syntax(path))]


def test_nothing_happens_at_import(tmp_path: Path) -> None:
    """Each module is imported, in a process of its own folder; what Kivy needs a window for is left out."""
    graph = grimp.build_graph(
        *PACKAGES, include_external_packages=True, exclude_type_checking_imports=True, cache_dir=None
    )
    # Who reaches Kivy opens its window on import, which is Kivy's doing and set up by kiosk.ui.__main__ first.
    with_window = graph.find_downstream_modules("kivy") | {"kivy"}
    ours = sorted(name for name in graph.modules - with_window if name.split(".")[0] in PACKAGES)
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.importing", *ours],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not list(tmp_path.iterdir())
    assert {"kiosk.checkout.session", "kiosk.agent.agent", "drivers.registry", "headquarters.booking"} <= set(ours)
