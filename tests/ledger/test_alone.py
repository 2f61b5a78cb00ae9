"""The package stands alone: built by itself, in a folder with SQLAlchemy and nothing else, its README's example runs."""

import os
import re
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

LEDGER = Path(__file__).parents[2] / "ledger"
NEEDED = {"sqlite": ("sqlalchemy", "typing_extensions"), "postgresql": ("psycopg", "psycopg_binary")}
# Without the site's packages; then the wheel and what it needs, and the program with its arguments.
RUN = "import runpy, sys; sys.path[:0] = sys.argv[1:3]; sys.argv = sys.argv[3:]; runpy.run_path(sys.argv[0], run_name='__main__')"
ALL_OF_IT = """
import importlib, pkgutil, sys
import ledger
for module in pkgutil.walk_packages(ledger.__path__, "ledger."):
    importlib.import_module(module.name)
found = [(name, getattr(module, "__file__", None) or "") for name, module in sys.modules.items()]
print(*sorted({name.partition(".")[0] for name, file in found if file.startswith(tuple(sys.path[:2]))}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what the package's own wheel holds."""
    folder = tmp_path_factory.mktemp("alone")
    source = folder / "source"
    for path in [*LEDGER.rglob("*.py"), LEDGER / "py.typed", LEDGER / "README.md", LEDGER / "pyproject.toml"]:
        copy = source / path.relative_to(LEDGER)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder / "built"],
        cwd=source, check=True, capture_output=True,
    )  # fmt: skip
    (built,) = (folder / "built").glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        archive.extractall(folder / "installed")
    return folder


def needed(folder: Path, *engines: str) -> Path:
    """A folder from which only what the package names can be imported, and the drivers of these engines."""
    libraries = folder / "-".join(engines)
    if not libraries.exists():
        libraries.mkdir()
        for name in [name for engine in engines for name in NEEDED[engine]]:
            spec = find_spec(name)
            assert spec is not None, f"{name} is installed with the project"
            assert spec.origin is not None, f"{name} is a package or a file"
            origin = Path(spec.origin)
            origin = origin.parent if origin.name == "__init__.py" else origin
            # Beside it lie the driver's own libraries, and what says its version.
            for path in [
                origin,
                *origin.parent.glob(f"{name}.libs"),
                *origin.parent.glob(f"{name}-*.dist-info"),
            ]:
                (libraries / path.name).symlink_to(path)
    return libraries


def run(wheel: Path, libraries: Path, program: Path, *arguments: str) -> str:
    """What a program prints there."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", RUN, wheel / "installed", libraries, program, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=program.parent,
        env={"PATH": os.environ["PATH"]},
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_wheel_carries_the_package_its_types_and_nothing_else(wheel: Path) -> None:
    packed = {str(path.relative_to(wheel / "installed")) for path in (wheel / "installed").rglob("*.*")}
    ours = {f"ledger/{path.relative_to(LEDGER)}" for path in LEDGER.rglob("*.py")}
    assert {one for one in packed if ".dist-info" not in one} == {*ours, "ledger/py.typed"}


def test_the_whole_package_imports_with_sqlalchemy_alone(wheel: Path, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(ALL_OF_IT)
    assert run(wheel, needed(wheel, "sqlite"), program).split() == ["ledger", *NEEDED["sqlite"]]


def test_the_example_of_the_readme_runs_and_prints_what_it_says(
    wheel: Path, engine_kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Twice: what was posted under its keys is there once."""
    text = (LEDGER / "README.md").read_text(encoding="utf-8").split("## Using it")[1]
    example, printed = re.findall(r"```(?:python|text)\n(.*?)```", text, re.DOTALL)[:2]
    program = tmp_path / "example.py"
    program.write_text(example, encoding="utf-8")
    engines = dict.fromkeys(["sqlite", engine_kind])
    url = f"sqlite:///{tmp_path}/books.sqlite3"
    if engine_kind == "postgresql":
        cluster = request.getfixturevalue("postgres_cluster")
        name = cluster.copy_database("template0")
        url = cluster.url(name)
    for _ in range(2):
        assert run(wheel, needed(wheel, *engines), program, url) == printed
    if engine_kind == "postgresql":
        cluster.drop_database(name)
