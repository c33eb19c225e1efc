"""Recordings of MNE become windows: markers, ratings, units, rates and channels."""

import warnings

import numpy as np
import pandas as pd
import pytest
from _cnt import write_cnt
from _formats import (
    write_bdf_file,
    write_brainvision,
    write_edf,
    write_fif,
    write_set,
)

from sklearn_emotion import BandpassFilter, Resampler
from sklearn_emotion.datasets import EmotionDataset, make_emotion, match_channels
from sklearn_emotion.datasets._clocks import fit_clock

mne = pytest.importorskip("mne")

SFREQ = 128.0
TABLE = pd.DataFrame(
    {
        "subject": ["ann", "ann", "bob", "bob"],
        "number": [1, 2, 1, 2],
        "valence": [7.0, 2.0, 3.0, 8.0],
    }
)


def ramp(seconds=30, sfreq=SFREQ, names=("Fz", "Cz", "ECG"), base=0.0):
    """Signals of 1 µV per sample (EEG) or 1 mV per sample (ECG), plus `base`."""
    types = ["ecg" if name == "ECG" else "eeg" for name in names]
    info = mne.create_info(list(names), sfreq, types)
    times = np.arange(round(seconds * sfreq))
    scale = np.where(np.array(types) == "ecg", 1e-3, 1e-6)
    data = scale[:, None] * (times + base + 1e4 * np.arange(len(names))[:, None])
    return mne.io.RawArray(data, info, verbose="error")


def marked(raw, onsets=(5.0, 18.0), duration=10.0, names="clip"):
    names = [names] * len(onsets) if isinstance(names, str) else names
    marks = mne.Annotations(onsets, [duration] * len(onsets), names)
    return raw.set_annotations(marks)


def people(**options):
    return {"ann": marked(ramp(**options)), "bob": marked(ramp(base=1e5, **options))}


