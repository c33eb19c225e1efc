"""Channels on the 9 x 9 grid: every electrode in its cell, and back."""

import numpy as np
import pytest
import torch
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

from sklearn_emotion import DifferentialEntropy, GridProjector9x9
from sklearn_emotion.features import project_grid
from sklearn_emotion.montage import MONTAGES, grid_cells

# Read off Figure 4 of the 3FACRNN paper: (row, column), both from 0.
FIGURE_4 = {
    "Fp1": (0, 3),
    "AF4": (1, 5),
    "F7": (2, 0),
    "FC1": (3, 3),
    "Cz": (4, 4),
    "T8": (4, 8),
    "CP6": (5, 7),
    "P7": (6, 0),
    "PO3": (7, 3),
    "Oz": (8, 4),
}


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("montage", ["deap32", "biosemi32", "seed62"])
@pytest.mark.parametrize("name", FIGURE_4)
def test_lighting_one_channel_lights_the_cell_of_the_paper(montage, name):
    x = np.zeros((1, len(MONTAGES[montage])))
    x[0, MONTAGES[montage].index(name)] = 7.0
    grid = project_grid(x, montage)[0]
    assert grid[FIGURE_4[name]] == 7.0
    assert np.count_nonzero(grid) == 1


def test_the_same_numbers_in_another_montages_order_land_elsewhere(rng):
    x = rng.standard_normal((1, 32))
    assert np.abs(project_grid(x, "deap32") - project_grid(x, "biosemi32")).max() > 0


@pytest.mark.parametrize("shape", [(5,), (5, 3), (5, 4, 2), (1, 1)])
def test_values_equal_a_loop_over_channels(rng, shape):
    x = rng.standard_normal((*shape, 32)).astype(np.float32)
    expected = np.zeros((*shape, 9, 9), dtype=np.float32)
    for channel, (row, column) in enumerate(grid_cells("deap32")):
        expected[..., row, column] = x[..., channel]
    grid = GridProjector9x9().fit_transform(x)
    assert grid.dtype == np.float32
    np.testing.assert_array_equal(grid, expected)


@pytest.mark.parametrize("montage", sorted(MONTAGES))
def test_inverse_reads_every_channel_back(rng, montage):
    x = rng.standard_normal((4, 3, len(MONTAGES[montage]))).astype(np.float32)
    grid = GridProjector9x9(montage).fit(x)
    np.testing.assert_array_equal(grid.inverse_transform(grid.transform(x)), x)


def test_raw_signals_become_a_grid_at_each_time_point_and_back(rng):
    x = rng.standard_normal((3, 32, 50)).astype(np.float32)
    projector = GridProjector9x9(channel_axis=1).fit(x)
    grid = projector.transform(x)
    assert grid.shape == (3, 50, 1, 9, 9)
    np.testing.assert_array_equal(grid[2, 7, 0, 0, 3], x[2, 0, 7])  # Fp1
    np.testing.assert_array_equal(projector.inverse_transform(grid), x)


def test_more_rows_than_a_block_change_nothing(rng):
    x = rng.standard_normal((2, 32, 5000)).astype(np.float32)
    grid = project_grid(x, channel_axis=1)
    np.testing.assert_array_equal(
        grid[1, 4990:], project_grid(x[1:, :, 4990:], channel_axis=1)[0]
    )
    flat = x.swapaxes(1, 2).reshape(-1, 32)
    np.testing.assert_array_equal(project_grid(flat), grid.reshape(-1, 9, 9))


@pytest.mark.parametrize("channel_axis", [-1, 1])
def test_tensors_keep_their_type_and_pass_gradients(rng, channel_axis):
    x = rng.standard_normal((3, 32, 32))
    tensor = torch.tensor(x, requires_grad=True)
    grid = project_grid(tensor, channel_axis=channel_axis)
    assert grid.dtype == torch.float64
    np.testing.assert_allclose(
        grid.detach().numpy(), project_grid(x, channel_axis=channel_axis), rtol=1e-6
    )
    grid.sum().backward()
    assert torch.equal(tensor.grad, torch.ones_like(tensor))


def test_integers_lists_read_only_and_strided_input_are_taken(rng):
    x = rng.integers(-5, 5, (6, 4, 32))
    expected = project_grid(x.astype(np.float32))
    np.testing.assert_array_equal(project_grid(x.tolist()), expected)
    x.flags.writeable = False
    np.testing.assert_array_equal(GridProjector9x9().fit_transform(x), expected)
    strided = np.repeat(x, 2, axis=2)[:, :, ::2]
    np.testing.assert_array_equal(project_grid(strided), expected)


def test_names_say_window_band_and_channel(rng):
    x = rng.standard_normal((3, 4, 256))
    names = ["Fz", "Cz", "Pz", "Oz"]
    pipe = make_pipeline(DifferentialEntropy(), GridProjector9x9(names)).fit(x)
    projector = pipe[-1]
    plain = projector.get_feature_names_out()
    assert len(plain) == 4 * 4 * 81 == len(set(plain))
    assert plain[40] == "0_0_Cz"
    features = [f"w{w}_{b}_{c}" for w in range(4) for b in "abcd" for c in names]
    named = projector.get_feature_names_out(features)
    flat = pipe.transform(x).reshape(3, -1)
    assert named[81 + 22] == "w0_b_Fz"
    assert named[81] == "w0_b_r0c0"
    lit = flat[:, [name.rpartition("_")[2] in names for name in named]]
    assert np.count_nonzero(flat) == lit.size
    with pytest.raises(ValueError, match="64 values, got 5"):
        projector.get_feature_names_out(list("abcde"))
    with pytest.raises(NotFittedError, match="Fit GridProjector9x9"):
        GridProjector9x9().get_feature_names_out()


def test_names_of_raw_signals_say_time_point_and_channel():
    projector = GridProjector9x9(["Fz", "Cz"], channel_axis=1).fit(np.ones((1, 2, 3)))
    assert projector.get_feature_names_out()[81 * 2 + 40] == "t2_Cz"


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="X has 31 channels, but GridProjector9x9"):
        GridProjector9x9().fit(np.ones((2, 31)))
    with pytest.raises(ValueError, match=r"\['ECG'\]"):
        GridProjector9x9(["Fz", "ECG"]).fit(np.ones((2, 2)))
    with pytest.raises(ValueError, match="AF3 and AF1"):
        GridProjector9x9(["AF3", "AF1"]).fit(np.ones((2, 2)))
    with pytest.raises(ValueError, match="Unknown montage 'deap'"):
        GridProjector9x9("deap").fit(np.ones((2, 32)))
    with pytest.raises(ValueError, match=r"n_samples, n_channels, n_times"):
        GridProjector9x9(channel_axis=1).fit(np.ones((2, 32)))
    with pytest.raises(ValueError, match=r"\(n_samples, ..., 9, 9\), got \(2, 8, 9\)"):
        GridProjector9x9().inverse_transform(np.ones((2, 8, 9)))
    with pytest.raises(ValueError, match=r"n_times, 1, 9, 9"):
        GridProjector9x9(channel_axis=1).inverse_transform(np.ones((2, 9, 9)))
    with pytest.raises(ValueError, match=r"\(n_samples, ..., n_channels\)"):
        project_grid(np.ones(32))
