"""Loading takes the memory of one recording, however many there are."""

import json
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from _deap import python2_pickle, ratings_table

from sklearn_emotion import Modalities, VisualCNN
from sklearn_emotion.datasets import _deap

LOAD = """
import json, sys
import joblib, pandas
import sklearn_emotion.modalities
from sklearn_emotion.datasets import load_deap

def memory(field):
    for line in open("/proc/self/status"):
        if line.startswith(field):
            return int(line.split()[1]) / 1024

folder, cache, n_subjects = sys.argv[1], sys.argv[2] or None, int(sys.argv[3])
before = memory("VmRSS")
dataset = load_deap(folder, subjects=range(1, n_subjects + 1), cache_dir=cache)
peak = memory("VmHWM") - before
print(json.dumps({"peak": peak, "n_samples": len(dataset.data)}))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three subjects at full size, 103 MB each."""
    folder = tmp_path_factory.mktemp("deap")
    (folder / "data_preprocessed_python").mkdir()
    (folder / "metadata_csv").mkdir()
    rng = np.random.default_rng(0)
    ratings = {s: np.round(rng.uniform(1, 9, (40, 4)), 2) for s in (1, 2, 3)}
    order = dict.fromkeys(ratings, np.arange(1, 41))
    (folder / _deap.TABLE).write_text(ratings_table(ratings, order, {}))
    data = rng.standard_normal((40, 40, 8064))
    for subject, labels in ratings.items():
        path = folder / "data_preprocessed_python" / f"s{subject:02d}.dat"
        path.write_bytes(python2_pickle({"labels": labels, "data": data}))
    return folder


def load(folder, cache, n_subjects):
    """Peak memory in MB above that after the imports, in a process of its own."""
    if not Path("/proc/self/status").exists():
        pytest.skip("the peak of a process' memory is read from /proc")
    arguments = [str(folder), str(cache), str(n_subjects)]
    done = subprocess.run(
        [sys.executable, "-c", LOAD, *arguments],
        check=True,
        capture_output=True,
        text=True,
    )
    result = json.loads(done.stdout)
    assert result["n_samples"] == n_subjects * 40 * 30
    return result["peak"]


@pytest.mark.slow
def test_a_cached_load_holds_one_recording_at_a_time(folder, tmp_path):
    recording = 40 * 40 * 8064 * 8 / 2**20
    first = load(folder, tmp_path / "one", 1)
    all_three = load(folder, tmp_path / "three", 3)
    assert first < recording + 300
    # 39 MB of windows a subject would add up to 79 MB.
    assert all_three < first + 40
    assert load(folder, tmp_path / "three", 3) < 40


@pytest.mark.slow
def test_a_load_into_memory_holds_the_result_and_one_recording(folder):
    result = 3 * 40 * 30 * 32 * 256 * 4 / 2**20
    recording = 40 * 40 * 8064 * 8 / 2**20
    assert load(folder, "", 3) < result + recording + 300


def test_a_network_holds_one_batch_of_memory_mapped_frames(tmp_path):
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 256, (1500, 3, 24, 24), dtype=np.uint8)
    np.save(tmp_path / "face.npy", frames)
    X = Modalities(face=np.load(tmp_path / "face.npy", mmap_mode="r"))
    y = np.arange(len(frames)) % 2
    network = VisualCNN(max_epochs=1, batch_size=32, random_state=0)
    network.fit(X[:64], y[:64])  # imports what a fit needs
    tracemalloc.start()
    try:
        network.fit(X, y).predict(X)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # Floats would take four times as much as the frames, and a copy as much.
    assert peak < frames.nbytes / 4
