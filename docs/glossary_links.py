"""Link the terms of the glossary in the pages of the API reference.

The docstrings stay plain text, which reads well in ``help()``. When a page has been
read, the first occurrence of each term in the description of a parameter, an attribute
or a return value becomes a link.
"""

import re
from pathlib import Path

from docutils import nodes
from sphinx import addnodes

# A term in one of these is a name or already a link.
NO_LINKS = (
    nodes.literal,
    nodes.reference,
    addnodes.pending_xref,
    nodes.title_reference,
)


def glossary_terms(path):
    """Return the terms that a glossary in reStructuredText defines, in its order."""
    _, _, body = path.read_text(encoding="utf-8").partition(".. glossary::")
    return re.findall(r"^ {3}(\w[\w -]*)$", body, flags=re.MULTILINE)


def forms_of(term):
    """Return the singular and the plural of a term."""
    if term.endswith("y"):
        return [term, f"{term[:-1]}ies"]
    return [term, f"{term[:-2]}i" if term.endswith("us") else f"{term}s"]


def link_terms(description, terms):
    """Replace the first occurrence of each term by a reference to the glossary.

    Parameters
    ----------
    description : docutils.nodes.Element
        The node whose text is searched. It is changed in place.

    terms : sequence of str
        Terms of the glossary.
    """
    targets = {form: term for term in terms for form in forms_of(term)}
    longest_first = sorted(targets, key=len, reverse=True)
    pattern = re.compile(rf"\b({'|'.join(longest_first)})\b(?![-/])", re.IGNORECASE)
    linked = set()
    for text in list(description.findall(nodes.Text)):
        if has_parent(text, NO_LINKS, description):
            continue
        parts, end = [], 0
        for match in pattern.finditer(text):
            term = targets[match[0].lower()]
            if term in linked:
                continue
            linked.add(term)
            parts += [nodes.Text(text[end : match.start()]), reference(term, match[0])]
            end = match.end()
        if parts:
            text.parent.replace(text, [*parts, nodes.Text(text[end:])])


def has_parent(node, kinds, top):
    """Return whether a node is inside a node of one of the kinds, below the top."""
    while node is not top:
        if isinstance(node, kinds):
            return True
        node = node.parent
    return False


def reference(term, text):
    """Return a reference to a term, which Sphinx resolves when it writes the page."""
    node = addnodes.pending_xref(
        "", refdomain="std", reftype="term", reftarget=term, refexplicit=True
    )
    node += nodes.inline(text, text, classes=["xref", "std", "std-term"])
    return node


def link_page(app, doctree):
    """Link the terms in the descriptions of a page of the reference."""
    if app.env.docname.startswith("api/generated/"):
        terms = glossary_terms(Path(app.srcdir, "glossary.rst"))
        for content in doctree.findall(addnodes.desc_content):
            for description in content.findall(nodes.definition):
                link_terms(description, terms)


def setup(app):
    """Register the links."""
    app.connect("doctree-read", link_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
