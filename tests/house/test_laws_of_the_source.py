"""The laws of the house that can be read off its source. Import directions are checked by import-linter."""

import ast
import importlib
import inspect
import re

import pytest

from tests.house.source import FLOORS, ROOT, calls, functions, imported_names, modules, tracked_files
from timebank.errors import Refusal

LONGEST_FUNCTION = 60
LONGEST_FILE = 400
EDGES = re.compile(
    r"(views|api|clock|frame|requests|runner|console|kinds|pages)\.py$|/cli/|/web/|/api/|/demo/"
)


def test_no_function_is_longer_than_sixty_lines() -> None:
    long = [
        f"{name}:{function.lineno} {function.name}"
        for name, tree in modules().items()
        for function in functions(tree)
        if (function.end_lineno or 0) - function.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    sources = [path for path in tracked_files() if path.suffix == ".py" and "migrations" not in path.parts]
    assert [
        path.name for path in sources if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST_FILE
    ] == []


def test_only_the_clock_reads_the_clock() -> None:
    forbidden = {
        "datetime.now",
        "datetime.utcnow",
        "datetime.datetime.now",
        "date.today",
        "datetime.today",
        "time.time",
    }
    found = [
        f"{name}:{line}"
        for name, tree in modules().items()
        for call, line in calls(tree)
        if call in forbidden
    ]
    assert [place for place in found if not place.startswith("timebank/clock.py")] == []


def test_only_edges_ask_the_clock() -> None:
    found = [
        name
        for name, tree in modules().items()
        if any(imported == "timebank.clock.now" for imported, _ in imported_names(tree))
        and not EDGES.search(name)
    ]
    assert found == []


def test_services_flush_and_never_commit() -> None:
    found = [
        f"{name}:{line}"
        for name, tree in modules().items()
        if not EDGES.search(name) and name != "timebank/db.py"
        for call, line in calls(tree)
        if call.endswith((".commit", ".rollback")) and not call.startswith("savepoint")
    ]
    assert found == []


def test_pages_and_endpoints_hold_no_sql() -> None:
    builders = {"select", "insert", "update", "delete", "text", "func", "and_", "or_"}
    found = [
        f"{name}:{line} {imported}"
        for name, tree in modules().items()
        if re.search(r"(views|api|forms|schemas)\.py$", name)
        for imported, line in imported_names(tree)
        if imported.startswith("sqlalchemy") and imported.rpartition(".")[2] in builders
    ]
    assert found == []


def test_rooms_have_no_drawer_for_odds_and_ends() -> None:
    names = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
    assert [name for name in modules() if name.removesuffix(".py").rpartition("/")[2] in names] == []


def test_functions_are_named_for_what_they_do() -> None:
    vague = ("process_", "handle_", "do_", "manage_")
    # The first two names are SQLAlchemy's own.
    known = {"process_bind_param", "process_result_value"}
    found = [
        f"{name}:{function.lineno} {function.name}"
        for name, tree in modules().items()
        for function in functions(tree)
        if function.name.lstrip("_").startswith(vague) and function.name not in known
    ]
    assert found == []


def test_every_room_has_a_door_plate() -> None:
    rooms = [name for name in modules() if name.endswith("/__init__.py")]
    assert [name for name in rooms if not ast.get_docstring(modules()[name])] == []


def test_every_public_function_and_class_says_what_it_is() -> None:
    silent = [
        f"{name}:{node.lineno} {node.name}"
        for name, tree in modules().items()
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


def test_every_lint_exception_has_its_reason_beside_it() -> None:
    marker = re.compile(r"#\s*(noqa(?!: *[A-Z]+[0-9]+ - )|type: ignore(?!\[[a-z-, ]+\]\s*# ))")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked_files()
        if path.suffix == ".py" and path != ROOT / "tests/house/test_laws_of_the_source.py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if marker.search(line) and not re.search(r"noqa: [A-Z0-9, ]+ - |type: ignore\[[a-z-, ]+\]\s+# ", line)
    ]
    assert found == []


def _refusals() -> list[type[Refusal]]:
    for name in modules():
        if name.rpartition("/")[2] in ("errors.py", "refusals.py"):
            importlib.import_module(name.removesuffix(".py").replace("/", "."))

    def below(family: type[Refusal]) -> list[type[Refusal]]:
        return [kind for child in family.__subclasses__() for kind in (child, *below(child))]

    return [kind for kind in below(Refusal) if kind.__module__.partition(".")[0] in FLOORS]


def test_every_refusal_has_a_code_of_its_own_and_a_sentence() -> None:
    kinds = _refusals()
    codes = [kind.code for kind in kinds]
    assert len(kinds) > 20
    assert sorted({code for code in codes if codes.count(code) > 1}) == []
    assert [kind.__name__ for kind in kinds if not kind.sentence.endswith((".", "?"))] == []


def test_every_permission_is_in_its_list() -> None:
    from timebank.access.actors import Permission

    for module_name in ("timebank.access.permissions", "store.permissions"):
        module = importlib.import_module(module_name)
        written = [value for _, value in inspect.getmembers(module) if isinstance(value, Permission)]
        assert sorted(p.code for p in written) == sorted(p.code for p in module.PERMISSIONS)


def test_every_page_module_is_opened_by_its_floor() -> None:
    from flask import Blueprint

    import store
    from timebank import rooms

    opened = {blueprint.import_name for blueprint in (*rooms.BLUEPRINTS, *store.BLUEPRINTS)}
    written = set()
    for name in modules():
        if name.endswith("views.py"):
            module = importlib.import_module(name.removesuffix(".py").replace("/", "."))
            if any(isinstance(value, Blueprint) for _, value in inspect.getmembers(module)):
                written |= {
                    value.import_name
                    for _, value in inspect.getmembers(module)
                    if isinstance(value, Blueprint)
                }
    assert written - opened == set()


@pytest.mark.parametrize(
    "pattern",
    [r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", r"\sstyle=", r"\son[a-z]+=", r"<style"],
)
def test_templates_hold_nothing_inline(pattern: str) -> None:
    templates = [path for path in tracked_files() if path.suffix == ".html" and "templates" in path.parts]
    found = [path.name for path in templates if re.search(pattern, path.read_text(encoding="utf-8"))]
    assert len(templates) > 20
    assert found == []


def test_nothing_names_a_package_registry_or_a_path_of_one_machine() -> None:
    words = [
        "pypi" + ".org",
        "files.python" + "hosted",
        "registry.npm" + "js",
        "/wo" + "rk/",
        "deb." + "debian.org",
    ]
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in tracked_files()
        if path.suffix in (".py", ".toml", ".md", ".lock", ".html", ".js", ".css", ".txt", "")
        and path.stat().st_size < 1_000_000
        for word in words
        if word in path.read_text(encoding="utf-8", errors="ignore")
    ]
    assert found == []
