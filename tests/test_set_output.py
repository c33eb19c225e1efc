"""Tables where they are asked for, at the first step that has one, and their names."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from _ecg import ecg_train
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_emotion import (
    AverageReference,
    BandCovariances,
    BandPower,
    DifferentialEntropy,
    DynamicConnectivity,
    GridProjector9x9,
    HRVFeatures,
    Modalities,
    ModalityFlattener,
    ModalityTransformer,
    SubjectStandardizer,
    ThreeFACRNN,
    make_logistic,
    make_modality_transformer,
)

CHANNELS = ["Fz", "Cz", "Pz", "Oz"]


@pytest.fixture
def X():
    return np.random.default_rng(0).standard_normal((8, 4, 384)).astype(np.float32)


@pytest.fixture
def both(X):
    beats = np.cumsum(np.tile([0.8, 0.9, 0.85], 3)) + 0.5
    ecg = np.tile(ecg_train(beats, 10, 256), (8, 1, 1))
    return Modalities(eeg=X, ecg=ecg, subject=np.arange(8))


@pytest.fixture(params=["context", "set_output"])
def as_tables(request):
    """Ask for tables, one way or the other, and return what fits a pipeline."""

    def fit(pipeline, X, y=None):
        if request.param == "set_output":
            pipeline.set_output(transform="pandas")
        return pipeline.fit(X, y)

    kind = "pandas" if request.param == "context" else "default"
    with sklearn.config_context(transform_output=kind):
        yield fit


def test_output_of_more_than_two_axes_stays_an_array(X):
    expected = DifferentialEntropy().fit_transform(X)
    out = DifferentialEntropy().set_output(transform="pandas").fit_transform(X)
    assert isinstance(out, np.ndarray)
    np.testing.assert_array_equal(out, expected)
    grid = GridProjector9x9(CHANNELS).set_output(transform="pandas").fit(out)
    np.testing.assert_array_equal(
        grid.transform(out), GridProjector9x9(CHANNELS).transform(expected)
    )


def test_output_of_two_axes_is_a_table_with_its_names(X):
    pairs = DynamicConnectivity(vectorize=True, ch_names=CHANNELS)
    table = pairs.set_output(transform="pandas").fit_transform(X)
    assert isinstance(table, pd.DataFrame)
    assert list(table.columns) == list(pairs.get_feature_names_out())
    assert isinstance(pairs.set_output(transform="default").transform(X), np.ndarray)


def test_a_pipeline_that_ends_in_a_network_may_be_asked_for_tables(X):
    pipeline = make_pipeline(
        DifferentialEntropy(), GridProjector9x9(CHANNELS), ThreeFACRNN(max_epochs=1)
    )
    pipeline.set_output(transform="pandas").fit(X, [0, 1] * 4)
    assert pipeline.predict(X).shape == (8,)
    assert pipeline.transform(X).shape == (8, 4 * 192)  # learned features: no names


def test_entries_of_a_mapping_stay_what_they_are(both):
    both["subject"] = np.arange(8) // 4
    expected = SubjectStandardizer().fit_transform(both)
    with sklearn.config_context(transform_output="pandas"):
        out = SubjectStandardizer().fit_transform(both)
    for name, array in expected.items():
        np.testing.assert_array_equal(out[name], array)


@pytest.mark.parametrize(
    ("container", "frame"), [("pandas", pd.DataFrame), ("polars", pl.DataFrame)]
)
def test_tables_of_both_libraries_go_through_a_pipeline_of_modalities(
    both, container, frame
):
    pipeline = make_pipeline(
        make_modality_transformer(
            eeg=DifferentialEntropy(), ecg=HRVFeatures(measures="time")
        ),
        ModalityFlattener(),
        StandardScaler(),
    )
    expected = pipeline[:2].fit_transform(both)
    pipeline.set_output(transform=container)
    assert isinstance(pipeline.fit_transform(both), frame)
    table = pipeline[:2].transform(both)
    assert isinstance(table, frame)
    np.testing.assert_array_equal(table.to_numpy(), expected)
    assert list(table.columns) == list(pipeline[:2].get_feature_names_out())
    assert table.columns[0] == "eeg_w0_theta_ch0"
    search = GridSearchCV(make_pipeline(pipeline, make_logistic()[-1]), {}, cv=2).fit(
        both, np.arange(8) % 2
    )
    assert list(search.best_estimator_[-1].feature_names_in_) == list(table.columns)


def test_without_fit_a_table_numbers_its_columns(X):
    pairs = DynamicConnectivity(vectorize=True).set_output(transform="pandas")
    assert list(pairs.transform(X).columns) == list(range(6))


def test_an_unknown_container_is_named(X):
    with pytest.raises(ValueError, match="got excel"):
        DifferentialEntropy().set_output(transform="excel").fit_transform(X)


def test_set_output_without_a_choice_changes_nothing(X):
    pairs = DynamicConnectivity(vectorize=True).set_output(transform="pandas")
    assert isinstance(pairs.set_output().fit_transform(X), pd.DataFrame)
    assert isinstance(clone(pairs).fit_transform(X), pd.DataFrame)


def test_a_search_over_tables_finds_what_one_over_arrays_finds(X):
    y = np.arange(8) % 2
    search = GridSearchCV(make_logistic(), {"logistic__C": [0.01, 1.0]}, cv=2)
    expected = clone(search).fit(X, y).predict_proba(X)
    with sklearn.config_context(transform_output="pandas"):
        np.testing.assert_array_equal(search.fit(X, y).predict_proba(X), expected)
        assert search.best_estimator_[-1].feature_names_in_[1] == "w0_theta_ch1"


def test_the_first_table_of_a_pipeline_names_windows_bands_and_channels(X, as_tables):
    y = np.arange(8) % 2
    pipeline = as_tables(make_logistic(), X, y)
    names = list(pipeline[-1].feature_names_in_)
    assert names[:5] == [f"w0_theta_ch{c}" for c in range(4)] + ["w0_slow_alpha_ch0"]
    assert names == list(pipeline[:-1].get_feature_names_out())
    np.testing.assert_array_equal(
        pipeline.predict_proba(X), make_logistic().fit(X, y).predict_proba(X)
    )


def test_names_go_through_filters_and_grids_to_the_table(X, as_tables):
    pipeline = make_pipeline(
        AverageReference(),
        DifferentialEntropy(),
        GridProjector9x9(CHANNELS),
        ModalityFlattener(),
        StandardScaler(),
    )
    names = as_tables(pipeline, X)[-1].feature_names_in_
    assert names[81 + 40] == "w0_alpha_Cz"
    assert list(names) == list(pipeline.get_feature_names_out())


def test_networks_take_grids_where_tables_are_asked_for(X):
    net = ThreeFACRNN(max_epochs=1, random_state=0, device="cpu")
    pipeline = make_pipeline(DifferentialEntropy(), GridProjector9x9(CHANNELS), net)
    with sklearn.config_context(transform_output="pandas"):
        assert pipeline.fit(X, np.arange(8) % 2).predict(X).shape == (8,)


def test_modalities_are_put_side_by_side_in_one_table(both, as_tables):
    pipeline = make_pipeline(
        make_modality_transformer(
            eeg=make_pipeline(DifferentialEntropy(), ModalityFlattener(), PCA(2)),
            ecg=HRVFeatures(measures="time"),
        ),
        ModalityFlattener(),
    )
    table = as_tables(pipeline, both).transform(both)
    assert list(table.columns[:3]) == ["eeg_pca0", "eeg_pca1", "ecg_mean_nn"]
    assert list(table.columns) == list(pipeline.get_feature_names_out())
    assert table.shape == (8, 14)


def test_channels_get_their_names_at_the_end_of_a_pipeline(X):
    pipeline = make_logistic().fit(X, np.arange(8) % 2)[:-1]
    assert pipeline.get_feature_names_out(CHANNELS)[1] == "w0_theta_Cz"
    assert pipeline.get_feature_names_out()[1] == "w0_theta_ch1"


@pytest.mark.parametrize("transformer", [DifferentialEntropy(), BandPower()])
def test_channels_are_read_out_of_the_names_of_signals(X, transformer):
    pipeline = make_pipeline(AverageReference(), transformer).fit(X)
    assert pipeline.get_feature_names_out(CHANNELS)[3] == "w0_theta_Oz"
    with pytest.raises(ValueError, match=r"4 channels or all 1536 values.*got 5"):
        transformer.get_feature_names_out([*CHANNELS, "Iz"])


def test_names_of_modalities_begin_with_the_output(both):
    both["face"] = np.zeros((8, 2, 2))
    t = ModalityTransformer(
        [
            ("de", DifferentialEntropy(), "eeg"),
            ("gone", "drop", "eeg"),
            ("hrv", HRVFeatures(measures="time"), "ecg"),
        ],
        remainder="passthrough",
    ).fit(both)
    flat = ModalityFlattener().fit(t.transform(both))
    names = t.get_feature_names_out()
    assert len(names) == len(flat.get_feature_names_out()) == 96 + 12 + 4
    assert names[0] == "de_w0_theta_ch0"
    assert names[96] == "hrv_mean_nn"
    assert list(names[-4:]) == ["face_0_0", "face_0_1", "face_1_0", "face_1_1"]
    named = t.get_feature_names_out({"eeg": CHANNELS})
    assert named[0] == "de_w0_theta_Fz"
    assert list(named[96:]) == list(names[96:])
    assert list(flat.get_feature_names_out(named)) == list(named)
    with pytest.raises(ValueError, match=r"\['eeg', 'ecg', 'face'\]: pass a dict"):
        t.get_feature_names_out(CHANNELS)


def test_one_modality_takes_names_without_a_dict_and_from_a_step_before(X):
    first = make_modality_transformer(eeg="passthrough")
    second = make_modality_transformer(eeg=BandPower())
    X = Modalities(eeg=X)
    assert second.fit(X).get_feature_names_out(CHANNELS)[2] == "eeg_w0_theta_Pz"
    chained = make_pipeline(first, second).fit(X).get_feature_names_out()
    assert chained[2] == "eeg_w0_theta_2"


def test_a_transformer_without_names_leaves_columns_numbered(both, as_tables):
    t = make_modality_transformer(eeg=BandCovariances())
    pipeline = as_tables(make_pipeline(t, ModalityFlattener(), StandardScaler()), both)
    assert pipeline[-1].feature_names_in_[21] == "eeg_1_1_1"
    for named in (pipeline, t):
        with pytest.raises(
            AttributeError, match=r"'eeg', BandCovariances, does not na"
        ):
            named.get_feature_names_out()


def test_a_modality_that_is_added_has_no_names(both):
    with sklearn.config_context(transform_output="pandas"):
        out = make_modality_transformer(eeg=BandPower()).fit_transform(both)
        assert ModalityFlattener().fit_transform(out).columns[0] == "eeg_w0_theta_ch0"
        out["more"] = np.zeros((8, 2))
        assert ModalityFlattener().fit_transform(out).columns[-1] == "more_1"
    with pytest.raises(ValueError, match="22 values, got 3"):
        ModalityFlattener().fit(out).get_feature_names_out(["a", "b", "c"])
