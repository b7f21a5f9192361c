#!/usr/bin/env python3
"""Fails if modules of src import each other in a circle, and prints it.

A module is a file. It imports what it names by a path from crate, super or self; what it only gives on by
`pub use` is not counted, nor are tests.
"""

import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "src")

PATH = re.compile(r"\b((?:crate|self|super)(?:(?:::\w+)+(?:::\{)?|::\{))")


def modules():
    """The file of each module, by the names that lead to it."""
    found = {}
    for folder, _, files in os.walk(ROOT):
        for file in files:
            if file.endswith(".rs"):
                path = os.path.relpath(os.path.join(folder, file), ROOT)
                names = path[: -len(".rs")].split(os.sep)
                names = [name for name in names if name not in ("mod", "lib")]
                found[tuple(names)] = path
    return found


def code(path):
    """A file's text without comments, tests, and what it gives on."""
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        text = file.read()
    text = re.split(r"#\[cfg\((?:all\()?test\b", text)[0]
    text = re.sub(r"//.*", "", text)
    return re.sub(r"pub(?:\([^)]*\))? use [^;]*;", "", text)


def leaves(text, start):
    """The names that begin the members of a list in braces."""
    depth, name, found = 1, "", []
    for letter in text[start:]:
        if letter == "{":
            depth += 1
        elif letter == "}":
            depth -= 1
        elif depth == 1 and letter == ",":
            found.append(name)
            name = ""
        elif depth == 1:
            name += letter
        if depth == 0:
            break
    return [member.strip().split(" ")[0] for member in [*found, name] if member.strip()]


def imports(names, text, known):
    """The modules that a module's text names."""
    for match in PATH.finditer(text):
        first, *rest = match.group(1).removesuffix("::{").split("::")
        base = {"crate": (), "self": names, "super": names[:-1]}[first]
        while rest and rest[0] == "super":
            base, rest = base[:-1], rest[1:]
        tails = [rest]
        if match.group(1).endswith("{"):
            tails = [rest + leaf.split("::") for leaf in leaves(text, match.end())]
        for tail in tails:
            target = (*base, *tail)
            while target not in known and target:
                target = target[:-1]
            yield target


def circle(graph):
    """The nodes of a circle, in order; none if there is none."""
    done, way = set(), []

    def visit(node):
        if node in way:
            return [*way[way.index(node) :], node]
        if node in done:
            return None
        done.add(node)
        way.append(node)
        for other in sorted(graph.get(node, ())):
            found = visit(other)
            if found:
                return found
        way.pop()
        return None

    for node in sorted(graph):
        found = visit(node)
        if found:
            return found
    return None


def main():
    """Looks at all modules."""
    known = modules()

    graph = {}
    for names, path in known.items():
        arrows = {known[target] for target in imports(names, code(path), known) if target}
        graph.setdefault(known[names], set()).update(arrows - {known[names]})
    found = circle(graph)
    if found:
        sys.exit("src: a circle of imports: " + " -> ".join(found))


main()
