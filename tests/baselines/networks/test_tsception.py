"""TSception: hemispheres by name, its size, learning from raw signals."""

import numpy as np
import pytest
import torch
from _baseline_data import (
    assert_learns_and_not_from_shuffled_labels,
    labels,
    n_parameters,
    planted_power,
)

from sklearn_emotion import TSception
from sklearn_emotion.baselines.networks._tsception import TSceptionModule, hemispheres
from sklearn_emotion.montage import MONTAGES

NAMES = ["F3", "Cz", "P4", "F4", "P3"]


def test_number_of_parameters():
    module = TSceptionModule(list(range(28)), [64, 32, 16], 2, 15, 15, 32, 0.5)
    # Temporal: 15 x (64 + 1), 15 x (32 + 1), 15 x (16 + 1) = 1725; normalisations
    # 3 x 30; whole scalp 15 x 15 x 28 + 15 = 6315, halves 15 x 15 x 14 + 15 = 3165;
    # fusion 15 x 15 x 3 + 15 = 690; dense 15 x 32 + 32 = 512; classifier 66.
    assert n_parameters(module) == 1725 + 90 + 6315 + 3165 + 690 + 512 + 66 == 12_563


def test_hemispheres_match_by_name_and_leave_out_the_midline():
    left, right = hemispheres(NAMES)
    assert ([NAMES[i] for i in left], [NAMES[i] for i in right]) == (
        ["F3", "P3"],
        ["F4", "P4"],
    )


@pytest.mark.parametrize(("montage", "pairs"), [("deap32", 14), ("eegmat19", 8)])
def test_hemispheres_of_a_montage(montage, pairs):
    left, right = hemispheres(montage)
    assert len(left) == len(right) == pairs
    names = MONTAGES[montage]
    assert all(names[i][:-1] == names[j][:-1] for i, j in zip(left, right))


def test_the_midline_does_not_matter_and_the_halves_share_their_filters():
    torch.manual_seed(0)
    left, right = hemispheres(NAMES)
    module = TSceptionModule([*left, *right], [16, 8, 4], 2, 3, 3, 4, 0.0).eval()
    x = torch.randn(2, 5, 128)
    other = x.clone()
    other[:, 1] += 1.0
    torch.testing.assert_close(module(other), module(x))
    h = module.temporal[0](x[:, None, [*left, *right]])
    rows = module.halves(h)
    swapped = module.halves(module.temporal[0](x[:, None, [*right, *left]]))
    torch.testing.assert_close(swapped, rows.flip(2))


def test_it_learns_power_of_one_hemisphere_from_raw_signals():
    X = planted_power(5, 128, [0, 4], 3.0)
    clf = TSception(ch_names=NAMES, max_epochs=25, lr=5e-3, random_state=0)
    assert_learns_and_not_from_shuffled_labels(clf, X)


@pytest.mark.parametrize(
    ("names", "n_times", "match"),
    [
        (NAMES, 64, "about 0.625 s or more, got 0.5 s"),
        (NAMES[:4], 128, "X has 5 channels, but TSception expects 4"),
        (["Fz", "Cz", "Pz", "Oz", "F3"], 128, "no channel has a counterpart"),
    ],
)
def test_bad_input_is_named(names, n_times, match):
    with pytest.raises(ValueError, match=match):
        TSception(ch_names=names).fit(planted_power(5, n_times, [0], 2.0), labels())


def test_a_montage_and_its_names_are_the_same():
    X = np.random.default_rng(0).standard_normal((8, 32, 128)).astype(np.float32)
    y = [0, 1] * 4
    probabilities = [
        TSception(ch_names=names, max_epochs=1, random_state=0)
        .fit(X, y)
        .predict_proba(X)
        for names in ("deap32", list(MONTAGES["deap32"]))
    ]
    np.testing.assert_array_equal(*probabilities)
