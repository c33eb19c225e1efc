"""What importing costs, what is public, and who may import whom."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import sklearn_emotion

ROOT = Path(sklearn_emotion.__file__).resolve().parents[1]
SUBPACKAGES = (
    "baselines",
    "datasets",
    "evaluation",
    "features",
    "inspection",
    "model_selection",
    "models",
    "preprocessing",
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
    with pytest.raises(AttributeError, match="'sklearn_emotion' has no attribute 'X'"):
        sklearn_emotion.X  # noqa: B018


def test_layers_import_downwards_only():
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if not (ROOT / "pyproject.toml").exists():
        pytest.skip("the layers are declared in pyproject.toml, which is not here")
    assert done.returncode == 0, done.stdout + done.stderr
