r"""Alternatives and wildcards of a prompt, drawn by a seed through the library dynamicprompts.

    {red|blue} car                 one of them; {2::red|blue} red twice as often
    {2$$ and $$red|blue|green}     two of them, joined by " and "
    __animal__                     a line of animal.txt in the folder of wildcards, or of an entry of a .yaml there
    \{ \} \|                       the letters themselves

Of the library's language the variables and wraps (`${…}`, `%{…}`) are left to the owner's own files: in a stranger's
prompt a few of them could write gigabytes. Loads no torch.
https://github.com/adieyal/dynamicprompts#template-syntax
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from random import Random
from threading import Lock

from dynamicprompts.enums import SamplingMethod
from dynamicprompts.sampling_context import SamplingContext
from dynamicprompts.wildcards import WildcardManager
from dynamicprompts.wildcards.item import WildcardItem
from dynamicprompts.wildcards.values import WildcardValues
from pyparsing import ParseBaseException

from diffusion.request import Told
from diffusion.words.shelf import shown

DEEPEST = 8
"""How many braces may be open at once."""
ROUNDS = 4
"""How often what was drawn is drawn again, where it has syntax of its own."""
LISTED = 12
"""Names that are told where none is near."""

_NAME = r"(?:[^\W_]|\*)[\w \-/*.]*?"
_DRAWN = re.compile(rf"\{{|__{_NAME}__")
_ESCAPED = re.compile(r"\\([{}|])")
_TOKEN = re.compile(
    rf"""\\[{{}}|]
       | __[~!@]?(?P<name>{_NAME})__
       | (?P<command>[$%]\{{)
       | (?P<open>\{{)\s*[~!@]?
       | (?P<close>\}})
       | (?P<joint>\$\$)
       | //|/\*|__|[#$%]
    """,
    re.VERBOSE,
)
_HIDDEN = 0xE000
"""Letters that the library would read as its own stand in Unicode's private area while it reads."""
_PARSER = Lock()
"""The library's grammar is one for all threads, and not made for several at once."""


def drawable(text: str) -> bool:
    """Whether there is anything to draw."""
    return bool(_DRAWN.search(_ESCAPED.sub(" ", text)))


def spread(text: str) -> str:
    """Every word of the text that may be drawn, for who asks what words there are."""
    return _TOKEN.sub(" ", text).replace("|", " ") if drawable(text) else text


def unescaped(text: str) -> str:
    r"""What was drawn, as the model shall read it: `\{` is `{`."""
    return _ESCAPED.sub(r"\1", text)


class Wildcards:
    """The folder of wildcards, which may be missing; read again when a file in it changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stamp: object = None
        self._files = _Files()

    def check(self, text: str) -> None:
        """`Told` where the text cannot be drawn from; cheap, and of most texts nothing is read but the text."""
        if drawable(text):
            _check_braces(text)
            for name in {token["name"]: None for token in _TOKEN.finditer(text) if token["name"]}:
                if not self._fresh().get_values(name):
                    raise self._unknown(name)

    def draw(self, text: str, seed: int | str) -> str:
        """The text with its alternatives chosen, the same for the same seed and files; one without any is given back
        as it is. What is drawn has nothing left to draw: drawing again changes nothing. `Told` as in `check`."""
        for _ in range(ROUNDS):
            if not drawable(text):
                return text
            self.check(text)
            text = self._drawn(text, seed)
        raise _endless()

    def _drawn(self, text: str, seed: int | str) -> str:
        context = SamplingContext(SamplingMethod.RANDOM, self._fresh(), rand=Random(seed))
        try:
            with _PARSER:
                return _shown(str(next(iter(context.sample_prompts(_hide(text), 1)), "")))
        except RecursionError as error:
            raise _endless() from error
        except (ParseBaseException, ValueError, LookupError, RuntimeError) as error:
            raise Told(
                "The alternatives of this prompt cannot be read; they look like `{red|blue}`, `{2::red|blue}` or "
                "`{2$$ and $$red|blue|green}`."
            ) from error

    def _fresh(self) -> "_Files":
        stamp = frozenset(_stamps(self._folder))
        if stamp != self._stamp:
            self._stamp, self._files = stamp, _Files(self._folder if self._folder.is_dir() else None)
        return self._files

    def _unknown(self, name: str) -> Told:
        known = sorted(self._fresh().get_collection_names())
        if name in known:
            return Told(f"The wildcard `__{name}__` is empty; use another one, or tell the owner.")
        near = get_close_matches(name, known, n=1)
        if near:
            hint = f"Did you mean `__{near[0]}__`?"
        elif known:
            hint = f"There are: {', '.join(f'`__{each}__`' for each in known[:LISTED])}."
        else:
            where = shown(self._folder)
            hint = f"There are none at all in the folder {where}; write the alternatives out: `{{red|blue}}`."
        return Told(f"There is no wildcard `__{name}__` here. {hint}")


class _Files(WildcardManager):
    """The library's own reading of the folder, made safe for letters that it would read as its own."""

    def get_values(self, wildcard: str) -> WildcardValues:
        return WildcardValues.from_items(_hidden(item) for item in super().get_values(wildcard).items)


def _stamps(folder: Path) -> Iterator[tuple[str, int]]:
    for path in folder.rglob("*"):
        if path.suffix in (".txt", ".yaml", ".json"):
            yield str(path), path.stat().st_mtime_ns


def _check_braces(text: str) -> None:
    depth = 0
    for token in _TOKEN.finditer(text):
        if token["command"]:
            raise Told(f"`{token['command']}…}}` is not read here; write the words out, or `{{red|blue}}`.")
        depth = depth + 1 if token["open"] else max(0, depth - 1) if token["close"] else depth
        if depth > DEEPEST:
            raise Told(f"Alternatives stand at most {DEEPEST} deep in each other; please write fewer braces.")
    if depth:
        raise Told(
            "A `{` is never closed: write alternatives as `{red|blue}`, or `\\{` where you mean the letter itself."
        )


def _hide(text: str) -> str:
    """As the library shall read it: with nothing but alternatives and wildcards for it to find."""
    depth = 0

    def seen(token: re.Match[str]) -> str:
        nonlocal depth
        if token["name"]:
            return f"__{token['name']}__"
        if token["open"] or token["command"]:
            depth += 1
            return token["open"] or token["command"]
        if token["close"]:
            depth = max(0, depth - 1)
            return token[0]
        if token["joint"] and depth:
            return token[0]
        return "".join(chr(_HIDDEN + ord(letter)) for letter in token[0])

    return _TOKEN.sub(seen, text)


def _shown(text: str) -> str:
    return "".join(chr(ord(each) - _HIDDEN) if 0 <= ord(each) - _HIDDEN < 128 else each for each in text)


def _hidden(item: str | WildcardItem) -> str | WildcardItem:
    return _hide(item) if isinstance(item, str) else replace(item, content=_hide(item.content))


def _endless() -> Told:
    return Told("The wildcards of this prompt call each other without an end; use others, or tell the owner.")
