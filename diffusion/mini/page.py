"""One picture of many: tiles in rows, each with its words under it, to be looked at."""

from collections.abc import Sequence
from typing import Any

from PIL import Image, ImageDraw, ImageFont

Tile = tuple[Image.Image, str]
GAP, TEXT, LINES = 6, 11, 3
PAPER, LETTERS = (246, 246, 248), (50, 50, 60)


def page(tiles: Sequence[Tile], columns: int, lines: int = LINES) -> Image.Image:
    """The tiles in the grid of the largest; of the words as much as fits into so many lines."""
    cell = max(max(picture.size) for picture, _ in tiles) + GAP
    tall = cell + lines * (TEXT + 2)
    sheet = Image.new("RGB", (columns * cell + GAP, -(-len(tiles) // columns) * tall + GAP), PAPER)
    canvas, font = ImageDraw.Draw(sheet), ImageFont.load_default(TEXT)
    for number, (picture, words) in enumerate(tiles):
        x, y = GAP + number % columns * cell, GAP + number // columns * tall
        sheet.paste(picture, (x + (cell - GAP - picture.width) // 2, y + (cell - GAP - picture.height) // 2))
        for line, text in enumerate(wrapped(words, cell - GAP, font)[:lines]):
            canvas.text((x, y + cell - GAP + 2 + line * (TEXT + 1)), text, LETTERS, font)
    return sheet


def wrapped(words: str, width: int, font: Any) -> list[str]:
    """The words in lines that are no wider than this, in pixels, if no single word is."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
