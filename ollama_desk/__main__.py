"""``python -m ollama_desk``: hidden child programs first, before anything heavy is imported, then the command line."""

import sys


def main() -> int:
    """Dispatch to the guardian, a runner, or the command line; the exit code."""
    match sys.argv[1:2]:
        case ["_guardian"]:
            from ollama_desk.sidecar.guardian import main as guardian  # noqa: PLC0415

            return guardian(sys.argv[2:])
        case ["_runner"]:
            from ollama_desk.engine.runner import main as runner  # noqa: PLC0415

            return runner(sys.argv[2:])
        case _:
            from ollama_desk.cli import main as cli  # noqa: PLC0415

            return cli(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
