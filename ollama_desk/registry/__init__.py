"""Model names, registries, GGUF headers and the models folder in the layout that Ollama uses.

``reference.parse_name(text)``   a ``ModelName``: what a name means, how it is shown (``short``), how it compares
``gguf.read_gguf(path)``         a ``GgufHeader``: architecture, parameters, context, template, tensors
``store.ModelStore(folder)``     ``models() resolve(name) header(path) create(name, recipe) copy delete``;
                                 ``blobs.has(digest)``, ``blobs.writer(digest)`` for uploads
``recipe.Recipe``                what a new model is made of
``layers.ModelFiles``            an installed model: its files, template, parameters, licences …
``modelfile``                    the same in words: ``modelfile_text(files)``, ``parameters_text(files)``

``remote.Registry``              asks a registry: ``manifest(source)`` (sizes, digest), ``small(…)``, ``blob(…)``
``pull.Puller``                  ``pull(source)`` yields the lines of a pull; to leave is to pause
``source.Source``                a name in a registry, and whether plain HTTP is allowed

The last three are for the event loop and raise ``RegistryError``, whose ``words`` are Ollama's. Everything else blocks
and is meant for a worker thread. Errors there are ``ModelFileError``, ``InvalidNameError``,
``ModelNotFoundError`` and ``StorageError``; where Ollama has a text for a failure, ``str(error)`` is that text.
"""
