"""Each study loads what its paper describes, and runs from files to the page."""

import re
import shutil
from dataclasses import replace
from html import unescape

import numpy as np
import pytest
from _study import make_recordings
from sklearn.base import BaseEstimator, clone

import sklearn_emotion.datasets
from sklearn_emotion.cli import main
from sklearn_emotion.datasets import write_rehearsal
from sklearn_emotion.montage import MONTAGES
from sklearn_emotion.studies import Context, Fit, list_studies, load_study

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_emotion.base.LeakageWarning")

TABLES = [(name, t) for name in list_studies() for t in load_study(name).tables]
RATES = {
    "eeg": 128.0,
    "baseline": 128.0,
    "face": 5.0,
    "openface": 5.0,
    "peripheral": 128.0,
    "ecg": 128.0,
}


@pytest.fixture
def loaded(monkeypatch):
    """Record what the studies ask of the loaders."""
    calls = {}

    def record(name):
        def load(data_home, **options):
            calls[name] = options
            return {}

        return load

    for name in ("deap", "mahnob_hci", "amigos"):
        monkeypatch.setattr(sklearn_emotion.datasets, f"load_{name}", record(name))
    return calls


@pytest.mark.parametrize(("name", "table"), TABLES, ids=str)
def test_each_row_takes_what_the_study_loads(loaded, tmp_path, name, table):
    study = load_study(name)
    experiment = study.experiment(table)
    (tmp_path / "deap").mkdir()
    for dataset in experiment.datasets:
        study.load(dataset, tmp_path)
        (options,) = loaded.values()
        loaded.clear()
        there = set(options["modalities"])
        if options.get("baseline") == "modality":
            there.add("baseline")
        names = "emotiv14" if dataset == "amigos" else "deap32"
        for row in experiment.rows.values():
            if row.build is None:
                continue
            for settings in ("paper", "default"):
                context = Context(RATES, {"eeg": names}, settings=settings)
                estimator, modalities = row.build(context)
                clone(estimator)
                taken = {modalities} if isinstance(modalities, str) else set(modalities)
                assert taken <= there


@pytest.mark.parametrize(
    ("name", "dataset", "expected"),
    [
        ("3facrnn", "deap", {"window": 2.0, "face_size": 48, "subjects": range(1, 23)}),
        ("3facrnn", "mahnob-hci", {"window": 2.0, "face_size": 48, "duration": 30.0}),
        ("deepvanet", "deap", {"window": 1.0, "face_size": 64, "face_rate": 5.0}),
        ("deepvanet", "mahnob-hci", {"window": 1.0, "baseline": "template"}),
        ("prior-dfcn", "deap", {"window": 60.0, "subjects": "complete-face"}),
        ("hierarchical-lstm", "deap", {"window": 5.0, "face_rate": 8.0}),
        ("modality-attention", "amigos", {"window": 10.0}),
    ],
)
def test_studies_load_the_samples_of_the_papers(
    loaded, tmp_path, name, dataset, expected
):
    (tmp_path / "deap").mkdir()
    study = load_study(name)
    study.load(dataset, tmp_path, verbose=1)
    options = loaded[dataset.replace("-", "_")]
    assert {key: options[key] for key in expected} == expected
    assert options["verbose"] == 1
    study.load(dataset, tmp_path, subjects=[3])
    assert loaded[dataset.replace("-", "_")]["subjects"] == [3]


def test_raw_recordings_are_filtered_before_they_are_cut_where_the_paper_does_so(
    loaded, tmp_path
):
    (tmp_path / "deap").mkdir()
    study = load_study("deepvanet")
    study.load("mahnob-hci", tmp_path)
    study.load("deap", tmp_path)
    assert "preprocess" not in loaded["deap"]
    (steps,) = loaded["mahnob_hci"]["preprocess"].values()
    rng = np.random.default_rng(0)
    times = np.arange(1280) / 128
    inside, outside = (np.sin(2 * np.pi * f * times) for f in (20.0, 1.0))
    weights = rng.normal(size=(32, 1))
    EEG = weights * (inside + outside) + 50.0
    out = steps.fit_transform(EEG[np.newaxis])[0, :, 256:-256]
    expected = (weights - weights.mean()) * inside[256:-256]
    # A gain of 1 / (1 + (1 Hz / 4 Hz) ** -8) remains of the slow wave.
    np.testing.assert_allclose(out, expected, atol=0.01 * np.abs(weights).max())


def test_settings_of_the_paper_reach_the_network():
    network = {}
    study = load_study("3facrnn")
    build = study.experiment("table 3").rows["With only Self-attention"].build
    for settings in ("paper", "default"):
        context = Context(RATES, {"eeg": "deap32"}, settings=settings)
        network[settings] = build(context)[0][-1]
    assert network["paper"].lr == 1e-6
    assert network["paper"].max_epochs == 100
    assert network["default"].lr == type(network["default"])().lr
    assert not network["paper"].band_attention
    assert network["paper"].self_attention
    quick = build(Context(RATES, {"eeg": "deap32"}, quick=True))[0][-1]
    assert quick.max_epochs < 10
    assert quick.lr == network["default"].lr


