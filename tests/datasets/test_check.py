"""A copy of a data set is described file by file, from Python and from a shell."""

import re
import shutil
import warnings

import numpy as np
import pytest
import test_afew_va
import test_amigos
import test_case
import test_dreamer
import test_seed
from _deap import python2_pickle, ratings_table
from _edf import write_edf
from _mahnob import VIDEO, write_session
from scipy.io import savemat

from sklearn_emotion.cli import main
from sklearn_emotion.cli._check_page import LOADERS, described, load_people
from sklearn_emotion.cli._files import CHECKED
from sklearn_emotion.datasets import _check, _deap, check_dataset, load_deap
from sklearn_emotion.datasets._check import CHECKERS
from sklearn_emotion.datasets._descriptions import read_description
from sklearn_emotion.datasets._generated import write_marker


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Three of 32 subjects: as published, flipped, and cut off."""
    monkeypatch.setattr(_deap, "DURATION", 1.0)
    (tmp_path / "data_preprocessed_python").mkdir()
    (tmp_path / "metadata_csv").mkdir()
    rng = np.random.default_rng(0)
    ratings = {s: np.round(rng.uniform(1, 8, (40, 4)), 2) for s in (1, 2, 3)}
    order = dict.fromkeys(ratings, np.arange(1, 41))
    (tmp_path / _deap.TABLE).write_text(ratings_table(ratings, order, {}))
    for subject, labels in ratings.items():
        labels = 9 - labels if subject == 2 else labels
        data = rng.standard_normal((40, 40, 512)).astype(np.float32)
        content = python2_pickle({"labels": labels, "data": data})
        content = content[:-99] if subject == 3 else content
        path = tmp_path / "data_preprocessed_python" / f"s{subject:02d}.dat"
        path.write_bytes(content)
    return tmp_path


def test_each_file_is_described(folder):
    report = check_dataset("deap", folder)
    assert len(report) == 33
    assert report["file"][0] == _deap.TABLE
    assert report["status"][:5].tolist() == ["good", "good", "bad", "bad", "missing"]
    assert "flipped to 9 - x" in report["problem"][2]
    assert "cannot be read as a pickle" in report["problem"][3]
    (folder / _deap.TABLE).unlink()
    report = check_dataset("deap", folder)
    assert report["status"][:4].tolist() == ["missing", "unchecked", "unchecked", "bad"]


def test_the_command_knows_every_checker():
    assert tuple(CHECKERS) == CHECKED


@pytest.mark.parametrize(
    ("name", "n_files"),
    [
        ("afew-va", 600),
        ("amigos", 40),
        ("case", 60),
        ("deap", 33),
        ("dreamer", 1),
        ("eegmat", 73),
        ("faced", 123),
        ("mahnob-hci", 27),
        ("seed", 46),
        ("seed-iv", 45),
        ("seed-v", 16),
        ("stress-predict", 137),
        ("wesad", 15),
    ],
)
def test_an_empty_folder_lacks_everything(tmp_path, name, n_files):
    report = check_dataset(name, tmp_path)
    assert report["status"].tolist() == ["missing"] * n_files
    assert main(["check", name, str(tmp_path)]) == 1


def test_a_folder_that_is_not_there_is_named_before_its_files(tmp_path, capsys):
    place = tmp_path / "nosuch"
    with pytest.raises(FileNotFoundError, match=r"There is no folder .*nosuch\.$"):
        check_dataset("eegmat", place)
    assert main(["check", "eegmat", str(place)]) == 2
    assert f"There is no folder {place}." in capsys.readouterr().err


def status(name, folder):
    """Status of the files that are there, or that stand for what is not."""
    report = check_dataset(name, folder)
    assert len(report["file"]) > 0
    return dict(zip(report["file"], report["status"])), report.set_index("file")


def test_other_data_sets_are_unknown():
    with pytest.raises(ValueError, match=r"name must be one of \('afew-va'.*'faces'"):
        check_dataset("faces")


def test_a_copy_of_mahnob_hci(tmp_path):
    for number in range(2, 42, 2):
        # Sessions whose signals are equal have different lengths.
        write_session(tmp_path, number, 1, 2 + number // 14)
    write_session(tmp_path, 1, 1, 2, ratings=None)
    (path,) = (tmp_path / "Sessions" / "4").glob("*.bdf")
    path.write_bytes(path.read_bytes()[:-7])
    write_session(tmp_path, 132, 2, 2, pulses=1)
    write_session(tmp_path, 134, 2, None)
    (tmp_path / "Sessions" / "6" / "session.xml").write_text("<!DOCTYPE x><x/>")
    found, report = status("mahnob-hci", tmp_path)
    assert found["Sessions/1/session.xml"] == "good"
    assert found["Sessions/2/Part_1_S_Trial2_emotion.bdf"] == "good"
    assert found["Sessions/4/Part_1_S_Trial4_emotion.bdf"] == "bad"
    assert found["Sessions/6/session.xml"] == "bad"
    assert "document type" in report.loc["Sessions/6/session.xml", "problem"]
    marks = report.loc["Sessions/132/Part_2_S_Trial132_emotion.bdf", "problem"]
    assert "does not mark a clip" in marks
    assert found["Sessions/134/Part_*_emotion.bdf"] == "missing"
    assert found["Sessions/1 sessions of subject 1"] == "missing"
    assert found["Sessions/18 sessions of subject 2"] == "missing"
    assert "Sessions/20 sessions of subject 12" not in found


def test_videos_that_are_there_are_opened(folder, monkeypatch):
    pytest.importorskip("av")
    from _drawn_face import write_video

    videos = folder / "face_video" / "s01"
    videos.mkdir(parents=True)
    frames = [np.zeros((32, 48, 3), np.uint8)] * 5
    write_video(videos / "s01_trial01.avi", frames)
    (videos / "s01_trial02.avi").write_bytes(b"RIFF")
    session = write_session(folder, 2, 1, 2)
    write_video(session / VIDEO.format(2), frames)
    found, _ = status("deap", folder)
    assert found["face_video/s01/s01_trial01.avi"] == "good"
    assert found["face_video/s01/s01_trial02.avi"] == "bad"
    found, _ = status("mahnob-hci", folder)
    assert found[f"Sessions/2/{VIDEO.format(2)}"] == "good"

    def lacking(path):
        raise ImportError

    monkeypatch.setattr(_check, "probe_video", lacking)
    found, _ = status("deap", folder)
    assert found["face_video/s01/s01_trial02.avi"] == "unchecked"


def test_a_copy_of_amigos(tmp_path):
    test_amigos.write(tmp_path, 1)
    test_amigos.write(tmp_path, 2, test_amigos.shapes)
    (tmp_path / "Data_Preprocessed_P03.mat").write_bytes(b"")
    found, _ = status("amigos", tmp_path)
    assert list(found.values()) == ["good", "bad", "bad"] + ["missing"] * 37


def test_a_copy_of_afew_va(tmp_path):
    for clip in (1, 2, 3):
        test_afew_va.write_clip(tmp_path, clip, 3)
    (tmp_path / "002" / "00001.png").unlink()
    (tmp_path / "003" / "00002.png").write_bytes(b"no image")
    found, report = status("afew-va", tmp_path)
    assert list(found.values()) == ["good", "bad", "bad"] + ["missing"] * 597
    assert "00001.png is annotated and missing" in report["problem"]["002/002.json"]


def test_a_copy_of_dreamer(tmp_path):
    people = [test_dreamer.person(subject) for subject in range(1, 24)]
    content = {"Data": test_dreamer.cells(people, (1, 23))}
    savemat(tmp_path / "DREAMER.mat", {"DREAMER": content})
    assert status("dreamer", tmp_path)[0] == {"DREAMER.mat": "good"}
    people[7] = {"Age": 1}
    content = {"Data": test_dreamer.cells(people, (1, 23))}
    savemat(tmp_path / "DREAMER.mat", {"DREAMER": content})
    _, report = status("dreamer", tmp_path)
    assert "subject 8 is not as DREAMER's" in report.loc["DREAMER.mat", "problem"]


def test_seed_and_whether_its_labels_agree(tmp_path):
    for name, first in (("ExtractedFeatures", -1), ("Preprocessed_EEG", 1)):
        folder = tmp_path / name
        folder.mkdir()
        labels = [first, *test_seed.LABELS[1:]]
        savemat(folder / "label.mat", {"label": np.array([labels])})
    path = tmp_path / "ExtractedFeatures" / "1_20131027.mat"
    savemat(path, {f"de_LDS{f + 1}": test_seed.features(1, f) for f in range(15)})
    path.with_name("1_20131030.mat").write_bytes(path.read_bytes()[:-900])
    found, report = status("seed", tmp_path)
    assert found["ExtractedFeatures/label.mat"] == "bad"
    assert "labels of SEED differ" in report["problem"]["ExtractedFeatures/label.mat"]
    assert found["ExtractedFeatures/1_20131027.mat"] == "good"
    assert found["ExtractedFeatures/1_20131030.mat"] == "bad"
    assert found["ExtractedFeatures/1_<date>.mat"] == "missing"
    assert found["Preprocessed_EEG/15_<date>.mat"] == "missing"


def test_the_real_copies_are_good(data_home):
    for name in ("eegmat", "stress-predict"):
        report = check_dataset(name, data_home)
        assert set(report["status"]) == {"good"}


def test_the_command_prints_what_is_wrong(folder, capsys):
    assert main(["check", "deap", str(folder)]) == 1
    out = capsys.readouterr().out
    assert "good: 2 of 33 files" in out
    assert "bad: 2 of 33 files" in out
    assert "missing: 29 of 33 files" in out
    assert "s02.dat: " in out


def test_the_cache_is_listed_and_cleared(folder, tmp_path, capsys):
    cache = tmp_path / "cache"
    load_deap(folder, subjects=[1], window=1.0, cache_dir=cache)
    assert main(["cache", "list", str(cache)]) == 0
    out = capsys.readouterr().out
    assert "40 samples" in out
    assert "1 entries" in out
    assert main(["cache", "clear", str(cache), "--dataset", "eegmat"]) == 0
    assert capsys.readouterr().out == "0 entries deleted.\n"
    assert main(["cache", "clear", str(cache)]) == 0
    assert main(["cache", "list", str(cache), "--dataset", "deap"]) == 0
    assert "0 entries, 0.0 MB" in capsys.readouterr().out
    assert main(["cache", "list", str(tmp_path / "none")]) == 2


@pytest.fixture
def short_windows(monkeypatch):
    loader, target, _ = LOADERS["deap"]
    monkeypatch.setitem(LOADERS, "deap", (loader, target, {"window": 1.0}))


@pytest.mark.usefixtures("short_windows")
def test_the_page_shows_files_subjects_and_classes(folder, tmp_path, capsys):
    page = tmp_path / "pages" / "deap.html"
    assert main(["check", "deap", str(folder), "--page", str(page)]) == 1
    assert f"Page: {page}" in capsys.readouterr().out
    text = page.read_text(encoding="utf-8")
    # Only the first subject can be loaded, because the others are flipped or cut off.
    assert "<dt>subjects</dt><dd>1</dd>" in text
    assert "<dt>files bad</dt><dd>2</dd>" in text
    assert "flipped to 9 - x" in text
    assert "subject 3: " in text
    assert text.count('src="data:image/png;base64,') == 1
    # The page needs no other file, whatever addresses its texts contain.
    assert re.findall(r'(?:src|href)="(?!data:)|<link|@import', text) == []
    dataset = load_deap(folder, subjects=[1], window=1.0)
    share = dataset.summary("valence").loc[1, 0]
    assert f"<td>{share:.3f}</td>" in re.sub(' data-[a-z]+="[^"]*"', "", text)


@pytest.mark.usefixtures("short_windows")
def test_the_page_takes_no_memory_for_signals(folder):
    dataset, problems = load_people("deap", folder)
    expected = load_deap(folder, subjects=[1], window=1.0)
    assert dataset.data["eeg"].shape == expected.data["eeg"].shape
    assert dataset.data["eeg"].strides[0] == 0
    assert len(problems) == 31
    summary = dataset.summary("valence")
    assert summary.equals(expected.summary("valence"))


def test_a_page_without_any_subject_lists_the_files(tmp_path):
    page = tmp_path / "a.html"
    assert main(["check", "wesad", str(tmp_path), "--page", str(page)]) == 1
    text = page.read_text(encoding="utf-8")
    assert "15 of 15 files are not good." in text
    assert "subject 17: WESAD is not complete" in text
    assert "<img" not in text


@pytest.mark.usefixtures("short_windows")
def test_the_page_asks_for_no_other_subjects_than_those_of_a_rehearsal(folder):
    facts = {"dataset": "deap", "subjects": 3, "trials": 40, "effect": "none"}
    write_marker(folder, facts)
    _, problems = load_people("deap", folder)
    assert [text.partition(":")[0] for text in problems] == ["subject 2", "subject 3"]


def test_a_description_is_shown_without_marks():
    text = """.. _a_dataset:

