"""What a cache holds is whole, is found again, and belongs to its sources."""

import hashlib
import json
import os
import tracemalloc
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

from sklearn_emotion.datasets import clear_cache, list_cache
from sklearn_emotion.datasets._cache import load_parts
from sklearn_emotion.datasets._sums import DamagedFileError, read_json, to_json

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


def flip_last_byte(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def cut_off(path):
    path.write_bytes(path.read_bytes()[:-7])


def empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("name", ["entry.json", "eeg.npy", "columns.npz"])
@pytest.mark.parametrize("damage", [flip_last_byte, cut_off, empty])
def test_a_damaged_file_is_named_and_made_again(source, folder, name, damage):
    plain, plain_columns = load_parts(PARTS, load, source=source)
    load_parts(PARTS, load, source=source, cache_dir=folder)
    (entry,) = folder.iterdir()
    damage(entry / name)
    with pytest.warns(UserWarning, match=f"{name} is damaged: .* built again"):
        arrays, columns = load_parts(PARTS, load, source=source, cache_dir=folder)
    np.testing.assert_array_equal(arrays["eeg"], plain["eeg"])
    np.testing.assert_array_equal(columns["task"], plain_columns["task"])
    # The new entry is whole: nothing is read, and nothing is reported.
    load_parts(PARTS, None, source=source, cache_dir=folder)
    assert sorted(p.name for p in entry.iterdir()) == [
        "columns.npz",
        "eeg.npy",
        "entry.json",
    ]


@pytest.mark.parametrize("name", ["eeg.npy", "columns.npz"])
def test_a_file_that_was_deleted_is_made_again(source, folder, name):
    load_parts(PARTS, load, source=source, cache_dir=folder)
    (entry,) = folder.iterdir()
    (entry / name).unlink()
    with pytest.warns(UserWarning, match=f"{name}.* built again"):
        arrays, _ = load_parts(PARTS, load, source=source, cache_dir=folder)
    assert len(arrays["eeg"]) == 10


def test_an_array_of_another_entry_is_noticed(source, folder):
    """It can be read and has the right shape."""
    other = {**source, "dataset": "other"}
    load_parts(PARTS, load, source=source, cache_dir=folder)
    load_parts(PARTS[::-1], load, source=other, cache_dir=folder)
    theirs, ours = sorted(folder.iterdir())
    (ours / "eeg.npy").write_bytes((theirs / "eeg.npy").read_bytes())
    with pytest.warns(UserWarning, match=r"eeg\.npy is damaged"):
        arrays, _ = load_parts(PARTS, load, source=source, cache_dir=folder)
    assert arrays["eeg"][:3, 0, 0].tolist() == [3, 3, 3]


def drop_sums(entry):
    """Turn an entry into one of a version that stored no sums."""
    path = entry / "entry.json"
    content = json.loads(path.read_text())
    del content["format"], content["sum"], content["sums"]
    path.write_text(json.dumps(content, indent=1))


def test_entries_of_earlier_versions_are_read(source, folder):
    load_parts(PARTS, load, source=source, cache_dir=folder)
    (entry,) = folder.iterdir()
    drop_sums(entry)
    arrays, columns = load_parts(PARTS, None, source=source, cache_dir=folder)
    assert len(arrays["eeg"]) == len(columns["task"]) == 10
    assert list_cache(folder)["n_samples"].tolist() == [10]
    cut_off(entry / "eeg.npy")
    with pytest.warns(UserWarning, match="is damaged: .* built again"):
        load_parts(PARTS, load, source=source, cache_dir=folder)


@pytest.mark.parametrize("damage", [flip_last_byte, cut_off, empty])
def test_a_damaged_part_of_an_interrupted_run_is_made_again(source, folder, damage):
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
    (entry,) = folder.iterdir()
    (path,) = (entry / "parts").glob("0000-*.npz")
    damage(path)
    with pytest.warns(UserWarning, match=f"{path.name} is damaged: .* built again"):
        arrays, _ = load_parts(PARTS, recording, source=source, cache_dir=folder)
    assert seen == [3, 4, 2]
    expected, _ = load_parts(PARTS, load, source=source)
    np.testing.assert_array_equal(arrays["eeg"], expected["eeg"])


def test_a_damaged_description_is_listed_as_incomplete(source, folder):
    load_parts(PARTS, load, source=source, cache_dir=folder)
    (entry,) = folder.iterdir()
    cut_off(entry / "entry.json")
    table = list_cache(folder)
    assert table["complete"].tolist() == [False]
    assert table["n_samples"].tolist() == [None]
    assert clear_cache(folder) == 1


@pytest.mark.parametrize("what", ["entry", "parts"])
def test_nothing_is_written_through_a_link(source, folder, tmp_path, what):
    load_parts(PARTS, load, source=source, cache_dir=folder)
    (entry,) = folder.iterdir()
    clear_cache(folder)
    target = tmp_path / "elsewhere"
    target.mkdir()
    link = entry if what == "entry" else entry / "parts"
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(target)
    with pytest.raises(OSError, match=f"{link.name} is a symbolic link"):
        load_parts(PARTS, load, source=source, cache_dir=folder)
    assert list(target.iterdir()) == []


def test_a_linked_entry_is_not_deleted(source, folder, tmp_path):
    load_parts(PARTS, load, source=source, cache_dir=folder)
    (entry,) = folder.iterdir()
    target = tmp_path / "elsewhere"
    entry.rename(target)
    entry.symlink_to(target)
    with pytest.raises(OSError, match="is a symbolic link"):
        clear_cache(folder)
    assert (target / "eeg.npy").is_file()


def test_the_folder_of_the_cache_may_be_a_link(source, folder, tmp_path):
    (tmp_path / "disk").mkdir()
    folder.symlink_to(tmp_path / "disk")
    load_parts(PARTS, load, source=source, cache_dir=folder)
    arrays, _ = load_parts(PARTS, None, source=source, cache_dir=folder)
    assert len(arrays["eeg"]) == 10


@pytest.mark.parametrize(
    "number", [4, 4.0, np.int64(4), np.float64(4), np.float32(4), np.array([4, 5])[0]]
)
def test_a_length_makes_one_entry_however_it_is_written(source, folder, number):
    def with_params(value):
        params = {"window": value, "step": None, "subjects": [np.int64(1), 2]}
        return {**source, "params": {**params, "options": {"duration": value}}}

    load_parts(PARTS, load, source=with_params(4), cache_dir=folder)
    load_parts(PARTS, None, source=with_params(number), cache_dir=folder)
    (entry,) = list_cache(folder).itertuples()
    assert entry.params["window"] == 4
    assert entry.params["subjects"] == [1, 2]
    load_parts(PARTS, load, source=with_params(number + 1), cache_dir=folder)
    assert len(list_cache(folder)) == 2


def test_keys_of_entries_are_those_of_earlier_versions(tmp_path):
    """A digest of the parameters as JSON, the size and the time of each file."""
    path = tmp_path / "recording.dat"
    path.write_bytes(b"0123456789")
    os.utime(path, ns=(0, 7))
    params = {"subjects": [1, 2], "window": 2.0, "step": None, "sfreq": 128.0}
    source = {"dataset": "toy", "params": params, "files": [path]}
    load_parts(PARTS, load, source=source, cache_dir=tmp_path / "cache")
    text = (
        '[1, {"sfreq": 128.0, "step": null, "subjects": [1, 2], "window": 2.0}, '
        f'[["{path}", 10, 7]]]'
    )
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    assert [p.name for p in (tmp_path / "cache").iterdir()] == [f"toy-{digest}"]


def test_sums_depend_on_content_and_not_on_spaces(tmp_path):
    path = tmp_path / "content.json"
    content = {"a": [1, 2.5, float("inf")], "b": {"c": None, "d": "é"}}
    path.write_text(to_json(content, indent=1))
    assert read_json(path) == (content, True)
    path.write_text(json.dumps(json.loads(path.read_text())))
    assert read_json(path) == (content, True)
    for old, new in (("2.5", "2.6"), ('"c"', '"e"'), ("null", "true")):
        path.write_text(to_json(content).replace(old, new))
        with pytest.raises(DamagedFileError, match=r"content\.json is damaged"):
            read_json(path)
    for lost in ("sum", "format"):
        stored = json.loads(to_json(content))
        del stored[lost]
        path.write_text(json.dumps(stored))
        with pytest.raises(DamagedFileError, match=r"content\.json is damaged"):
            read_json(path)
    path.write_text(json.dumps(content))
    assert read_json(path) == (content, False)
    for text in ("", "{", "[1]", "[" * 100_000, "\xff"):
        path.write_text(text, encoding="latin-1")
        with pytest.raises(DamagedFileError, match=r"content\.json is damaged"):
            read_json(path)
