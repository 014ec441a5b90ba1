"""Every error that the program raises on purpose.

``str(error)`` is a sentence for a person: what happened and what to do. The foreign exception is ``__cause__``.

::

    DeskError
    ├── OllamaError                     a server was asked
    │   ├── OllamaUnreachableError      nothing answers at the address
    │   ├── OllamaTimeoutError          it was connected but did not answer in time
    │   ├── NotOllamaError              something answers, but not as Ollama does
    │   ├── StreamInterruptedError      a stream ended before it said that it was done
    │   └── RequestFailedError          the server refused or failed (has .status)
    │       ├── ModelNotFoundError
    │       ├── UnsupportedByModelError thinking, tools, pictures … that this model does not do
    │       ├── ContextFullError        the conversation does not fit the context
    │       ├── ServerBusyError
    │       ├── ModelLoadError          the model could not be loaded
    │       └── RunnerCrashedError      the model's process died
    ├── SidecarError                    our own server process
    │   ├── NoServerError               no program to start
    │   ├── PortInUseError
    │   ├── StartTimeoutError
    │   └── GaveUpError                 it fell too often
    ├── RegistryError                   a registry of models was asked (has .words)
    │   ├── RegistryUnreachableError    nothing answers, or no name, no network, no TLS
    │   │   └── CertificateError        its certificate is not trusted
    │   ├── RegistryTimeoutError        no byte came for too long
    │   ├── RegistryInterruptedError    an answer broke off
    │   ├── RegistryRefusedError        it refused or failed (has .status)
    │   │   └── NotInRegistryError      no such model, tag or layer
    │   ├── RegistryAnswerError         it answers, but not as a registry does
    │   └── DigestMismatchError         what came is not what was announced
    ├── ModelFileError                  a GGUF or a manifest that cannot be used
    │   └── FileChangedError            somebody wrote to a file while it was read
    ├── CatalogueError                  the catalogue of models that was shipped cannot be read
    ├── InvalidNameError                not a model name
    ├── NameTakenError                  a model is called so already
    ├── ModelChangeError                a change of a model cannot be made, or not to its end
    ├── WorkStoppedError                a thread was told to stop
    ├── StorageError
    │   ├── DatabaseTooNewError
    │   ├── DatabaseDamagedError
    │   ├── DatabaseBusyError
    │   ├── DatabaseReadOnlyError
    │   └── DiskFullError
    ├── PullRefusedError                a download cannot be asked for, or changed, like this
    │   └── ConsentNeededError          its registry is none that is known (has .host)
    ├── MoveRefusedError                the models folder cannot be moved, or not there
    ├── UpkeepRefusedError              nothing may be removed or mended in the models folder now
    ├── SettingsError
    ├── TurnInProgressError             a chat is asked while it still answers
    ├── BenchmarkRefusedError           a model cannot be measured, or not now
    └── AlreadyRunningError             another window owns the data folder
"""


class DeskError(Exception):
    """Base of all errors with a sentence for a person."""


class OllamaError(DeskError):
    """A server was asked and the answer is not usable."""


class OllamaUnreachableError(OllamaError):
    """Nothing answers at the address."""


class OllamaTimeoutError(OllamaError):
    """The server was reached but did not answer in time."""


class NotOllamaError(OllamaError):
    """Something answers at the address, but not as Ollama does."""


class StreamInterruptedError(OllamaError):
    """A stream ended before it said that it was done; what came so far is kept by the caller."""


class RequestFailedError(OllamaError):
    """The server refused the request or failed at it.

    Args:
        message: the sentence for a person.
        status: the HTTP status; 200 where the error came as a line of a stream.
    """

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class ModelNotFoundError(RequestFailedError):
    """The server does not have this model."""


class UnsupportedByModelError(RequestFailedError):
    """The model cannot do what was asked: thinking, tools, pictures, embeddings."""


class ContextFullError(RequestFailedError):
    """The conversation does not fit the model's context."""


class ServerBusyError(RequestFailedError):
    """The server's queue is full."""