def test_windows_show_the_seconds_after_their_marker():
    dataset = EmotionDataset.from_raws(
        people(), "clip", TABLE, window=2.0, step=4.0, modalities=("eeg", "ecg")
    )
    metadata = dataset.metadata
    assert metadata["subject"].tolist() == ["ann"] * 6 + ["bob"] * 6
    assert metadata["trial"].tolist() == [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3
    assert metadata["valence"].tolist() == [7.0] * 3 + [2.0] * 3 + [3.0] * 3 + [8.0] * 3
    assert metadata["start"].tolist() == ([5.0] * 3 + [18.0] * 3) * 2
    assert dataset.units == {"eeg": "µV", "ecg": "mV"}
    for row in metadata.index:
        first = SFREQ * (metadata["start"][row] + metadata["onset"][row])
        first += 1e5 * (metadata["subject"][row] == "bob")
        expected = np.float32(first + np.arange(256))
        np.testing.assert_allclose(dataset.data["eeg"][row, 0], expected, rtol=2e-7)
        found = dataset.data["ecg"][row, 0]
        np.testing.assert_allclose(found, expected + 2e4, rtol=2e-7)


def test_the_rest_before_an_event_becomes_a_modality():
    dataset = EmotionDataset.from_raws(people(), "clip", TABLE, baseline=3.0)
    assert dataset.data["baseline"].shape == (4, 2, 384)
    first = dataset.data["baseline"][1, 0]
    np.testing.assert_allclose(first, SFREQ * 15 + np.arange(384), rtol=2e-7)
    assert dataset.sfreq["baseline"] == SFREQ


def test_onsets_can_come_from_a_table():
    events = pd.DataFrame(
        {
            "subject": ["ann", "bob", "ann"],
            "onset": [12.0, 3.0, 1.0],
            "emotion": ["joy", "fear", "fear"],
        }
    )
    raws = {"ann": ramp(), "bob": ramp()}
    dataset = EmotionDataset.from_raws(raws, events, duration=4.0)
    assert dataset.target("emotion").tolist() == ["fear", "joy", "fear"]
    starts = dataset.data["eeg"][:, 0, 0].tolist()
    assert starts == [128.0, 12 * 128.0, 3 * 128.0]


def test_markers_identify_trials_in_any_order():
    raws = {
        "ann": marked(ramp(), names=["film b", "film a"]),
        "bob": marked(ramp(), names=["film a", "film b"]),
    }
    table = pd.DataFrame(
        {
            "subject": ["bob", "ann", "ann", "bob"],
            "event": ["b", "a", "b", "a"],
            "arousal": [1.0, 2.0, 3.0, 4.0],
        }
    )
    names = {"film a": "a", "film b": "b"}
    dataset = EmotionDataset.from_raws(raws, names, table, window=5.0)
    first = dataset.metadata[dataset.metadata["window"] == 0]
    assert first["event"].tolist() == ["b", "a", "a", "b"]
    assert first["arousal"].tolist() == [3.0, 2.0, 4.0, 1.0]


def test_missing_markers_and_ratings_are_listed_and_never_shift_others():
    raws = {
        "ann": marked(ramp(), [5.0], names=["b"]),
        "bob": marked(ramp(), names=["a", "b"]),
    }
    table = pd.DataFrame(
        {
            "subject": ["ann", "ann", "bob"],
            "event": ["a", "b", "b"],
            "arousal": [1.0, 2.0, 3.0],
        }
    )
    with pytest.warns(UserWarning, match="left out"):
        dataset = EmotionDataset.from_raws(raws, ["a", "b"], table)
    assert dataset.metadata["arousal"].tolist() == [2.0, 3.0]
    assert dataset.missing == [
        "subject ann, event a: no trial in the recordings",
        "subject bob, event a: no row in table",
    ]
    # Without the names of the trials, the rows cannot be joined.
    raws["bob"] = marked(ramp(), [5.0])
    raws["ann"] = marked(ramp())
    with pytest.raises(ValueError, match=r"'bob' has 1 trials .* 2 rows in table"):
        EmotionDataset.from_raws(raws, "clip", TABLE)


def test_markers_of_a_cropped_recording_without_a_date_keep_their_place():
    raws = {"ann": marked(ramp()).crop(2.0)}
    dataset = EmotionDataset.from_raws(raws, "clip")
    assert dataset.data["eeg"][0, 0, 0] == 5 * SFREQ


def test_doubled_markers_count_once():
    raws = people()
    marked(raws["ann"], [5.0, 5.01, 18.0])
    with pytest.warns(UserWarning, match="1 markers are less than 0.05 s after"):
        dataset = EmotionDataset.from_raws(raws, "clip", TABLE)
    assert len(dataset) == 4


def test_a_trial_without_its_rest_is_left_out():
    raws = {"ann": marked(ramp(), [2.0, 18.0])}
    with pytest.warns(UserWarning, match="left out: subject ann, number 1: no window"):
        dataset = EmotionDataset.from_raws(raws, "clip", baseline=3.0)
    assert dataset.metadata["number"].tolist() == [2]


# The filter leaves nothing of the recording that only counts the time.
@pytest.mark.filterwarnings("ignore:.*the EEG of subjects bob stays below")
def test_whole_recordings_are_preprocessed_before_they_are_cut():
    raws = people(names=("Fz", "Cz"))
    rng = np.random.default_rng(0)
    raws["ann"].apply_function(lambda x: x + 1e-4 * rng.standard_normal(x.shape))
    bad = mne.Annotations([7.5], [1.0], ["BAD_motion"])
    raws["ann"].set_annotations(raws["ann"].annotations + bad)
    step = BandpassFilter(sfreq=SFREQ, low=2.0, high=40.0)
    with pytest.warns(UserWarning, match="1 of 20 windows"):
        dataset = EmotionDataset.from_raws(
            raws, "clip", TABLE, window=2.0, preprocess=step
        )
    # The filter sees the bad segment, whose window is then left out.
    assert len(dataset) == 20 - 1
    whole = step.fit_transform(1e6 * raws["ann"].get_data()[None])[0]
    first = round(5 * SFREQ)
    np.testing.assert_allclose(
        dataset.data["eeg"][0], whole[:, first : first + 256], rtol=1e-5, atol=1e-3
    )


def test_a_transformer_that_changes_the_length_is_refused():
    with pytest.raises(ValueError, match=r"same shape: eeg of a recording of 'ann'"):
        EmotionDataset.from_raws(
            people(),
            "clip",
            TABLE,
            window=2.0,
            preprocess=Resampler(sfreq=SFREQ, new_sfreq=64.0),
        )
    with pytest.raises(ValueError, match="preprocess names"):
        EmotionDataset.from_raws(
            people(), "clip", TABLE, window=2.0, preprocess={"ecg": Resampler()}
        )


def test_bad_segments_are_left_out():
    raws = people()
    bad = mne.Annotations([7.5], [1.0], ["BAD_motion"])
    raws["ann"].set_annotations(raws["ann"].annotations + bad)
    with pytest.warns(UserWarning, match="1 of 20 windows are left out"):
        dataset = EmotionDataset.from_raws(raws, "clip", TABLE, window=2.0)
    one = dataset.metadata[dataset.metadata["trial"] == 0]
    assert one["onset"].tolist() == [0.0, 4.0, 6.0, 8.0]


def test_a_trial_that_outlasts_its_recording_is_cut_short():
    raws = people()
    # MNE itself limits an annotation to the end of the recording.
    raws["ann"], raws["bob"] = ramp(), ramp()
    events = TABLE.assign(onset=[5.0, 18.0, 5.0, 25.0])[["subject", "onset"]]
    with pytest.warns(
        UserWarning, match="Trial 2 of subject 'bob' lasts from 25 to 35"
    ):
        dataset = EmotionDataset.from_raws(
            raws, events, TABLE, duration=10.0, window=2.0
        )
    assert (dataset.metadata["trial"] == 3).sum() == 2


@pytest.mark.parametrize("duration", [4.2, 537.5 / SFREQ])
def test_events_may_last_a_fraction_of_a_sample(duration):
    raw = marked(ramp(), (5.0, 10.1, 18.3), duration)
    for window, n_windows, n_times in ((2.0, 6, 256), (538 / SFREQ, 3, 538)):
        dataset = EmotionDataset.from_raws({"ann": raw}, "clip", window=window)
        assert dataset.data["eeg"].shape == (n_windows, 2, n_times)


def from_devices(eeg, ecg):
    return EmotionDataset.from_raws(
        {"ann": {"eeg": eeg, "ecg": ecg}},
        "clip",
        window=2.0,
        modalities=("eeg", "ecg"),
    )


def test_devices_with_different_clocks_and_rates_show_one_time():
    eeg = marked(ramp(names=("Fz", "Cz")))
    ecg = ramp(sfreq=256.0, names=("ECG",))
    eeg.set_meas_date(1_600_000_000)
    ecg.set_meas_date(1_600_000_002)
    dataset = from_devices(eeg, ecg)
    assert dataset.sfreq == {"eeg": 128.0, "ecg": 256.0}
    # 5 s of the EEG are 3 s of the ECG, which started 2 s later.
    assert dataset.data["eeg"][0, 0, 0] == 5 * 128
    assert dataset.data["ecg"][0, 0, 0] == 3 * 256


def drifting(offset, drift, onsets=(5.0, 10.0, 18.0), sfreq=256.0):
    """Return an ECG whose samples are times of its own clock, with the same markers."""
    ecg = ramp(sfreq=sfreq, names=("ECG",))
    own = [offset + (1 + drift) * onset for onset in onsets]
    marks = mne.Annotations(own, [0.0] * len(own), ["clip"] * len(own))
    return ecg.set_annotations(marks)


@pytest.mark.parametrize(("offset", "drift"), [(-2.0, 0.0), (0.5, 0.004), (0.0, -0.01)])
def test_clocks_that_differ_are_corrected_by_common_markers(offset, drift):
    eeg = marked(ramp(names=("Fz", "Cz")))
    starts = list(eeg.annotations.onset)
    with pytest.warns(UserWarning, match=r"ecg of a recording of 'ann'.*clocks differ"):
        dataset = from_devices(eeg, drifting(offset, drift, starts))
    first = dataset.metadata.groupby("trial").head(1)
    for row, onset in zip(first.index, starts):
        assert dataset.data["eeg"][row, 0, 0] == round(onset * 128)
        own = offset + (1 + drift) * onset
        # The markers of the ECG are sampled at 256 Hz.
        assert abs(dataset.data["ecg"][row, 0, 0] - own * 256) <= 1
    for row, window in enumerate(dataset.metadata["window"]):
        # The drift also counts within a trial.
        onset = starts[dataset.metadata["number"][row] - 1] + 2.0 * window
        own = offset + (1 + drift) * onset
        assert abs(dataset.data["ecg"][row, 0, 0] - own * 256) <= 1


def test_clocks_that_agree_within_a_sample_are_left_alone():
    eeg = marked(ramp(names=("Fz", "Cz")))
    ecg = drifting(1 / 256, 0.0, eeg.annotations.onset)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dataset = from_devices(eeg, ecg)
    assert dataset.data["ecg"][0, 0, 0] == eeg.annotations.onset[0] * 256


def test_jitter_of_close_markers_is_no_drift():
    eeg, ecg = (
        marked(ramp(), onsets, names=["a", "b"])
        for onsets in ((5.0, 6.0), (7.0, 8.0 + 1 / SFREQ))
    )
    with pytest.warns(UserWarning, match="drift of 0 parts per million"):
        offset, speed = fit_clock(eeg, ecg, "ecg")
    assert (round(offset, 3), speed) == (2.004, 1.0)


def test_starts_of_files_of_brainvision_are_no_common_markers():
    eeg, ecg = (marked(ramp(), [0.0], names="New Segment/") for _ in range(2))
    eeg.set_meas_date(1_600_000_000)
    ecg.set_meas_date(1_600_000_007)
    assert fit_clock(eeg, ecg, "ecg") == (-7.0, 1.0)


def test_markers_of_another_order_are_an_error_and_shift_nothing():
    eeg = marked(ramp(names=("Fz", "Cz")), (5.0, 10.0, 18.0))
    ecg = drifting(0.0, 0.0, (5.0, 14.0, 18.0))
    with pytest.raises(ValueError, match=r"do not fit .* still up to .* s apart"):
        from_devices(eeg, ecg)


def test_dates_and_markers_that_contradict_each_other_are_an_error():
    eeg = marked(ramp(names=("Fz", "Cz")), (5.0, 10.0, 15.0), duration=2.0)
    # The first marker is missing and a later one was added.
    ecg = drifting(5.0, 0.0, (5.0, 10.0, 15.0))
    for raw in (eeg, ecg):
        raw.set_meas_date(1_600_000_000)
    with pytest.raises(ValueError, match="unclear which of them belong together"):
        from_devices(eeg, ecg)


def test_recordings_without_a_common_time_are_an_error():
    eeg = marked(ramp(names=("Fz", "Cz")))
    ecg = ramp(sfreq=256.0, names=("ECG",)).set_meas_date(1_600_000_002)
    with pytest.raises(ValueError, match=r"Only one of ecg .* has a date"):
        from_devices(eeg, ecg)


def test_channels_are_picked_renamed_and_in_the_order_asked_for():
    dataset = EmotionDataset.from_raws(
        {"ann": marked(ramp(names=("EEG Fz-Ref", "EEG Cz-Ref", "ECG")))},
        "clip",
        modalities={"eeg": {"Cz": "EEG Cz-Ref", "Fz": "EEG Fz-Ref"}, "heart": "ECG"},
    )
    assert dataset.ch_names["eeg"] == ["Cz", "Fz"]
    assert dataset.data["eeg"][0, :, 0].tolist() == [1e4 + 640, 640]
    assert dataset.units["heart"] == "mV"


def test_sessions_of_a_subject_are_kept_apart():
    raws = {"ann": [marked(ramp(), [5.0]), marked(ramp(base=1e5), [6.0])]}
    table = TABLE[TABLE["subject"] == "ann"]
    dataset = EmotionDataset.from_raws(raws, "clip", table)
    assert dataset.metadata["session"].tolist() == [0, 1]
    assert dataset.data["eeg"][:, 0, 0].tolist() == [640, 1e5 + 768]
    assert dataset.metadata["valence"].tolist() == [7.0, 2.0]


def test_recordings_can_be_resampled_to_one_rate():
    raws = people()
    raws["bob"] = marked(ramp(sfreq=256.0))
    with pytest.raises(
        ValueError, match=r"same sfreq of 'eeg'.*Pass sfreq to resample"
    ):
        EmotionDataset.from_raws(raws, "clip", TABLE)
    dataset = EmotionDataset.from_raws(raws, "clip", TABLE, sfreq=64.0)
    assert dataset.sfreq == {"eeg": 64.0}
    assert dataset.data["eeg"].shape == (4, 2, 640)


def sine(n_channels, seconds=20):
    times = np.arange(round(seconds * SFREQ)) / SFREQ
    wave = 1e-4 * np.sin(2 * np.pi * 4 * times)
    wave[round(8 * SFREQ)] = 4e-4  # the planted event
    return np.tile(wave, (n_channels, 1))


# Writer of a file, and what MNE reads it with, and one step of its numbers in µV.
WRITERS = {
    "FIF": (write_fif, "a_raw.fif", "read_raw_fif", 1e-5),
    "BrainVision": (write_brainvision, "a.vhdr", "read_raw_brainvision", 1e-5),
    "EDF": (write_edf, "a.edf", "read_raw_edf", 1.0),
    "BDF": (write_bdf_file, "a.bdf", "read_raw_bdf", 0.05),
    "EEGLAB": (write_set, "a.set", "read_raw_eeglab", 1e-5),
    "NeuroScan": (write_cnt, "a.cnt", "read_raw_cnt", 0.01),
}


@pytest.mark.parametrize("name", WRITERS)
def test_microvolts_and_events_of_each_format(tmp_path, name):
    write, file, read, step = WRITERS[name]
    write(tmp_path / file, 1e6 * sine(2), ["Fz", "Cz"], round(SFREQ))
    raw = getattr(mne.io, read)(tmp_path / file, preload=True, verbose="error")
    raw.pick(["Fz", "Cz"])
    raw.set_annotations(mne.Annotations([8.0], [0.0], ["film"]))
    dataset = EmotionDataset.from_raws({"ann": raw}, "film", duration=4.0, window=2.0)
    assert dataset.units == {"eeg": "µV"}
    whole = 1e6 * sine(2)[:, round(8 * SFREQ) : round(12 * SFREQ)]
    expected = np.split(whole, 2, axis=1)
    np.testing.assert_allclose(dataset.data["eeg"], expected, rtol=1e-6, atol=step)
    assert dataset.data["eeg"][0, 0, 0] > 399 > 101 > dataset.data["eeg"][1].max()


@pytest.mark.parametrize(
    ("write", "file", "read", "marker"),
    [
        (write_brainvision, "a.vhdr", "read_raw_brainvision", "Stimulus/S  7"),
        (write_set, "a.set", "read_raw_eeglab", "7"),
        (write_cnt, "a.cnt", "read_raw_cnt", "7"),
    ],
)
def test_markers_in_the_file_lie_at_their_samples(tmp_path, write, file, read, marker):
    events = [(round(8 * SFREQ), 7)]
    path = tmp_path / file
    write(path, 1e6 * sine(2), ["Fz", "Cz"], round(SFREQ), events=events)
    raw = getattr(mne.io, read)(path, verbose="error")
    dataset = EmotionDataset.from_raws({"ann": raw}, marker, duration=4.0, window=2.0)
    assert dataset.metadata["start"].tolist() == [8.0, 8.0]
    assert dataset.data["eeg"][0, 0, 0] == pytest.approx(400, abs=0.02)


def test_recorded_edf_and_bdf_files_load(data_home):
    folder = data_home / "mne_eeg_formats"
    if not folder.is_dir():
        pytest.skip("there are no files of MNE's formats")
    for name, read in (
        ("test.bdf", mne.io.read_raw_bdf),
        ("test_uneven_samp.edf", mne.io.read_raw_edf),
    ):
        raw = read(folder / name, preload=True, verbose="error")
        picks = raw.ch_names[:2]
        events = pd.DataFrame({"subject": [1], "onset": [0.25]})
        dataset = EmotionDataset.from_raws(
            {1: raw}, events, duration=0.5, modalities={"signal": picks}
        )
        first = round(0.25 * raw.info["sfreq"])
        expected = raw.get_data(picks)[
            :, first : first + dataset.data["signal"].shape[2]
        ]
        found = dataset.data["signal"][0]
        np.testing.assert_allclose(found, 1e6 * expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"events": "film"}, r"none of the markers \['film'\]; .*clip"),
        ({"modalities": "emg"}, "no channels of the type 'emg'"),
        ({"modalities": "face"}, "not one of MNE's types"),
        ({"modalities": {"eeg": ["Pz"]}}, r"lacks the channels \['Pz'\]"),
        ({"raws": ramp()}, "dict of subject to recording"),
        ({"raws": {"ann": np.zeros(3)}}, "must be a Raw of MNE"),
        ({"table": pd.DataFrame({"number": [1]})}, "a column 'subject'"),
        ({"table": TABLE.drop(columns="number")}, "the column 'number'"),
        ({"table": TABLE.assign(number=1)}, "two rows of subject 'ann'"),
        ({"events": pd.DataFrame({"onset": [1.0]})}, "'subject' and 'onset'"),
        (
            {"events": pd.DataFrame({"subject": ["eve"], "onset": [1.0]})},
            "names the subjects eve, who have no recording",
        ),
        ({"window": 20.0}, "No window was cut"),
        ({"sfreq": -1.0}, "positive rate"),
    ],
)
def test_wrong_input_is_named(change, match):
    given = {"raws": people(), "events": "clip", "table": TABLE} | change
    with pytest.raises(ValueError, match=match):
        EmotionDataset.from_raws(**given)


