"""DREAMER is read from the structure in its file."""

import numpy as np
import pytest
from _whole import MinusStart
from scipy.io import savemat

from sklearn_emotion.datasets import load_dreamer

RATES = {"EEG": (128, 14), "ECG": (256, 2)}
N_REST = 6
LONG = {"duration": 4.0, "subjects": [1, 3]}


def seconds(video):
    return 2 if video == 17 else 5 + video % 3


def signal(kind, subject, video, part):
    rate, n_channels = RATES[kind]
    n_times = rate * (N_REST if part == "baseline" else seconds(video))
    time, channel = np.ogrid[:n_times, :n_channels]
    value = ((18.0 * subject + video) * 14 + channel) * 2048 + time
    return -value if part == "baseline" else value


def cells(values, shape):
    array = np.empty(len(values), object)
    for i, value in enumerate(values):
        array[i] = value
    return array.reshape(shape)


def person(subject):
    fields = {"Age": 20 + subject, "Gender": "female" if subject % 2 else "male"}
    for kind in RATES:
        fields[kind] = {
            part: cells([signal(kind, subject, v, part) for v in range(18)], (18, 1))
            for part in ("stimuli", "baseline")
        }
    for shift, name in enumerate(("Valence", "Arousal", "Dominance")):
        fields[f"Score{name}"] = (np.arange(18)[:, np.newaxis] + shift) % 5 + 1.0
    return fields


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    # Subjects 1 and 3 only: the others are empty.
    people = [person(s) if s in (1, 3) else {"Age": 1} for s in range(1, 24)]
    folder = tmp_path_factory.mktemp("data") / "dreamer"
    folder.mkdir()
    content = {"Data": cells(people, (1, 23)), "EEG_SamplingRate": 128}
    savemat(folder / "DREAMER.mat", {"DREAMER": content})
    return folder.parent


def load(home, **options):
    with pytest.warns(UserWarning, match="2 of 36 trials .* subject 1 film 18"):
        return load_dreamer(home, **{**LONG, "window": 4.0, **options})


def test_the_last_seconds_of_each_film_in_both_rates(home):
    dataset = load(home, modalities=["eeg", "ecg"])
    assert dataset.data["eeg"].shape == (34, 14, 512)
    assert dataset.data["ecg"].shape == (34, 2, 1024)
    for row, (subject, video) in {0: (1, 0), 16: (1, 16), 19: (3, 2)}.items():
        eeg = signal("EEG", subject, video, "stimuli")[-512:].T
        ecg = signal("ECG", subject, video, "stimuli")[-1024:].T
        np.testing.assert_array_equal(dataset.data["eeg"][row], eeg)
        np.testing.assert_array_equal(dataset.data["ecg"][row], ecg)


def test_metadata(home):
    dataset = load_dreamer(home, window=2.0, **LONG)
    metadata = dataset.metadata
    assert metadata["subject"].tolist() == [1] * 35 + [3] * 35
    # The eighteenth film is 2 s long: one window.
    one = metadata[metadata["window"] == 0]
    assert one["trial"].tolist() == [*range(18), *range(36, 54)]
    assert one["valence"][:10].tolist() == [1, 2, 3, 4, 5] * 2
    assert one["arousal"][:10].tolist() == [2, 3, 4, 5, 1] * 2
    assert metadata["age"].unique().tolist() == [21, 23]
    assert metadata["gender"].unique().tolist() == ["female"]
    assert dataset.target("valence", threshold=3.0)[:10].tolist() == [0] * 6 + [1] * 4


def test_all_of_a_film_and_its_rest(home):
    kept = load_dreamer(home, duration=None, baseline="keep", window=1.0, subjects=[1])
    assert kept.metadata["onset"][:6].tolist() == [-5, -4, -3, -2, -1, 0]
    rest = signal("EEG", 1, 0, "baseline")[-640:].T
    np.testing.assert_array_equal(kept.data["eeg"][0], rest[:, :128])
    beside = load(home, baseline="modality", baseline_duration=3.0)
    np.testing.assert_array_equal(beside.data["baseline"][0], rest[:, -384:])


