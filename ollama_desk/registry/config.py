"""The configuration layer of a model: what Ollama lists it as without opening the weights."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ollama_desk.domain.errors import ModelFileError
from ollama_desk.registry.gguf import GgufHeader

SPARSE = ("renderer", "parser", "requires", "capabilities")
DAMAGED = "The configuration of the model is damaged. Get the model again."


class RootFs(msgspec.Struct, frozen=True):
    """Docker wants to see it."""

    type: str = "layers"
    diff_ids: tuple[str, ...] | None = ()


class ModelConfig(msgspec.Struct, frozen=True):
    """The fields that we use, in Ollama's order; ``SPARSE`` ones are not written where they say nothing."""

    model_format: str = "gguf"
    model_family: str = ""
    model_families: tuple[str, ...] | None = None
    model_type: str = ""  # the number of parameters in words: "8B"
    file_type: str = ""  # the quantisation: "Q4_K_M"
    renderer: str = ""
    parser: str = ""
    requires: str = ""  # the oldest version of Ollama that runs it
    capabilities: tuple[str, ...] | None = None  # besides those that can be seen
    architecture: str = "amd64"
    os: str = "linux"
    rootfs: RootFs = RootFs()


def config_of(headers: Sequence[GgufHeader], diff_ids: tuple[str, ...]) -> ModelConfig:
    """The configuration of a model made of these files, the weights first."""
    weights = headers[0]
    families = tuple(dict.fromkeys(header.architecture for header in headers))
    return ModelConfig(
        model_family=weights.architecture,
        model_families=families,
        model_type=weights.parameter_size,
        file_type=weights.quantization,
        rootfs=RootFs(diff_ids=diff_ids),
    )


def written(config: ModelConfig) -> bytes:
    """The configuration as a layer has it."""
    fields: dict[str, Any] = msgspec.to_builtins(config)
    return msgspec.json.encode({name: value for name, value in fields.items() if value or name not in SPARSE})


def with_layers(config: bytes, diff_ids: tuple[str, ...], told: Mapping[str, str]) -> bytes:
    """The same configuration for other layers and with ``told`` in it; fields that we do not know are kept.

    Raises:
        ModelFileError: it is damaged.
    """
    try:
        fields = msgspec.json.decode(config, type=dict[str, msgspec.Raw])
    except msgspec.MsgspecError as error:
        raise ModelFileError(DAMAGED) from error
    fields["rootfs"] = msgspec.Raw(msgspec.json.encode(RootFs(diff_ids=diff_ids)))
    fields |= {name: msgspec.Raw(msgspec.json.encode(text)) for name, text in told.items()}
    return msgspec.json.encode(fields)


def parse_config(data: bytes) -> ModelConfig:
    """Read a configuration layer.

    Raises:
        ModelFileError: it is damaged.
    """
    try:
        return msgspec.json.decode(data, type=ModelConfig)
    except msgspec.MsgspecError as error:
        raise ModelFileError(DAMAGED) from error
