"""What one streamed answer did to the event loop of the real window."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Streamed:
    """What one answer cost.

    Args:
        cpu_s: of the whole process, from the question until the answer is shown as it stays.
        lags_ms: how long the loop let a caller wait, asked again and again while tokens came at steady pace; without
            the time in which the kernel let other programs run.
        whole_ms: the same with that time.
        end_ms: the longest wait at the end, when the finished answer is rendered.
    """

    cpu_s: float
    lags_ms: list[float]
    whole_ms: list[float]
    end_ms: float
