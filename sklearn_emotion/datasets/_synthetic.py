"""A generator of emotion data sets with planted effects."""

from numbers import Integral, Real

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.utils import check_random_state
from tqdm.auto import tqdm

from sklearn_emotion._validation import to_samples
from sklearn_emotion.datasets._bunch import EmotionDataset, read_description
from sklearn_emotion.datasets._effects import DEFAULT_EFFECTS, Design, parse_effects
from sklearn_emotion.datasets._simulate_body import (
    ECGSimulator,
    RespirationSimulator,
    SkinConductanceSimulator,
)
from sklearn_emotion.datasets._simulate_eeg import EEGSimulator
from sklearn_emotion.datasets._windows import plan_windows
from sklearn_emotion.modalities import Modalities
from sklearn_emotion.montage import channel_names


def make_emotion(
    n_subjects=12,
    n_trials=20,
    modalities=("eeg",),
    effect="medium",
    *,
    duration=30.0,
    window=10.0,
    step=None,
    ch_names="deap32",
    sfreq=128.0,
    ecg_sfreq=256.0,
    face_sfreq=5.0,
    face_size=64,
    subject_variation=1.0,
    trial_variation=1.0,
    stimulus_variation=0.0,
    drift=1.0,
    correlation=0.0,
    n_jobs=None,
    verbose=0,
    random_state=None,
):
    """Generate signals of emotion with effects of known size."""
    names = _check_modalities(modalities)
    rates = {"eeg": sfreq, "ecg": ecg_sfreq, "gsr": sfreq, "resp": sfreq}
    rates |= {"face": face_sfreq, "openface": face_sfreq}
    rates = {name: float(rates[name]) for name in names}
    for name, rate in rates.items():
        to_samples(duration, rate, f"duration of {name!r}")
    windows = plan_windows(duration, window, step, rates)
    effects = parse_effects(effect, names, duration)
    design = Design(
        n_subjects,
        n_trials,
        effects,
        seed=_seed(random_state),
        seconds=duration if window is None else window,
        subject_variation=subject_variation,
        trial_variation=trial_variation,
        correlation=correlation,
    )
    ch_names = channel_names(ch_names)
    simulators = {}
    for name, rate in rates.items():
        if name == "eeg":
            simulators[name] = EEGSimulator(
                design, ch_names, rate, duration, drift, stimulus_variation
            )
        else:
            cls = {
                "ecg": ECGSimulator,
                "gsr": SkinConductanceSimulator,
                "resp": RespirationSimulator,
            }[name]
            simulators[name] = cls(design, rate, duration, drift)
    data = _generate(simulators, windows, design.shape, n_jobs, verbose)
    return EmotionDataset(
        data=Modalities(**data),
        metadata=_metadata(design, windows),
        sfreq=rates,
        ch_names={
            name: ch_names if name == "eeg" else [name.upper()] for name in rates
        },
        units={name: simulators[name].unit for name in rates},
        DESCR=read_description("synthetic"),
    )


def _check_modalities(modalities):
    names = [modalities] if isinstance(modalities, str) else list(modalities)
    if not names or not set(names) <= set(DEFAULT_EFFECTS):
        raise ValueError(
            f"modalities must be one or more of {tuple(DEFAULT_EFFECTS)}, "
            f"got {modalities!r}."
        )
    return names


def _seed(random_state):
    if random_state is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    return int(check_random_state(random_state).randint(2**31 - 1))


def _generate(simulators, windows, shape, n_jobs, verbose):
    n_windows, n_trials = len(windows), shape[0] * shape[1]
    data = {
        name: np.empty(
            (n_trials * n_windows, *simulator.shape, windows.lengths[name]), np.float32
        )
        for name, simulator in simulators.items()
    }

    def run(number):
        rows = slice(number * n_windows, (number + 1) * n_windows)
        for name, simulator in simulators.items():
            signal = simulator.trial(*divmod(number, shape[1]))
            windows.cut(signal, name, axis=simulator.time_axis, out=data[name][rows])

    tasks = Parallel(n_jobs=n_jobs, require="sharedmem", return_as="generator")
    done = tasks(delayed(run)(number) for number in range(n_trials))
    for _ in tqdm(done, total=n_trials, desc="make_emotion", disable=not verbose):
        pass
    return data


def _metadata(design, windows):
    n_subjects, n_trials = design.shape
    trial = np.arange(n_subjects * n_trials)
    table = {"subject": trial // n_trials, "trial": trial}
    table["stimulus"] = design.stimulus.ravel()
    table = {name: np.repeat(c, len(windows)) for name, c in table.items()}
    table["window"] = np.tile(np.arange(len(windows)), len(trial))
    table["onset"] = np.tile(windows.onsets, len(trial))
    for rating, values in design.ratings.items():
        table[rating] = np.repeat(values.ravel(), len(windows))
    return pd.DataFrame(table)
