"""Where a run's time went. Arithmetic only."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Shares:
    """Seconds within a run's wall time. On a card a forward ends here when it has been sent there, unless each one was
    waited for; what it computes meanwhile shows where somebody next needs a number of it."""

    wall: float
    forwards: Mapping[str, float] = field(default_factory=dict)
    """Of the shared modules, by their class."""
    strands: float = 0.0
    """The pipelines' own code between their calls of shared modules: schedulers, guidance, arrays."""
    hub: float = 0.0
    """Finding calls that fit, joining their inputs, splitting the output, switching."""
    engine: float = 0.0
    """Previews, events, and waiting for threads that load and write."""

    @property
    def of_hub(self) -> float:
        """The hub's own part of the wall time, 0 to 1."""
        return self.hub / self.wall

    def rows(self) -> list[tuple[str, float]]:
        """What there is, with its seconds, the largest forward first."""
        ordered = sorted(self.forwards.items(), key=lambda part: -part[1])
        return [
            *((f"forward of {name}", seconds) for name, seconds in ordered),
            ("the pipelines' own code", self.strands),
            ("the hub", self.hub),
            ("the engine", self.engine),
        ]