def test_events_without_a_duration_are_named():
    raws = {"ann": marked(ramp(), duration=0.0)}
    with pytest.raises(ValueError, match="2 events of subject 'ann' have no duration"):
        EmotionDataset.from_raws(raws, "clip")


def test_a_data_set_is_a_container_of_samples():
    dataset = make_emotion(n_subjects=2, n_trials=4, random_state=0)
    assert len(dataset) == len(dataset.data) == 24
    part = dataset[3:6]
    assert part.metadata["trial"].tolist() == [1, 1, 1]
    np.testing.assert_array_equal(part.data["eeg"], dataset.data["eeg"][3:6])
    assert len(dataset[np.array([0, 5])]) == 2
    windows = dataset.windows(2.0)
    assert len(windows) == 24 * 5
    np.testing.assert_array_equal(
        windows.data["eeg"][7], dataset.data["eeg"][1][:, 256 * 2 : 256 * 3]
    )


def test_joined_data_sets_keep_their_trials_apart():
    one = make_emotion(n_subjects=1, n_trials=4, random_state=0)
    other = make_emotion(n_subjects=1, n_trials=4, random_state=1)
    other.metadata["subject"] = "x"
    joined = EmotionDataset.concat([one, other])
    assert joined.metadata["trial"].nunique() == 8
    assert len(joined) == len(one) + len(other)
    np.testing.assert_array_equal(joined.data["eeg"][len(one) :], other.data["eeg"])
    shorter = other.windows(1.0)
    with pytest.raises(ValueError, match="samples of the shapes"):
        EmotionDataset.concat([one, shorter])
    other.units["eeg"] = "V"
    with pytest.raises(ValueError, match="different units of 'eeg'"):
        EmotionDataset.concat([one, other])


