"""What happens, in the past tense. Services publish these; the bridge emits each as a Qt signal of the same name."""

from dataclasses import dataclass

from ollama_desk.domain.benchmark import Benchmark, BenchmarkProgress
from ollama_desk.domain.chat import Chat, Message
from ollama_desk.domain.exports import ExportJob
from ollama_desk.domain.imports import ImportJob
from ollama_desk.domain.machine import GpuFacts, SystemOllama
from ollama_desk.domain.models import Model, RunningModel
from ollama_desk.domain.moving import MoveJob
from ollama_desk.domain.pending import PendingChange
from ollama_desk.domain.pulls import PullJob
from ollama_desk.domain.server import ResourceSample, ServerStatus
from ollama_desk.domain.settings import Settings
from ollama_desk.domain.updates import UpdateCheck
from ollama_desk.domain.upkeep import Upkeep, VerifyProgress


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events."""


@dataclass(frozen=True, slots=True)
class TurnStarted(Event):
    """The question and the still empty answer are saved and the server is being asked.

    ``question`` is None where an answer is made again.
    """

    chat_id: int
    question: Message | None
    answer: Message


@dataclass(frozen=True, slots=True)
class TokenReceived(Event):
    """Text to append to an answer that is being given."""

    chat_id: int
    message_id: int
    content: str
    thinking: str


@dataclass(frozen=True, slots=True)
class TurnFinished(Event):
    """The answer is complete and saved."""

    message: Message


@dataclass(frozen=True, slots=True)
class TurnStopped(Event):
    """The person stopped the answer; what came is kept."""

    message: Message


@dataclass(frozen=True, slots=True)
class TurnFailed(Event):
    """The answer failed or was cut; what came is kept, ``message.error`` says why."""

    message: Message


@dataclass(frozen=True, slots=True)
class ChatsChanged(Event):
    """The list of chats is another: newest first."""

    chats: tuple[Chat, ...]


@dataclass(frozen=True, slots=True)
class ModelsChanged(Event):
    """What is installed or loaded is another, with the changes that are under way."""

    models: tuple[Model, ...]
    running: tuple[RunningModel, ...]
    changes: tuple[PendingChange, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelRenamed(Event):
    """A model has another name from now on; what is kept by its name follows it."""

    name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class ServerStateChanged(Event):
    """The server's state, or what is known about it, is another."""

    status: ServerStatus


@dataclass(frozen=True, slots=True)
class ResourcesSampled(Event):
    """A measurement of the server's process tree; None when it is gone."""

    sample: ResourceSample | None


@dataclass(frozen=True, slots=True)
class NoticeRaised(Event):
    """Something went wrong in the background that a person should read."""

    text: str


@dataclass(frozen=True, slots=True)
class SettingsChanged(Event):
    """The settings are others, by the window or by hand in their file."""

    old: Settings
    new: Settings


@dataclass(frozen=True, slots=True)
class MachineExamined(Event):
    """What was found of the machine is another."""

    gpu: GpuFacts
    system: SystemOllama | None  # None: no stopped Ollama whose models could be used


@dataclass(frozen=True, slots=True)
class PullsChanged(Event):
    """The list of downloads, their order or the state of one is another."""

    jobs: tuple[PullJob, ...]


@dataclass(frozen=True, slots=True)
class PullProgressed(Event):
    """A running download is further. At most ten a second for all of them."""

    job: PullJob


@dataclass(frozen=True, slots=True)
class PullFinished(Event):
    """A download is complete: the model is installed."""

    job: PullJob


@dataclass(frozen=True, slots=True)
class PullFailed(Event):
    """A download has ended without its model; ``job.reason`` says why."""

    job: PullJob


@dataclass(frozen=True, slots=True)
class ImportsChanged(Event):
    """The list of imports or the state of one is another."""

    jobs: tuple[ImportJob, ...]


@dataclass(frozen=True, slots=True)
class ImportProgressed(Event):
    """An import is further. At most ten a second."""

    job: ImportJob


@dataclass(frozen=True, slots=True)
class ImportFinished(Event):
    """The model is installed."""

    job: ImportJob


@dataclass(frozen=True, slots=True)
class ImportFailed(Event):
    """An import ended without its model; ``job.reason`` says why. Not for those that the person cancelled."""

    job: ImportJob


@dataclass(frozen=True, slots=True)
class MoveChanged(Event):
    """A move of the models folder has begun, is in another state, or has ended."""

    job: MoveJob


@dataclass(frozen=True, slots=True)
class MoveProgressed(Event):
    """A move of the models folder is further. At most ten a second."""

    job: MoveJob


@dataclass(frozen=True, slots=True)
class UpdatesChanged(Event):
    """What is known of updates, or how far the check is, is another."""

    check: UpdateCheck


@dataclass(frozen=True, slots=True)
class SpeedsChanged(Event):
    """What is kept of a model's speed is more, or another; an empty name: of several."""

    model: str


@dataclass(frozen=True, slots=True)
class BenchmarkProgressed(Event):
    """A benchmark is further, or has begun."""

    progress: BenchmarkProgress


@dataclass(frozen=True, slots=True)
class BenchmarkFinished(Event):
    """A benchmark is complete."""

    benchmark: Benchmark


@dataclass(frozen=True, slots=True)
class BenchmarkFailed(Event):
    """A benchmark ended without a result; ``reason`` is a sentence, empty where the person cancelled it."""

    model: str
    reason: str


@dataclass(frozen=True, slots=True)
class UpkeepChanged(Event):
    """What is known of the models folder and of its files is another."""

    upkeep: Upkeep


@dataclass(frozen=True, slots=True)
class VerifyProgressed(Event):
    """The verification of files is further. At most ten a second."""

    progress: VerifyProgress


@dataclass(frozen=True, slots=True)
class ExportsChanged(Event):
    """The list of exports or the state of one is another."""

    jobs: tuple[ExportJob, ...]


@dataclass(frozen=True, slots=True)
class ExportProgressed(Event):
    """An export is further. At most ten a second."""

    job: ExportJob


@dataclass(frozen=True, slots=True)
class ExportFinished(Event):
    """The files are written."""

    job: ExportJob


@dataclass(frozen=True, slots=True)
class ExportFailed(Event):
    """An export ended and left nothing; ``job.reason`` says why. Not for those that the person cancelled."""

    job: ExportJob
