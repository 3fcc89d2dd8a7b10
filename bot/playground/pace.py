"""Rate limits: 50 requests a second over all, and fewer by route and place. Knows no requests, only their keys."""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass

from bot.playground.rest.routes import MESSAGE, MESSAGES, OWN, WEBHOOK

GLOBAL = (50, 1.0)
BY_ROUTE = {
    ("POST", MESSAGES): (5, 5.0),
    ("PATCH", MESSAGE): (5, 5.0),
    ("DELETE", MESSAGE): (5, 1.0),
    ("POST", WEBHOOK): (5, 2.0),
    ("PATCH", OWN): (5, 2.0),
}
OTHERS = (30, 1.0)


@dataclass(slots=True)
class Window:
    """How many requests may still be made until a moment."""

    limit: int
    remaining: int
    until: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request may pass, and what its answer says about the limits."""

    retry_after: float
    everywhere: bool
    headers: dict[str, str]

    @property
    def passes(self) -> bool:
        return self.retry_after == 0


class Pace:
    """Counts requests in fixed windows, the way the headers tell it."""

    def __init__(self, clock: Callable[[], float]):
        self._clock = clock
        self._windows: dict[tuple[str, ...], Window] = {}

    def count(self, method: str, route: str, place: str, *, exempt: bool = False) -> Verdict:
        """Counts one request on a route; `place` is the channel, guild or token; `exempt` from the global limit."""
        if not exempt and not self._take(("global",), *GLOBAL):
            return self._verdict(("global",), "", everywhere=True)
        key = (method, route, place)
        passed = self._take(key, *BY_ROUTE.get((method, route), OTHERS))
        bucket = hashlib.sha256(f"{method} {route}".encode()).hexdigest()[:32]
        return self._verdict(key, bucket, passed=passed)

    def _take(self, key: tuple[str, ...], limit: int, seconds: float) -> bool:
        now = self._clock()
        window = self._windows.get(key)
        if window is None or window.until <= now:
            window = self._windows[key] = Window(limit, limit, now + seconds)
        if window.remaining == 0:
            return False
        window.remaining -= 1
        return True

    def _verdict(self, key: tuple[str, ...], bucket: str, *, passed: bool = False, everywhere: bool = False) -> Verdict:
        window = self._windows[key]
        wait = max(window.until - self._clock(), 0.001)
        headers = {
            "X-RateLimit-Limit": str(window.limit),
            "X-RateLimit-Remaining": str(window.remaining),
            "X-RateLimit-Reset": f"{window.until:.3f}",
            "X-RateLimit-Reset-After": f"{wait:.3f}",
            "X-RateLimit-Bucket": bucket,
        }
        if everywhere:
            headers = {"X-RateLimit-Global": "true"}
        if passed:
            return Verdict(0, False, headers)
        return Verdict(wait, everywhere, headers | refusal_headers(wait, everywhere))


def refusal_headers(wait: float, everywhere: bool) -> dict[str, str]:
    """What a 429 says besides; without `Via` a client takes it for a ban."""
    scope = "global" if everywhere else "user"
    return {"Retry-After": str(math.ceil(wait)), "X-RateLimit-Scope": scope, "Via": "1.1 playground"}


def refusal_payload(wait: float, everywhere: bool) -> dict[str, object]:
    return {"message": "You are being rate limited.", "retry_after": round(wait, 3), "global": everywhere}
