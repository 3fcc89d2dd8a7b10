"""Embeds: the length of each part, and of all together. Knows nothing else of a message."""

from typing import Any

from bot.playground.checks.form import Form, Path

Json = dict[str, Any]

FIELDS = {
    *("title", "type", "description", "url", "timestamp", "color", "footer", "image", "thumbnail", "author"),
    *("fields", "video", "provider", "flags"),
}
TOTAL = 6000


def check(form: Form, embeds: list[Json] | None, path: Path) -> None:
    if not embeds:
        return
    form.length(embeds, path, 0, 10)
    for index, embed in enumerate(embeds):
        _check_one(form, embed, (*path, index))
    if sum(map(size, embeds)) > TOTAL:
        form.fault(path, "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {TOTAL}")


def _check_one(form: Form, embed: Json, path: Path) -> None:
    form.known(embed, FIELDS, path)
    form.lengths(embed, {"title": (0, 256), "description": (0, 4096), "fields": (0, 25)}, path)
    form.lengths(embed.get("footer") or {}, {"text": (1, 2048)}, (*path, "footer"))
    form.lengths(embed.get("author") or {}, {"name": (1, 256)}, (*path, "author"))
    for index, field in enumerate(embed.get("fields") or ()):
        here = (*path, "fields", index)
        form.required(field, ("name", "value"), here)
        form.lengths(field, {"name": (1, 256), "value": (1, 1024)}, here)


def size(embed: Json) -> int:
    """The characters that count towards the limit over all embeds of a message."""
    parts = [embed.get("title"), embed.get("description")]
    parts += [(embed.get("footer") or {}).get("text"), (embed.get("author") or {}).get("name")]
    for field in embed.get("fields") or ():
        parts += [field.get("name"), field.get("value")]
    return sum(len(part) for part in parts if part)
