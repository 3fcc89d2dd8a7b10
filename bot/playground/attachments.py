"""Files that are sent: their description, their size as pictures, and their signed address. Knows no messages."""

import hashlib
import hmac
import mimetypes
import re
import struct
from dataclasses import asdict, dataclass
from typing import Any

ADDRESS_LIFE_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way in."""

    filename: str
    data: bytes
    description: str | None = None
    content_type: str | None = None
    spoiler: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that was kept; its bytes lie in the store under its id."""

    id: int
    channel: int
    filename: str
    size: int
    content_type: str
    width: int | None = None
    height: int | None = None
    description: str | None = None
    ephemeral: bool = False

    def payload(self, address: str) -> dict[str, Any]:
        """Discord's attachment object; `address` is the signed one of the CDN."""
        told = {
            "id": str(self.id),
            "filename": self.filename,
            "size": self.size,
            "url": address,
            "proxy_url": address,
            "content_type": self.content_type,
            "content_scan_version": 0,
        }
        if self.width is not None:
            told |= {"width": self.width, "height": self.height}
        if self.description:
            told["description"] = self.description
        if self.ephemeral:
            told["ephemeral"] = True
        return told

    def kept(self) -> dict[str, Any]:
        return asdict(self)


def attachment(upload: Upload, *, id: int, channel: int, ephemeral: bool = False) -> Attachment:
    """The description of an uploaded file."""
    width, height = picture_size(upload.data) or (None, None)
    guessed = upload.content_type or mimetypes.guess_type(upload.filename)[0] or "application/octet-stream"
    return Attachment(
        id=id,
        channel=channel,
        filename=safe_filename(upload.filename),
        size=len(upload.data),
        content_type=guessed,
        width=width,
        height=height,
        description=upload.description,
        ephemeral=ephemeral,
    )


def safe_filename(name: str) -> str:
    """As Discord keeps names: blanks become underscores, and what is no letter, digit, dot, dash or underscore goes."""
    return re.sub(r"[^\w.\-]", "", name.replace(" ", "_")) or "file"


def picture_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels from a PNG, GIF, WebP or JPEG header; None for anything else."""
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        return struct.unpack(">II", data[16:24])
    if data[:6] in (b"GIF87a", b"GIF89a") and len(data) >= 10:
        return struct.unpack("<HH", data[6:10])
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP" and len(data) >= 30:
        return _webp_size(data)
    if data[:2] == b"\xff\xd8":
        return _jpeg_size(data)
    return None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    match data[12:16]:
        case b"VP8X":
            return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
        case b"VP8L":
            bits = int.from_bytes(data[21:25], "little")
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        case b"VP8 ":
            width, height = struct.unpack("<HH", data[26:30])
            return width & 0x3FFF, height & 0x3FFF
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Walks the segments to the frame header (SOF0 to SOF15, without DHT, JPG and DAC)."""
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None


class Signature:
    """Addresses that only the playground can make and that run out, as the CDN's do."""

    def __init__(self, key: bytes):
        self._key = key

    def _mac(self, path: str, expires: int) -> str:
        return hmac.new(self._key, f"{path}?{expires}".encode(), hashlib.sha256).hexdigest()

    def sign(self, path: str, now: float) -> str:
        """The path with its query: `ex` expiry, `is` issue, `hm` mac."""
        expires = int(now) + ADDRESS_LIFE_S
        return f"{path}?ex={expires:x}&is={int(now):x}&hm={self._mac(path, expires)}"

    def valid(self, path: str, expires: str, mac: str, now: float) -> bool:
        try:
            until = int(expires, 16)
        except ValueError:
            return False
        return until >= now and hmac.compare_digest(mac, self._mac(path, until))
