"""Discord's errors: a status, a code, its words, and for a bad form what is wrong where. Knows no routes."""

from typing import Any

REASONS: dict[int, tuple[int, str]] = {
    0: (404, "404: Not Found"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10014: (400, "Unknown Emoji"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    20012: (403, "You are not authorized to perform this action on this application"),
    30032: (400, "Maximum number of application commands reached (100)"),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50013: (403, "Missing Permissions"),
    50027: (401, "Invalid Webhook Token"),
    50034: (400, "A message provided was too old to bulk delete"),
    50035: (400, "Invalid Form Body"),
    50109: (400, "The request body contains invalid JSON."),
    160002: (403, "Cannot reply without permission to read message history"),
}


class Refused(Exception):
    """Discord says no, with one of its codes."""

    def __init__(self, code: int, errors: dict[str, Any] | None = None):
        self.code = code
        self.status, self.message = REASONS[code]
        self.errors = errors
        super().__init__(f"{self.status} {code}: {self.message}")

    def payload(self) -> dict[str, Any]:
        told: dict[str, Any] = {"message": self.message, "code": self.code}
        return told | {"errors": self.errors} if self.errors else told
