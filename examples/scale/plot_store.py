"""
A comparison that continues after an interruption
=================================================

For readers whose comparisons run for hours. After this example you can store each fold
in a folder, and call ``compare`` again after an interruption, with one more model, and
on several processes.
"""

# %%
# A comparison with a store
# -------------------------
# ``store`` names a folder. Each fold is written to it as soon as it is finished.
import shutil
import tempfile
from pathlib import Path
from time import perf_counter

import matplotlib.pyplot as plt

from sklearn_emotion import make_logistic, make_riemann, make_svm
from sklearn_emotion.datasets import make_emotion
from sklearn_emotion.evaluation import compare, read_results, score_table

dataset = make_emotion(
    n_subjects=10,
    n_trials=10,
    duration=10.0,
    window=5.0,
    ch_names=["Fp1", "Fp2", "F3", "F4", "F7", "F8", "P3", "P4"],
    effect={"alpha_asymmetry": "small"},
    random_state=0,
)
store = Path(tempfile.mkdtemp()) / "valence"
seconds = {}


def run(label, models, **options):
    """Compare the models, and note the time and the number of stored folds."""
    before = set(store.glob("folds/*/*.json"))
    start = perf_counter()
    compare(models, dataset, target="valence", store=store, **options)
    new = len(set(store.glob("folds/*/*.json")) - before)
    seconds[f"{label}\n({new} folds computed)"] = perf_counter() - start


models = {"SVM": (make_svm(), "eeg"), "Riemann": (make_riemann(), "eeg")}
run("first call", models)

# %%
# The same call once more
# -----------------------
# All folds are in the store, so nothing is computed again.
run("same call", models)

# %%
# After an interruption
# ---------------------
# We remove the last seven folds of one model, as if the machine had been switched off
# before they were finished. The same call computes only these folds.
for path in sorted(store.glob("folds/Riemann/*.json"))[3:]:
    path.unlink()
run("after an interruption", models)

# %%
# One more model
# --------------
# A model with a new name is added to the stored ones. ``compare`` refuses other data,
# other splits, or another model under a known name, so a folder never mixes results
# that cannot be compared. With ``n_jobs=2``, two processes compute folds at the same
# time. Starting them takes a few seconds, which pays off in longer comparisons. Several
# machines that share the folder can work on one comparison without any option.
models["logistic"] = (make_logistic(), "eeg")
run("one more model", models, n_jobs=2)

fig, ax = plt.subplots(figsize=(7, 3), layout="constrained")
bars = ax.barh(list(seconds), list(seconds.values()), color="C0")
ax.bar_label(bars, fmt="%.1f s", padding=3)
ax.invert_yaxis()
ax.set(xlabel="time (s)", xlim=(0, 1.2 * max(seconds.values())))
ax.set_title("Time of each call of compare")
plt.show()

# %%
# Read the results later
# ----------------------
results = read_results(store)
shutil.rmtree(store.parent)
score_table(results)["accuracy"].round(2)
