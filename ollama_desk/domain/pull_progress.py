"""How far a download is: the server's lines about layers folded into one number that never falls, and its speed."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ollama_desk.domain.models import PullStep
from ollama_desk.domain.pulls import LayerProgress, PullPhase

SPEED_OVER_S = 10.0
STALLED_AFTER_S = 30.0
SAMPLE_EVERY_S = 0.25
PREFIX = "sha256:"
WHOLE_MODEL = f"{PREFIX}model"  # the digest under which a server tells of all layers at once

PHASES = {
    "pulling manifest": PullPhase.LOOKING_UP,
    "verifying sha256 digest": PullPhase.VERIFYING,
    "writing manifest": PullPhase.INSTALLING,
    "success": PullPhase.INSTALLING,
}


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of a download. ``total_bytes`` may grow while its manifest is not known."""

    layers: tuple[LayerProgress, ...] = ()
    phase: PullPhase = PullPhase.LOOKING_UP
    is_refetching: bool = False  # the server has less of a layer than it had

    @property
    def total_bytes(self) -> int:
        return sum(layer.total_bytes for layer in self.layers)

    @property
    def completed_bytes(self) -> int:
        return sum(layer.completed_bytes for layer in self.layers)

    @property
    def _is_told_as_one(self) -> bool:
        return bool(self.layers) and self.layers[0].digest == WHOLE_MODEL

    def expecting(self, layers: Sequence[LayerProgress]) -> "Progress":
        """The same with the layers that a manifest names; of each what had come stays."""
        if self._is_told_as_one:
            total = sum(layer.total_bytes for layer in layers)
            return replace(self, layers=(replace(self.layers[0], total_bytes=max(total, self.completed_bytes)),))
        come = {layer.digest: layer.completed_bytes for layer in self.layers}
        known = tuple(
            replace(
                layer, completed_bytes=min(layer.total_bytes, max(layer.completed_bytes, come.get(layer.digest, 0)))
            )
            for layer in layers
        )
        return replace(self, layers=known)

    def after(self, step: PullStep) -> "Progress":
        """What is known after one more line of the server."""
        if not step.digest or step.total_bytes <= 0:
            return replace(self, phase=PHASES.get(step.status, self.phase), is_refetching=False)
        digest = f"{PREFIX}{step.digest.removeprefix(PREFIX)}"
        if digest == WHOLE_MODEL and self.layers and not self._is_told_as_one:
            return Progress((LayerProgress(WHOLE_MODEL, self.total_bytes, self.completed_bytes),)).after(step)
        found = next((layer for layer in self.layers if layer.digest == digest), LayerProgress(digest, 0))
        total = max(found.total_bytes, step.total_bytes)
        came = min(max(step.completed_bytes, 0), total)
        grown = replace(found, total_bytes=total, completed_bytes=max(found.completed_bytes, came))
        layers = tuple(grown if layer.digest == digest else layer for layer in self.layers)
        if found not in self.layers:
            layers = (*layers, grown)
        return Progress(layers, PullPhase.DOWNLOADING, is_refetching=came < found.completed_bytes)

    def whole(self) -> "Progress":
        """Everything has come."""
        return replace(
            self, layers=tuple(replace(layer, completed_bytes=layer.total_bytes) for layer in self.layers),
            is_refetching=False,
        )  # fmt: skip


class Pace:
    """How fast bytes come, and whether they do. Times are seconds of a clock that never jumps.

    Args:
        now_s: when the download was asked for.
    """

    def __init__(self, now_s: float) -> None:
        self._told: dict[str, int] = {}  # by digest, what the server said last
        self._received = 0
        self._grew_at_s = now_s
        self._samples: deque[tuple[float, int]] = deque([(now_s, 0)])

    def take(self, step: PullStep, now_s: float) -> None:
        """Count what came since the last line about the layer; what is there from before has not come."""
        if not step.digest or step.total_bytes <= 0:
            self._grew_at_s = now_s  # the server is at something else
            return
        before = self._told.get(step.digest)
        self._told[step.digest] = step.completed_bytes
        if before is None or step.completed_bytes != before:
            self._grew_at_s = now_s
        if before is not None and step.completed_bytes > before:
            self._received += step.completed_bytes - before
            self._sample(now_s)

    def bytes_per_s(self, now_s: float) -> float:
        """Over the last 10 s, or since the beginning where that is less."""
        self._sample(now_s)
        first_s, first = self._samples[0]
        return (self._received - first) / (now_s - first_s) if now_s > first_s else 0.0

    def left_s(self, missing_bytes: int, now_s: float) -> float | None:
        """How long the rest takes at this pace; None where that cannot be told."""
        pace = self.bytes_per_s(now_s)
        return missing_bytes / pace if pace >= 1 else None

    def is_stalled(self, now_s: float) -> bool:
        return now_s - self._grew_at_s >= STALLED_AFTER_S

    def _sample(self, now_s: float) -> None:
        """Keep the samples of the last 10 s, and the newest one before them."""
        if now_s - self._samples[-1][0] >= SAMPLE_EVERY_S:
            self._samples.append((now_s, self._received))
        while len(self._samples) > 1 and self._samples[1][0] <= now_s - SPEED_OVER_S:
            self._samples.popleft()
