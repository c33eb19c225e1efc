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
from sklearn_emotion.datasets._simulate_face import FaceSimulator, OpenFaceSimulator
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
    """Generate a data set of emotion with effects of known size.

    Each subject sees every stimulus once, in an order of their own, and rates its
    valence and arousal. The signals look like the real ones in what makes emotion
    recognition hard: subjects differ in gain, spectrum, heart rate and face, every
    trial has a spectrum of its own that all its windows share, and everything drifts.
    Effects are planted on top; without any, a split that cuts trials still decodes
    them almost perfectly, and a split by subject stays at chance.

    Read more in the :ref:`User Guide <make_emotion>`.

    Parameters
    ----------
    n_subjects : int, default=12
        Number of subjects.

    n_trials : int, default=20
        Trials of each subject, at least 2; half of them are high in valence, and half
        in arousal.

    modalities : sequence of {"eeg", "ecg", "gsr", "resp", "face", "openface"}, \
            default=("eeg",)
        What to generate. ``"openface"`` is the motion of ``"face"`` in numbers.

    effect : {"none", "small", "medium", "large"}, float or dict, default="medium"
        Size of the effects, or the name of each effect to plant and its size. A size
        alone plants ``alpha_asymmetry`` and ``gamma`` in EEG, ``heart_rate`` in ECG,
        ``skin_conductance`` in ``"gsr"``, ``respiration`` in ``"resp"`` and ``smile``
        in faces. Others are ``power`` and ``connectivity`` in EEG. For a size there
        may also be a dict with ``size`` and where the effect is: ``rating`` (that
        it belongs to, "valence" or "arousal"), ``span`` (start and stop in s of the
        trial), and for EEG power ``band`` and ``region``. See Notes.

    duration : float, default=30.0
        Length of a trial in s.

    window : float or None, default=10.0
        Length of a sample in s. None makes one sample of each trial.

    step : float or None, default=None
        From the start of one sample to the next, in s. None is `window`.

    ch_names : str or list of str, default="deap32"
        EEG channels: a montage's name or 10-10 names.

    sfreq : float, default=128.0
        Rate of EEG, skin conductance and respiration in Hz.

    ecg_sfreq : float, default=256.0
        Rate of the ECG in Hz.

    face_sfreq : float, default=5.0
        Rate of frames in Hz.

    face_size : int, default=64
        Side of a frame in pixels, at least 16.

    subject_variation : float, default=1.0
        Factor of what differs between subjects.

    trial_variation : float, default=1.0
        Factor of what differs between trials of a subject and is the same in all
        windows of a trial. It makes splits that cut trials leak.

    stimulus_variation : float, default=0.0
        Standard deviation over stimuli of ln EEG power, of each channel in each band.
        A stimulus leaves the same mark in all subjects, so splits by subject leak.

    drift : float, default=1.0
        Factor of the slow drift within trials.

    correlation : float, default=0.0
        Share, from 0 to 1, of each effect's variance over trials of one class that is
        common to all effects: a smile that is strong then tells of a strong asymmetry.

    n_jobs : int or None, default=None
        Number of threads. The result does not depend on it.

    verbose : int, default=0
        Whether to show a progress bar.

    random_state : int, RandomState instance or None, default=None
        Seed. The same one gives the same noise, whatever the sizes of the effects and
        whatever other modalities there are. NumPy's global generator is never used.

    Returns
    -------
    dataset : EmotionDataset
        Arrays of float32 in ``data``: ``eeg`` (n_samples, n_channels, n_times) in uV,
        ``ecg`` (n_samples, 1, n_times) in mV, ``gsr`` (n_samples, 1, n_times) in uS,
        ``resp`` (n_samples, 1, n_times) in arbitrary units, ``face`` (n_samples,
        n_frames, 3, face_size, face_size) from 0 to 1, ``openface`` (n_samples,
        n_frames, 29). ``metadata`` has ``subject``, ``trial``, ``stimulus``,
        ``window``, ``onset`` (s), ``valence`` and ``arousal`` (1 to 9, never between
        4.5 and 5.5).

    Raises
    ------
    ValueError
        If a modality, an effect, its size or its place does not exist, an effect is
        asked for without its modality, or a window does not fit.

    Notes
    -----
    A size d is a Cohen's d: the classes' distance in one feature, in units of its
    standard deviation over all trials of one class, those of other subjects included.
    So one threshold on this feature is right with a balanced accuracy of Phi(d / 2):
    0.70 for "small" (d = 1.05), 0.85 for "medium" (2.07), 0.95 for "large" (3.29).
    The features, for a sample that holds the effect's whole span:

    ==================== =========================================================
    effect               feature
    ==================== =========================================================
    ``alpha_asymmetry``  ln alpha power of F4 minus that of F3; planted in the pairs
                         of the frontal region
    ``gamma``            mean ln gamma power of the temporal region
    ``power``            mean ln power of `band` (default "beta") in `region`
                         ("occipital")
    ``connectivity``     Fisher's z of the correlation of F3 and P3; planted in all
                         frontal and parietal channels, powers being untouched
    ``heart_rate``       mean heart rate; sinus arrhythmia falls a little as it rises
    ``skin_conductance`` ln of the mean level
    ``respiration``      breaths a minute, in samples of 10 s or more
    ``smile``            height of the mouth's corners above its middle; the eyes
                         narrow with a size of 0.7 d and errors of their own
    ==================== =========================================================

    Bands are delta, theta, alpha, beta and gamma; regions are frontal, temporal,
    central, parietal and occipital. Where there is no F3 or F4, means over the sides
    take their place. All effects raise their feature in high trials; a negative size
    lowers it. A tenth of the trials of either class are rated against the stimulus's
    usual side.

    Examples
    --------
    >>> from sklearn_emotion.datasets import make_emotion
    >>> dataset = make_emotion(
    ...     n_subjects=2,
    ...     n_trials=4,
    ...     modalities=("eeg", "ecg"),
    ...     effect={"alpha_asymmetry": {"size": "large", "span": (10, 20)}},
    ...     random_state=0,
    ... )
    >>> dataset.data
    Modalities(eeg: (24, 32, 1280) float32, ecg: (24, 1, 2560) float32)
    >>> dataset.metadata.columns.tolist()
    ['subject', 'trial', 'stimulus', 'window', 'onset', 'valence', 'arousal']
    """
    _check_numbers(
        n_subjects=(n_subjects, Integral, 1, np.inf),
        n_trials=(n_trials, Integral, 2, np.inf),
        face_size=(face_size, Integral, 16, np.inf),
        subject_variation=(subject_variation, Real, 0, np.inf),
        trial_variation=(trial_variation, Real, 0, np.inf),
        stimulus_variation=(stimulus_variation, Real, 0, np.inf),
        drift=(drift, Real, 0, np.inf),
        correlation=(correlation, Real, 0, 1),
    )
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
    common = duration, drift
    make = {
        "eeg": lambda: EEGSimulator(
            design, ch_names, rates["eeg"], *common, stimulus_variation
        ),
        "ecg": lambda: ECGSimulator(design, rates["ecg"], *common),
        "gsr": lambda: SkinConductanceSimulator(design, rates["gsr"], *common),
        "resp": lambda: RespirationSimulator(design, rates["resp"], *common),
        "face": lambda: FaceSimulator(design, rates["face"], *common, face_size),
        "openface": lambda: OpenFaceSimulator(design, rates["openface"], *common),
    }
    simulators = {name: make[name]() for name in names}
    data = _generate(simulators, windows, design.shape, n_jobs, verbose)
    return EmotionDataset(
        data=Modalities(**data),
        metadata=_metadata(design, windows),
        sfreq=rates,
        ch_names={name: list(s.ch_names) for name, s in simulators.items()},
        units={name: s.unit for name, s in simulators.items()},
        DESCR=read_description("synthetic"),
    )


def _check_numbers(**values):
    for name, (value, kind, low, high) in values.items():
        if not isinstance(value, kind) or not low <= value <= high:
            what = "a whole number" if kind is Integral else "a number"
            limit = (
                f"from {low} to {high}" if np.isfinite(high) else f"of at least {low}"
            )
            raise ValueError(f"{name} must be {what} {limit}, got {value!r}.")


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
    data = {}
    for name, simulator in simulators.items():
        shape_out = list(simulator.shape)
        shape_out.insert(simulator.time_axis, windows.lengths[name])
        data[name] = np.empty((n_trials * n_windows, *shape_out), np.float32)

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
