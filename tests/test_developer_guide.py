"""The developer guide runs, and its classes pass the checks of the library's own."""

import ast
import doctest
import importlib
import inspect
import io
import itertools
import re
import tokenize
import tomllib
from dataclasses import replace

import numpy as np
import pytest
import test_common
from _cases import FAST, Case, noise
from joblib.externals.loky import get_reusable_executor
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from test_docs import FLAGS, PAGES, ROOT

from sklearn_emotion import DifferentialEntropy
from sklearn_emotion.datasets import make_emotion
from sklearn_emotion.evaluation import compare
from sklearn_emotion.utils import check_estimator

GUIDE = ROOT / "docs" / "developers"
# Name of a case to whether it is a network, and whether it is a classifier.
KINDS = {
    "network": (True, True),
    "regressor": (True, False),
    "transformer": (False, False),
}

pytestmark = pytest.mark.skipif(
    not GUIDE.is_dir(), reason="an installed package carries no docs"
)


def part(page, name):
    """Return the part of a page between the comments that begin and end it."""
    text = (GUIDE / f"{page}.rst").read_text(encoding="utf-8")
    return text.partition(f".. begin {name}\n")[2].partition(f".. end {name}\n")[0]


def code(page, name):
    examples = doctest.DocTestParser().get_examples(part(page, name))
    return "".join(example.source for example in examples)


