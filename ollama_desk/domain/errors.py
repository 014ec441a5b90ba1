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
    ├── ModelFileError                  a GGUF or a manifest that cannot be used
    ├── InvalidNameError                not a model name
    ├── StorageError
    │   ├── DatabaseTooNewError
    │   ├── DatabaseDamagedError
    │   ├── DatabaseBusyError
    │   ├── DatabaseReadOnlyError
    │   └── DiskFullError
    ├── SettingsError
    ├── TurnInProgressError             a chat is asked while it still answers
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


class ModelFileError(DeskError):
    """A model file or manifest that cannot be used."""


class InvalidNameError(DeskError):
    """Not a valid model name."""


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


class SettingsError(DeskError):
    """A settings file or value that cannot be used."""


class TurnInProgressError(DeskError):
    """The chat still answers; one turn at a time."""


class AlreadyRunningError(DeskError):
    """Another instance owns the data folder."""
