"""What importing costs, what is public, and who may import whom."""

import ast
import re
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import sklearn_emotion

ROOT = Path(sklearn_emotion.__file__).resolve().parents[1]
needs_project = pytest.mark.skipif(
    not (ROOT / "pyproject.toml").is_file(),
    reason="an installed package lacks pyproject.toml, which declares the layers",
)
SUBPACKAGES = (
    "baselines",
    "datasets",
    "evaluation",
    "features",
    "inspection",
    "model_selection",
    "models",
    "persistence",
    "preprocessing",
    "studies",
    "utils",
)


@pytest.mark.parametrize(
    "statement",
    [
        "import sklearn_emotion",
        "from sklearn_emotion import DifferentialEntropy",
        "from sklearn_emotion import GridProjector9x9, HRVSeries, Modalities",
        "from sklearn_emotion.datasets import load_eegmat, make_emotion",
        "from sklearn_emotion import make_svm, make_riemann",
    ],
)
def test_imports_below_the_networks_load_neither_torch_nor_mne(statement):
    code = (
        f"{statement}\nimport sys\n"
        "print([m for m in ('torch', 'skorch', 'mne') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_importing_the_package_loads_no_scientific_module():
    """The time of an import is the modules that it loads; here there are none."""
    code = (
        "import sys, sklearn_emotion\n"
        "print([m for m in ('numpy', 'scipy', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", sklearn_emotion.__all__)
def test_every_public_name_resolves_and_has_a_docstring(name):
    assert getattr(sklearn_emotion, name).__doc__
    assert name in dir(sklearn_emotion)


@pytest.mark.parametrize("package", SUBPACKAGES)
def test_every_name_of_a_subpackage_resolves(package):
    module = import_module(f"sklearn_emotion.{package}")
    for name in module.__all__:
        assert getattr(module, name).__doc__, name


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="No sklearn_emotion attribute X"):
        sklearn_emotion.X  # noqa: B018


STUBS = sorted((ROOT / "sklearn_emotion").rglob("*.pyi"))


def names_of(stub):
    """Yield where each name of a stub comes from, and the name."""
    package = ".".join(stub.relative_to(ROOT).with_suffix("").parts[:-1])
    for node in ast.parse(stub.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            origin = f"{package}.{node.module}" if node.module else package
            yield from ((origin, alias.name) for alias in node.names)


def module_of(stub):
    return ".".join(stub.relative_to(ROOT).with_suffix("").parts).removesuffix(
        ".__init__"
    )


@pytest.mark.parametrize("stub", STUBS, ids=module_of)
def test_every_name_of_a_stub_is_there_at_run_time(stub):
    module = import_module(module_of(stub))
    names = [name for _, name in names_of(stub)]
    assert sorted(names) == sorted(module.__all__)
    for origin, name in names_of(stub):
        assert getattr(module, name) is getattr(import_module(origin), name)


def test_a_type_checker_resolves_every_public_name(tmp_path):
    """mypy finds all names, and no name that is not there."""
    imports = [
        f"from {module_of(stub)} import {name} as name_{number}_{name}"
        for number, stub in enumerate(STUBS)
        for _, name in names_of(stub)
    ]
    script = tmp_path / "uses.py"
    last = "from sklearn_emotion import NotThere"
    script.write_text("\n".join([*imports, last]), encoding="utf-8")
    config = tmp_path / "mypy.ini"
    others = "torch numpy scipy sklearn pandas matplotlib mne skorch joblib".split()
    config.write_text(
        "[mypy]\nignore_missing_imports = True\nfollow_imports = silent\n"
        f"[mypy-{','.join(f'{name}.*' for name in others)}]\nfollow_imports = skip\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(config), str(script)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    errors = [line for line in done.stdout.splitlines() if ": error:" in line]
    assert len(errors) == 1, done.stdout + done.stderr
    assert f"uses.py:{len(imports) + 1}: error" in errors[0]
    assert '"NotThere"' in errors[0]


def lint_imports(folder):
    return subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


@needs_project
def test_layers_import_downwards_only():
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_project
@pytest.mark.parametrize(
    ("path", "line", "message"),
    [
        ("_stray.py", "", r"not listed as layers: - sklearn_emotion\._stray"),
        (
            "evaluation/_stray.py",
            "",
            r"not listed as layers: - sklearn_emotion\.evaluation\._stray",
        ),
        ("features/_stray.py", "import torch", "features._stray -> torch"),
        ("datasets/_stray.py", "import skorch", "datasets._stray -> skorch"),
        (
            "features/_stray.py",
            "import sklearn_emotion.networks",
            "sklearn_emotion.features is not allowed to import",
        ),
    ],
    ids=["module", "act", "torch", "skorch", "upwards"],
)
def test_a_module_out_of_place_breaks_the_layers(tmp_path, path, line, message):
    ignore = shutil.ignore_patterns("__pycache__")
    package = tmp_path / "sklearn_emotion"
    shutil.copytree(ROOT / "sklearn_emotion", package, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (package / path).write_text(f"{line}\n")
    done = lint_imports(tmp_path)
    assert done.returncode == 1
    assert re.search(message, " ".join(done.stdout.split()))
