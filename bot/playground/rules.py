"""Which of Discord's rules hold, and their figures. The checks themselves are in `*_rules.py` and `answers.py`."""

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Everything as on Discord unless a test asks for less patience."""

    first_answer_s: float = 3.0
    """After this an unanswered interaction has failed: 10062."""
    token_life_s: float = 900.0
    """After this an interaction's token is dead: 50027."""
    nonce_memory_s: float = 300.0
    rate_limits: bool = False
    """Count requests, say so in headers, and answer 429 above the limits."""
    privileged_intents: int = 0
    """Granted to the application; asking for another one closes the gateway with 4014."""
    file_size: int = 10 * MIB
    request_size: int = 25 * MIB
    dm_open: bool = True
    """False: nobody takes direct messages (50007)."""
    heartbeat_s: float = 41.25
    resume_s: float = 90.0
    """How long a session waits for its bot after a connection has ended."""


DISCORD = Rules()
