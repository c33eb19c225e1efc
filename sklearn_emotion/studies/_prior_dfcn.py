"""Prior-driven dynamic functional connectivity and STFENet (Zheng et al., 2023)."""

from sklearn_emotion.studies import _figures as figures
from sklearn_emotion.studies._experiment import Experiment, Figure, Row
from sklearn_emotion.studies._loading import complete_subjects
from sklearn_emotion.studies._printed import Column, Printed, split_cells
from sklearn_emotion.studies._study import Study

DEAP = "deap"
COLUMNS = tuple(
    Column(DEAP, target.lower(), score, f"{target}, {label}")
    for target in ("Valence", "Arousal")
    for score, label in (("accuracy", "ACC"), ("f1", "F1"))
)
OURS = "67.36±05.58|69.17±09.01|68.47±08.45|74.68±13.36"
TABLE_1 = f"""
SVM|58.88±11.47|67.81±13.28|58.05±15.26|66.71±20.54
GSN|63.77±07.25|66.19±12.20|63.51±11.36|68.03±15.40
DGCNN|63.28±08.15|65.17±10.22|62.61±12.93|69.22±15.17
MKL|59.02±12.94|67.37±16.97|58.96±13.89|64.78±18.69
DCCA|61.04±11.73|65.46±12.29|59.58±11.89|65.78±16.98
MMResLSTM|64.67±10.57|68.36±11.50|63.25±12.38|67.32±15.92
ETF|64.63±09.35|66.35±13.41|65.64±10.29|66.63±16.97
Ours|{OURS}
"""
TABLE_2 = f"""
Baseline|61.11±11.35|64.81±13.40|60.91±12.45|65.10±18.99
w/o PKE|64.15±09.73|67.19±12.48|65.58±10.18|68.12±16.10
w/o NL block|66.12±08.60|66.92±10.36|66.24±09.28|72.31±14.63
w/o STFENet|65.51±08.19|67.18±11.29|67.10±10.15|70.83±15.84
Ours|{OURS}
"""
# Lengths of a window and of a trial in s.
WINDOW, TRIAL = 3.0, 60.0
BOTH = ("eeg", "openface")


def load(data_home, **options):
    """Load whole trials of the 18 subjects with complete faces."""
    from sklearn_emotion.datasets import load_deap

    return load_deap(
        data_home,
        **{
            "modalities": BOTH,
            "window": TRIAL,
            # One mean of the face per window, so that a trial has a face if each
            # window has one.
            "face_rate": 1 / WINDOW,
            "subjects": complete_subjects(data_home),
        }
        | options,
    )


def network(**switches):
    """Return a row of the prior-driven network."""

    def build(context):
        from sklearn_emotion.models import PriorDrivenSTFENet, make_prior_stfenet

        params = context.params(PriorDrivenSTFENet, quick_epochs=2) | switches
        keys = ("eeg",) if switches.get("prior") is False else BOTH
        return make_prior_stfenet(
            sfreq=dict(context.sfreq), ch_names=context.ch_names["eeg"], **params
        ), keys

    return Row(build)


def _face(context, window=WINDOW):
    from sklearn_emotion.preprocessing import WindowAverager

    return WindowAverager(frame_rate=context.sfreq["openface"], window=window)


def _power(context, window=None, bands=None):
    from sklearn_emotion.features import BandPower

    return BandPower(sfreq=context.sfreq["eeg"], bands=bands, window=window, log=True)


def _svm(context):
    from sklearn_emotion.baselines import make_svm

    rate = context.sfreq["eeg"]
    return make_svm("band_power", sfreq=rate, window=WINDOW), "eeg"


def _graph_sleep_net(context):
    from sklearn.pipeline import make_pipeline

    from sklearn_emotion.baselines import GraphSleepNet

    network = GraphSleepNet(**context.epochs(5))
    return make_pipeline(_power(context, WINDOW), network), "eeg"


def _dgcnn(context):
    from sklearn.pipeline import make_pipeline

    from sklearn_emotion.baselines import DGCNN

    return make_pipeline(_power(context), DGCNN(**context.epochs(5))), "eeg"


def _mkl(context):
    from sklearn.pipeline import make_pipeline

    from sklearn_emotion.baselines import MultipleKernelClassifier
    from sklearn_emotion.features import POWER_BANDS
    from sklearn_emotion.modalities import ModalityFlattener, ModalityTransformer

    views = []
    for name, edges in POWER_BANDS.items():
        power = _power(context, bands={name: edges})
        views.append((name, make_pipeline(power, ModalityFlattener()), "eeg"))
    views.append(
        ("face", make_pipeline(_face(context, TRIAL), ModalityFlattener()), "openface")
    )
    return make_pipeline(ModalityTransformer(views), MultipleKernelClassifier()), BOTH


def _deep_cca(context):
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    from sklearn_emotion.baselines import DeepCCA
    from sklearn_emotion.modalities import make_modality_transformer

    features = make_modality_transformer(
        eeg=_power(context), openface=_face(context, TRIAL)
    )
    epochs = {"max_epochs": 10} if context.quick else {}
    return make_pipeline(features, DeepCCA(**epochs), LinearSVC()), BOTH


def _sequence_network(name, quick_epochs):
    def build(context):
        from sklearn.pipeline import make_pipeline

        from sklearn_emotion import baselines
        from sklearn_emotion.modalities import make_modality_transformer

        steps = make_modality_transformer(
            eeg=_power(context, WINDOW), openface=_face(context)
        )
        network = getattr(baselines, name)(**context.epochs(quick_epochs))
        return make_pipeline(steps, network), BOTH

    return build


PAPER = {
    "protocol": "prior-dfcn",
    "scores": ("accuracy", "f1"),
    "datasets": (DEAP,),
    "targets": ("valence", "arousal"),
}
EXPERIMENTS = {
    "table 1": Experiment(
        "Comparison of eight methods",
        rows={
            "SVM": Row(_svm),
            "GSN": Row(_graph_sleep_net),
            "DGCNN": Row(_dgcnn),
            "MKL": Row(_mkl),
            "DCCA": Row(_deep_cca),
            "MMResLSTM": Row(_sequence_network("MMResLSTM", 4)),
            "ETF": Row(_sequence_network("EmotionTransformerFusion", 4)),
            "Ours": network(),
        },
        printed=Printed("Table 1, Section 3", COLUMNS, split_cells(TABLE_1)),
        notes=(
            "The paper states no settings of the other methods. The default settings "
            "of the library are used.",
        ),
        **PAPER,
    ),
    "table 2": Experiment(
        "Ablation of the prior, the non-local block and STFENet",
        rows={
            "Baseline": network(prior=False, stfenet=False),
            "w/o PKE": network(prior=False),
            "w/o NL block": network(non_local=False),
            "w/o STFENet": network(stfenet=False),
            "Ours": network(),
        },
        printed=Printed("Table 2, Section 3", COLUMNS, split_cells(TABLE_2)),
        **PAPER,
    ),
}

STUDY = Study(
    name="prior-dfcn",
    title="Prior-Driven Dynamic Brain Networks for Multi-modal Emotion Recognition",
    reference="C. Zheng, W. Shao, D. Zhang and Q. Zhu, MICCAI 2023",
    loaders={DEAP: load},
    experiments=EXPERIMENTS,
    figures={
        "figure 2": Figure(
            "Prior of each channel in windows of a trial",
            figures.scalp_maps,
            ("table 1", "table 2"),
            fits=("Ours",),
        )
    },
    notes=(
        "The paper leaves out one subject at a time. All subjects saw the same "
        "stimuli, so the leak-free split leaves out stimuli as well.",
    ),
)