def test_channels_are_picked_by_name():
    dataset = make_emotion(n_subjects=1, n_trials=2, random_state=0)
    matched = match_channels(dataset, ["T4", "Fp1", "Cz"])  # T4 is T8
    names = dataset.ch_names["eeg"]
    places = [names.index(name) for name in ("T8", "Fp1", "Cz")]
    np.testing.assert_array_equal(matched.data["eeg"], dataset.data["eeg"][:, places])
    assert matched.ch_names["eeg"] == ["T8", "Fp1", "Cz"]


def test_absent_channels_are_interpolated_as_by_mne():
    dataset = make_emotion(n_subjects=1, n_trials=2, random_state=0)
    names = dataset.ch_names["eeg"]
    kept = [i for i, name in enumerate(names) if name not in ("Cz", "O2")]
    fewer = EmotionDataset(
        data={"eeg": dataset.data["eeg"][:, kept]},
        metadata=dataset.metadata,
        sfreq=dataset.sfreq,
        ch_names={"eeg": [names[i] for i in kept]},
    )
    with pytest.warns(UserWarning, match="2 of 32 channels are interpolated.*Cz, O2"):
        matched = match_channels(fewer, dataset)
    assert matched.ch_names["eeg"] == names
    found = matched.data["eeg"]
    np.testing.assert_array_equal(found[:, kept], fewer.data["eeg"])
    info = mne.create_info(names, SFREQ, "eeg")
    epochs = mne.EpochsArray(dataset.data["eeg"].astype(float), info, verbose="error")
    epochs.set_montage("standard_1005", verbose="error")
    epochs.info["bads"] = ["Cz", "O2"]
    epochs.interpolate_bads(verbose="error")
    expected = epochs.get_data(verbose="error")
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-3)
    with pytest.raises(ValueError, match="too few to interpolate"):
        match_channels(fewer, ["AF7", "AF8", "Cz", "Fz"])
