"""Three hundred messages that a model, or who feeds it, might send to break what shows them.

A payload names what it is. Where one could open a file or a connection it uses the canaries that it is given.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass

from tests.support.hostile_text import BIG, LINES, long_texts, strange_letters


@dataclass(frozen=True, slots=True)
class Canaries:
    """What must stay untouched: a file, a pipe that blocks whoever opens it, and a server on this machine."""

    file: str  # absolute path
    pipe: str  # absolute path
    host: str  # 127.0.0.1:port


def payloads(canaries: Canaries) -> dict[str, str]:
    """All of them by name."""
    families = (_pictures, _html, _links, _blocks, _inline, _unicode, _long, _code)
    found: dict[str, str] = {}
    for family in families:
        for name, text in family(canaries):
            key = f"{family.__name__.removeprefix('_')}: {name}"
            assert key not in found, key
            found[key] = text
    return found


def _targets(canaries: Canaries) -> dict[str, str]:
    """Addresses of every scheme and form that lead to a canary."""
    return {
        "http": f"http://{canaries.host}/p.png?d=SECRET",
        "https": f"https://{canaries.host}/p.png",
        "http with a user": f"http://me:word@{canaries.host}/p.png",
        "no scheme": f"//{canaries.host}/p.png",
        "file": f"file://{canaries.file}",
        "file on a host": f"file://localhost{canaries.file}",
        "file with one slash": f"file:{canaries.file}",
        "FILE": f"FILE://{canaries.file}",
        "path": canaries.file,
        "path from here": f"../../../../../../..{canaries.file}",
        "encoded path": "file://"
        + "".join(f"%{byte:02x}" if byte != ord("/") else "/" for byte in canaries.file.encode()),
        "pipe": f"file://{canaries.pipe}",
        "share": f"\\\\{canaries.host}\\share\\p.png",
        "smb": f"smb://{canaries.host}/share/p.png",
        "qrc": "qrc:/p.png",
        "colon": ":/p.png",
        "data": "data:image/png;base64," + base64.b64encode(b"\x89PNG" + bytes(200)).decode(),
        "ftp": f"ftp://{canaries.host}/p.png",
        "javascript": "javascript:alert(1)",
        "about": "about:blank",
    }


def _pictures(canaries: Canaries) -> Iterator[tuple[str, str]]:
    for name, target in _targets(canaries).items():
        yield f"{name} inline", f"Look: ![x](<{target}> 'title')"
        yield f"{name} reference", f"![x][pic] and ![pic][] and ![pic]\n\n[pic]: <{target}>"
        yield f"{name} in HTML", f"<img src='{target}'><img src={target}><IMG SRC=\"{target}\" />"
        yield f"{name} in a link", f"[![x](<{target}>)](<{target}>) <{target}>"


def _html(canaries: Canaries) -> Iterator[tuple[str, str]]:
    file, url = f"file://{canaries.file}", f"http://{canaries.host}/x"
    yield from {
        "link": f"<link rel=stylesheet href='{file}'><link rel=stylesheet href='{url}'>",
        "style": f"<style>@import url('{url}'); body {{ background: url('{file}') }}</style>",
        "style attribute": f"<p style=\"background-image:url('{file}')\">x</p><p style='background:url({url})'>y</p>",
        "table background": f"<table background='{file}'><tr><td background='{url}'>x</td></tr></table>",
        "body background": f"<body background='{file}'>x</body>",
        "script": f"<script src='{url}'></script><script>alert(1)</script>",
        "iframe": f"<iframe src='{url}'></iframe><object data='{file}'></object><embed src='{file}'>",
        "svg": f"<svg><image href='{file}'/></svg>",
        "media": f"<video src='{url}' poster='{file}'></video><audio src='{url}'></audio>",
        "base": f"<base href='{url}'><img src='x.png'>",
        "refresh": f"<meta http-equiv=refresh content='0;url={url}'>",
        "form": f"<form action='{url}'><input type=image src='{file}'></form>",
        "handlers": f"<b onclick=\"open('{file}')\" onmouseover=x>b</b>",
        "entities": "&lt;img src=&quot;" + file + "&quot;&gt; &#60;img src=" + file + "&#62;",
        "comment": f"<!-- --><img src='{file}'><!--",
        "cdata": f"<![CDATA[<img src='{file}'>]]> <?xml-stylesheet href='{url}'?> <!DOCTYPE x SYSTEM '{file}'>",
        "half a tag": f"<img src='{file}' <img src=\"{url}",
        "in a table": f"|a|\n|-|\n|<img src='{file}'>|\n",
        "in a heading": f"# <img src='{file}'>",
        "in a quote": f"> <img src='{file}'>\n> ![x]({file})",
        "list style": f"<ul style=\"list-style-image:url('{file}')\"><li>x</ul>",
        "css in code": f"`<img src='{file}'>`",
        "qt": f"<qt><img src='{file}'></qt>",
    }.items()
    for tag in ("div", "table", "table><tr><td", "blockquote", "ul><li", "font", "b", "sub", "pre"):
        for count in (60, 5_000):
            yield f"{count} nested {tag}", f"<{tag}>" * count


def _links(canaries: Canaries) -> Iterator[tuple[str, str]]:
    for name, target in _targets(canaries).items():
        yield name, f"[text](<{target}>) <{target}> [a][b]\n\n[b]: <{target}>"
    for name, text in {
        "another host": f"[https://good.example](http://{canaries.host}/x)",
        "homoglyph": "[аррle.com](https://аррle.com)",
        "bidi in the host": "[text](<https://exa\u202emple.org>)",
        "a very long one": f"[x](http://{canaries.host}/{'a' * 100_000})",
        "long text": f"[{'x' * 100_000}](http://{canaries.host}/)",
        "many": f"[a](http://{canaries.host}/x) " * 5_000,
        "many definitions": "\n".join(f"[{n}]: http://{canaries.host}/{n}" for n in range(10_000)) + "\n\n[1] [2]",
        "one label defined and used often": f"[a]: http://{canaries.host}\n\n" + "[a] " * 20_000,
        "definition that never ends": "[a]: <" + "x" * 100_000,
        "vscode": "[a](vscode:x) [b](ms-msdt:/id) [c](tel:1) [d](ssh://-oProxyCommand=x)",
    }.items():
        yield name, text


def _blocks(_: Canaries) -> Iterator[tuple[str, str]]:
    row = "|" + "a|" * 3 + "\n"
    yield from {
        "thousand columns": "|" + "a|" * 1_000 + "\n|" + "-|" * 1_000 + "\n" + ("|" + "b|" * 1_000 + "\n") * 5,
        "ten thousand columns": "|" + "a|" * 10_000 + "\n|" + "-|" * 10_000 + "\n|" + "b|" * 10_000,
        "fifty columns": ("|" + "word|" * 50 + "\n") + ("|" + "-|" * 50 + "\n") + ("|" + "word|" * 50 + "\n") * 50,
        "thousand rows": row + "|-|-|-|\n" + row * 1_000,
        "twenty thousand rows": row + "|-|-|-|\n" + row * 20_000,
        "rows of other lengths": row + "|-|-|-|\n" + "".join("|" + "x|" * (n % 40) + "\n" for n in range(2_000)),
        "only a head": (row + "|-|-|-|\n\n") * 3_000,
        "table with pipes in code": row + "|-|-|-|\n" + "|`a|b`|\\||c|\n" * 1_000,
        "wide cells": "|a|b|\n|-|-|\n" + ("|" + "x" * 5_000 + "|" + "y" * 5_000 + "|\n") * 20,
        "tables in quotes": ("> " + row + "> |-|-|-|\n" + ("> " + row) * 5 + "\n") * 500,
        "lists in tables": "|a|\n|-|\n|- b<br>- c|\n" * 500,
        "rules": "---\n\n" * 10_000,
        "headings": "# a\n\n" * 10_000,
        "setext headings": "a\n===\n\nb\n---\n\n" * 5_000,
        "huge heading": "# " + "word " * 20_000,
        "heading without spaces": "# " + "x" * 100_000,
        "paragraphs": "a\n\n" * LINES,
        "lines": "a\n" * LINES,
        "hard breaks": "a  \n" * LINES,
        "empty lines": "a" + "\n" * LINES + "b",
        "spaces": " " * 200_000 + "x",
        "indented code": "    x = 1\n" * 5_000,
        "mixed lists": "".join("  " * (n % 9) + ("- " if n % 2 else f"{n}. ") + "x\n" for n in range(3_000)),
        "loose list": "- item\n\n" * 5_000,
        "numbered by a billion": "999999999. x\n" * 2_000,
        "task list": "- [ ] a\n- [x] b\n" * 2_000,
        "staircase": "".join("> " * (n % 40) + "a\n" for n in range(2_000)),
        "quotes of one word": "> a\n\n" * 5_000,
        "lazy quotes": "> a\nb\n" * 5_000,
        "tabs": "\t" * 2_000 + "x\n" + "-\t" * 2_000,
        "list marks on one line": "- " * 5_000,
        "numbers on one line": "1. " * 5_000,
        "footnotes": "a[^1]\n\n[^1]: b\n\n" * 2_000,
    }.items()
    for mark in ("> ", "- ", "1. ", "> - ", "- > ", ">", "* + - "):
        for depth in (20, 400, 5_000):
            yield f"{depth} levels of {mark!r}", mark * depth + "deep"
    for mark in ("> ", "- "):
        yield (
            f"stairs of {mark!r}",
            "".join(("  " * n if mark == "- " else mark * n) + mark + "x\n" for n in range(150)),
        )


def _inline(_: Canaries) -> Iterator[tuple[str, str]]:
    for unit in (
        "*",
        "_",
        "**",
        "~~",
        "`",
        "[",
        "![",
        "](",
        "[a](",
        "<",
        "&",
        "\\",
        "!",
        "*a ",
        "a* ",
        "**a",
        "_a_",
        "a_b",
    ):
        yield f"{unit!r} without end", unit * (60_000 // len(unit))
    for left, right in (
        ("*", "*"),
        ("**", "**"),
        ("_", "_"),
        ("~~", "~~"),
        ("[", "](x)"),
        ("![", "](x)"),
        ("*_", "_*"),
    ):
        for depth in (100, 3_000):
            yield f"{depth} times {left!r}", left * depth + "a" + right * depth
    yield from {
        "code spans of growing length": " ".join("`" * n + "a" for n in range(1, 400)),
        "entities": "&amp;" * 20_000,
        "numbered entities": "&#x202e;&#0;&#xD800;&#1114112;" * 3_000,
        "long entity": "&" + "a" * 100_000 + ";",
        "unknown entities": "&nosuchthing;" * 10_000,
        "emphasis in every word": "*a* **b** ***c*** ~~d~~ `e` " * 3_000,
        "underscores in a name": "snake_case_" * 10_000,
        "angle brackets": "<a@b.c>" * 10_000,
        "escaped marks": "\\*" * 30_000,
        "brackets in brackets": "[a[b]c]" * 10_000,
        "one star in every line": "*a\n" * 10_000,
        "formulas": "$$\\frac{" * 3_000 + "x" + "}{y}$$" * 3_000 + "\\input{/etc/passwd} \\(a\\) \\[b\\]",
    }.items()


def _unicode(_: Canaries) -> Iterator[tuple[str, str]]:
    yield from strange_letters().items()


def _long(_: Canaries) -> Iterator[tuple[str, str]]:
    yield from long_texts().items()


def _code(_: Canaries) -> Iterator[tuple[str, str]]:
    yield from {
        "unclosed": "```python\n" + "x = 1\n" * 20_000,
        "unclosed and empty": "```",
        "many fences": "```\na\n```\n" * 3_000,
        "empty fences": "```\n```\n" * 5_000,
        "fences of growing length": "".join("`" * n + "\na\n" for n in range(3, 300)),
        "tildes": "~~~\n" * 5_000,
        "fence in a list": "- a\n\n  ```py\n  x\n  ```\n" * 500,
        "fence in a quote": "> ```py\n> x\n> ```\n\n" * 500,
        "long language": "```" + "x" * 100_000 + "\na\n```",
        "language with HTML": "```<img src=file:///etc/passwd>\na\n```",
        "language with a path": "```../../../etc/passwd\na\n```",
        "long line": "```\n" + "x" * BIG + "\n```",
        "long line of a language": "```json\n" + '{"a":' * 50_000 + "\n```",
        "50 000 lines": "```python\n" + "def f(): return 1\n" * LINES + "```",
        "empty lines in code": "```\n" + "\n" * LINES + "```",
        "HTML": "```html\n" + "<div>" * 5_000 + "\n```",
        "nested fences": "````md\n```py\nx\n```\n````\n" * 300,
        "mermaid": "```mermaid\ngraph TD; click A href 'javascript:alert(1)'\n```\n" * 200,
        "latex": "```latex\n\\input{/etc/passwd}\\write18{id}\n```",
        "svg": "```svg\n<svg onload=alert(1)><image href='file:///etc/passwd'/></svg>\n```",
        "diff": "```diff\n" + "+a\n-b\n" * 5_000 + "```",
        "hidden characters": "```sh\nrm -rf \u202e/\u2066 # \u200b\x1b[8mx\n```",
        "zalgo": "```\n" + ("a" + "\u0301" * 50) * 500 + "\n```",
        "right to left": "```py\n" + "\u05d0 = '\u05d1'\n" * 3_000 + "```",
        "emoji": "```py\n" + "'👨‍👩‍👧‍👦'\n" * 2_000 + "```",
        "tabs": "```make\n" + "\t" * 10_000 + "\n```",
        "null bytes": "```\n" + "a\x00" * 5_000 + "\n```",
    }.items()
    hard = ('"' * 450, "(" * 450, "/*" * 225, "<!--" * 110, "\\" * 450, "a " * 225, "'''" * 150, "{{" * 220)
    for language in ("python", "js", "html", "c++", "bash", "sql", "css", "markdown", "php", "yaml", "rust", "swift"):
        yield f"hard to colour: {language}", f"```{language}\n" + "\n".join(hard * 5) + "\n```"
