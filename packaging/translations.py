"""Keeps ``resources/translations`` in step with the program: ``python packaging/translations.py [--check]``.

Reads what is to be translated out of the source. New texts are added as ``null``, dead ones dropped, what is
translated stays. With ``--check`` nothing is written: each fault is a line, and the exit code 1 where there is one.
"""

import argparse
import ast
import json
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

ROOT = Path(__file__).resolve().parents[1]
SOURCE = "en"  # its file holds only what depends on a number
LANGUAGES = {SOURCE: "English", "de": "Deutsch"}
FORMS = 2  # one, and any other number

# What speaks without Qt. The engine is left out: it imitates the words of another program.
SPEAKERS = ("domain", "core", "ollama", "registry", "sidecar", "hardware", "storage", "services")
ONLY_SENTENCES = ("registry/", "core/web")  # their other texts are that program's words too
WORDS = ("domain/demo.py",)  # here a single word is text as well
CALLS = ("compile", "_rule", "cast", "getLogger", "execute", "ValueError", "RuntimeError", "TypeError")
NO_TEXT = re.compile(
    r"^\s*(PRAGMA|SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|BEGIN|DROP|WITH|ATTACH|GET|POST|HTTP)\b|[\n\\|<\[{]|^#|%\("
)
Entry = str | list[str] | None
Texts = dict[str, dict[str, Entry]]


class Words(TypedDict):
    """The file of a language."""

    language: str
    texts: Texts
    sentences: dict[str, Entry]


@dataclass(slots=True)
class Found:
    """What is to be translated: texts of the window by context, sentences of the core, and what cannot be read."""

    texts: dict[str, set[str]] = field(default_factory=dict)
    sentences: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


def main() -> int:
    """Bring the files up to date, or say what is wrong with them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, say what is wrong")
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout")
    arguments = parser.parse_args()
    found = find(arguments.root / "ollama_desk")
    faults = found.faults
    folder = arguments.root / "resources" / "translations"
    for code in LANGUAGES:
        path = folder / f"{code}.json"
        old = read(path)
        new = updated(code, found, old)
        if arguments.check:
            faults += [f"{path.name}: {fault}" for fault in (*_drift(old, new), *wrong(new))]
        else:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(new, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


def read(path: Path) -> Words:
    """The file as it is; empty where there is none."""
    if not path.exists():
        return Words(language="", texts={}, sentences={})
    words: Words = json.loads(path.read_text(encoding="utf-8"))
    return words


def find(package: Path) -> Found:
    """Everything in the package that a person can read."""
    known = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    found = Found()
    for path in sorted(package.rglob("*.py")):
        place = path.relative_to(package)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        _Window(found, tree, place.as_posix()).visit(tree)
        if place.parts[0] in SPEAKERS:
            found.sentences |= set(_spoken(tree, place))
    found.sentences -= set(known["unseen"])
    found.sentences |= set(known["of_the_system"])
    return found


class _Window(ast.NodeVisitor):
    """Finds ``self.tr(…)``, ``translate("Context", …)`` and a module's own short name for it."""

    def __init__(self, found: Found, tree: ast.Module, place: str) -> None:
        self._found = found
        self._tree = tree
        self._place = place
        self._classes: list[str] = []
        self._functions: list[ast.AST] = []
        self._wrappers = {name: context for node in tree.body for name, context in _wrapper(node)}

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._classes.append(node.name)
        self.generic_visit(node)
        self._classes.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        if node.name in self._wrappers:
            return
        self._functions.append(node)
        self.generic_visit(node)
        self._functions.pop()

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        match node.func:
            case ast.Attribute(value=ast.Name(id="self"), attr="tr"):
                self._take(self._classes[-1], node.args[0])
            case ast.Attribute(attr="translate") if len(node.args) > 1 and isinstance(node.args[0], ast.Constant):
                self._take(str(node.args[0].value), node.args[1])
            case ast.Name(id=name) if name in self._wrappers:
                self._take(self._wrappers[name], node.args[0])
            case ast.Attribute(value=ast.Name(id=name), attr="tr") if name in (kinds := self._arguments()):
                self._take(kinds[name], node.args[0])
            case ast.Attribute(attr="tr"):
                self._found.faults.append(f"{self._place}:{node.lineno}: it is not known whose tr() this is")

    def _arguments(self) -> dict[str, str]:
        """The arguments around, with their kinds."""
        arguments = (each for function in self._functions for each in ast.walk(function) if isinstance(each, ast.arg))
        return {each.arg: each.annotation.id for each in arguments if isinstance(each.annotation, ast.Name)}

    def _take(self, context: str, expression: ast.expr) -> None:
        texts = list(self._texts(expression))
        if not texts:
            self._found.faults.append(f"{self._place}:{expression.lineno}: what is translated here cannot be read")
        self._found.texts.setdefault(context, set()).update(texts)

    def _texts(self, expression: ast.expr) -> Iterator[str]:
        match expression:
            case ast.Constant(value=str(text)):
                yield text
            case ast.IfExp(body=one, orelse=other):
                yield from (*self._texts(one), *self._texts(other))
            case ast.Name(id=name) | ast.Subscript(value=ast.Name(id=name)):
                yield from self._named(name)

    def _named(self, name: str) -> Iterator[str]:
        """The texts that a name can stand for: where it is assigned or looped over, in the function or the module."""
        for node in ast.walk(self._functions[-1] if self._functions else self._tree):
            if isinstance(node, ast.For | ast.comprehension) and name in _names(node.target):
                yield from _constants(node.iter)
        for statement in self._tree.body:
            if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
                targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                if any(name in _names(target) for target in targets):
                    yield from _constants(statement.value)


