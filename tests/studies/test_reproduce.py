"""The command `reproduce` prints a table, writes a page, and names what is wrong."""

import pytest
from _study import make_study

from sklearn_emotion.cli import main
from sklearn_emotion.studies import list_studies

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_emotion.base.LeakageWarning")


@pytest.fixture
def run(monkeypatch, capsys):
    def load_study(name):
        if name != "toy":
            raise ValueError(f"Unknown study {name!r}")
        return make_study()

    monkeypatch.setattr("sklearn_emotion.studies.load_study", load_study)

    def run(*arguments):
        status = main(["reproduce", *arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return run


def test_the_command_prints_the_table_and_writes_the_page(run, tmp_path):
    status, out, err = run("toy", "--table", "1", "--quick", "--out", str(tmp_path))
    assert status == 0
    lines = out.splitlines()
    title = lines.index("valence, in percent (mean ± sd over subjects)")
    assert set(lines[title + 2]) == {"-"}
    row = next(line for line in lines if line.startswith("Logistic & co"))
    assert "accuracy" in row
    assert "91.50 ± 1.25" in row
    # The printed number, both splits with their deviations, and the dummy.
    assert row.count("±") == 3
    assert "4 subjects" in err
    page = tmp_path / "toy-table-1.html"
    assert out.strip().endswith(str(page))
    command = f"sklearn-emotion reproduce toy --table 1 --quick --out {tmp_path}"
    assert command in page.read_text(encoding="utf-8")


def test_one_split_and_some_subjects_can_be_chosen(run, tmp_path):
    call = ("toy", "--quick", "--out", str(tmp_path), "--subjects", "0-2")
    status, out, err = run(*call, "--protocol", "honest")
    assert status == 0
    assert "3 subjects" in err
    assert "here, leak-free split" in out
    assert "here, split as in the paper" not in out
    folders = {path.name.rsplit("-", 1)[1] for path in tmp_path.glob("table-1-*-*")}
    assert folders == {"honest"}


def test_a_dry_run_states_the_cost_and_writes_nothing(run, tmp_path):
    folder = tmp_path / "out"
    status, out, _ = run("toy", "--quick", "--dry-run", "--out", str(folder))
    assert status == 0
    last = out.strip().splitlines()[-1]
    for word in ("minutes", "GB of memory", "on disk", "TFLOP", "Nothing is run"):
        assert word in last
    assert not folder.exists()


def test_the_list_names_studies_tables_and_data_sets(capsys):
    assert main(["reproduce", "--list"]) == 0
    out = capsys.readouterr().out
    for name in list_studies():
        assert f"{name}: " in out
    assert "table 6" in out
    assert "(4 of 19 rows)" in out
    assert "data sets: deap, mahnob-hci" in out


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ((), "needs the name of a study"),
        (("no",), "Unknown study 'no'"),
        (("toy", "--table", "4"), "has ['table 1'], got 'table 4'"),
        (("toy", "--dataset", "deap"), "uses the data sets ['toy'], got 'deap'"),
    ],
)
def test_wrong_names_are_one_line(run, call, words):
    status, _, err = run(*call)
    assert status == 2
    assert words in err
    assert len(err.strip().splitlines()) == 1