class ModelLoadError(RequestFailedError):
    """The model could not be loaded."""


class RunnerCrashedError(RequestFailedError):
    """The process that runs the model died."""


class SidecarError(DeskError):
    """Our own server process could not do what was asked."""


class NoServerError(SidecarError):
    """There is no server program to start."""


class PortInUseError(SidecarError):
    """Another program holds the port."""


class StartTimeoutError(SidecarError):
    """The server did not become ready in time."""


class GaveUpError(SidecarError):
    """The server fell too often to be started again without being asked."""


class RegistryError(DeskError):
    """A registry of models, or a server that it sends to, did not give what was asked for.

    Args:
        message: the sentence for a person.
        words: the same as Ollama says it, for the engine's clients; ``""`` where Ollama has no words for it.
    """

    def __init__(self, message: str, *, words: str = "") -> None:
        super().__init__(message)
        self.words = words or message


class RegistryUnreachableError(RegistryError):
    """Nothing answers there: no network, no such name, no TLS."""


class CertificateError(RegistryUnreachableError):
    """The certificate of the other side is not trusted."""


class RegistryTimeoutError(RegistryError):
    """No byte came for too long."""


class RegistryInterruptedError(RegistryError):
    """The answer ended before it was complete."""


class RegistryRefusedError(RegistryError):
    """The registry refused or failed.

    Args:
        message: the sentence for a person.
        words: as Ollama says it.
        status: of HTTP.
        retry_after_s: how long it asks to wait; 0 where it does not say.
    """

    def __init__(self, message: str, *, words: str = "", status: int, retry_after_s: float = 0.0) -> None:
        super().__init__(message, words=words)
        self.status = status
        self.retry_after_s = retry_after_s


class NotInRegistryError(RegistryRefusedError):
    """The registry does not have this model, tag or layer."""


class RegistryAnswerError(RegistryError):
    """Something answers, but not as a registry of models does."""


class DigestMismatchError(RegistryError):
    """What came is not what the manifest announced; nothing of it is kept."""


class ModelFileError(DeskError):
    """A model file or manifest that cannot be used."""


class FileChangedError(ModelFileError):
    """A file was written to while it was read; what was read is worth nothing."""


class CatalogueError(DeskError):
    """The catalogue of models that was shipped cannot be read."""


class InvalidNameError(DeskError):
    """Not a valid model name."""


class NameTakenError(DeskError):
    """A model is called so already."""


class ModelChangeError(DeskError):
    """A change of a model cannot be made, or was not made to its end."""


class WorkStoppedError(DeskError):
    """A thread was told to stop; for who told it, no failure."""


class StorageError(DeskError):
    """What should be kept could not be kept."""


class DatabaseTooNewError(StorageError):
    """The database was written by a newer version of the program."""


class DatabaseDamagedError(StorageError):
    """The database cannot be read."""


class DatabaseBusyError(StorageError):
    """Another program holds the database, and went on to."""


class DatabaseReadOnlyError(StorageError):
    """The chats can be read, but nothing can be changed."""


class DiskFullError(StorageError):
    """The disk is full."""


class PullRefusedError(DeskError):
    """A download cannot be asked for, or changed, like this."""


class ConsentNeededError(PullRefusedError):
    """A person has to agree before a registry is asked that nobody vouches for.

    Args:
        message: the sentence for a person.
        host: of the registry.
    """

    def __init__(self, message: str, *, host: str) -> None:
        super().__init__(message)
        self.host = host


class MoveRefusedError(DeskError):
    """The models folder cannot be moved now, or not to this place."""


class UpkeepRefusedError(DeskError):
    """Nothing may be removed or mended in the models folder now, or a model cannot be mended like this."""


class SettingsError(DeskError):
    """A settings file or value that cannot be used."""


class TurnInProgressError(DeskError):
    """The chat still answers; one turn at a time."""


class BenchmarkRefusedError(DeskError):
    """A model cannot be measured, or not now."""


class AlreadyRunningError(DeskError):
    """Another instance owns the data folder."""
