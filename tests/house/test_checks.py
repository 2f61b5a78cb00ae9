"""Law 8 and 12: every check is in the list, and every check has a test that tampers with a row."""

import ast
import pkgutil
from pathlib import Path

import wsgi
from tests.cast import SECRET_KEY
from timebank.reconcile import checks
from timebank.reconcile.checks import KINDS, Check
from timebank.settings import Settings

TESTS = Path(__file__).parent.parent


def _all_checks() -> tuple[Check, ...]:
    settings = Settings(database_url="sqlite://", secret_key=SECRET_KEY, log_format="none")
    found: tuple[Check, ...] = wsgi.create(settings).extensions["timebank"].checks
    return found


def test_every_file_of_the_time_banks_checks_is_in_the_list_under_its_own_name() -> None:
    files = {module.name for module in pkgutil.iter_modules(checks.__path__)}
    assert files <= {check.code for check in _all_checks()}


def test_codes_are_unique_and_every_check_says_what_it_proves_what_breaks_it_and_what_to_do() -> None:
    found = _all_checks()
    assert len({check.code for check in found}) == len(found)
    for check in found:
        assert check.kind in KINDS
        assert all((check.proves, check.broken_by, check.repair)), check.code


def test_every_check_has_a_test_that_tampers_with_a_row() -> None:
    named: set[str] = set()
    for path in [*TESTS.glob("reconcile/test_*.py"), *TESTS.glob("store/**/test_*.py")]:
        source = path.read_text(encoding="utf-8")
        if "tampering" in source:
            named |= {
                node.value
                for node in ast.walk(ast.parse(source))
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
    untested = [check.code for check in _all_checks() if check.code not in named]
    assert untested == []
