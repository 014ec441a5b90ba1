"""Chat templates, in jinja, of the known families of models, for files that bring none; each with its marks.

The marks are those of the family's Go template in a model's ``template`` layer. An order from the special to the
general: the first whose marks are all there counts.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """A way in which prompts are written."""

    name: str
    marks: tuple[str, ...]  # all of them stand in the Go template
    jinja: str


def _turns(head: str, tail: str, answer: str, *, start: str = "") -> str:
    """Turns that all look alike: ``head`` holds the role, ``answer`` begins the model's own."""
    loop = f"{{% for m in messages %}}{head}{{{{ m['content'] }}}}{tail}{{% endfor %}}"
    return f"{start}{loop}{{% if add_generation_prompt %}}{answer}{{% endif %}}"


def _by_role(system: str, user: str, assistant: str, answer: str = "", *, start: str = "") -> str:
    """Turns that look different for each role; a tool's result is a user's."""
    loop = (
        f"{{% for m in messages %}}{{% if m['role'] == 'system' %}}{system}"
        f"{{% elif m['role'] == 'assistant' %}}{assistant}{{% else %}}{user}{{% endif %}}{{% endfor %}}"
    )
    return f"{start}{loop}{{% if add_generation_prompt %}}{answer}{{% endif %}}"


ROLE, TEXT = "{{ m['role'] }}", "{{ m['content'] }}"
CHATML = _turns(f"<|im_start|>{ROLE}\n", "<|im_end|>\n", "<|im_start|>assistant\n")
LLAMA3 = _turns(
    f"<|start_header_id|>{ROLE}<|end_header_id|>\n\n",
    "<|eot_id|>",
    "<|start_header_id|>assistant<|end_header_id|>\n\n",
    start="{{ bos_token }}",
)
LLAMA2 = (
    "{{ bos_token }}{% set ns = namespace(system='') %}{% for m in messages %}"
    "{% if m['role'] == 'system' %}{% set ns.system = '<<SYS>>\n' + m['content'] + '\n<</SYS>>\n\n' %}"
    "{% elif m['role'] == 'assistant' %} {{ m['content'] }} </s>"
    "{% else %}[INST] {{ ns.system }}{{ m['content'] }} [/INST]{% set ns.system = '' %}{% endif %}{% endfor %}"
)
MISTRAL = (
    "{{ bos_token }}{% set ns = namespace(system='') %}{% for m in messages %}"
    "{% if m['role'] == 'system' %}{% set ns.system = m['content'] + '\n\n' %}"
    "{% elif m['role'] == 'assistant' %} {{ m['content'] }}</s>"
    "{% else %}[INST] {{ ns.system }}{{ m['content'] }}[/INST]{% set ns.system = '' %}{% endif %}{% endfor %}"
)
GEMMA = (
    "{{ bos_token }}{% set ns = namespace(system='') %}{% for m in messages %}"
    "{% if m['role'] == 'system' %}{% set ns.system = m['content'] + '\n\n' %}"
    "{% elif m['role'] == 'assistant' %}<start_of_turn>model\n{{ m['content'] }}<end_of_turn>\n"
    "{% else %}<start_of_turn>user\n{{ ns.system }}{{ m['content'] }}<end_of_turn>\n{% set ns.system = '' %}"
    "{% endif %}{% endfor %}{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
PHI4 = _turns(f"<|im_start|>{ROLE}<|im_sep|>", "<|im_end|>", "<|im_start|>assistant<|im_sep|>")
PHI3 = _turns(f"<|{ROLE}|>\n", "<|end|>\n", "<|assistant|>\n")
ZEPHYR = _turns(f"<|{ROLE}|>\n", "</s>\n", "<|assistant|>\n")
DEEPSEEK = _by_role(
    f"{TEXT}",
    f"<｜User｜>{TEXT}",
    f"<｜Assistant｜>{TEXT}<｜end▁of▁sentence｜>",
    "<｜Assistant｜>",
    start="{{ bos_token }}",
)
COMMAND_R = _by_role(
    f"<|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>{TEXT}<|END_OF_TURN_TOKEN|>",
    f"<|START_OF_TURN_TOKEN|><|USER_TOKEN|>{TEXT}<|END_OF_TURN_TOKEN|>",
    f"<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>{TEXT}<|END_OF_TURN_TOKEN|>",
    "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>",
    start="{{ bos_token }}",
)
GRANITE = _turns(
    f"<|start_of_role|>{ROLE}<|end_of_role|>", "<|end_of_text|>\n", "<|start_of_role|>assistant<|end_of_role|>"
)
ALPACA = _by_role(f"{TEXT}\n\n", f"### Instruction:\n{TEXT}\n\n", f"### Response:\n{TEXT}</s>\n\n", "### Response:\n")
VICUNA = _by_role(f"{TEXT}\n\n", f"USER: {TEXT}\n", f"ASSISTANT: {TEXT}</s>\n", "ASSISTANT:")

FAMILIES = (
    Family("phi4", ("<|im_start|>", "<|im_sep|>"), PHI4),
    Family("chatml", ("<|im_start|>",), CHATML),
    Family("llama3", ("<|start_header_id|>",), LLAMA3),
    Family("gemma", ("<start_of_turn>",), GEMMA),
    Family("llama2", ("[INST]", "<<SYS>>"), LLAMA2),
    Family("mistral", ("[INST]",), MISTRAL),
    Family("deepseek", ("<｜User｜>",), DEEPSEEK),
    Family("command-r", ("<|START_OF_TURN_TOKEN|>",), COMMAND_R),
    Family("granite", ("<|start_of_role|>",), GRANITE),
    Family("phi3", ("<|user|>", "<|end|>"), PHI3),
    Family("zephyr", ("<|user|>",), ZEPHYR),
    Family("alpaca", ("### Instruction",), ALPACA),
    Family("vicuna", ("USER:",), VICUNA),
)
