"""A BIDS tree becomes a data set: subjects, runs, events, participants."""

import shutil

import numpy as np
import pandas as pd
import pytest
from _formats import write_edf

from sklearn_emotion.datasets import EmotionDataset, load_eegmat
from sklearn_emotion.datasets._bids import read_participants

mne = pytest.importorskip("mne")
mne_bids = pytest.importorskip("mne_bids")

SFREQ = 128


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Two subjects with two runs of 20 s; the signals count time points."""
    folder = tmp_path_factory.mktemp("bids")
    for number, subject in enumerate(("01", "02")):
        for run in (1, 2):
            path = folder / f"{subject}_{run}.edf"
            times = np.arange(20 * SFREQ)
            signals = np.stack([times, times + 3000]) + 6000 * number + 100 * run
            write_edf(path, signals, ["Fz", "Cz"], SFREQ)
            raw = mne.io.read_raw_edf(path, verbose="error")
            marks = [["joy", "fear"], ["fear", "joy"]][run - 1]
            raw.set_annotations(mne.Annotations([2.0, 10.0], [6.0, 6.0], marks))
            place = mne_bids.BIDSPath(
                root=folder / "tree", subject=subject, task="films", run=run
            )
            mne_bids.write_raw_bids(raw, place, verbose="error", overwrite=True)
    return folder / "tree"


def test_runs_events_and_participants(root):
    dataset = EmotionDataset.from_bids(root, "films", ["joy", "fear"], window=3.0)
    metadata = dataset.metadata
    assert metadata["subject"].unique().tolist() == ["01", "02"]
    assert metadata["session"].tolist() == ([0] * 4 + [1] * 4) * 2
    assert metadata["event"].tolist() == (["joy"] * 2 + ["fear"] * 4 + ["joy"] * 2) * 2
    assert {"age", "sex"} <= set(metadata.columns)
    for row in metadata.index:
        first = (metadata["start"][row] + metadata["onset"][row]) * SFREQ
        first += 6000 * (metadata["subject"][row] == "02")
        first += 100 * (metadata["session"][row] + 1)
        expected = first + np.arange(3 * SFREQ)
        np.testing.assert_allclose(dataset.data["eeg"][row, 0], expected, rtol=1e-5)
    assert dataset.target("event").tolist() == metadata["event"].tolist()


def test_onsets_in_samples(root, tmp_path):
    tree = shutil.copytree(root, tmp_path / "tree")
    for path in tree.rglob("*_events.tsv"):
        table = pd.read_csv(path, sep="\t")
        table[["onset", "duration"]] *= SFREQ
        table.to_csv(path, sep="\t", index=False, na_rep="n/a")
    dataset = EmotionDataset.from_bids(
        tree, "films", "joy", subjects=["sub-02"], onset_unit="samples"
    )
    assert dataset.metadata["start"].tolist() == [2.0, 10.0]
    assert dataset.data["eeg"].shape == (2, 2, 6 * SFREQ)


def test_missing_tasks_subjects_and_links_are_named(root, tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"no recording of the task 'rest'.*films"
    ):
        EmotionDataset.from_bids(root, "rest", "joy")
    with pytest.raises(FileNotFoundError, match="of the subjects 07"):
        EmotionDataset.from_bids(root, "films", "joy", subjects=["01", "07"])
    with pytest.raises(FileNotFoundError, match=r"no dataset_description\.json"):
        EmotionDataset.from_bids(tmp_path, "films", "joy")
    with pytest.raises(ValueError, match="onset_unit must be"):
        EmotionDataset.from_bids(root, "films", "joy", onset_unit="ms")
    tree = shutil.copytree(root, tmp_path / "tree")
    path, _ = sorted(tree.rglob("sub-01*_eeg.edf"))
    path.unlink()
    path.symlink_to(".git/annex/objects/nowhere")
    with pytest.raises(FileNotFoundError, match="1 recordings are links to files"):
        EmotionDataset.from_bids(tree, "films", "joy")


def test_eegmat_as_a_bids_tree_loads_to_the_same_arrays(data_home, tmp_path):
    folder = data_home / "eegmat"
    if not folder.is_dir():
        pytest.skip("EEGMAT is not there")
    for subject in (0, 1):
        for run in (1, 2):
            path = folder / f"Subject{subject:02d}_{run}.edf"
            raw = mne.io.read_raw_edf(path, verbose="error")
            raw.set_annotations(mne.Annotations([0.0], [60.0], [str(run)]))
            place = mne_bids.BIDSPath(
                root=tmp_path, subject=f"{subject:02d}", task="math", run=run
            )
            mne_bids.write_raw_bids(raw, place, verbose="error", overwrite=True)
    expected = load_eegmat(data_home, subjects=[0, 1], window=10.0, sfreq=500.0)
    old = {"T7": "T3", "T8": "T4", "P7": "T5", "P8": "T6"}
    names = {n: f"EEG {old.get(n, n)}" for n in expected.ch_names["eeg"]}
    dataset = EmotionDataset.from_bids(
        tmp_path,
        "math",
        {"1": "rest", "2": "task"},
        window=10.0,
        modalities={"eeg": names},
    )
    assert dataset.ch_names["eeg"] == expected.ch_names["eeg"]
    assert len(dataset) == len(expected) == 24
    found = dataset.data["eeg"]
    np.testing.assert_allclose(found, expected.data["eeg"], rtol=1e-5, atol=1e-4)


def test_numbers_and_names_of_participants(tmp_path):
    rows = "participant_id\tage\tweight\tgroup\n01\t25\t60.5\ta\n02\t31\tn/a\tn/a\n"
    (tmp_path / "participants.tsv").write_text(rows)
    table = read_participants(tmp_path)
    # Numbers without "sub-" stay text, as in the names of the folders.
    assert table["subject"].tolist() == ["01", "02"]
    assert table["age"].tolist() == [25, 31]
    assert table["age"].dtype == np.int64
    np.testing.assert_array_equal(table["weight"], [60.5, np.nan])
    assert table["group"].tolist() == ["a", None]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "it is empty"),
        ("age\n5\n", "column 'participant_id'"),
        ("participant_id\tage\nn/a\t5\n", "without empty cells"),
        ("participant_id\tage\n01\t5\nsub-01\t6\n", "rows of the participant 01"),
        ("participant_id\tage\tage\n01\t5\t6\n", "different names"),
        ("participant_id\tage\n01\n", "different numbers of cells"),
    ],
)
def test_tables_of_participants_that_cannot_be_joined_are_named(tmp_path, text, match):
    (tmp_path / "participants.tsv").write_text(text)
    with pytest.raises(ValueError, match=rf"participants\.tsv .*{match}"):
        read_participants(tmp_path)


def test_an_exponent_that_ends_the_parser_of_pandas_stays_text(tmp_path):
    rows = "participant_id\tage\n01\t1e2147483648\n02\t31\n"
    (tmp_path / "participants.tsv").write_text(rows)
    assert read_participants(tmp_path)["age"].tolist() == ["1e2147483648", "31"]


@pytest.mark.parametrize("onset", ["n/a", "late", "1e2147483648"])
def test_onsets_that_are_no_numbers_are_named(root, tmp_path, onset):
    tree = shutil.copytree(root, tmp_path / "tree")
    for path in tree.rglob("*_events.tsv"):
        head, first, *rest = path.read_text().splitlines()
        cells = first.split("\t")
        cells[head.split("\t").index("onset")] = onset
        path.write_text("\n".join([head, "\t".join(cells), *rest, ""]))
    with pytest.raises(ValueError, match=r"run-1_events\.tsv .*'onset' must have"):
        EmotionDataset.from_bids(
            tree, "films", "joy", subjects=["01"], onset_unit="samples"
        )


@pytest.mark.parametrize("absent", ["n/a", "NaN", "nan"])
def test_durations_may_be_absent(root, tmp_path, absent):
    tree = shutil.copytree(root, tmp_path / "tree")
    for path in tree.rglob("*_events.tsv"):
        head, *rest = path.read_text().splitlines()
        place = head.split("\t").index("duration")
        rows = [line.split("\t") for line in rest]
        for row in rows:
            row[place] = absent
        path.write_text("\n".join([head, *map("\t".join, rows), ""]))
    options = {"subjects": ["01"], "duration": 2.0, "window": 1.0}
    dataset = EmotionDataset.from_bids(tree, "films", "joy", **options)
    expected = EmotionDataset.from_bids(root, "films", "joy", **options)
    np.testing.assert_array_equal(dataset.data["eeg"], expected.data["eeg"])


@pytest.mark.parametrize("name", ["participants.tsv", "*_events.tsv"])
def test_the_table_that_cannot_be_read_is_named(root, tmp_path, name):
    tree = shutil.copytree(root, tmp_path / "tree")
    path = sorted(tree.rglob(name))[0]
    path.write_bytes(path.read_bytes() + b"cut")
    with pytest.raises(ValueError, match=f"{path.name} cannot be read as .*cells"):
        EmotionDataset.from_bids(tree, "films", "joy", subjects=["01"])
