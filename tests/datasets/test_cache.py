"""What a cache holds is whole, is found again, and belongs to its sources."""

import os
import tracemalloc
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

from sklearn_emotion.datasets import clear_cache, list_cache
from sklearn_emotion.datasets._cache import load_parts

PARTS = [3, 1, 4, 2]


def load(part):
    arrays = {"eeg": np.full((part, 2, 5), part, np.float32)}
    columns = {"subject": np.full(part, part), "task": np.full(part, f"task {part}")}
    return arrays, columns


def build(folder, source):
    arrays, columns = load_parts(PARTS, load, source=source, cache_dir=folder)
    return float(arrays["eeg"].sum()), columns["task"].tolist()


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "recording.dat"
    path.write_bytes(b"0123456789")
    return {"dataset": "toy", "params": {"window": 2.0}, "files": [path]}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache"


def test_the_cache_changes_nothing_but_where_the_arrays_lie(source, folder):
    plain, plain_columns = load_parts(PARTS, load, source=source)
    for _ in range(2):
        stored, columns = load_parts(PARTS, load, source=source, cache_dir=folder)
        assert isinstance(stored["eeg"], np.memmap)
        assert not stored["eeg"].flags.writeable
        assert stored["eeg"].dtype == np.float32
        np.testing.assert_array_equal(stored["eeg"], plain["eeg"])
        assert list(columns) == list(plain_columns)
        for name in columns:
            np.testing.assert_array_equal(columns[name], plain_columns[name])
    assert plain["eeg"].shape == (10, 2, 5)


def test_a_second_load_reads_no_source(source, folder):
    load_parts(PARTS, load, source=source, cache_dir=folder)
    arrays, _ = load_parts(PARTS, None, source=source, cache_dir=folder)
    assert len(arrays["eeg"]) == 10


@pytest.mark.parametrize("change", ["params", "size", "time"])
def test_other_parameters_and_changed_sources_make_another_entry(
    source, folder, change
):
    load_parts(PARTS, load, source=source, cache_dir=folder)
    path = source["files"][0]
    if change == "params":
        source = {**source, "params": {"window": 4.0}}
    elif change == "size":
        status = path.stat()
        path.write_bytes(b"0123456789 and more")
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    else:
        os.utime(path, (0, 0))
    load_parts([7], load, source=source, cache_dir=folder)
    assert sorted(list_cache(folder)["n_samples"]) == [7, 10]


def test_an_interrupted_run_goes_on_where_it_stopped(source, folder):
    seen = []

    def failing(part):
        if part == 4:
            raise KeyboardInterrupt
        return load(part)

    def recording(part):
        seen.append(part)
        return load(part)

    with pytest.raises(KeyboardInterrupt):
        load_parts(PARTS, failing, source=source, cache_dir=folder)
    assert list_cache(folder)["complete"].tolist() == [False]
    arrays, _ = load_parts(PARTS, recording, source=source, cache_dir=folder)
    assert seen == [4, 2]
    np.testing.assert_array_equal(
        arrays["eeg"], load_parts(PARTS, load, source=source)[0]["eeg"]
    )
    assert list_cache(folder)["complete"].tolist() == [True]


def test_a_file_cut_off_by_a_kill_is_neither_read_nor_kept(source, folder):
    def killed(part):
        (entry,) = folder.iterdir()
        (entry / "parts" / "0123.tmp").write_bytes(b"half a pa")
        raise SystemExit

    with pytest.raises(SystemExit):
        load_parts(PARTS, killed, source=source, cache_dir=folder)
    load_parts(PARTS, load, source=source, cache_dir=folder)
    names = sorted(path.name for path in folder.rglob("*") if path.is_file())
    assert names == ["columns.npz", "eeg.npy", "entry.json"]


def test_two_processes_can_build_the_same_entry(source, folder):
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(build, folder, source) for _ in range(8)]
        results = [job.result() for job in jobs]
    # 3 samples of 3, 1 of 1, 4 of 4 and 2 of 2, ten values each.
    assert {total for total, _ in results} == {10.0 * (9 + 1 + 16 + 4)}
    assert len(list_cache(folder)) == 1


@pytest.mark.parametrize("still_removing", [False, True])
def test_another_process_that_finishes_first_is_believed(
    source, folder, still_removing
):
    """Also while it removes the parts that it has put together."""
    calls = []

    def overtaken(part):
        calls.append(part)
        if len(calls) == 2:
            (entry,) = folder.iterdir()
            for path in (entry / "parts").iterdir():
                path.unlink()
            (entry / "parts").rmdir()
            load_parts(PARTS, load, source=source, cache_dir=folder)
            if still_removing:
                (entry / "parts").mkdir()
        return load(part)

    arrays, _ = load_parts(PARTS, overtaken, source=source, cache_dir=folder)
    assert calls[:2] == [3, 1]
    assert len(arrays["eeg"]) == 10


def test_listing_and_clearing(source, folder):
    load_parts(PARTS, load, source=source, cache_dir=folder)
    load_parts([5], load, source={**source, "dataset": "other"}, cache_dir=folder)
    (folder / "notes.txt").write_text("mine")
    (folder / "toy-0123456789abcdef").mkdir()
    table = list_cache(folder)
    assert table["dataset"].tolist() == ["other", "toy"]
    assert table["n_samples"].tolist() == [5, 10]
    assert table["params"].tolist() == [{"window": 2.0}] * 2
    assert clear_cache(folder, "toy") == 1
    assert list_cache(folder)["dataset"].tolist() == ["other"]
    assert clear_cache(folder) == 1
    left = sorted(path.name for path in folder.iterdir())
    assert left == ["notes.txt", "toy-0123456789abcdef"]
    assert list_cache(folder).empty


def test_without_a_cache_the_parts_are_not_held_beside_the_whole(source):
    def load_large(part):
        return {"eeg": np.full((100, 10, 1000), part, np.float32)}, {
            "subject": np.full(100, part)
        }

    tracemalloc.start()
    arrays, _ = load_parts(range(20), load_large, source=source)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert arrays["eeg"][::100, 0, 0].tolist() == list(range(20))
    # 80 MB; joblib reads a few parts of 4 MB ahead.
    assert peak < 1.4 * arrays["eeg"].nbytes
