"""Where a model comes from: its name, and the addresses that follow from it."""

from dataclasses import dataclass
from urllib.parse import quote

from ollama_desk.domain.errors import RegistryError
from ollama_desk.registry.reference import ModelName


@dataclass(frozen=True, slots=True)
class Source:
    """A model in a registry. ``insecure`` is plain HTTP, for a registry of one's own."""

    name: ModelName
    insecure: bool = False

    @property
    def url(self) -> str:
        return f"{'http' if self.insecure else 'https'}://{self.name.host}"

    @property
    def repository(self) -> str:
        """What one token is good for."""
        return f"{self.url}/{self.name.namespace}/{self.name.model}".lower()

    @property
    def manifest_url(self) -> str:
        return f"{self._root}/manifests/{quote(self.name.tag)}"

    def blob_url(self, digest: str) -> str:
        return f"{self._root}/blobs/{digest}"

    def check(self) -> None:
        """Refuse what a name asks for and the request does not allow.

        Raises:
            RegistryError: ``http://`` without ``insecure``.
        """
        if self.name.scheme == "http" and not self.insecure:
            msg = f"{self.name.host} is to be asked without encryption. Allow that for this download, or leave out http://."
            raise RegistryError(msg, words="insecure protocol http")

    @property
    def _root(self) -> str:
        return f"{self.url}/v2/{quote(self.name.namespace)}/{quote(self.name.model)}"
