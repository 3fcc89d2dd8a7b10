"""The form of a message that the bot creates or edits. Knows the form and the files with it, no state."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from bot.playground import components
from bot.playground.attachments import Upload, safe_filename
from bot.playground.checks import components as component_checks
from bot.playground.checks import embeds
from bot.playground.checks.form import Form, Path
from bot.playground.messages import Flag

Json = dict[str, Any]

SHARED = {"content", "embeds", "allowed_mentions", "components", "attachments", "flags", "payload_json"}
CREATE = SHARED | {"message_reference", "nonce", "enforce_nonce", "tts", "sticker_ids", "poll", "shared_client_theme"}
EDIT = SHARED | {"sticker_ids", "tts"}  # discord.py sends tts with every edit, and Discord does not mind
ANSWER = SHARED | {"tts", "poll"}
FOLLOW_UP = ANSWER | {"username", "avatar_url", "thread_name", "applied_tags"}
FILES = 10
REFERENCE = "attachment://"


@dataclass(frozen=True, slots=True)
class Draft:
    """A message as it would be after the request: its payload, the files with it, and those that it had."""

    payload: Json
    uploads: dict[int, Upload]
    existing: dict[int, str]
    """Attachment id -> filename of the message that is edited."""
    flags: int

    @property
    def v2(self) -> bool:
        return bool(self.flags & Flag.COMPONENTS_V2)


def check(form: Form, draft: Draft, fields: Collection[str], path: Path = ()) -> None:
    told = draft.payload
    form.known(told, fields, path)
    form.length(told.get("content"), (*path, "content"), 0, 2000)
    if isinstance(told.get("nonce"), str):
        form.length(told["nonce"], (*path, "nonce"), 0, 25)
    embeds.check(form, told.get("embeds"), (*path, "embeds"))
    component_checks.check(form, told.get("components"), (*path, "components"), v2=draft.v2)
    if draft.v2:
        _no_legacy(form, told, path)
    _attachments(form, draft, path)
    _references(form, draft, path)


def _no_legacy(form: Form, told: Json, path: Path) -> None:
    for name in ("content", "embeds", "poll", "sticker_ids"):
        if told.get(name):
            text = f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            form.fault((*path, name), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", text)


def _attachments(form: Form, draft: Draft, path: Path) -> None:
    """Each one listed must be a file of this request (by its number) or one that the message had (by its id)."""
    listed = draft.payload.get("attachments") or []
    form.length(listed, (*path, "attachments"), 0, FILES)
    if len(draft.uploads) > FILES:
        form.fault((*path, "files"), "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {FILES} in length.")
    for index, each in enumerate(listed):
        here = (*path, "attachments", index)
        form.length(each.get("description"), (*here, "description"), 0, 1024)
        if int(each.get("id", -1)) not in draft.uploads.keys() | draft.existing.keys():
            text = f"The attachment with id {each.get('id')} was not uploaded"
            form.fault((*here, "id"), "ATTACHMENT_NOT_FOUND", text)


def _references(form: Form, draft: Draft, path: Path) -> None:
    """What is shown by `attachment://name` must come with the message."""
    names = {safe_filename(upload.filename) for upload in draft.uploads.values()} | set(draft.existing.values())
    for where, url in _urls(draft.payload):
        if url.startswith(REFERENCE) and url.removeprefix(REFERENCE) not in names:
            text = f"The file {url} was not uploaded"
            form.fault((*path, *where), "MEDIA_ATTACHMENT_NOT_FOUND", text)


def _urls(told: Json) -> Iterable[tuple[Path, str]]:
    for index, embed in enumerate(told.get("embeds") or ()):
        for name in ("image", "thumbnail"):
            if (embed.get(name) or {}).get("url"):
                yield ("embeds", index, name, "url"), embed[name]["url"]
    for component in components.walk(told.get("components") or ()):
        for item in components.media(component):
            yield ("components",), item["url"]
