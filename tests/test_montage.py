"""A montage's name means an order; a name has one cell."""

import numpy as np
import pytest

from sklearn_emotion.montage import (
    GRID_CELLS,
    MONTAGES,
    canonical_name,
    channel_names,
    grid_cells,
)


@pytest.mark.parametrize(
    ("montage", "n_channels"),
    [
        ("deap32", 32),
        ("biosemi32", 32),
        ("emotiv14", 14),
        ("seed62", 62),
        ("eegmat19", 19),
    ],
)
def test_every_channel_of_a_montage_has_a_cell_of_its_own(montage, n_channels):
    cells = grid_cells(montage)
    assert cells.shape == (n_channels, 2)
    assert len({tuple(cell) for cell in cells}) == n_channels
    assert cells.min() >= 0
    assert cells.max() <= 8


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        # Figure 4 of Du et al. 2024, read row by row.
        *[("Fp1", (0, 3)), ("Fp2", (0, 5)), ("AF3", (1, 3)), ("AF4", (1, 5))],
        *[("F7", (2, 0)), ("F3", (2, 2)), ("Fz", (2, 4)), ("F4", (2, 6))],
        *[("F8", (2, 8)), ("FC5", (3, 1)), ("FC1", (3, 3)), ("FC2", (3, 5))],
        *[("FC6", (3, 7)), ("T7", (4, 0)), ("C3", (4, 2)), ("Cz", (4, 4))],
        *[("C4", (4, 6)), ("T8", (4, 8)), ("CP5", (5, 1)), ("CP1", (5, 3))],
        *[("CP2", (5, 5)), ("CP6", (5, 7)), ("P7", (6, 0)), ("P3", (6, 2))],
        *[("Pz", (6, 4)), ("P4", (6, 6)), ("P8", (6, 8)), ("PO3", (7, 3))],
        *[("PO4", (7, 5)), ("O1", (8, 3)), ("Oz", (8, 4)), ("O2", (8, 5))],
    ],
)
def test_deap_channels_lie_where_the_figure_draws_them(name, cell):
    assert GRID_CELLS[name] == cell


def test_the_grid_mirrors_left_and_right():
    """Odd numbers lie left; the even number above it lies in the mirrored column."""
    for name, (row, column) in GRID_CELLS.items():
        digits = "".join(c for c in name if c.isdigit())
        if digits and int(digits) % 2 == 1:
            mirror = name.replace(digits, str(int(digits) + 1))
            assert GRID_CELLS[mirror] == (row, 8 - column)


def test_deap_and_biosemi_share_names_but_two_places_only():
    deap, biosemi = MONTAGES["deap32"], MONTAGES["biosemi32"]
    assert set(deap) == set(biosemi)
    same = [a for a, b in zip(deap, biosemi) if a == b]
    assert same == ["Fp1", "AF3"]


def test_biosemi_order_is_that_of_mne():
    channels = pytest.importorskip("mne").channels
    assert channels.make_standard_montage("biosemi32").ch_names == list(
        MONTAGES["biosemi32"]
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [("T3", "T7"), ("T4", "T8"), ("T5", "P7"), ("t6", "P8"), (" FPZ", "Fpz")],
)
def test_old_names_and_other_cases_are_the_same_channel(given, expected):
    assert canonical_name(given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("EEG Fp1", "Fp1"),
        ("EEG FP1-REF", "Fp1"),
        ("EEG T3-LE", "T7"),
        ("eeg o2-Ref", "O2"),
        ("Fp1-A2", "Fp1"),
        ("F3-M2", "F3"),
        ("C3-A1+A2", "C3"),
        ("Cz - AVG", "Cz"),
        ("Fc5.", "FC5"),
        ("C3..", "C3"),
    ],
)
def test_names_as_edf_files_write_them_are_understood(given, expected):
    assert canonical_name(given) == expected


@pytest.mark.parametrize(
    "name",
    ["EEG Fp1-F3", "Fp1-Cz", "EEG A2-A1", "EEG", "ECG ECG", "EOG Fp1", "Fp1-A2-A1", ""],
)
def test_bipolar_and_other_channels_keep_their_names(name):
    assert canonical_name(name) == name


def test_the_grid_takes_the_names_of_an_edf_file():
    names = ["EEG Fp1", "EEG Cz", "EEG O2"]
    np.testing.assert_array_equal(grid_cells(names), grid_cells(["Fp1", "Cz", "O2"]))


def test_one_electrode_under_two_references_is_named():
    with pytest.raises(ValueError, match=r"more than once: \['Fp1'\]"):
        channel_names(["Fp1-A1", "Fp1-A2"])


def test_unknown_montage_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"Unknown montage 'deap'.*'deap32'"):
        channel_names("deap")


def test_unknown_channels_are_all_named():
    with pytest.raises(ValueError, match=r"No cell.*\['ECG', 'GSR'\]"):
        grid_cells(["Fp1", "ECG", "GSR"])


def test_channels_on_one_cell_are_named():
    with pytest.raises(ValueError, match=r"Oz and Iz on \(8, 4\)"):
        grid_cells(["Oz", "Iz", "Cz"])


def test_a_name_given_twice_is_an_error_also_under_its_old_name():
    with pytest.raises(ValueError, match=r"more than once: \['T7'\]"):
        channel_names(["T7", "T3"])


def test_montages_with_collisions_in_mne_are_refused_and_others_are_not():
    channels = pytest.importorskip("mne").channels
    names = channels.make_standard_montage("biosemi64").ch_names
    with pytest.raises(ValueError, match=r"P7 and P9.*Iz and Oz"):
        grid_cells(names)
    kept = [name for name in names if name not in {"P9", "P10", "Iz"}]
    kept = [name for name in kept if name in GRID_CELLS]
    assert len(np.unique(grid_cells(kept), axis=0)) == len(kept) == 61