Name: what it is
----------------

**Characteristics**

:Signals: 32 channels & more, at
    128 Hz
:Labels: ``valence``

Layout on disk::

    a/<number>.dat
      b.csv

Some text of
two lines.

- one: `f`
- two
"""
    assert described(text).splitlines() == [
        "<h3>Name: what it is</h3>",
        "<p><b>Characteristics</b></p>",
        "<ul><li><b>Signals:</b> 32 channels &amp; more, at 128 Hz</li>"
        "<li><b>Labels:</b> <code>valence</code></li></ul>",
        "<p>Layout on disk:</p>",
        "<pre>a/&lt;number&gt;.dat",
        "  b.csv</pre>",
        "<p>Some text of two lines.</p>",
        "<ul><li>one: <code>f</code></li><li>two</li></ul>",
    ]


@pytest.mark.parametrize("loader", [loader for loader, *_ in LOADERS.values()])
def test_the_description_of_each_data_set_is_shown_without_marks(loader):
    text = described(read_description(loader.removeprefix("load_")))
    prose = re.sub("<pre>.*?</pre>", "", text, flags=re.DOTALL)
    assert not re.search(r"`|\*\*|::|<p>[:.-]|---|===", prose)


def test_the_page_knows_every_data_set():
    assert tuple(LOADERS) == CHECKED


@pytest.mark.parametrize(
    "name",
    ["S01.DAT", "s01 (1).dat", "s01.dat.part", "Copy of s01.dat", "s01_copy.dat"],
)
def test_what_a_missing_file_may_be_is_named(folder, name):
    path = folder / "data_preprocessed_python" / "s01.dat"
    path.rename(path.with_name(name))
    (folder / "data_preprocessed_python" / "._s01.dat").write_bytes(b"attributes")
    with pytest.raises(FileNotFoundError, match=re.escape(f"contains {name}: if")):
        load_deap(folder, subjects=[1, 2], window=1.0)
    found, report = status("deap", folder)
    assert found["data_preprocessed_python/s01.dat"] == "missing"
    problem = report.loc["data_preprocessed_python/s01.dat", "problem"]
    assert problem.endswith("rename it to s01.dat")
    assert report.loc["data_preprocessed_python/s10.dat", "problem"] == ""


def test_a_folder_with_the_name_of_a_file_needs_no_other_name(folder):
    path = folder / "data_preprocessed_python" / "s01.dat"
    path.unlink()
    path.mkdir()
    with pytest.raises(FileNotFoundError, match=r"missing: .*s01\.dat") as caught:
        load_deap(folder, subjects=[1, 2], window=1.0)
    assert "rename" not in str(caught.value)


def test_links_to_nowhere_are_named(folder):
    path = folder / "data_preprocessed_python" / "s01.dat"
    path.unlink()
    path.symlink_to(path.name)
    _, report = status("deap", folder)
    problem = report.loc["data_preprocessed_python/s01.dat", "problem"]
    assert "s01.dat is a link to a file that is not there" in problem


def test_the_folder_may_be_written_in_another_case(folder, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(folder / "metadata_csv", home / "DEAP" / "metadata_csv")
    assert check_dataset("deap", home)["status"][0] == "good"
    (home / "Deap").mkdir()
    assert check_dataset("deap", home)["status"][0] == "missing"


def eegmat(folder, change=lambda content: content):
    write_edf(folder / "Subject00_1.edf", np.zeros((21, 1000), "<i2"))
    content = (folder / "Subject00_1.edf").read_bytes()
    (folder / "Subject00_2.edf").write_bytes(change(content))
    found, report = status("eegmat", folder)
    assert found["Subject00_1.edf"] == "good"
    assert found["Subject00_2.edf"] == "bad"
    return report.loc["Subject00_2.edf", "problem"]


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        (b"EEG Fp1", b"EEG X1 ", r"no channels \['Fp1'\]"),
        (b"EEG A2-A1", b"EEG F7   ", r"several channels \['F7'\]"),
        (b"mV", b"mm", "has the units"),
        (b"EDF+C", b"EDF+D", "interrupted recording"),
        (b"200.0   ", b"-200.0  ", "has no range"),
    ],
)
def test_a_recording_of_eegmat_that_cannot_be_loaded_is_bad(tmp_path, old, new, match):
    problem = eegmat(tmp_path, lambda content: content.replace(old, new, 1))
    assert re.search(match, problem)


def test_ratings_of_case_are_checked_with_the_signals(tmp_path):
    paths = test_case.write(tmp_path)
    path = paths["annotations"]
    lines = path.read_text().splitlines()
    name = {k: p.relative_to(tmp_path / "CASE").as_posix() for k, p in paths.items()}
    found, _ = status("case", tmp_path)
    assert {found[name[kind]] for kind in name} == {"good"}
    path.write_text("\n".join(lines[:-40]))
    found, report = status("case", tmp_path)
    assert found[name["annotations"]] == "good"
    assert "it is cut off" in report.loc[name["physiological"], "problem"]
    path.write_text("\n".join([*lines[:-1], lines[-1].replace(",", ",99", 1)]))
    found, report = status("case", tmp_path)
    assert "from 0.5 to 9.5" in report.loc[name["annotations"], "problem"]
    assert found[name["physiological"]] == "good"


def test_the_recording_of_another_subject_is_named(folder):
    place = folder / "data_preprocessed_python"
    (folder / _deap.TABLE).unlink()
    (place / "s02.dat").write_bytes((place / "s01.dat").read_bytes())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        load_deap(folder, subjects=[1, 2], window=1.0)
    texts = [str(warning.message) for warning in caught]
    assert any(re.search(r"content.* .*s02\.dat and .*s01\.dat", t) for t in texts)
    found, report = status("deap", folder)
    assert found["data_preprocessed_python/s01.dat"] == "unchecked"
    assert found["data_preprocessed_python/s02.dat"] == "bad"
    problem = report.loc["data_preprocessed_python/s02.dat", "problem"]
    assert re.search(r"s02\.dat has the same content as .*s01\.dat", problem)