def test_what_is_no_dreamer_is_named(home, tmp_path):
    with pytest.raises(ValueError, match="subject 2 is not as DREAMER's"):
        load_dreamer(home, subjects=[2])
    with pytest.raises(FileNotFoundError, match=r"DREAMER\.mat"):
        load_dreamer(tmp_path)
    path = tmp_path / "DREAMER.mat"
    savemat(path, {"other": 1})
    with pytest.raises(ValueError, match="holds no variable DREAMER"):
        load_dreamer(tmp_path)
    savemat(path, {"DREAMER": {"noOfSubjects": 23}})
    with pytest.raises(ValueError, match="DREAMER has no field Data"):
        load_dreamer(tmp_path)
    savemat(path, {"DREAMER": {"Data": cells([1, 2], (1, 2))}})
    with pytest.raises(ValueError, match="must be 23 cells, got 2"):
        load_dreamer(tmp_path)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"baseline": "keep"}, "needs duration=None"),
        ({"baseline": "modality", "baseline_duration": 7.0}, "longer than the rest"),
        ({"duration": 0.3}, "duration=0.3 s is 38.4 samples"),
        ({"modalities": "gsr"}, "modalities must be"),
    ],
)
def test_bad_parameters_are_named(home, options, match):
    with pytest.raises(ValueError, match=match):
        load_dreamer(home, **{**LONG, **options})


def beyond(fields):
    fields["ScoreValence"][2] = 6


def text(fields):
    fields["ScoreArousal"] = "text"


def rest_of_text(fields):
    fields["EEG"]["baseline"][1, 0] = "text"


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (beyond, "film 3: valence must be from 1 to 5, got 6"),
        (text, "subject 1 is not as DREAMER's"),
        (rest_of_text, r"film 2: eeg \(baseline\) must be an array of real numbers"),
    ],
)
def test_content_of_another_kind_is_named(tmp_path, change, match):
    fields = person(1)
    change(fields)
    people = [fields] + [{"Age": 1}] * 22
    savemat(tmp_path / "DREAMER.mat", {"DREAMER": {"Data": cells(people, (1, 23))}})
    with pytest.raises(ValueError, match=rf"DREAMER\.mat: .*{match}"):
        load_dreamer(tmp_path, subjects=[1], duration=4.0)


def test_whole_films_and_rests_are_preprocessed_before_they_are_cut(home):
    dataset = load(home, baseline="modality", preprocess=MinusStart())
    for part, name in (("stimuli", "eeg"), ("baseline", "baseline")):
        whole = signal("EEG", 1, 0, part).T
        n_times = dataset.data[name].shape[-1]
        expected = whole[:, -n_times:] - whole[:, :1]
        np.testing.assert_array_equal(dataset.data[name][0], expected)


@pytest.mark.parametrize(
    ("more", "change", "match"),
    [
        ({"EEG_SamplingRate": 256}, {}, "EEG_SamplingRate is 256 Hz"),
        ({"ECG_SamplingRate": 128}, {}, "ECG_SamplingRate is 128 Hz"),
        ({}, {"ScoreArousal": np.ones((19, 1))}, "not 18 films, but .*19"),
    ],
)
def test_rates_and_numbers_of_films_other_than_known(tmp_path, more, change, match):
    people = [{**person(1), **change}] + [{"Age": 1}] * 22
    content = {"Data": cells(people, (1, 23)), **more}
    savemat(tmp_path / "DREAMER.mat", {"DREAMER": content})
    with pytest.raises(ValueError, match=rf"DREAMER\.mat: .*{match}"):
        load_dreamer(tmp_path, subjects=[1], modalities=["eeg", "ecg"])
