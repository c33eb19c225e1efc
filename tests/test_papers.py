"""The reading guides show the code in which the equations of the papers are named."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
GUIDES = sorted((ROOT / "docs" / "papers").glob("*.rst"))
GUIDES = [guide for guide in GUIDES if guide.stem != "index"]
BLOCK = re.compile(
    r"\.\. literalinclude:: (\S+)\n +:pyobject: (\S+)\n.*\n +:caption: (.*)\n"
)

pytestmark = pytest.mark.skipif(
    not (ROOT / "docs").is_dir(), reason="an installed package carries no docs"
)


def equations_in(text):
    """Return the numbers that "Eq. 4", "Eqs. 5 and 7" or "Eqs. 10, 13 to 15" name."""
    numbers = set()
    for part in re.findall(r"Eqs?\. (\d+(?:(?:, | and | to )\d+)*)", text):
        for first, _, last in re.findall(r"(\d+)( to (\d+))?", part):
            numbers |= set(range(int(first), int(last or first) + 1))
    return numbers


def source_of(path, name):
    """Return the lines of a class, function or method of a module."""
    text = path.read_text(encoding="utf-8")
    node = ast.parse(text)
    for part in name.split("."):
        node = next(n for n in node.body if getattr(n, "name", None) == part)
    return "\n".join(text.splitlines()[node.lineno - 1 : node.end_lineno])


def test_numbers_of_equations_are_read():
    assert equations_in("Eq. 4") == {4}
    assert equations_in("(Eqs. 8, 9), and Eq. 12") == {8, 9, 12}
    assert equations_in("Eqs. 10, 13 and 15 to 17") == {10, 13, 15, 16, 17}
    assert equations_in("three layers of 4") == set()


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_the_code_that_a_guide_shows_names_its_equations(guide):
    text = guide.read_text(encoding="utf-8")
    blocks = BLOCK.findall(text)
    assert len(blocks) == text.count(".. literalinclude::") > 0
    for address, name, caption in blocks:
        path = (guide.parent / address).resolve()
        assert str(path.relative_to(ROOT)) in caption
        code = source_of(path, name)
        assert equations_in(caption) <= equations_in(code), (name, caption)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_a_guide_can_be_reached_from_the_class_of_its_system(guide):
    text = guide.read_text(encoding="utf-8")
    assert text.startswith(f".. _paper_{guide.stem}:\n")
    module = ROOT / "sklearn_emotion" / "models" / f"_{guide.stem}.py"
    assert f"<paper_{guide.stem}>" in module.read_text(encoding="utf-8")
    assert f"<{guide.stem}_departures>" in text
