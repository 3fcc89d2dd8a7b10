"""What a caption names, read by hand."""

import re
from collections import Counter

from diffusion.mini.illustrator.nouns import NOUNS
from diffusion.mini.words import names_of


def named(text: str) -> Counter[tuple[str, bool]]:
    """The nouns that a caption names, longest phrases first, and whether as many."""
    forms = {form: (noun, False) for noun in NOUNS for form, _ in names_of(noun)}
    forms |= {plural: (noun, True) for noun in NOUNS for single, plural in names_of(noun) if single != plural}
    found = Counter()
    for form in sorted(forms, key=len, reverse=True):
        text, times = re.subn(rf"\b{re.escape(form)}\b", "#", text)
        found[forms[form]] += times
    return +found


def without(text: str, phrases: list[str]) -> str:
    for phrase in sorted(phrases, key=len, reverse=True):
        text = re.sub(rf"\b{re.escape(phrase.strip(', '))}\b", " ", text)
    return text