def reproduce(name, table, dataset, home, out, *options):
    call = ["--table", table, "--dataset", dataset, "--data-home", str(home)]
    call += ["--out", str(out), "--quick", *options]
    assert main(["reproduce", name, *call]) == 0
    (page,) = out.glob("*.html")
    return page


def scores_in(page):
    """Return the cells of each row of the tables of a page."""
    text = page.read_text(encoding="utf-8")
    assert "(generated data)" in text
    assert "Not drawn" not in text
    rows = re.findall(r"<tr>(<td.*?)</tr>", text, re.DOTALL)
    return [re.findall(r'data-key="([^"]*)"', row) for row in rows], text


def check_numbers(page, study, table, dataset, rows, targets):
    """Check the printed numbers, both splits and the dummy of each row on a page."""
    lines, text = scores_in(page)
    printed = study.printed(table)
    printed = printed[printed["dataset"] == dataset]
    several = len(study.experiment(table).scores) > 1
    mine = [line for line in lines if unescape(line[0]) in rows]
    assert len(mine) == len(rows) * len(targets) * len(study.experiment(table).scores)
    for line in mine:
        number, paper, honest, dummy = map(float, line[1 + several : 5 + several])
        assert number in (*printed["value"], -9)
        for score in (paper, honest, dummy):
            assert 0 <= score <= 100
    for name, figure in study.figures.items():
        if table in figure.experiments:
            assert f"{name.capitalize()}: {figure.title}" in text
    assert text.count("shares: ") >= 2 * len(rows)


def test_modality_attention_from_files_to_the_page(tmp_path):
    home = write_rehearsal("amigos", tmp_path / "amigos", n_subjects=3, n_trials=2)
    page = reproduce(
        *("modality-attention", "1", "amigos", home, tmp_path / "out"),
        *("--target", "arousal"),
    )
    study = load_study("modality-attention")
    rows = ["(a-1) Basic model", "(b-1) Proposed model"]
    check_numbers(page, study, "table 1", "amigos", rows, ["arousal"])


def test_prior_dfcn_from_files_to_the_page(tmp_path):
    home = write_rehearsal(
        "deap", tmp_path / "deap", n_subjects=3, n_trials=4, openface=True
    )
    rows = ["SVM", "MMResLSTM", "Ours"]
    page = reproduce(
        *("prior-dfcn", "1", "deap", home, tmp_path / "out", "--target", "valence"),
        *(f"--row={row}" for row in rows),
    )
    check_numbers(page, load_study("prior-dfcn"), "table 1", "deap", rows, ["valence"])
    text = page.read_text(encoding="utf-8")
    # One subject at a time is left out, with --quick too.
    assert "two folds" not in text
    assert "Split prior-dfcn: Leave one subject out." in text


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home") / "deap"
    return write_rehearsal("deap", folder, n_subjects=2, n_trials=2, openface=True)


