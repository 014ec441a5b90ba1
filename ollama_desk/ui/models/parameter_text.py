"""The parameters of a model in words: what each does, and what has to be written."""

from PySide6.QtCore import QCoreApplication

from ollama_desk.domain.parameter_rules import RULES, Kind, Rule


def parameter_hint(name: str) -> str:
    """What it does, in a sentence; of an unknown one that it is passed on."""
    return {
        "temperature": _tr("Low values keep to the likeliest words, high ones surprise."),
        "top_p": _tr("Only the likeliest words whose chances add up to this are drawn from."),
        "top_k": _tr("Only so many of the likeliest words are drawn from; 0 for all."),
        "min_p": _tr("Words less likely than this part of the likeliest are left out."),
        "typical_p": _tr("Below 1 words of unusual likelihood are left out."),
        "num_ctx": _tr("How many tokens of the conversation the model sees. More takes more memory."),
        "num_predict": _tr("How many tokens an answer may have; -1 for no limit."),
        "repeat_penalty": _tr("Above 1 the model repeats itself less."),
        "repeat_last_n": _tr("How many tokens back repetition counts; 0 for none, -1 for all of the context."),
        "presence_penalty": _tr("Above 0 words that were said already become less likely."),
        "frequency_penalty": _tr("Above 0 words become less likely with each time they were said."),
        "seed": _tr("The same seed, text and settings give the same answer again."),
        "stop": _tr("The answer ends where one of these would come: one on each line, \\n for a line break."),
        "num_keep": _tr("How many tokens of the beginning stay when the context is full."),
        "num_batch": _tr("How many tokens of the prompt are read at a time."),
        "num_gpu": _tr("How many layers go to the GPU; -1 leaves it to the server."),
        "main_gpu": _tr("The number of the GPU that does the most."),
        "num_thread": _tr("How many threads compute; 0 leaves it to the server."),
        "use_mmap": _tr("Whether the file is mapped into memory: true or false."),
    }.get(name, _tr("This parameter is passed on as it is written."))


def value_problem(name: str) -> str:
    """What has to be written instead."""
    rule = RULES.get(name)
    if rule is None:
        return _tr("Write a value.")
    match rule.kind:
        case Kind.SWITCH:
            return _tr("Write true or false.")
        case Kind.TEXTS:
            return _tr("Write one text on each line.")
        case Kind.NUMBER:
            return _ranged(_tr("Write a number from %1 to %2."), rule)
        case Kind.WHOLE:
            return _ranged(_tr("Write a whole number from %1 to %2."), rule)


def _ranged(text: str, rule: Rule) -> str:
    return text.replace("%1", f"{rule.least:g}").replace("%2", f"{rule.most:.0f}")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Draft", text)
