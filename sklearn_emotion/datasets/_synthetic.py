"""Generate emotion data sets with planted effects."""

from numbers import Integral, Real

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.utils import check_random_state
from tqdm.auto import tqdm

from sklearn_emotion._docs import fill_doc
from sklearn_emotion._validation import to_samples
from sklearn_emotion.datasets._bunch import EmotionDataset
from sklearn_emotion.datasets._descriptions import read_description
from sklearn_emotion.datasets._docs import LOADER, WINDOW_OR_TRIAL
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


@fill_doc(LOADER, WINDOW_OR_TRIAL)
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
) -> EmotionDataset:
    """Generate an emotion data set with effects of known size.

    Each subject sees every stimulus once, in an individual order, and rates its valence
    and arousal. The signals reproduce what makes emotion recognition difficult:
    subjects differ in gain, spectrum, heart rate and face, each trial has its own
    spectrum that all its windows share, and all signals drift. Effects are added to
    these signals. Without any effect, a split that separates windows of the same trial
    still decodes the trials almost perfectly, and a split by subject stays at chance.

    Read more in the :ref:`User Guide <make_emotion>`.

    Parameters
    ----------
    n_subjects : int, default=12
        Number of subjects.

    n_trials : int, default=20
        Number of trials of each subject, at least 2. Half of them are high in valence,
        and half in arousal.

    %(modalities)s
        Available are ``"eeg"``, ``"ecg"``, ``"gsr"``, ``"resp"``, ``"face"`` and
        ``"openface"``, which describes the motion of ``"face"`` as features.

    effect : {"none", "small", "medium", "large"}, float or dict, default="medium"
        Size of all effects, or a dict with the size of each effect by name. A single
        size plants ``alpha_asymmetry`` and ``gamma`` in EEG, ``heart_rate`` in ECG,
        ``skin_conductance`` in ``"gsr"``, ``respiration`` in ``"resp"`` and ``smile``
        in faces. A dict can also name ``power`` and ``connectivity`` in EEG. Its values
        are sizes, or dicts with ``size``, ``rating`` ("valence" or "arousal"), ``span``
        (start and stop in the trial, in seconds) and, for EEG power, ``band`` and
        ``region``. See Notes.

    duration : float, default=30.0
        Length of a trial in seconds.

    %(window)s

    %(step)s

    ch_names : str or list of str, default="deap32"
        EEG channels: the name of a montage, or 10-10 names.

    sfreq : float, default=128.0
        Sampling rate of EEG, skin conductance and respiration in Hz.

    ecg_sfreq : float, default=256.0
        Sampling rate of the ECG in Hz.

    face_sfreq : float, default=5.0
        Number of frames per second.

    face_size : int, default=64
        Height and width of a frame in pixels, at least 16.

    subject_variation : float, default=1.0
        Factor of the differences between subjects.

    trial_variation : float, default=1.0
        Factor of the differences between trials of a subject that all windows of a
        trial share. They cause leakage if a split separates windows of the same trial.

    stimulus_variation : float, default=0.0
        Standard deviation, across stimuli, of the ln EEG power of each channel in each
        band. A stimulus changes the power equally in all subjects, so it causes leakage
        in splits by subject.

    drift : float, default=1.0
        Factor of the slow drift within trials.

    correlation : float, default=0.0
        Share, from 0 to 1, of each effect's variance across trials of one class that is
        common to all effects. With a high share, trials with a strong smile also have a
        strong alpha asymmetry.

    %(n_jobs)s
        The result does not depend on it.

    %(verbose)s

    random_state : int, RandomState instance or None, default=None
        Seed. The noise depends only on the seed, and not on the sizes of the effects or
        on the other modalities. NumPy's global generator is never used.

    Returns
    -------
    dataset : EmotionDataset
        ``data`` holds float32 arrays: ``eeg`` (n_samples, n_channels, n_times) in µV,
        ``ecg`` (n_samples, 1, n_times) in mV, ``gsr`` (n_samples, 1, n_times) in µS,
        ``resp`` (n_samples, 1, n_times) in arbitrary units, ``face`` (n_samples,
        n_frames, 3, face_size, face_size) from 0 to 1, and ``openface`` (n_samples,
        n_frames, 29). ``metadata`` has ``subject``, ``trial``, ``stimulus``,
        ``window``, ``onset`` (in seconds), ``valence`` and ``arousal`` (1 to 9, never
        between 4.5 and 5.5).

    Raises
    ------
    ValueError
        If a modality, an effect, its size or its place does not exist, the modality of
        an effect is not generated, or a window does not fit.

    Notes
    -----
    The size d of an effect is a Cohen's d: the distance of the classes in one feature,
    in units of the standard deviation of that feature across all trials of one class
    and all subjects. A single threshold on this feature therefore reaches a balanced
    accuracy of Phi(d / 2): 0.70 for "small" (d = 1.05), 0.85 for "medium" (2.07), and
    0.95 for "large" (3.29). The features, for a sample that contains the whole span of
    the effect:

    ==================== =========================================================
    effect               feature
    ==================== =========================================================
    ``alpha_asymmetry``  ln alpha power of F4 minus ln alpha power of F3; planted
                         in the pairs of the frontal region
    ``gamma``            mean ln gamma power of the temporal region
    ``power``            mean ln power of `band` (default "beta") in `region`
                         ("occipital")
    ``connectivity``     Fisher's z of the correlation of F3 and P3; planted in all
                         frontal and parietal channels without a change of power
    ``heart_rate``       mean heart rate; sinus arrhythmia falls a little as it rises
    ``skin_conductance`` ln of the mean level
    ``respiration``      breaths per minute, in samples of 10 s or more
    ``smile``            height of the corners of the mouth above its middle; the
                         eyes narrow with a size of 0.7 d and independent errors
    ==================== =========================================================

    The bands are delta, theta, alpha, beta and gamma. The regions are frontal,
    temporal, central, parietal and occipital. If there is no F3 or F4, means over the
    sides replace them. All effects increase their feature in high trials, and a
    negative size decreases it. A tenth of the trials of each class are rated contrary
    to the usual rating of the stimulus.

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
        seed=to_seed(random_state),
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
        generated=True,
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


def to_seed(random_state):
    """Return a whole number that a `random_state` stands for."""
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
