"""What a person typed into a form, noted among the person's settings until the next form is sent: where it was refused,
a key opens the form with it again, after a restart as well. Knows no form."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from diffusion.request import Told

if TYPE_CHECKING:
    from bot.client import Darkroom

NOTE = "draft"


async def keep(client: "Darkroom", user: int, form: str, fields: Mapping[str, str]) -> None:
    """`form` is what its `custom_id` holds; one draft a person, the newest counts."""
    await client.settings.write("user", user, NOTE, {"form": form, "fields": dict(fields)})


async def typed(client: "Darkroom", user: int, form: str) -> Mapping[str, str]:
    """The texts by the names of their fields."""
    note = await client.settings.read("user", user, NOTE, {})
    if note.get("form") != form:
        raise Told("You sent another form since, and what you typed into this one is not kept; please open it anew.")
    return note["fields"]
