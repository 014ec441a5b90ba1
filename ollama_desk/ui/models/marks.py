"""What a row of the table of models is marked with, besides what the server says of the model."""

from enum import Enum


class Mark(Enum):
    """Each is known to another part of the program, which says for which models it holds."""

    DEFAULT = "default"  # for new chats
    UPDATE = "update"  # its registry has another one under this name
    DAMAGED = "damaged"  # a file of it is not what it should be
    CHANGING = "changing"  # what the person asked for is under way
