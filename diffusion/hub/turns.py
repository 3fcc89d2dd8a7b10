"""Whose turn it is: those who cannot share a forward share the time, and a newcomer sees something soon.

Knows owners and seconds; neither modules nor tensors.
"""

from collections.abc import Hashable, Iterable

HEAD_START = 2
"""Forwards of a newcomer that come before those who were there: the reading of a picture, and the first step."""


class Turns:
    """The owner who was served least goes first.

    A new owner takes the place of one who left, with what that one had been served: so an endless row of short
    requests has no more of the time than one long one. Its first forwards go before everybody's, though never two in
    a row.
    """

    def __init__(self) -> None:
        self._served: dict[Hashable, float] = {}
        self._new: dict[Hashable, int] = {}
        self._left: list[float] = []
        """What those had been served whose places nobody has taken."""
        self._preferred = False
        """Whether the last turn was a newcomer's."""

    def enter(self, owner: Hashable) -> None:
        if owner not in self._served:
            least = min(self._served.values(), default=0.0)
            self._left = sorted(served for served in self._left if served > least)
            self._served[owner] = self._left.pop(0) if self._left else least
            self._new[owner] = HEAD_START

    def rank(self, owner: Hashable) -> tuple[int, float]:
        """The one with the least goes first, of newcomers the newest; among equals the one who was there first."""
        return 0 if self._preferred else -self._new.get(owner, 0), self._served[owner]

    def take(self, owners: Iterable[Hashable]) -> None:
        """These have the turn."""
        first = True
        for owner in dict.fromkeys(owners):
            if first:
                self._preferred, first = owner in self._new and not self._preferred, False
            if owner in self._new:
                self._new[owner] -= 1
                if not self._new[owner]:
                    del self._new[owner]

    def charge(self, owner: Hashable, seconds: float) -> None:
        """It used so much time; of one who has left nothing is kept."""
        if owner in self._served:
            self._served[owner] += seconds

    def leave(self, staying: Iterable[Hashable]) -> None:
        """Forgets all others."""
        owners = set(staying)
        if owners:
            self._left += [served for owner, served in self._served.items() if owner not in owners]
        else:
            self._left = []
        self._served = {owner: served for owner, served in self._served.items() if owner in owners}
        self._new = {owner: left for owner, left in self._new.items() if owner in owners}
