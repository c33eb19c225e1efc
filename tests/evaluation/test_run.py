"""A comparison that is told to end leaves no process behind, and can be continued."""

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from sklearn_emotion.evaluation import read_results
from sklearn_emotion.evaluation.run._run import _until_the_end


def test_a_request_to_end_closes_the_folds_and_restores_the_handler():
    closed = []

    def folds():
        try:
            yield 1
            yield 2
        finally:
            closed.append(True)

    def end_after_the_first():
        with closing(_until_the_end(folds())) as some:
            next(some)
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)

    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as caught:
        end_after_the_first()
    assert caught.value.code == 128 + signal.SIGTERM
    assert closed == [True]
    assert signal.getsignal(signal.SIGTERM) == before


COMMAND = """
import os, sys, time
from pathlib import Path
sys.path[:0] = [{tests!r}]
from _evaluation import Picky
from sklearn_emotion.cli import main
from sklearn_emotion.datasets import make_emotion
from sklearn_emotion.evaluation.plan._recipe import Recipe
from sklearn_emotion.evaluation.plan._recipes import RECIPES
from sklearn_emotion.evaluation.run._sources import SOURCES, Source

class Slow(Picky):
    def fit(self, X, y):
        if "WAITS" in os.environ and list(Path({store!r}).glob("folds/*/*.json")):
            time.sleep(300)
        return super().fit(X, y)

def load(*arguments, **options):
    return make_emotion(
        n_subjects=6, n_trials=2, duration=2.0, window=2.0, random_state=0
    )

RECIPES["slow"] = Recipe(lambda setting: Slow(), "eeg", "a slow one")
SOURCES["synthetic"] = Source(load, "valence", 1, "valence")
call = ["--dataset", "synthetic", "--estimators", "slow", "--protocol", "loso"]
sys.exit(main(["benchmark", *call, "--n-jobs", "2", "--out", {store!r}]))
"""


def start(store, **variables):
    tests = str(Path(__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND.format(tests=tests, store=str(store))],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"} | variables,
        start_new_session=True,
    )


def processes_of(session):
    """Return the processes of a session that have not ended."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, *fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if state != "Z" and int(fields[2]) == session:
            found.append(folder.name)
    return found


def wait_until(condition):
    for _ in range(1200):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("what was waited for did not happen within two minutes")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
@pytest.mark.parametrize(
    ("send", "number", "status"),
    [
        (os.kill, signal.SIGTERM, 143),
        (os.kill, signal.SIGINT, 130),
        (os.killpg, signal.SIGINT, 130),
    ],
    ids=["ended", "interrupted", "interrupted with its workers"],
)
def test_a_command_that_is_told_to_end_ends_its_workers(tmp_path, send, number, status):
    command = start(tmp_path, WAITS="1")
    try:
        wait_until(lambda: list(tmp_path.glob("folds/*/*.json")))
        # The command, its two workers, and the process that cleans up after them.
        assert len(processes_of(command.pid)) >= 3
        send(command.pid, number)
        command.communicate(timeout=60)
        assert command.returncode == status
        wait_until(lambda: not processes_of(command.pid))
    finally:
        for process in processes_of(command.pid):
            os.kill(int(process), signal.SIGKILL)
    finished = len(read_results(tmp_path))
    assert 1 <= finished < 6
    command = start(tmp_path)
    output, _ = command.communicate()
    assert command.returncode == 0, output
    results = read_results(tmp_path)
    assert results["fold"].tolist() == list(range(6))
    assert (results["error"] == "").all()
