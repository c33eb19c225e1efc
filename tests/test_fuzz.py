"""Damaged files are read or named, and the fuzzer notices everything else.

``benchmarks/reliability/fuzz.py`` runs more mutations of the same kinds. To repeat a
single mutation, run ``python benchmarks/reliability/fuzz.py --only READER --seed SEED
--show NUMBER``.
"""

import numpy as np
import pytest
from _mutations import FORMATS, GENERAL, mutate

pytest.importorskip("resource")
pytest.importorskip("av")
pytest.importorskip("mne_bids")
pytest.importorskip("pyxdf")
from _fuzz import OUTCOMES, RIGHT, Server
from _fuzz_toys import TOYS

SEED = 0
N_MUTATIONS = 50
READERS = [
    "AFEW-VA .json",
    "AFEW-VA .png",
    "AMIGOS .mat",
    "BIDS events",
    "BIDS participants",
    "CASE annotations",
    "CASE physiological",
    "DEAP .bdf",
    "DEAP .dat",
    "DEAP .mat",
    "DEAP face video",
    "DEAP ratings",
    "DREAMER .mat",
    "E4 archive",
    "E4 beats",
    "E4 sensor",
    "E4 tags",
    "EEGMAT .edf",
    "EEGMAT table",
    "Emotiv recording",
    "FACED .pkl",
    "FACED ratings",
    "LSL .xdf",
    "MAHNOB-HCI .bdf",
    "MAHNOB-HCI session.xml",
    "MAHNOB-HCI video",
    "Muse recording",
    "OpenBCI recording",
    "OpenFace table",
    "SEED EEG .mat",
    "SEED features .mat",
    "SEED labels",
    "SEED-IV eeg .mat",
    "SEED-IV eye .mat",
    "SEED-V .cnt",
    "SEED-V .npz",
    "Stress-Predict .npz",
    "Stress-Predict labels",
    "WESAD .pkl",
    "action units",
    "cache without sums, array",
    "cache without sums, columns",
    "cache without sums, description",
    "cache, array",
    "cache, columns",
    "cache, description",
    "cache, part",
    "model file",
    "store without sums, fold",
    "store without sums, settings",
    "store, fold",
    "store, settings",
]


@pytest.fixture(scope="module")
def server():
    server = Server()
    yield server
    server.close()


@pytest.mark.parametrize("name", READERS)
def test_damaged_files_are_read_or_named(server, name):
    outcomes = server.run(name, SEED, range(N_MUTATIONS))
    wrong = [
        f"number {number}, {outcome}: {text[:300]}"
        for number, (outcome, text) in enumerate(outcomes)
        if outcome not in RIGHT
    ]
    assert not wrong, f"{name}, seed {SEED}:\n" + "\n".join(wrong)
    assert len(outcomes) == N_MUTATIONS
    # Most of the damage matters, unless a damaged file is made again.
    if name.startswith("cache"):
        assert {outcome for outcome, _ in outcomes} <= {"same", "other data"}
    else:
        assert sum(outcome != "same" for outcome, _ in outcomes) >= 3


def test_every_reader_is_tested(server):
    assert sorted(server.names) == READERS


@pytest.mark.parametrize("kind", [*FORMATS, "bytes"])
def test_mutations_are_reproducible_and_change_any_content(kind):
    for content in (b"", b"x", bytes(300), b"a,1\nb,2\n", bytes(range(256)) * 4):
        for number in range(60):
            first, again = (
                mutate(content, kind, np.random.default_rng([1, number]))
                for _ in range(2)
            )
            assert first == again != content


def test_each_general_mutation_changes_something():
    content = bytes(range(1, 251)) + b" 12 words and 3.5 more"
    for change in GENERAL:
        changed = [change(content, np.random.default_rng(i)) for i in range(20)]
        assert any(version != content for version in changed), change.__name__


@pytest.fixture(scope="module")
def toy_server():
    server = Server("_fuzz_toys", cpu_seconds=1)
    yield server
    server.close()


@pytest.mark.parametrize("name", TOYS)
def test_the_fuzzer_tells_how_reading_ended(toy_server, name):
    # Two readings, because a process that ended must be replaced.
    outcomes = toy_server.run(name, SEED, range(2))
    assert [outcome for outcome, _ in outcomes] == [TOYS[name][0]] * 2


def test_the_toys_end_in_all_ways():
    assert {outcome for outcome, _ in TOYS.values()} == set(OUTCOMES)
