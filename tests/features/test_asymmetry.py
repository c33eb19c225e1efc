"""Asymmetry of hemispheres, and of front and back."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.pipeline import make_pipeline

from sklearn_emotion import BandPower, DifferentialEntropy, EEGAsymmetry
from sklearn_emotion.features import caudality_pairs, hemisphere_pairs
from sklearn_emotion.montage import MONTAGES


@pytest.mark.parametrize(
    ("montage", "n_pairs"),
    [("deap32", 14), ("biosemi32", 14), ("emotiv14", 7), ("seed62", 27)],
)
def test_number_of_hemisphere_pairs(montage, n_pairs):
    pairs = hemisphere_pairs(montage)
    assert len(pairs) == n_pairs
    used = [name for pair in pairs for name in pair]
    assert len(set(used)) == len(used)
    assert set(MONTAGES[montage]) - set(used) == {
        name for name in MONTAGES[montage] if name.endswith("z")
    }


def test_caudality_pairs_of_seed():
    pairs = caudality_pairs("seed62")
    assert len(pairs) == 23
    rows = ["FT7-TP7", "FT8-TP8", "Fp1-O1", "Fpz-Oz", "Fp2-O2", "AF3-CB1", "AF4-CB2"]
    rows += [f"FC{p}-CP{p}" for p in "531z246"] + [f"F{p}-P{p}" for p in "7531z2468"]
    assert {"-".join(pair) for pair in pairs} == set(rows)


def test_caudality_pairs_of_deap():
    pairs = {"-".join(pair) for pair in caudality_pairs("deap32")}
    rows = [f"FC{p}-CP{p}" for p in "5126"] + [f"F{p}-P{p}" for p in "73z48"]
    assert pairs == {*rows, "Fp1-O1", "Fp2-O2", "AF3-PO3", "AF4-PO4"}


def signals(n_samples=3, n_times=512):
    return np.random.default_rng(0).standard_normal((n_samples, 32, n_times))


def test_kinds_on_entropy():
    X, names = signals(), list(MONTAGES["deap32"])
    h = DifferentialEntropy(window=2.0).fit_transform(X)
    left, right = h[..., names.index("F3")], h[..., names.index("F4")]
    dasm = EEGAsymmetry(kind="dasm").fit(X)
    i = dasm.pairs_.index(("F3", "F4"))
    assert_array_equal(dasm.transform(X)[..., i], left - right)
    assert_array_equal(EEGAsymmetry(kind="rasm").fit_transform(X)[..., i], left / right)
    dcau = EEGAsymmetry(kind="dcau").fit(X)
    i = dcau.pairs_.index(("F3", "P3"))
    assert_array_equal(dcau.transform(X)[..., i], left - h[..., names.index("P3")])


def test_laws_between_kinds():
    X, bands = signals(), {"alpha": (8.0, 13.0)}
    options = {"feature": "power", "bands": bands}
    dasm = EEGAsymmetry(kind="dasm", **options).fit_transform(X)
    rasm = EEGAsymmetry(kind="rasm", **options).fit_transform(X)
    assert_allclose(np.log(rasm), dasm, atol=1e-5)  # powers agree to 1e-5
    frontal = EEGAsymmetry(kind="frontal_alpha").fit(X)
    pairs = EEGAsymmetry().fit(X).pairs_
    i = [pairs.index(pair) for pair in frontal.pairs_]
    assert_allclose(frontal.transform(X), -dasm[..., i], atol=1e-6)
    assert frontal.pairs_ == [
        ("F3", "F4"),
        ("F7", "F8"),
        ("AF3", "AF4"),
        ("Fp1", "Fp2"),
    ]


def test_gain_of_a_channel_by_hand():
    X = signals(1)
    X[0] = X[0, 0]  # all channels are equal
    X[0, list(MONTAGES["deap32"]).index("F3")] *= 2
    dasm = EEGAsymmetry().fit(X)
    out = dasm.transform(X)
    i = dasm.pairs_.index(("F3", "F4"))
    # Twice the amplitude has the entropy ln 2 more.
    assert_allclose(out[..., i], np.log(2), atol=2e-4)
    assert_allclose(np.delete(out, i, axis=-1), 0, atol=1e-6)


def test_order_of_channels_does_not_matter():
    X, names = signals(), list(MONTAGES["deap32"])
    order = np.random.default_rng(1).permutation(32)
    a = EEGAsymmetry().fit(X)
    b = EEGAsymmetry(ch_names=[names[i] for i in order]).fit(X[:, order])
    to_a = [b.pairs_.index(pair) for pair in a.pairs_]
    assert_allclose(b.transform(X[:, order])[..., to_a], a.transform(X), atol=1e-4)


@pytest.mark.parametrize(
    "step", [DifferentialEntropy(window=1.0), BandPower(window=1.0, log=True)]
)
def test_features_of_an_earlier_step(step):
    X = signals()
    chained = make_pipeline(step, EEGAsymmetry(feature=None)).fit_transform(X)
    kind = "de" if isinstance(step, DifferentialEntropy) else "power"
    assert_array_equal(chained, EEGAsymmetry(feature=kind, window=1.0).fit_transform(X))


def test_ratio_to_zero_is_named():
    h = np.ones((3, 1, 1, 2))
    h[1, ..., 1] = 0
    rasm = EEGAsymmetry(kind="rasm", feature=None, ch_names=["F3", "F4"])
    with pytest.warns(UserWarning, match="NaN in 1 of 3 samples, first in sample 1"):
        out = rasm.fit_transform(h)
    assert_array_equal(out.ravel(), [1, np.nan, 1])


@pytest.mark.parametrize(
    ("transformer", "n_channels", "message"),
    [
        (EEGAsymmetry(), 14, "14 channels, but EEGAsymmetry expects 32"),
        (EEGAsymmetry(ch_names=["Cz", "Pz"]), 2, "No two of the channels"),
        (EEGAsymmetry(ch_names=["F3", "C4"]), 2, "No two of the channels"),
        (EEGAsymmetry(kind="frontal_alpha", ch_names=["O1", "O2"]), 2, "No two"),
        (EEGAsymmetry(bands={"high": (30, 70)}), 32, "Band 'high'"),
    ],
)
def test_input_that_does_not_fit(transformer, n_channels, message):
    with pytest.raises(ValueError, match=message):
        transformer.fit(signals()[:, :n_channels])


def test_frontal_alpha_needs_signals():
    with pytest.raises(ValueError, match="needs signals"):
        EEGAsymmetry(kind="frontal_alpha", feature=None).fit(np.ones((2, 1, 4, 32)))


def test_names():
    names = EEGAsymmetry().fit(signals()).get_feature_names_out()
    assert names[0] == "w0_theta_Fp1-Fp2"
    assert len(names) == 2 * 4 * 14
    chained = make_pipeline(DifferentialEntropy(), EEGAsymmetry(feature=None))
    assert len(chained.fit(signals()).get_feature_names_out()) == 8 * 4 * 14
