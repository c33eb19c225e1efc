"""Texts that docstrings share are written once, and filled in where they are used."""

import ast
import inspect
from collections import defaultdict
from importlib import import_module
from pathlib import Path

import pytest

import sklearn_emotion
from sklearn_emotion._docs import entries, fill_doc
from sklearn_emotion.networks._docs import document

PACKAGE = Path(sklearn_emotion.__file__).parent
TABLE = """
width : int
    Width of the layer.

names : sequence of str
    Names of the modalities.

    A second paragraph.

fitted_ : bool
    Whether it was fitted.
"""


@fill_doc(TABLE)
def example(width=3, *, names=("a", "b"), verbose):
    """Do nothing.

    Parameters
    ----------
    %(width)s

    %(names)s

    %(verbose)s

    Returns
    -------
    nothing : None
        The share is 95 %.
    """


def test_a_placeholder_becomes_its_entry_with_the_default_of_the_signature():
    doc = inspect.getdoc(example)
    assert "width : int, default=3\n    Width of the layer.\n\nnames" in doc
    assert 'names : sequence of str, default=("a", "b")\n    Names' in doc
    assert "of the modalities.\n\n    A second paragraph.\n\nverbose : int\n" in doc
    assert doc.endswith("The share is 95 %.")


def test_all_parameters_stand_in_the_order_of_the_signature():
    def function(names, width=4):
        """Do nothing.

        Parameters
        ----------
        %(parameters)s
        """

    doc = inspect.getdoc(fill_doc(TABLE)(function))
    assert doc.index("names : sequence of str\n") < doc.index("width : int, default=4")


def test_methods_of_a_class_are_filled_in_and_later_tables_win():
    @fill_doc(TABLE, "width : float\n    Width in mm.")
    class Thing:
        """A thing."""

        @classmethod
        def made(cls, width):
            """Make it.

            Parameters
            ----------
            %(width)s
            """

        def plain(self):
            pass

    assert "width : float\n    Width in mm." in inspect.getdoc(Thing.made)


@pytest.mark.parametrize("name", ["height", "parameters"])
def test_a_name_without_a_text_fails_the_import(name):
    def function(height):
        pass

    function.__doc__ = f"Do nothing.\n\n    %({name})s\n    "
    with pytest.raises(ValueError, match=r"function: no text for \['height'\]"):
        fill_doc(TABLE)(function)


def test_a_placeholder_inside_a_sentence_fails_the_import():
    def function(width):
        """See %(width)s."""

    with pytest.raises(ValueError, match="function: a placeholder must fill its line"):
        fill_doc(TABLE)(function)


def test_a_text_of_a_network_that_it_does_not_use_fails_the_import():
    class Net:
        """A net."""

        def __init__(self, *, width=1):
            pass

    with pytest.raises(ValueError, match=r"Net has none of \['names'\]"):
        document(TABLE)(Net)


def documented(tree):
    """Yield each public function, class and method of a module, with its docstring."""
    for node in tree.body:
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            continue
        yield node.name, ast.get_docstring(node)
        for member in node.body if isinstance(node, ast.ClassDef) else ():
            if isinstance(member, ast.FunctionDef) and not member.name.startswith("_"):
                yield f"{node.name}.{member.name}", ast.get_docstring(member)


def described(doc):
    """Yield name and description of each parameter and attribute of a docstring."""
    section, name, text = None, None, []
    for line, following in zip(
        [*doc.splitlines(), ""], [*doc.splitlines()[1:], "", ""]
    ):
        heads_section = following and set(following) == {"-"}
        if heads_section or (line.strip() and not line.startswith(" ")):
            if name and text:
                yield name, " ".join(text)
            name, text = None, []
        if heads_section:
            section = line
        elif section in ("Parameters", "Attributes"):
            if " : " in line and not line.startswith(" "):
                name = line.partition(" : ")[0]
            elif line.strip():
                text.append(line.strip())


def public_names():
    names = {"NetEstimator"}
    for module in ("base", *import_rooms()):
        names |= set(import_module(f"sklearn_emotion.{module}").__all__)
    return names


def import_rooms():
    return [path.parent.name for path in PACKAGE.glob("*/__init__.pyi")]


def tables(tree):
    """Yield the name and the text of each entry of the tables of a module."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            text = node.value.value
            if isinstance(text, str) and " : " in text.strip().partition("\n")[0]:
                for name, entry in entries(text):
                    yield name, " ".join(entry.partition("\n")[2].split())


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.name, ast.parse(path.read_text(encoding="utf-8"))


def test_no_description_of_a_parameter_is_written_twice():
    """Neither in two docstrings of public objects, nor there and in a table."""
    public, places = public_names(), defaultdict(list)
    for file, tree in modules():
        for entry in tables(tree):
            places[entry].append(f"{file}: a table")
        for owner, doc in documented(tree):
            if owner.partition(".")[0] in public:
                for entry in described(doc or ""):
                    places[entry].append(f"{file}: {owner}")
    # The count can fail: it sees the descriptions of tables and of public objects.
    assert sum("a table" in where[0] for where in places.values()) > 150
    assert len(places) > 300
    twice = {entry: where for entry, where in places.items() if len(where) > 1}
    assert twice == {}


def test_private_functions_do_not_repeat_the_tables_either():
    shared = {entry for file, tree in modules() for entry in tables(tree)}
    for file, tree in modules():
        for owner, doc in documented(tree):
            assert not set(described(doc or "")) & shared, f"{file}: {owner}"


def test_every_placeholder_of_the_package_is_filled_in():
    for path in PACKAGE.rglob("*.py"):
        name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        module = import_module(name.removesuffix(".__init__"))
        for thing in vars(module).values():
            if getattr(thing, "__module__", None) != module.__name__:
                continue
            members = list(vars(thing).values()) if inspect.isclass(thing) else []
            for member in [thing, *(getattr(m, "__func__", m) for m in members)]:
                doc = getattr(member, "__doc__", None) or ""
                assert "%(" not in doc or path.name == "_docs.py", member
