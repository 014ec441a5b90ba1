"""The last ten minutes of measurements, so that a page that is opened later shows them too."""

from collections import deque
from datetime import timedelta

from ollama_desk.domain.server import ResourceSample

KEPT = timedelta(minutes=10)
MOST = 1200  # samples, whatever the clock does


class ResourceHistory:
    """A ring of samples in the order of their coming; None stands where there was nothing to measure."""

    def __init__(self, kept: timedelta = KEPT, most: int = MOST) -> None:
        self._kept = kept
        self._samples: deque[ResourceSample | None] = deque(maxlen=most)

    @property
    def samples(self) -> tuple[ResourceSample | None, ...]:
        """Oldest first."""
        return tuple(self._samples)

    def add(self, sample: ResourceSample | None) -> None:
        """Keep one more; what is older than it by more than ten minutes goes."""
        if sample is None:
            if self._samples and self._samples[-1] is not None:
                self._samples.append(None)
            return
        self._samples.append(sample)
        start = sample.at - self._kept
        while (oldest := self._samples[0]) is None or oldest.at < start:
            self._samples.popleft()