@pytest.mark.parametrize(
    ("file", "share", "words"),
    [
        ("data_preprocessed_python/s02.dat", None, "1 of 2 files missing"),
        ("data_preprocessed_python/s02.dat", 0.5, "s02.dat cannot be read"),
        ("data_preprocessed_python/s02.dat", 0.0, "s02.dat cannot be read"),
        ("metadata_csv/participant_ratings.csv", None, "does not exist"),
        ("face_video/s01/processed/s01_trial02.csv", 0.0, "s01_trial02.csv cannot be"),
        ("face_video", None, "no table of OpenFace"),
        ("", None, "no such folder"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*does not exist")
def test_a_damaged_folder_is_one_error_line(
    described, tmp_path, capsys, file, share, words
):
    folder = tmp_path / "deap"
    shutil.copytree(described, folder)
    path = folder / file
    if share is not None:
        content = path.read_bytes()
        path.write_bytes(content[: int(share * len(content))])
    elif path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    call = ["reproduce", "prior-dfcn", "--data-home", str(folder)]
    assert main([*call, "--out", str(tmp_path / "out")]) == 2
    lines = capsys.readouterr().err.splitlines()
    (error,) = [line for line in lines if line.startswith("sklearn-emotion: ")]
    assert words in error
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("share", [None, 0.5])
def test_a_trial_without_a_table_is_listed_and_shifts_nothing(
    described, tmp_path, share
):
    study = load_study("prior-dfcn")
    whole = study.load("deap", described)
    folder = tmp_path / "deap"
    shutil.copytree(described, folder)
    table = folder / "face_video" / "s01" / "processed" / "s01_trial02.csv"
    content = table.read_bytes()
    table.unlink()
    if share is not None:
        table.write_bytes(content[: int(share * len(content))])
    with pytest.warns(UserWarning, match="1 of 4 trials are left out.*s01_trial02"):
        part = study.load("deap", folder)
    assert part.missing == ["s01_trial02"]
    gone = (whole.metadata["subject"] == 1) & (whole.metadata["presentation"] == 2)
    rest = whole.select(~gone.to_numpy())
    assert len(part.data) == len(rest.data) == 3
    for name in ("eeg", "openface"):
        np.testing.assert_array_equal(part.data[name], rest.data[name])
    assert part.metadata.equals(rest.metadata)


class Prior(BaseEstimator):
    """A fitted network whose prior has ten windows."""

    def channel_prior(self, X):
        return np.random.default_rng(0).random((len(X), 10, 32))


def test_faces_are_above_the_scalp_maps_if_they_are_loaded():
    context = Context(RATES, {"eeg": list(MONTAGES["deap32"])})
    fit = Fit("Ours", Prior(), np.zeros((2, 1)), np.zeros(2), context)
    draw = load_study("prior-dfcn").figure
    assert not [ax for ax in draw("figure 2", [fit]).axes if is_picture(ax)]
    # Two frames in each window, and the later one is nearer to the middle.
    faces = np.arange(20 * 3, dtype=np.uint8).reshape(20, 3, 1, 1)
    figure = draw("figure 2", [replace(fit, faces=faces)])
    shown = [ax.images[0].get_array() for ax in figure.axes if is_picture(ax)]
    expected = np.moveaxis(faces[[1, 5, 9, 13, 19]], 1, -1)
    np.testing.assert_array_equal(shown, expected)


def is_picture(ax):
    return any(image.get_array().shape == (1, 1, 3) for image in ax.images)


@pytest.mark.parametrize(
    ("name", "table", "rows", "shape"),
    [
        ("3facrnn", "table 2", ["3FACRNN"], {"window": 2.0, "face_size": 48}),
        ("deepvanet", "table 2", ["This work, inter-subject"], {"window": 1.0}),
        (
            "hierarchical-lstm",
            "figure 6",
            ["1 layer, stacked", "3 layers, stacked", "3 layers, attention"],
            {"window": 5.0, "face_rate": 8.0, "duration": 5.0},
        ),
    ],
    ids=str,
)
def test_studies_with_faces_give_scores_and_figures(name, table, rows, shape):
    modalities = ("eeg", "peripheral", "face", "baseline")
    dataset = make_recordings("deap", modalities, **shape)
    study = load_study(name)
    results = study.run(
        table, dataset, protocols="honest", rows=rows, targets=["arousal"], quick=True
    )
    ran = results.scores[results.scores["row"].isin(rows)]
    assert len(ran) == len(rows) * len(study.experiment(table).scores)
    assert ran["honest"].between(0, 100).all()
    assert results.is_complete
    drawn = [n for n, f in study.figures.items() if table in f.experiments]
    assert drawn
    for figure in drawn:
        if not study.figures[figure].fits:
            assert study.figure(figure, results).axes


def test_curves_show_the_accuracy_of_each_number_of_layers():
    shape = {"window": 5.0, "face_rate": 8.0, "duration": 5.0}
    dataset = make_recordings("deap", ("eeg", "face", "baseline"), **shape)
    study = load_study("hierarchical-lstm")
    results = study.run(
        "figure 5",
        dataset,
        protocols="honest",
        rows=["1 layer", "2 layers"],
        targets=["arousal"],
        quick=True,
    )
    (ax,) = study.figure("figure 5", results).axes
    (curve,) = ax.containers
    assert curve.lines[0].get_xdata().tolist() == [1, 2, 3, 4, 5]
    scores = results.scores.query("score == 'accuracy'")["honest"]
    np.testing.assert_array_equal(curve.lines[0].get_ydata(), scores)


@pytest.fixture(scope="module")
def filmed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home") / "deap"
    return write_rehearsal("deap", folder, n_subjects=3, n_trials=4, faces=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "table", "rows"),
    [
        ("3facrnn", "table 2", ["3FACRNN"]),
        ("3facrnn", "table 3", ["With all attention", "W/O any attention"]),
        ("deepvanet", "table 2", [f"This work, {k}-subject" for k in ("inter", "per")]),
        ("hierarchical-lstm", "figure 7", ["with penalty", "without penalty"]),
    ],
    ids=str,
)
def test_studies_with_faces_from_files_to_the_page(filmed, tmp_path, name, table, rows):
    options = [f"--row={row}" for row in rows]
    page = reproduce(
        *(name, table, "deap", filmed, tmp_path, "--target", "arousal", *options)
    )
    check_numbers(page, load_study(name), table, "deap", rows, ["arousal"])
