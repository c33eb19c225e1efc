"""The audit's verdict on splits whose answer is known."""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GroupKFold, KFold, LeaveOneGroupOut

from sklearn_emotion import LeakageWarning
from sklearn_emotion.model_selection import leakage_report
from sklearn_emotion.model_selection._leakage import (
    audit,
    warn_of_leakage,
    worst_level,
)

# Two subjects, two trials each, two windows each; both saw stimuli 5 and 6.
METADATA = pd.DataFrame(
    {
        "subject": ["a"] * 4 + ["b"] * 4,
        "trial": [0, 0, 1, 1, 2, 2, 3, 3],
        "stimulus": [5, 5, 6, 6, 5, 5, 6, 6],
    }
)
X = np.zeros((8, 1))

HAND_MADE = [
    # train, test, shared trials, subjects, stimuli, worst
    ([0, 2], [1, 3], 2, 1, 2, "trial"),
    ([0, 1], [2, 3], 0, 1, 0, "subject"),
    ([0, 1, 2, 3], [4, 5, 6, 7], 0, 0, 2, "stimulus"),
    ([0, 1], [6, 7], 0, 0, 0, "none"),
    ([0, 1, 2, 4], [3, 5], 2, 2, 2, "trial"),
    ([0, 1, 4, 5], [2, 3, 6, 7], 0, 2, 0, "subject"),
]


@pytest.mark.parametrize(
    ("train", "test", "trials", "subjects", "stimuli", "worst"), HAND_MADE
)
def test_verdicts_on_hand_made_splits(train, test, trials, subjects, stimuli, worst):
    report = leakage_report([(train, test)], X, metadata=METADATA).set_index("level")
    assert report["n_both"].to_dict() == {
        "trial": trials,
        "subject": subjects,
        "stimulus": stimuli,
    }
    assert report["leaks"].to_dict() == {
        "trial": trials > 0,
        "subject": subjects > 0,
        "stimulus": stimuli > 0,
    }
    assert worst_level(report.reset_index()) == worst


@pytest.mark.parametrize(
    "metadata",
    [
        METADATA.drop(columns="stimulus"),
        METADATA.assign(stimulus=[5, 5, np.nan, 6, 5, 5, 6, 6]),
    ],
)
def test_a_clean_split_is_not_called_so_where_something_is_unknown(metadata):
    report = leakage_report([([2, 3], [4, 5])], X, metadata=metadata)
    assert worst_level(report) == "none known"


def test_counts_and_shares_by_hand():
    # Train: trials 0, 1, 2; test: trials 1 (one window) and 3 (two).
    report = leakage_report([([0, 1, 2, 4], [3, 6, 7])], X, metadata=METADATA)
    trial = report.set_index("level").loc["trial"]
    assert (trial["n_train"], trial["n_test"], trial["n_both"]) == (3, 2, 1)
    assert trial["share_test"] == pytest.approx(1 / 3)


def test_levels_that_are_not_known_are_left_out():
    cv = KFold(2)
    columns = METADATA.drop(columns="stimulus").assign(stimulus=np.nan)
    assert set(leakage_report(cv, X, metadata=columns)["level"]) == {"trial", "subject"}
    assert set(leakage_report(cv, X, metadata={"trial": range(8)})["level"]) == {
        "trial"
    }


def test_a_missing_value_is_shared_with_nobody():
    partly = METADATA.assign(stimulus=[5.0, np.nan, 6, np.nan, 5, np.nan, 7, np.nan])
    report = leakage_report([([1, 3], [5, 7])], X, metadata=partly)
    assert not report.set_index("level").loc["stimulus", "leaks"]


def test_trials_numbered_within_each_subject_are_not_shared_by_subjects():
    numbered = METADATA.assign(trial=[1, 1, 2, 2] * 2)
    for split in [hand_made[:2] for hand_made in HAND_MADE]:
        a = leakage_report([split], X, metadata=numbered)
        assert a.equals(leakage_report([split], X, metadata=METADATA))
    alone = leakage_report(LeaveOneGroupOut(), X, metadata=numbered)
    assert not alone.query("level == 'trial'")["leaks"].any()


def test_samples_of_which_nothing_is_known_are_counted():
    # Train: samples 0 to 3; test: 4 and 6.
    partly = METADATA.assign(
        trial=[0, np.nan, np.nan, 1, 2, 2, np.nan, 3],
        subject=[np.nan, *METADATA["subject"][1:]],
        stimulus=np.nan,
    )
    report = leakage_report([([0, 1, 2, 3], [4, 6])], X, metadata=partly)
    # Of the trials: 1, 2 and 6 have none, and 0 has no subject.
    assert report.set_index("level")["n_unknown"].to_dict() == {
        "trial": 4,
        "subject": 1,
    }
    assert (leakage_report([([0], [4])], X, metadata=METADATA)["n_unknown"] == 0).all()


@pytest.mark.parametrize("cv", [LeaveOneGroupOut(), GroupKFold(2)])
def test_group_splitters_get_the_subjects(cv):
    report = leakage_report(cv, X, metadata=METADATA)
    assert not report.query("level == 'subject'")["leaks"].any()
    by_trial = leakage_report(cv, X, metadata=METADATA, groups=METADATA["trial"])
    assert by_trial.query("level == 'subject'")["leaks"].all()


def test_masks_and_positions_are_the_same():
    mask = np.arange(8) < 4
    a = leakage_report([(mask, ~mask)], X, metadata=METADATA)
    b = leakage_report([(np.arange(4), np.arange(4, 8))], X, metadata=METADATA)
    assert a.equals(b)


@pytest.mark.parametrize(
    ("metadata", "match"),
    [
        (None, r"needs metadata=dataset.metadata.*one or more of .*'trial'.*None"),
        (METADATA[:5], "metadata has 5 rows, but X has 8 samples"),
        (METADATA[[]], "at least one of the columns"),
    ],
)
def test_bad_metadata_are_named(metadata, match):
    with pytest.raises(ValueError, match=match):
        leakage_report(KFold(2), X, metadata=metadata)


def test_the_warning_names_level_and_share():
    report = audit([([0, 2], [1, 3]), ([4, 5], [6, 7])], METADATA)
    with pytest.warns(LeakageWarning, match="same trial on both sides in 1 of 2"):
        warn_of_leakage(report, "this split")
    warn_of_leakage(report.query("fold == 1 and level != 'subject'"), "this split")


def test_a_shared_data_set_is_a_level_of_its_own():
    metadata = pd.DataFrame(
        {
            "subject": ["a:1", "a:2", "b:1", "b:2"],
            "trial": range(4),
            "stimulus": range(4),
            "dataset": list("aabb"),
        }
    )
    within, across = [([0, 2], [1])], [([0, 1], [2, 3])]
    report = leakage_report(within, np.zeros((4, 1)), metadata=metadata)
    assert worst_level(report) == "data set"
    shared = report.set_index("level").loc["data set"]
    assert (shared["n_train"], shared["n_test"], shared["n_both"]) == (2, 1, 1)
    report = leakage_report(across, np.zeros((4, 1)), metadata=metadata)
    assert worst_level(report) == "none"
    alone = metadata.assign(dataset="a")
    report = leakage_report(within, np.zeros((4, 1)), metadata=alone)
    assert worst_level(report) == "none"