def lines_of_code(source):
    """Return the number of lines that are not blank, a comment or a docstring."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, kinds) and ast.get_docstring(node) is not None
        for line in range(node.body[0].lineno, node.body[0].end_lineno + 1)
    }
    layout = ("COMMENT", "NL", "NEWLINE", "INDENT", "DEDENT", "ENDMARKER")
    lines = {
        line
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if tokenize.tok_name[token.type] not in layout
        for line in range(token.start[0], token.end[0] + 1)
    }
    return len(lines - docstrings)


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """The classes of the guide in a module that can be imported."""
    source = "\n".join(
        [
            code("add_a_network", "network"),
            code("add_a_network", "regressor"),
            code("add_a_transformer", "transformer"),
        ]
    )
    folder = tmp_path_factory.mktemp("own")
    (folder / "own_estimators.py").write_text(source, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield importlib.import_module("own_estimators")


@pytest.fixture
def cases(own):
    network = Case(own.BandNet(**FAST), noise(8, 2, 4, 6))
    return {
        "network": network,
        "regressor": replace(network, estimator=own.BandNetRegressor(**FAST)),
        "transformer": Case(own.MeanSlope(), noise(8, 4, 256)),
    }


@pytest.fixture
def dataset():
    return make_emotion(
        n_subjects=6, n_trials=8, duration=4.0, window=2.0, random_state=0
    )


def common_checks():
    """Return the common checks, each with its arguments and the case it is for."""
    checks = []
    for check in vars(test_common).values():
        marks = [m for m in getattr(check, "pytestmark", ()) if m.name == "parametrize"]
        values = {mark.args[0]: mark.args[1] for mark in marks}
        is_pair = values.pop(("case", "twin"), None) is not None
        known = values.pop("case", None)
        if known is None and not is_pair:
            continue
        kinds = {(case.is_network, case.classifies) for case in known or ()}
        names = [name for name, kind in KINDS.items() if kind in kinds]
        for name in ["regressor"] if is_pair else names:
            for chosen in itertools.product(*values.values()):
                title = [name, check.__name__]
                title += [str(getattr(value, "__name__", value)) for value in chosen]
                arguments = dict(zip(values, chosen))
                checks.append(
                    pytest.param(check, arguments, name, is_pair, id="-".join(title))
                )
    return checks


@pytest.mark.parametrize(("check", "arguments", "name", "is_pair"), common_checks())
def test_a_class_of_the_guide_passes_a_common_check(
    cases, check, arguments, name, is_pair
):
    if is_pair:
        check(cases["network"], cases["regressor"], **arguments)
    else:
        check(cases[name], **arguments)


@pytest.mark.parametrize("name", KINDS)
def test_a_class_of_the_guide_passes_the_public_checks(cases, name):
    case = cases[name]
    results = check_estimator(
        case.checked, case.native_input(), exclude=case.exclusions()
    )
    assert len(results) > 55
    assert {result["status"] for result in results} <= {
        "passed", "skipped", "excluded"
    }  # fmt: skip


def test_no_common_check_is_left_out():
    checks = {p for n, p in vars(test_common).items() if n.startswith("test_")}
    takes_case = {p for p in checks if "case" in inspect.signature(p).parameters}
    assert {checked.values[0] for checked in common_checks()} == takes_case


def test_the_network_takes_40_lines_and_the_transformer_20():
    assert lines_of_code('"""Title."""\n\nx = (\n    1,  # one\n)\n# last\n') == 3
    network = code("add_a_network", "network")
    assert 20 < lines_of_code(network) <= 40
    assert max(map(len, network.splitlines())) <= 88
    assert 10 < lines_of_code(code("add_a_transformer", "transformer")) <= 20


def test_the_examples_in_the_docstrings_of_the_guide_run(own):
    failed, attempted = doctest.testmod(own, optionflags=FLAGS)
    assert (failed, attempted) == (0, 11)


def test_a_clone_of_the_network_has_its_parameters(own):
    network = clone(own.BandNet(n_hidden=5, lr=0.1))
    settings = network.get_params()
    assert (settings.pop("n_hidden"), settings.pop("lr")) == (5, 0.1)
    rest = own.BandNet().get_params()
    assert settings == {key: rest[key] for key in settings}


def test_a_grid_search_in_two_processes_varies_the_networks_parameter(own, dataset):
    X, y = dataset.data["eeg"], dataset.target("valence")
    X = DifferentialEntropy().fit_transform(X)
    # Processes that an earlier test started do not know the folder of the module.
    get_reusable_executor().shutdown(wait=True)
    scores = {}
    for n_jobs in (1, 2):
        search = GridSearchCV(
            own.BandNet(max_epochs=5, random_state=0),
            {"n_hidden": [1, 16]},
            cv=GroupKFold(3),
            n_jobs=n_jobs,
        ).fit(X, y, groups=dataset.groups("subject"))
        scores[n_jobs] = search.cv_results_["mean_test_score"]
    assert search.best_params_ == {"n_hidden": 16}
    assert search.best_estimator_.net_.module_.dense.out_features == 16
    # Worker processes have another number of threads, whose rounding may change the
    # class of one of the 96 samples.
    np.testing.assert_allclose(scores[1], scores[2], atol=0.02)


def test_the_network_classifies_subjects_that_it_has_not_seen(own, dataset):
    model = make_pipeline(DifferentialEntropy(), own.BandNet())
    results = compare({"own": (model, "eeg")}, dataset, target="valence")
    assert set(results["leak"]) == {"stimulus"}
    assert (results["error"] == "").all()
    assert results["balanced_accuracy"].mean() > 0.8
    assert results["dummy_balanced_accuracy"].unique().tolist() == [0.5]


def test_every_page_is_in_the_table_of_contents_and_is_executed():
    pages = {path.stem for path in GUIDE.glob("*.rst")} - {"index"}
    index = (GUIDE / "index.rst").read_text(encoding="utf-8")
    assert set(re.findall(r"^   (\w+)$", index, flags=re.MULTILINE)) == pages
    assert set(GUIDE.glob("*.rst")) <= set(PAGES)
    for path in GUIDE.glob("*.rst"):
        assert "code-block:: python" not in path.read_text(encoding="utf-8"), path.name


@pytest.mark.parametrize("page", sorted(GUIDE.glob("*.rst")), ids=lambda p: p.stem)
def test_every_file_that_a_page_names_exists(page):
    text = page.read_text(encoding="utf-8")
    pattern = r"``((?:sklearn_emotion|tests|docs|benchmarks)/[\w./]*)``"
    missing = [name for name in re.findall(pattern, text) if not (ROOT / name).exists()]
    assert missing == []


def test_the_layers_of_the_guide_are_the_layers_that_are_checked():
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    layers = re.findall(r"^   \* - ``(.*)``$", part("architecture", "layers"), re.M)
    assert layers == contracts[0]["layers"]
