"""A copy of DEAP is described file by file, from Python and from a shell."""

import numpy as np
import pytest
from _deap import python2_pickle, ratings_table

from sklearn_emotion.cli import main
from sklearn_emotion.datasets import _deap, check_deap, load_deap


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
        content = python2_pickle({"labels": labels, "data": np.zeros((40, 40, 512))})
        content = content[:-99] if subject == 3 else content
        path = tmp_path / "data_preprocessed_python" / f"s{subject:02d}.dat"
        path.write_bytes(content)
    return tmp_path


def test_each_file_is_described(folder):
    report = check_deap(folder)
    assert len(report) == 33
    assert report["file"][0] == _deap.TABLE
    assert report["status"][:5].tolist() == ["good", "good", "bad", "bad", "missing"]
    assert "flipped to 9 - x" in report["problem"][2]
    assert "cannot be read as a pickle" in report["problem"][3]
    (folder / _deap.TABLE).unlink()
    report = check_deap(folder)
    assert report["status"][:4].tolist() == ["missing", "unchecked", "unchecked", "bad"]


def test_an_empty_folder_lacks_everything(tmp_path):
    assert check_deap(tmp_path)["status"].tolist() == ["missing"] * 33


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
