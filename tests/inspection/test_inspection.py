"""Figures show the numbers that the models give."""

import subprocess
import sys

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from _evaluation import make_dataset
from numpy.testing import assert_allclose
from sklearn.linear_model import LogisticRegression
from sklearn.manifold import TSNE
from sklearn.metrics import r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_emotion import (
    DeepVANet,
    DifferentialEntropy,
    EDAFeatures,
    HierarchicalAttentionLSTM,
    Modalities,
    ModalityFlattener,
    PriorDrivenSTFENet,
    SignalArray,
    ThreeFACRNN,
)
from sklearn_emotion.evaluation import compare, subject_scores
from sklearn_emotion.inspection import (
    AttendedFramesDisplay,
    BandAttentionDisplay,
    ChannelPriorDisplay,
    FeatureScatterDisplay,
    PermutationImportanceDisplay,
    SignalDisplay,
    SubjectScoresDisplay,
    permutation_importance,
)

FAST = {"max_epochs": 1, "random_state": 0, "batch_size": 4, "device": "cpu"}
Y = np.array(["low", "high"] * 4)


@pytest.fixture(autouse=True)
def no_windows():
    matplotlib.use("agg")
    yield
    plt.close("all")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def heights(bars):
    return [bar.get_height() for bar in bars]


def test_importing_the_displays_draws_on_nothing():
    code = (
        "import sys, sklearn_emotion.inspection as i\n"
        "i.BandAttentionDisplay, i.ChannelPriorDisplay, i.permutation_importance\n"
        "assert not {'matplotlib', 'mne', 'torch'} & set(sys.modules), sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(("kernel", "says_so"), [("auto", True), (3, False)])
def test_band_attention_is_the_mean_weight(rng, kernel, says_so):
    X = rng.normal(size=(8, 2, 4, 9, 9))
    clf = ThreeFACRNN(band_kernel_size=kernel, **FAST).fit(X, Y)
    bands = ["theta", "alpha", "beta", "gamma"]
    display = BandAttentionDisplay.from_estimator(clf, X, bands=bands)
    expected = clf.band_attention_weights(X).mean(axis=(0, 1))
    line, _, bars = display.points_
    np.testing.assert_allclose(line.get_ydata(), expected)
    spread = clf.band_attention_weights(X).mean(axis=1).std(axis=0)
    ends = np.array(bars[0].get_segments())[:, :, 1]
    np.testing.assert_allclose(ends[:, 1] - ends[:, 0], 2 * spread)
    assert [t.get_text() for t in display.ax_.get_xticklabels()] == bands
    assert ("kernel 1" in display.ax_.get_xlabel()) == says_so
    assert display.figure_ is display.ax_.figure


def test_band_attention_of_a_pipeline_and_on_given_axes(rng):
    X = rng.normal(size=(8, 2, 4, 9, 9))
    halve = FunctionTransformer(lambda x: x / 2)
    pipe = make_pipeline(halve, ThreeFACRNN(**FAST)).fit(X, Y)
    _, ax = plt.subplots()
    display = BandAttentionDisplay.from_estimator(pipe, X, ax=ax, color="C3")
    assert display.ax_ is ax
    expected = pipe[-1].band_attention_weights(X / 2).mean(axis=(0, 1))
    np.testing.assert_allclose(display.points_[0].get_ydata(), expected)
    assert display.bands == ["band 1", "band 2", "band 3", "band 4"]


def test_a_display_names_what_its_estimator_lacks(rng):
    X = rng.normal(size=(8, 2, 4, 9, 9))
    clf = ThreeFACRNN(band_attention=False, **FAST).fit(X, Y)
    with pytest.raises(ValueError, match="no band attention"):
        BandAttentionDisplay.from_estimator(clf, X)
    with pytest.raises(ValueError, match=r"attended_frames.*ThreeFACRNN has no such"):
        AttendedFramesDisplay.from_estimator(clf, X)
    with pytest.raises(ValueError, match="name all 4 bands of the weights, got 2"):
        BandAttentionDisplay(np.zeros((1, 1, 4)), ["a", "b"])


def test_the_prior_has_a_scalp_for_each_window(rng):
    names = ["Fz", "F3", "F4", "Cz", "P3", "P4"]
    X = Modalities(
        connectivity=rng.uniform(-1, 1, (8, 3, 6, 6)),
        eeg=rng.normal(size=(8, 3, 5, 6)),
        face=rng.normal(size=(8, 3, 29)),
    )
    clf = PriorDrivenSTFENet(channels=(4, 8), **FAST).fit(X, Y)
    call = {"ch_names": names, "window": 2.0}
    display = ChannelPriorDisplay.from_estimator(clf, X, **call)
    np.testing.assert_allclose(display.prior, clf.channel_prior(X).mean(axis=0))
    titles = [ax.get_title() for ax in display.axes_]
    assert titles == ["0 to 2 s", "2 to 4 s", "4 to 6 s"]
    # One scale for all windows, and a bar that shows it.
    limits = {ax.images[0].get_clim() for ax in display.axes_}
    assert limits == {(display.prior.min(), display.prior.max())}
    assert len(display.figure_.axes) == 4
    _, axes = plt.subplots(1, 2)
    with pytest.raises(ValueError, match="each of 3 windows, got 2"):
        ChannelPriorDisplay.from_estimator(clf, X, ax=axes, **call)
    with pytest.raises(ValueError, match=r"shape \(n_windows, 5\)"):
        ChannelPriorDisplay(display.prior, names[:5])


def test_frames_are_counted_to_the_end_of_each_episode(rng):
    X = Modalities(face=rng.normal(size=(8, 6, 5)), eeg=rng.random((8, 6, 3, 8, 8)))
    clf = HierarchicalAttentionLSTM(n_hidden=8, max_steps=4, **FAST).fit(X, Y)
    display = AttendedFramesDisplay.from_estimator(clf, X, frame_rate=2.0)
    frames = clf.attended_frames(X)
    expected = [(frames == k).sum() for k in range(6)]
    assert heights(display.bars_) == expected
    assert sum(expected) == (frames >= 0).sum()
    # Six frames at 2 Hz lie half a second apart.
    centres = [bar.get_x() + bar.get_width() / 2 for bar in display.bars_]
    np.testing.assert_allclose(centres, np.arange(6) / 2)
    assert display.ax_.get_xlabel() == "time (s)"


def test_features_in_the_plane_are_those_of_the_transform(rng):
    X = Modalities(face=rng.random((8, 2, 3, 64, 64)), bio=rng.normal(size=(8, 4, 32)))
    clf = DeepVANet(**FAST).fit(X, Y)
    display = FeatureScatterDisplay.from_estimator(
        clf, X, Y, transform_params={"branch": "bio"}
    )
    features = clf.transform(X, branch="bio")
    expected = TSNE(perplexity=7 / 3, random_state=0).fit_transform(features)
    np.testing.assert_allclose(display.points, expected, rtol=1e-5)
    offsets = [s.get_offsets() for s in display.scatters_]
    np.testing.assert_allclose(offsets[0], expected[Y == "high"], rtol=1e-5)
    assert [s.get_label() for s in display.scatters_] == ["high", "low"]


def test_a_projection_is_fitted_on_its_reference(rng):
    train = np.array([[0.0, 1, 0], [0, -1, 0], [0, 0, 0.5], [0, 0, -0.5]])
    others = rng.normal(size=(5, 3))
    display = FeatureScatterDisplay.from_features(
        others, np.arange(5.0), projection="pca", reference=train
    )
    # The training data vary along the second axis, then the third.
    np.testing.assert_allclose(np.abs(display.points), np.abs(others[:, 1:]))
    assert len(display.scatters_) == 1  # ratings share one scale of colors
    with pytest.raises(ValueError, match="t-SNE cannot be fitted on a reference"):
        FeatureScatterDisplay.from_features(others, Y[:5], reference=train)
    with pytest.raises(ValueError, match="'tsne', 'pca' or a transformer"):
        FeatureScatterDisplay.from_features(others, Y[:5], projection="umap")


def test_a_bar_for_each_subject_with_the_dummy_beside_it():
    results = compare(
        {
            "lr": (make_pipeline(StandardScaler(), LogisticRegression()), "eeg"),
            "ecg": (LogisticRegression(), "ecg"),
        },
        make_dataset(n_subjects=5),
        target="mood",
    )
    table = subject_scores(results)
    display = SubjectScoresDisplay.from_scores(table, estimator="lr")
    mine = table[table["estimator"] == "lr"]
    np.testing.assert_allclose(heights(display.bars_), mine["accuracy"])
    np.testing.assert_allclose(display.dummy, mine["dummy_accuracy"])
    texts = [t.get_text() for t in display.ax_.get_legend().get_texts()]
    assert texts == [f"mean {mine['accuracy'].mean():.3f}", "dummy"]
    # The same from the predictions.
    part = results.predictions.query("estimator == 'lr'")
    again = SubjectScoresDisplay.from_predictions(
        part["y_true"], part["y_pred"], subject=part["subject"], dummy=part["dummy"]
    )
    np.testing.assert_allclose(again.scores, display.scores)
    np.testing.assert_allclose(again.dummy, display.dummy)
    with pytest.raises(ValueError, match=r"one of \['lr', 'ecg'\], got None"):
        SubjectScoresDisplay.from_scores(table)


def test_scores_of_ratings_may_be_negative():
    display = SubjectScoresDisplay.from_predictions(
        [1.0, 2, 3, 4], [3.0, 1, 3, 4], subject=[1, 1, 2, 2], scoring=r2_score
    )
    # 1 - (4 + 1) / 0.5 and a perfect one.
    assert display.scores.tolist() == [-9.0, 1.0]
    assert display.ax_.get_ylim()[0] < -9
    assert display.ax_.get_ylabel() == "r2"


class Sign(LogisticRegression):
    """Says whether the sum of the second channel is positive."""

    def fit(self, X, y=None):
        self.classes_ = np.array([False, True])
        return self

    def predict(self, X):
        return np.asarray(X)[:, 1].sum(axis=1) > 0


def test_importance_is_that_of_the_channel_that_is_used(rng):
    X = rng.normal(size=(400, 3, 5))
    clf = Sign().fit(X)
    y = clf.predict(X)
    result = permutation_importance(clf, X, y, n_repeats=4, random_state=0)
    assert result.names == ["channel 0", "channel 1", "channel 2"]
    np.testing.assert_array_equal(result.importances[[0, 2]], 0)
    # A sign beside one drawn anew agrees half of the time (sd 0.025).
    np.testing.assert_allclose(result.importances[1], 0.5, atol=0.1)
    np.testing.assert_allclose(result.importances_mean, result.importances.mean(axis=1))
    assert result.importances[1].std() > 0


def test_the_same_seed_shuffles_alike_in_any_number_of_processes(rng):
    X = rng.normal(size=(60, 3, 5))
    y = X[:, 1].sum(axis=1) > 0.3
    clf = make_pipeline(ModalityFlattener(), LogisticRegression()).fit(X, y)
    call = {"n_repeats": 3, "random_state": 3}
    one = permutation_importance(clf, X, y, **call)
    two = permutation_importance(clf, X, y, n_jobs=2, **call)
    np.testing.assert_array_equal(one.importances, two.importances)
    other = permutation_importance(clf, X, y, n_repeats=3, random_state=4)
    assert not np.array_equal(one.importances, other.importances)
    assert X.flags.writeable
    assert one.importances_mean.argmax() == 1


def test_modalities_and_groups_of_their_channels(rng):
    X = Modalities(eeg=rng.normal(size=(200, 4, 5)), ecg=rng.normal(size=(200, 6)))
    y = (X["eeg"][:, 1].sum(axis=1) + X["eeg"][:, 2].sum(axis=1)) > 0
    clf = make_pipeline(ModalityFlattener(), LogisticRegression(C=100.0)).fit(X, y)
    whole = permutation_importance(clf, X, y, random_state=0)
    assert whole.names == ["eeg", "ecg"]
    assert whole.importances_mean[0] > 0.4
    assert abs(whole.importances_mean[1]) < 0.05
    units = {"middle": ("eeg", [1, 2]), "rim": ("eeg", [0, 3]), "heart": "ecg"}
    parts = permutation_importance(clf, X, y, units=units, random_state=0)
    assert parts.names == ["middle", "rim", "heart"]
    assert parts.importances_mean[0] > 0.4
    assert np.abs(parts.importances_mean[1:]).max() < 0.05
    with pytest.raises(ValueError, match=r"'x' is of 'face', but X has \['eeg', 'ecg'"):
        permutation_importance(clf, X, y, units={"x": "face"})
    with pytest.raises(ValueError, match=r"positions \[4\], but there are 4 channels"):
        permutation_importance(clf, X, y, units={"x": ("eeg", [4])})


def test_shuffling_within_subjects_keeps_what_tells_them_apart(rng):
    """A channel that holds the subject's number alone loses its importance."""
    subject = np.repeat(np.arange(10), 20)
    X = np.zeros((200, 2, 1))
    X[:, 1, 0] = subject % 2 - 0.5
    clf = Sign().fit(X)
    y = clf.predict(X)
    free = permutation_importance(clf, X, y, random_state=0)
    held = permutation_importance(clf, X, y, groups=subject, random_state=0)
    assert free.importances_mean[1] > 0.4
    np.testing.assert_array_equal(held.importances, 0)


def test_the_most_important_units_are_drawn_on_top(rng):
    X = rng.normal(size=(100, 4, 5))
    clf = Sign().fit(X)
    display = PermutationImportanceDisplay.from_estimator(
        clf, X, clf.predict(X), n_largest=2, n_repeats=3, random_state=0
    )
    labels = [t.get_text() for t in display.ax_.get_yticklabels()]
    assert len(labels) == 2
    assert labels[-1] == "channel 1"
    medians = [line.get_xdata()[0] for line in display.boxes_["medians"]]
    assert medians[-1] == pytest.approx(np.median(display.importances[1]))


def test_scores_come_from_the_scorer_that_is_named(rng):
    X = rng.normal(size=(100, 2, 5))
    X[:, 1] += 1  # more positive than negative
    clf = Sign().fit(X)
    y = clf.predict(X)
    plain, balanced = (
        permutation_importance(clf, X, y, scoring=name, random_state=0)
        for name in ("accuracy", "balanced_accuracy")
    )
    assert balanced.importances_mean[1] > plain.importances_mean[1] + 0.1


def test_a_table_without_a_dummy_is_drawn_without_it():
    table = pd.DataFrame({"estimator": "a", "subject": [1, 2], "f1": [0.5, 0.7]})
    display = SubjectScoresDisplay.from_scores(table, score="f1")
    assert display.dummy is None
    assert heights(display.bars_) == [0.5, 0.7]


class TestSignalDisplay:
    def eda(self):
        t = np.arange(480) / 8
        after = np.maximum(t - 20, 0)
        return 3.0 + 1e-3 * t + np.exp(-after / 4) - np.exp(-after / 0.75)

    def test_events_lie_on_the_signal(self):
        x = self.eda()
        display = SignalDisplay.from_transformer(
            EDAFeatures(sfreq=8.0), x[None, None], unit="µS"
        )
        assert list(display.components) == ["tonic", "phasic"]
        assert_allclose(display.events["onset"], 20.0, atol=0.5)
        assert_allclose(display.values("peak"), x.max(), atol=0.05)
        top, bottom = display.axes_
        assert top.get_ylabel() == "signal (µS)"
        labels = [text.get_text() for text in top.get_legend().get_texts()]
        assert labels == ["signal", "tonic", "onset", "peak"]
        assert bottom.get_xlabel() == "time (s)"
        assert [line.get_label() for line in bottom.lines] == ["phasic"]

    def test_components_of_another_length(self):
        with pytest.raises(ValueError, match=r"component 'tonic'.*480"):
            SignalDisplay(self.eda(), 8.0, components={"tonic": np.zeros(4)})

    def test_transformer_that_finds_nothing(self):
        with pytest.raises(ValueError, match="DifferentialEntropy has no such method"):
            SignalDisplay.from_transformer(DifferentialEntropy(), np.ones((1, 1, 128)))

    def test_the_rate_of_the_data_is_read(self):
        bare = np.tile(self.eda(), (2, 1, 1))
        stated = SignalDisplay.from_transformer(EDAFeatures(sfreq=8.0), bare)
        read = SignalDisplay.from_transformer(EDAFeatures(), SignalArray(bare, 8.0))
        assert read.sfreq == 8.0
        np.testing.assert_array_equal(read.times, stated.times)
        assert read.events.keys() == stated.events.keys()
        for name, times in stated.events.items():
            np.testing.assert_array_equal(read.events[name], times)
        unknown = SignalDisplay.from_transformer(EDAFeatures(), bare)
        assert unknown.sfreq == 4.0
