"""The speed of a model in words: figures, how far a benchmark is, its result as rows and as Markdown."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QCoreApplication, QLocale

from ollama_desk.domain.benchmark import Benchmark, BenchmarkProgress, BenchmarkRow, BenchmarkStep
from ollama_desk.domain.speed import Speed, SpeedSummary
from ollama_desk.ui.server.wording import program_name
from ollama_desk.ui.text import age_text, context_text, exact_time, one_line

FEW, MANY = 10.0, 100.0  # below which a figure has a decimal; from which it has none
ALL_PERCENT = 100


def rate_text(tokens_per_s: float | None) -> str:
    """``42 tok/s``; empty for nothing known."""
    return "" if tokens_per_s is None else _tr("%1 tok/s").replace("%1", figure_text(tokens_per_s))


def figure_text(value: float | None) -> str:
    """A rate without its unit; a dash where it is not known."""
    return "–" if value is None else QLocale().toString(value, "f", 1 if value < FEW else 0)


def seconds_text(seconds: float | None) -> str:
    """``310 ms``, ``2.4 s``, ``140 s``; a dash where it is not known."""
    if seconds is None:
        return "–"
    if seconds < 1:
        return _tr("%1 ms").replace("%1", QLocale().toString(seconds * 1000, "f", 0))
    return _tr("%1 s").replace("%1", QLocale().toString(seconds, "f", 1 if seconds < MANY else 0))


def figures(summary: SpeedSummary, now: datetime) -> list[tuple[str, str]]:
    """Labels and values of what is known."""
    rows = [
        (_tr("Generation"), rate_text(summary.tokens_per_s)),
        (_tr("Prompt"), rate_text(summary.prompt_per_s)),
        (_tr("First token"), "" if summary.first_token_s is None else seconds_text(summary.first_token_s)),
        (_tr("Load"), "" if summary.load_s is None else seconds_text(summary.load_s)),
        (_tr("Measured"), span_of(summary, now)),
    ]
    return [(label, value) for label, value in rows if value]


def span_of(summary: SpeedSummary, now: datetime) -> str:
    """From how many answers, over which time."""
    count = _tr("%n answers", summary.answers)
    if summary.since is None or summary.until is None:
        return count
    first, last = age_text(summary.since, now), age_text(summary.until, now)
    if first == last:
        return f"{count}, {last}"
    return _tr("%1, from %2 to %3").replace("%1", count).replace("%2", first).replace("%3", last)


def older_note(count: int) -> str:
    """That answers of an earlier version are not counted; empty where there are none."""
    if not count:
        return ""
    return _tr("%n answers of an earlier version of the model are not counted; the plot shows them in grey.", count)


def point_text(speed: Speed, now: datetime) -> str:
    """One point of the plot."""
    words = _tr("%1, %2").replace("%1", rate_text(speed.tokens_per_s)).replace("%2", age_text(speed.at, now))
    return words if not speed.answer_tokens else f"{words}, {_tr('%n tokens', speed.answer_tokens)}"


def progress_text(progress: BenchmarkProgress) -> str:
    """What a benchmark does now."""
    match progress.step:
        case BenchmarkStep.LOADING:
            return _tr("Loading the model")
        case BenchmarkStep.WAITING:
            return _tr("Waiting for the end of an answer in a chat")
        case BenchmarkStep.MEASURING:
            words = _tr("Prompt of %1 tokens, %2 of %3")
            words = words.replace("%1", QLocale().toString(progress.wanted_tokens))
            return words.replace("%2", str(progress.repetition)).replace("%3", str(progress.repetitions))


def length_text(row: BenchmarkRow) -> str:
    """How long a row's prompt was."""
    return QLocale().toString(row.prompt_tokens)


def answer_text(row: BenchmarkRow) -> str:
    """The rate of generation, and how far the three are from each other."""
    rate = figure_text(row.tokens_per_s)
    return rate if row.spread is None else f"{rate} ±{QLocale().toString(row.spread * 50, 'f', 0)} %"


def spread_text(row: BenchmarkRow) -> str:
    """How far the fastest is from the slowest; a dash where there are not two to compare."""
    return "–" if row.spread is None else f"{QLocale().toString(row.spread * 100, 'f', 0)} %"


def rates_text(benchmark: Benchmark) -> str:
    """The rates of generation at every length, for one cell."""
    return " · ".join(figure_text(row.tokens_per_s) for row in benchmark.rows)


def short_rows(benchmark: Benchmark) -> str:
    """That the model ended too early to tell; empty where it did not."""
    if all(row.tokens_per_s is not None for row in benchmark.rows):
        return ""
    return _tr("Where there is a dash the model ended its answer too early to tell.")


def circumstances(benchmark: Benchmark, when: str = "") -> str:
    """What a result holds for; ``when`` it was, in words, or else exactly."""
    parts = [when or exact_time(benchmark.at)]
    if benchmark.context_length:
        parts.append(_tr("context of %1").replace("%1", context_text(benchmark.context_length)))
    if benchmark.gpu_percent is not None:
        parts.append(place_words(benchmark.gpu_percent))
    if benchmark.load_s is not None:
        parts.append(_tr("loaded in %1").replace("%1", seconds_text(benchmark.load_s)))
    server = f"{program_name(benchmark.server)} {benchmark.server_version}".strip()
    return " · ".join(part for part in (*parts, one_line(server, 60)) if part)


def place_words(gpu_percent: int) -> str:
    """Where the model lay."""
    if gpu_percent >= ALL_PERCENT:
        return _tr("on the GPU")
    return _tr("%1 % on the GPU").replace("%1", str(gpu_percent)) if gpu_percent else _tr("on the CPU")


def markdown(benchmarks: Sequence[Benchmark]) -> str:
    """Results as tables that can be pasted anywhere, newest first."""
    head = (_tr("Prompt"), _tr("Prompt, tok/s"), _tr("Generation, tok/s"), _tr("First token"), _tr("Spread"))
    parts = []
    for benchmark in benchmarks:
        name = one_line(benchmark.model).replace("`", "")
        lines = [f"`{name}` · {circumstances(benchmark)}", "", _line(head), "|" + "---:|" * len(head)]
        lines += [_line(cells(row)) for row in benchmark.rows]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def cells(row: BenchmarkRow) -> tuple[str, ...]:
    """Length, rates, wait and spread."""
    return (
        length_text(row),
        figure_text(row.prompt_per_s),
        figure_text(row.tokens_per_s),
        seconds_text(row.first_token_s),
        spread_text(row),
    )


def _line(texts: Sequence[str]) -> str:
    return f"| {' | '.join(texts)} |"


def _tr(text: str, number: int = -1) -> str:
    return QCoreApplication.translate("Speed", text, "", number)
