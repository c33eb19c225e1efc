"""Who is on which side, worked out by hand."""

import pickle
import re

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    LeaveOneOut,
    ShuffleSplit,
    cross_val_score,
)

from sklearn_emotion import LeakageWarning
from sklearn_emotion.model_selection import (
    CrossDatasetSplit,
    LeaveOneSubjectAndStimulusOut,
    PaperProtocol,
    WithinSubject,
    leakage_report,
)


def make_metadata(n_subjects=3, n_trials=4, n_windows=2):
    """Trials in order; stimulus k is every subject's k-th; even ones are class 0."""
    n = n_subjects * n_trials * n_windows
    trial = np.arange(n) // n_windows
    metadata = pd.DataFrame(
        {
            "subject": trial // n_trials,
            "trial": trial,
            "stimulus": trial % n_trials,
        }
    )
    return metadata, trial % 2


def sides(cv, metadata, y):
    X = np.zeros((len(metadata), 1))
    return [(metadata.iloc[a], metadata.iloc[b]) for a, b in cv.split(X, y, metadata)]


def test_within_subject_deals_out_whole_trials_of_one_subject():
    metadata, y = make_metadata()
    folds = sides(WithinSubject(2), metadata, y)
    assert len(folds) == 6 == WithinSubject(2).get_n_splits(groups=metadata)
    for number, (train, test) in enumerate(folds):
        assert set(train.subject) == set(test.subject) == {number // 2}
        assert len(train) == len(test) == 4
        assert not set(train.trial) & set(test.trial)
        # One trial of each class on each side.
        assert sorted(train.trial % 2) == sorted(test.trial % 2) == [0, 0, 1, 1]


def test_within_subject_tests_every_window_once():
    metadata, y = make_metadata(n_trials=5, n_windows=3)
    with pytest.warns(LeakageWarning, match="same trial on both sides"):
        folds = sides(WithinSubject(3, unit="segment"), metadata, y)
    tested = np.concatenate([test.index for _, test in folds])
    assert sorted(tested) == list(range(len(metadata)))


@pytest.mark.filterwarnings("ignore:.*some test sides lack it:UserWarning")
@pytest.mark.parametrize("seed", range(5))
def test_dealing_leaves_every_class_in_training_where_it_has_two_trials(seed):
    metadata, _ = make_metadata(n_subjects=1, n_trials=9)
    y = np.isin(metadata["trial"], [4, 7]).astype(int)
    for train, _ in sides(WithinSubject(4, random_state=seed), metadata, y):
        assert set(train.trial) & {4, 7}


def test_within_subject_takes_any_splitter_for_the_trials():
    metadata, _ = make_metadata()
    cv = WithinSubject(ShuffleSplit(1, test_size=1, random_state=0))
    folds = sides(cv, metadata, None)
    assert [len(test) for _, test in folds] == [2, 2, 2]
    assert cv.get_n_splits(groups=metadata) == 3


def test_one_recording_per_class_cannot_be_split_by_trial():
    metadata, y = make_metadata(n_trials=2, n_windows=6)
    with pytest.raises(ValueError, match=r"at least two trials.*subject 0 has one"):
        sides(WithinSubject(2), metadata, y)
    with pytest.warns(LeakageWarning, match="unit='trial' keeps trials whole"):
        assert len(sides(WithinSubject(2, unit="segment"), metadata, y)) == 6


def test_a_subject_without_a_class_is_no_error_within_subjects():
    metadata, _ = make_metadata()
    y = (metadata["subject"] > 0).to_numpy().astype(int)
    assert len(sides(WithinSubject(2), metadata, y)) == 6


def test_too_few_trials_are_named():
    metadata, _ = make_metadata()
    with pytest.raises(ValueError, match=r"at least 6 trials, but subject 0 has 4\."):
        sides(WithinSubject(6), metadata, None)


def test_folds_that_no_class_can_fill_are_refused():
    # Five trials of each class: in five folds, each tests one of each class.
    metadata, y = make_metadata(n_trials=10)
    match = r"at least 10 trials of one class.*subject 0 has 5\. Take 5 folds at most"
    with pytest.raises(ValueError, match=match):
        sides(WithinSubject(10), metadata, y)
    for train, test in sides(WithinSubject(5), metadata, y):
        assert (train.trial % 2).mean() == (test.trial % 2).mean() == 0.5


def test_a_class_with_fewer_trials_than_folds_is_warned_of():
    metadata, y = make_metadata(n_trials=12)
    # Subject 1 has nine trials of class 0 and three of class 1.
    y = np.where(metadata["trial"].isin([13, 15, 17]), 0, y)
    with pytest.warns(UserWarning, match=r"in 1 of 3 subjects \(3 in subject 1\)"):
        folds = sides(WithinSubject(6), metadata, y)
    classes = [set(y[test.index]) for _, test in folds]
    assert sum(c == {0} for c in classes[6:12]) == 3
    assert all(c == {0, 1} for c in classes[:6] + classes[12:])


RATINGS = np.array([3.0, 5.0, 9.0, 5.0, 1.0, 3.0, 2.0, 8.0, 3.0, 4.0, 4.0, 7.0])


@pytest.mark.filterwarnings("ignore::sklearn_emotion.LeakageWarning")
@pytest.mark.parametrize(
    "cv",
    [
        WithinSubject(2),
        WithinSubject(KFold(2)),
        LeaveOneSubjectAndStimulusOut(),
        PaperProtocol("deepvanet-inter-subject"),
        PaperProtocol("3facrnn", n_splits=4),
    ],
    ids=repr,
)
def test_ratings_of_whole_numbers_are_split_as_if_they_were_not_known(cv):
    metadata, _ = make_metadata()
    ratings = RATINGS[metadata["trial"]]
    for (a, b), (c, d) in zip(
        sides(cv, metadata, ratings), sides(cv, metadata, None), strict=True
    ):
        assert a.equals(c)
        assert b.equals(d)


def test_floats_of_two_values_are_classes():
    metadata, y = make_metadata()
    for (a, b), (c, d) in zip(
        sides(WithinSubject(2), metadata, y.astype(float)),
        sides(WithinSubject(2), metadata, y),
        strict=True,
    ):
        assert a.equals(c)
        assert b.equals(d)


def test_subject_and_stimulus_are_both_new():
    metadata, y = make_metadata()
    cv = LeaveOneSubjectAndStimulusOut()
    folds = sides(cv, metadata, y)
    assert len(folds) == 12 == cv.get_n_splits(groups=metadata)
    for train, test in folds:
        assert test[["subject", "stimulus"]].drop_duplicates().shape == (1, 2)
        assert not set(train.subject) & set(test.subject)
        assert not set(train.stimulus) & set(test.stimulus)
        # 2 other subjects x 3 other stimuli x 2 windows.
        assert len(train) == 12


def test_stimuli_can_be_left_out_in_parts():
    metadata, _ = make_metadata()
    folds = sides(LeaveOneSubjectAndStimulusOut(n_stimulus_folds=2), metadata, None)
    assert len(folds) == 6
    assert all(test.stimulus.nunique() == 2 for _, test in folds)
    tested = np.concatenate([test.index for _, test in folds])
    assert sorted(tested) == list(range(len(metadata)))


def test_a_fold_whose_training_side_lacks_a_class_is_named():
    metadata, _ = make_metadata()
    y = (metadata["stimulus"] == 3).to_numpy().astype(int)
    with pytest.raises(ValueError, match=r"subject 0, stimulus 3: the training.*1"):
        sides(LeaveOneSubjectAndStimulusOut(), metadata, y)


@pytest.mark.parametrize(
    ("cv", "match"),
    [
        (WithinSubject(2), r"needs the metadata columns \['subject', 'trial'\]"),
        (LeaveOneSubjectAndStimulusOut(), r"missing \['stimulus'\]"),
    ],
)
def test_missing_columns_are_named(cv, match):
    metadata, y = make_metadata()
    with pytest.raises(ValueError, match=match):
        sides(cv, metadata[["subject"]], y)


def test_bad_groups_are_named():
    metadata, y = make_metadata()
    X = np.zeros((24, 1))
    with pytest.raises(ValueError, match=r"needs groups=dataset.metadata.*got ndarray"):
        next(WithinSubject(2).split(X, y, metadata["subject"].to_numpy()))
    with pytest.raises(ValueError, match=r"has 24 rows, but X has 23 samples"):
        next(WithinSubject(2).split(X[:-1], y, metadata))
    for name in (("a", 1), 7):
        names = pd.Series(["s1", name] * 12, dtype=object)
        mixed = metadata.assign(subject=names, trial=metadata["trial"])
        with pytest.raises(ValueError, match="'subject' that contains either text or"):
            next(WithinSubject(2).split(X, y, mixed))
    gap = metadata.assign(trial=metadata["trial"].where(metadata.index > 0))
    with pytest.raises(ValueError, match=r"missing values: \{'trial': 1\}"):
        next(WithinSubject(2).split(X, y, gap))
    with pytest.raises(ValueError, match="unit must be 'trial' or 'segment'"):
        next(WithinSubject(2, unit="window").split(X, y, metadata))
    cv = LeaveOneSubjectAndStimulusOut(n_stimulus_folds=5)
    with pytest.raises(ValueError, match=r"4 stimuli can be dealt into 2 to 4 folds"):
        next(cv.split(X, y, metadata))


def test_metadata_pass_through_scikit_learn_as_groups():
    metadata, y = make_metadata()
    X = np.zeros((24, 1))
    cv = WithinSubject(2)
    scores = cross_val_score(DummyClassifier(), X, y, groups=metadata, cv=cv)
    assert scores.tolist() == [0.5] * 6
    search = GridSearchCV(DummyClassifier(), {"constant": [None]}, cv=cv)
    assert search.fit(X, y, groups=metadata).n_splits_ == 6


PAPERS = {
    # 10-fold, five times, of 3 subjects; 10-fold of 3 subjects; and so on.
    "3facrnn": (150, {"trial", "subject", "stimulus"}),
    "deepvanet-per-subject": (30, {"trial", "subject", "stimulus"}),
    "deepvanet-inter-subject": (10, {"trial", "subject", "stimulus"}),
    "hierarchical-lstm": (1, {"trial", "subject", "stimulus"}),
    "modality-attention": (10, {"trial", "subject", "stimulus"}),
    "prior-dfcn": (3, {"stimulus"}),
}


@pytest.mark.filterwarnings("ignore::sklearn_emotion.LeakageWarning")
@pytest.mark.parametrize("name", PAPERS)
def test_papers_share_what_the_table_of_protocols_says(name):
    metadata, y = make_metadata(n_windows=6)
    cv = PaperProtocol(name)
    X = np.zeros((len(y), 1))
    report = leakage_report(cv, X, y, metadata)
    n_folds, shared = PAPERS[name]
    assert report["fold"].nunique() == n_folds == cv.get_n_splits(X, y, metadata)
    assert set(report.loc[report["leaks"], "level"]) == shared


@pytest.mark.parametrize("name", PAPERS)
def test_the_honest_twin_shares_less(name):
    metadata, y = make_metadata(n_subjects=7, n_trials=10)
    X = np.zeros((len(y), 1))
    twin = PaperProtocol(name).honest_twin(y, metadata)
    report = leakage_report(twin, X, y, metadata)
    leaking = set(report.loc[report["leaks"], "level"])
    assert (
        leaking
        == {
            "3facrnn": {"subject"},
            "deepvanet-per-subject": {"subject"},
            "deepvanet-inter-subject": {"stimulus"},
            "hierarchical-lstm": {"stimulus"},
            "modality-attention": {"stimulus"},
            "prior-dfcn": set(),
        }[name]
    )


def test_the_honest_twin_has_no_more_folds_than_the_trials_allow():
    cv = PaperProtocol("3facrnn")
    assert cv.honest_twin().cv == 10
    for n_trials, folds_of_classes, folds_of_ratings in [(4, 2, 4), (12, 6, 10)]:
        metadata, y = make_metadata(n_trials=n_trials)
        ratings = RATINGS[metadata["trial"] % n_trials]
        assert cv.honest_twin(y, metadata).cv == folds_of_classes
        assert cv.honest_twin(ratings, metadata).cv == folds_of_ratings
    metadata, y = make_metadata(n_trials=20)
    assert cv.honest_twin(y, metadata).cv == 10
    metadata, y = make_metadata(n_trials=10)
    with pytest.warns(LeakageWarning, match=r"Report WithinSubject\(cv=5,"):
        sides(PaperProtocol("deepvanet-per-subject"), metadata, y)


def test_five_to_one_to_one_leaves_the_validation_part_out():
    metadata, y = make_metadata(n_subjects=7, n_trials=10)
    with pytest.warns(LeakageWarning, match="hierarchical-lstm"):
        ((train, test),) = sides(PaperProtocol("hierarchical-lstm"), metadata, y)
    assert (len(train), len(test)) == (100, 20)
    twin = PaperProtocol("hierarchical-lstm").honest_twin()
    ((train, test),) = sides(twin, metadata, y)
    assert (train.subject.nunique(), test.subject.nunique()) == (5, 1)


@pytest.mark.filterwarnings("ignore::sklearn_emotion.LeakageWarning")
@pytest.mark.parametrize("honest", [False, True])
def test_the_three_parts_of_five_one_one_are_all_samples(honest):
    metadata, y = make_metadata(n_subjects=7, n_trials=10)
    cv = PaperProtocol("hierarchical-lstm")
    cv = cv.honest_twin() if honest else cv
    ((train, test),) = cv.split(np.zeros(len(y)), y, metadata)
    valid = cv.validation(y, metadata)
    assert [len(part) for part in (train, valid, test)] == [100, 20, 20]
    assert sorted([*train, *valid, *test]) == list(range(140))
    if honest:
        assert metadata["subject"][valid].nunique() == 1
    np.testing.assert_array_equal(cv.validation(y, metadata), valid)


def test_papers_without_validation_part_and_random_splits_are_named():
    metadata, y = make_metadata()
    with pytest.raises(ValueError, match="'3facrnn' has no validation part"):
        PaperProtocol("3facrnn").validation(y, metadata)
    cv = PaperProtocol("hierarchical-lstm", random_state=None)
    for splitter in (cv, cv.honest_twin()):
        with pytest.raises(ValueError, match="whole number, got None"):
            splitter.validation(y, metadata)


@pytest.mark.parametrize(
    ("n_subjects", "n_train", "n_test"),
    [(3, 1, 1), (7, 5, 1), (10, 8, 1), (11, 7, 2), (13, 9, 2), (32, 22, 5)],
)
def test_a_seventh_of_the_subjects_is_rounded_not_cut(n_subjects, n_train, n_test):
    metadata, y = make_metadata(n_subjects=n_subjects)
    twin = PaperProtocol("hierarchical-lstm").honest_twin()
    ((train, test),) = sides(twin, metadata, y)
    assert (train.subject.nunique(), test.subject.nunique()) == (n_train, n_test)


@pytest.mark.filterwarnings("ignore::sklearn_emotion.LeakageWarning")
@pytest.mark.parametrize(
    "cv",
    [
        WithinSubject(2),
        WithinSubject(LeaveOneOut()),
        WithinSubject(LeaveOneOut(), unit="segment"),
        LeaveOneSubjectAndStimulusOut(n_stimulus_folds=2),
        PaperProtocol("3facrnn", n_splits=2, n_repeats=3),
        PaperProtocol("prior-dfcn", n_repeats=2),
        PaperProtocol("hierarchical-lstm", n_repeats=2),
    ],
    ids=repr,
)
def test_as_many_folds_are_promised_as_there_are(cv):
    # Subjects of four and of five trials.
    metadata, y = make_metadata(n_subjects=2, n_trials=5)
    metadata, y = metadata[2:], y[2:]
    X = np.zeros((len(y), 1))
    assert cv.get_n_splits(X, y, metadata) == len(sides(cv, metadata, y))


def test_subjects_that_were_left_out_of_a_categorical_column_are_not_split():
    metadata, y = make_metadata()
    chosen = metadata.assign(subject=metadata["subject"].astype("category"))[8:]
    cv = WithinSubject(2)
    folds = sides(cv, chosen, y[8:])
    assert len(folds) == 4 == cv.get_n_splits(groups=chosen)
    assert [set(test.subject) for _, test in folds] == [{1}, {1}, {2}, {2}]


def test_pooled_folds_test_every_sample_once_a_repeat():
    metadata, y = make_metadata()
    cv = PaperProtocol("modality-attention", n_splits=4, n_repeats=2)
    with pytest.warns(LeakageWarning, match="in 8 of 8 folds"):
        folds = sides(cv, metadata, y)
    for repeat in (folds[:4], folds[4:]):
        tested = np.concatenate([test.index for _, test in repeat])
        assert sorted(tested) == list(range(24))
    assert set(folds[0][1].index) != set(folds[4][1].index)


def test_an_unknown_paper_is_named():
    metadata, y = make_metadata()
    with pytest.raises(ValueError, match=r"Unknown protocol 'x'; known ones are"):
        sides(PaperProtocol("x"), metadata, y)


@pytest.mark.parametrize(
    "cv",
    [WithinSubject(2), LeaveOneSubjectAndStimulusOut(), PaperProtocol("prior-dfcn")],
    ids=lambda cv: type(cv).__name__,
)
def test_splitting_twice_gives_the_same(cv):
    metadata, y = make_metadata()
    for (a, b), (c, d) in zip(sides(cv, metadata, y), sides(cv, metadata, y)):
        assert a.equals(c)
        assert b.equals(d)
    assert repr(cv).startswith(type(cv).__name__)


def test_too_many_folds_of_a_paper_name_a_call_that_works():
    metadata = pd.DataFrame({"subject": np.repeat([0, 1], 12)})
    metadata["trial"] = np.arange(24) // 3
    y = metadata["trial"].to_numpy() % 2
    with pytest.raises(ValueError, match="Take 6 folds at most") as caught:
        sides(PaperProtocol("deepvanet-per-subject"), metadata, y)
    (call,) = re.findall(r"PaperProtocol\(.*?\)", str(caught.value))
    cv = eval(call)
    with pytest.warns(LeakageWarning):
        assert len(sides(cv, metadata, y)) == 12
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def make_two_data_sets():
    return pd.DataFrame(
        {"dataset": ["b", "a", "b", "c", "a"], "subject": ["1", "2", "1", "3", "4"]}
    )


def test_a_split_across_data_sets_trains_on_one_and_tests_on_another():
    metadata = make_two_data_sets()
    cv = CrossDatasetSplit()
    assert cv.get_n_splits(groups=metadata) == 6
    folds = [
        (train.dataset.unique().tolist(), test.dataset.unique().tolist())
        for train, test in sides(cv, metadata, None)
    ]
    pairs = [("a", "b"), ("a", "c"), ("b", "a"), ("b", "c"), ("c", "a"), ("c", "b")]
    assert folds == [([train], [test]) for train, test in pairs]
    one = sides(CrossDatasetSplit(train="b", test="a"), metadata, None)
    assert [(t.index.tolist(), s.index.tolist()) for t, s in one] == [([0, 2], [1, 4])]
    assert CrossDatasetSplit(test="c").get_n_splits(groups=metadata) == 2


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"train": "z"}, r"train must be one of \['a', 'b', 'c'\], got 'z'"),
        ({"train": "a", "test": "a"}, "a data set to train on and another one"),
    ],
)
def test_names_of_data_sets_are_checked(options, match):
    with pytest.raises(ValueError, match=match):
        CrossDatasetSplit(**options).get_n_splits(groups=make_two_data_sets())


def test_a_class_that_a_data_set_lacks_is_an_error():
    metadata = make_two_data_sets().iloc[:3]
    with pytest.raises(ValueError, match=r"Training on 'a' and .* on 'b': .*lacks"):
        sides(CrossDatasetSplit(), metadata, np.array([0, 1, 1]))