def _wrapper(node: ast.stmt) -> Iterator[tuple[str, str]]:
    if not isinstance(node, ast.FunctionDef):
        return
    for inner in ast.walk(node):
        match inner:
            case ast.Call(
                func=ast.Attribute(attr="translate"), args=[ast.Constant(value=str(context)), ast.Name(), *_]
            ):
                yield node.name, context


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _constants(node: ast.AST) -> list[str]:
    return [each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)]


def _spoken(tree: ast.Module, place: Path) -> Iterator[str]:
    """The sentences in a module without Qt, and the pieces that are put into them."""
    passed = _passed_over(tree)
    for node in (each for each in ast.walk(tree) if each not in passed):
        text = _core(_template(node))
        if NO_TEXT.search(text) or not re.search(r"[a-zA-Z]{2}", text.replace("%s", "")):
            continue
        is_sentence = re.search(r"^[A-Z“%\"].*[.?]$", text) is not None
        is_piece = " " in text and not place.as_posix().startswith(ONLY_SENTENCES)
        if is_sentence or is_piece or (place.as_posix() in WORDS and text[0].isupper()):
            yield text


def _passed_over(tree: ast.Module) -> set[ast.AST]:  # noqa: C901 - a line for each kind
    """Docstrings, annotations, the log's lines, names of tasks, arguments that are no text."""
    passed: set[ast.AST] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant()):
                passed.add(node.value)
            case ast.JoinedStr():
                passed.update(node.values)
            case ast.BinOp(op=ast.Add()):
                passed.update(side for side in (node.left, node.right) if _pieces(side))
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log"))):
                passed.update(ast.walk(node))
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in CALLS:
                passed.update(each for argument in node.args[:1] for each in ast.walk(argument))
            case ast.keyword(arg="name"):
                passed.update(ast.walk(node.value))
            case ast.arg(annotation=ast.expr() as noted) | ast.FunctionDef(returns=ast.expr() as noted):
                passed.update(ast.walk(noted))
    return passed


def _template(node: ast.AST) -> str:
    """The text of an expression with %1, %2 … where it puts something in; empty for what is no text."""
    count, text = 0, ""
    for piece in _pieces(node):
        count += piece is None
        text += f"%{count}" if piece is None else piece
    return re.sub(r"\{\w*\}", lambda _: f"%{count + 1}", text)


def _pieces(node: ast.AST) -> list[str | None]:
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=values):
            return [value.value if isinstance(value, ast.Constant) else None for value in values]  # type: ignore[misc]
        case ast.BinOp(left=left, op=ast.Add(), right=right) if any(map(_pieces, (left, right))):
            return [*(_pieces(left) or [None]), *(_pieces(right) or [None])]
    return []


def _core(text: str) -> str:
    """Without a sentence of unknown words before or behind it: those are translated by themselves."""
    text = re.sub(r"^%1 (?=[A-Z]\w* \w+ .*\.$)", "", text.strip())
    text = re.sub(r"(?<=[.?…]) %\d$", "", re.sub(r"(%\d)(%\d)+", r"\1", text))
    numbers = list(dict.fromkeys(re.findall(r"%\d", text)))
    return re.sub(r"%\d", lambda found: f"%{numbers.index(found[0]) + 1}", text)


def updated(code: str, found: Found, old: Words) -> Words:
    """The file of a language: what is found, with the translations that there are."""
    texts: Texts = {}
    is_source = code == SOURCE
    for context, sources in sorted(found.texts.items()):
        wanted = sorted(source for source in sources if "%n" in source or not is_source)
        if wanted:
            known = old["texts"].get(context, {})
            texts[context] = {source: known.get(source) for source in wanted}
    sentences = {each: old["sentences"].get(each) for each in sorted(found.sentences) if not is_source}
    return Words(language=LANGUAGES[code], texts=texts, sentences=sentences)


def wrong(words: Words) -> Iterator[str]:
    """Untranslated texts, and those that lost or invented something on the way."""
    for context, source, entry in _entries(words):
        yield from (f"{context}: {source!r}: {fault}" for fault in _faults(source, entry))


def _faults(source: str, entry: Entry) -> Iterator[str]:
    forms = entry if isinstance(entry, list) else [entry or ""]
    if not all(forms):
        yield "is not translated"
        return
    if len(forms) != (FORMS if "%n" in source else 1):
        yield "one form for 1 and one for other numbers is needed" if "%n" in source else "one form is enough"
    for at, form in enumerate(forms):
        marks, wanted = _marks(form), _marks(source)
        if marks != wanted and not (at == 0 and marks | Counter(["%n"]) == wanted):
            yield f"{sorted(wanted.elements())} became {sorted(marks.elements())}"
        if form[-1] != source[-1] and (form[-1] in ".…?:" or source[-1] in ".…?:"):
            yield "ends otherwise"


def _marks(text: str) -> Counter[str]:
    """Placeholders and accelerators."""
    return Counter(re.findall(r"%[Ln\d]\d?|&(?=\w)|\{\w+\}", text))


def _drift(old: Words, new: Words) -> Iterator[str]:
    """What the file lacks, and what nothing uses any more."""
    before, after = ({(context, source) for context, source, _ in _entries(words)} for words in (old, new))
    yield from (f"{context}: {source!r} is missing" for context, source in sorted(after - before))
    yield from (f"{context}: {source!r} is used nowhere" for context, source in sorted(before - after))


def _entries(words: Words) -> Iterator[tuple[str, str, Entry]]:
    for context, entries in (*words["texts"].items(), ("sentences", words["sentences"])):
        yield from ((context, source, entry) for source, entry in entries.items())


if __name__ == "__main__":
    sys.exit(main())
