"""What a thing is made of: filled outlines in the thing's own units, in the order in which they are painted.

A figure knows no pixels and no colour: each part names a paint (`colours.py` says what it is), so that every style can
fill it, draw round it or let it glow.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

Point = tuple[float, float]
"""Right and down from the thing's middle."""
FINENESS = 7
"""Points on a smooth curve between two given ones."""


@dataclass(frozen=True, eq=False)
class Part:
    """One outline, (points, 2). With a width it is a line of that thickness; with a hole it is a ring.

    `edge` is how many of its points lie on an edge that is seen as a line; 0 for all.
    """

    paint: str
    points: np.ndarray
    width: float = 0.0
    closed: bool = True
    hole: np.ndarray | None = None
    edge: int = 0

    @property
    def filled(self) -> np.ndarray:
        """One outline that encloses the same area; a ring is cut open for it."""
        if self.hole is None:
            return self.points
        return np.concatenate([self.points, self.points[:1], self.hole[:1], self.hole[::-1]])

    def moved(self, scale: Point, shift: Point) -> "Part":
        """Each axis times its scale, then shifted; a line's width grows with the vertical one."""
        hole = None if self.hole is None else self.hole * scale + shift
        return replace(self, points=self.points * scale + shift, width=self.width * abs(scale[1]), hole=hole)

    def finer(self, step: float) -> "Part":
        """The same part with points no further apart than this, to be bent."""
        hole = None if self.hole is None else refined(self.hole, step, closed=True)
        return replace(self, points=refined(self.points, step, closed=self.closed), hole=hole)


@dataclass
class Figure:
    """The parts of one thing, as its drawing function puts them down: the first lies at the back."""

    parts: list[Part] = field(default_factory=list)

    def polygon(self, paint: str, *points: Point) -> None:
        self.parts.append(Part(paint, np.array(points, dtype=float)))

    def smooth(self, paint: str, *points: Point) -> None:
        """A closed curve through the points."""
        self.parts.append(Part(paint, curve(points, closed=True)))

    def oval(self, paint: str, x: float, y: float, across: float, down: float = 0.0, turn: float = 0.0) -> None:
        """An ellipse by its half-axes (a circle if only one is given), turned clockwise by degrees."""
        self.parts.append(Part(paint, ellipse(x, y, across, down or across, turn)))

    def ring(self, paint: str, x: float, y: float, outer: float, inner: float) -> None:
        self.parts.append(Part(paint, ellipse(x, y, outer, outer), hole=ellipse(x, y, inner, inner)))

    def box(self, paint: str, left: float, top: float, right: float, bottom: float, corner: float = 0.0) -> None:
        if not corner:
            return self.polygon(paint, (left, top), (right, top), (right, bottom), (left, bottom))
        x, y = (left + corner, right - corner), (top + corner, bottom - corner)
        corners = [(x[1], y[0], -90), (x[1], y[1], 0), (x[0], y[1], 90), (x[0], y[0], 180)]
        return self.polygon(
            paint, *(p for cx, cy, turn in corners for p in arc(cx, cy, corner, corner, turn, turn + 90, 5))
        )

    def slice(self, paint: str, x: float, y: float, across: float, down: float, first: float, last: float) -> None:
        """What a chord cuts off an ellipse, between two angles in degrees, clockwise from the right."""
        self.polygon(paint, *arc(x, y, across, down, first, last, 24))

    def dome(self, paint: str, x: float, y: float, across: float, down: float) -> None:
        """The upper half of an ellipse; y is its flat side."""
        self.slice(paint, x, y, across, down, 180, 360)

    def line(self, paint: str, width: float, *points: Point, smooth: bool = True) -> None:
        """An open line with round ends."""
        path = curve(points, closed=False) if smooth and len(points) > 2 else np.array(points, dtype=float)
        self.parts.append(Part(paint, path, width, closed=False))

    def star(self, paint: str, x: float, y: float, outer: float, inner: float, tips: int, turn: float = 0.0) -> None:
        reach = [outer, inner] * tips
        angles = [math.pi * i / tips + math.radians(turn) for i in range(2 * tips)]
        self.polygon(paint, *((x + r * math.sin(a), y - r * math.cos(a)) for r, a in zip(reach, angles, strict=True)))

    def eye(self, x: float, y: float, size: float, look: float = 0.0) -> None:
        """An eye that looks to a side: -1 (left) to 1."""
        self.oval("white", x, y, size)
        self.oval("ink", x + look * size * 0.35, y, size * 0.6)
        self.oval("white", x + look * size * 0.35 - size * 0.2, y - size * 0.25, size * 0.2)

    def wheel(self, x: float, y: float, size: float) -> None:
        self.oval("tyre", x, y, size)
        self.oval("metal", x, y, size * 0.5)

    def turned(self, degrees: float) -> None:
        """Turns all that was put down so far, clockwise about the middle."""
        cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        matrix = np.array([[cos, sin], [-sin, cos]])
        self.parts = [
            replace(part, points=part.points @ matrix, hole=None if part.hole is None else part.hole @ matrix)
            for part in self.parts
        ]


def ellipse(x: float, y: float, across: float, down: float, turn: float = 0.0) -> np.ndarray:
    """(36, 2)"""
    around = np.linspace(0, 2 * np.pi, 36, endpoint=False)
    right, below = across * np.cos(around), down * np.sin(around)
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    return np.stack([x + right * cos - below * sin, y + right * sin + below * cos], axis=1)


def arc(x: float, y: float, across: float, down: float, first: float, last: float, count: int = 16) -> list[Point]:
    angles = (math.radians(first + (last - first) * step / (count - 1)) for step in range(count))
    return [(x + across * math.cos(angle), y + down * math.sin(angle)) for angle in angles]


def curve(points: Sequence[Point], *, closed: bool) -> np.ndarray:
    """A Catmull-Rom spline through the points (Catmull and Rom 1974)."""
    given = np.array(points, dtype=float)
    ends = (given[-1:], given[:2]) if closed else (given[:1], given[-1:])
    knots = np.concatenate([ends[0], given, ends[1]])
    t = np.linspace(0, 1, FINENESS, endpoint=False)[:, None]
    spans = []
    for a, b, c, d in zip(knots, knots[1:], knots[2:], knots[3:], strict=False):
        spans.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.concatenate(spans if closed else [*spans, given[-1:]])


def refined(points: np.ndarray, step: float, *, closed: bool) -> np.ndarray:
    """The outline with more points on its long edges, (points, 2)."""
    ends = np.concatenate([points[1:], points[:1]]) if closed else points[1:]
    found = []
    for start, end in zip(points, ends, strict=False):
        count = max(int(np.abs(end - start).max() / step), 0) + 1
        found.append(start + (end - start) * (np.arange(count) / count)[:, None])
    return np.concatenate(found if closed else [*found, points[-1:]])


def bounds(parts: Iterable[Part]) -> tuple[float, float, float, float]:
    """The smallest left, top and the largest right, bottom; half a line's width counts."""
    low = np.min([part.points.min(axis=0) - part.width / 2 for part in parts], axis=0)
    high = np.max([part.points.max(axis=0) + part.width / 2 for part in parts], axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def fitted(parts: Iterable[Part]) -> tuple[Part, ...]:
    """The same parts about (0, 0), the longer half-side of their box 1."""
    parts = tuple(parts)
    left, top, right, bottom = bounds(parts)
    scale = 2 / max(right - left, bottom - top)
    shift = (-(left + right) / 2 * scale, -(top + bottom) / 2 * scale)
    return tuple(part.moved((scale, scale), shift) for part in parts)
