"""The tables: every parameter and preference, declared on one line.

A frozen dataclass whose rows *are* the table. Sliders, validation, persistence (only what differs from the
default), the command line and the help page all read it; no other file repeats a default or a range.
Adding a sampling parameter is one line here and one in `engine/llama/sampler`.
"""

import json
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import field, fields
from functools import cache
from typing import Any, Literal, TypeVar, cast

from app.core.errors import InputError
from app.core.language import tr
from app.core.record import record

MINUS = "\N{MINUS SIGN}"

Value = float | int | bool | str | tuple[str, ...]
Kind = Literal["int", "float", "flag", "choice", "text", "texts"]
Form = Literal["line", "prose", "json", "grammar", "folder"]  # of a text: one line, several of words or of code, a path


@record(kw_only=True)
class Row:
    """One declared parameter. `label`, `help`, `group` and `off_label` are English; show them through `tr`."""

    name: str
    kind: Kind
    default: Value
    low: float = 0
    high: float = 0
    step: float = 0
    unit: str = ""
    label: str
    help: str
    group: str = ""
    choices: tuple[tuple[str, str], ...] = ()  # (value, label)
    special: tuple[float, str] | None = None  # a value that is shown as a word: (-1, "Off")
    needs: tuple[str, Value] | None = None  # the row matters only while another row of the table has this value
    form: Form = "line"


def number(
    default: float | int,
    low: float,
    high: float,
    step: float,
    label: str,
    help: str,
    *,
    group: str = "",
    unit: str = "",
    special: tuple[float, str] | None = None,
    needs: tuple[str, Value] | None = None,
) -> Any:
    """A row with a slider; whole numbers where the default is one."""
    kind: Kind = "int" if isinstance(default, int) else "float"
    metadata = dict(kind=kind, low=low, high=high, step=step, label=label, help=help)
    return field(default=default, metadata=metadata | dict(group=group, unit=unit, special=special, needs=needs))


def flag(default: bool, label: str, help: str, *, group: str = "", needs: tuple[str, Value] | None = None) -> Any:
    """A row with a switch."""
    return field(default=default, metadata=dict(kind="flag", label=label, help=help, group=group, needs=needs))


def choice(default: str, choices: tuple[tuple[str, str], ...], label: str, help: str, *, group: str = "") -> Any:
    """A row with a fixed list of (value, label)."""
    return field(default=default, metadata=dict(kind="choice", choices=choices, label=label, help=help, group=group))


def text(
    default: str,
    label: str,
    help: str,
    *,
    group: str = "",
    needs: tuple[str, Value] | None = None,
    form: Form = "line",
) -> Any:
    """A row with free text."""
    metadata = dict(kind="text", label=label, help=help, group=group, needs=needs, form=form)
    return field(default=default, metadata=metadata)


def texts(default: tuple[str, ...], label: str, help: str, *, group: str = "") -> Any:
    """A row with a list of texts; written as a JSON list where it must fit on one line."""
    return field(default=default, metadata=dict(kind="texts", label=label, help=help, group=group))


@record(kw_only=True)
class Sampling:
    """How one answer is decoded. Defaults and order of the samplers are llama.cpp's (common/common.h)."""

    # fmt: off
    #                                default   low   high  step   label                   help
    strategy: str = choice("sample", (("greedy", "Greedy"), ("sample", "Sampling"), ("beam", "Beam search"), ("best_of", "Best of n"), ("guided", "Guidance")), "Strategy", "How the answer is decoded: the likeliest token each time, tokens drawn at random, several beginnings pursued at once, the best of several answers, or away from a negative prompt.", group="Basics")
    beam_width: int = number(            4,      2,   16,     1, "Beam width",           "How many beginnings are pursued at once.", group="Basics", needs=("strategy", "beam"))
    length_penalty: float = number(    1.0,    0.0,  2.0,  0.05, "Length penalty",       "Above 1 favours longer answers among the beams, below 1 shorter ones.", group="Basics", needs=("strategy", "beam"))
    early_stopping: bool = flag(      True,                      "Early stopping",       "Ends once as many beams have ended as the width asks for and the best of them leads; off goes on while a better one is possible.", group="Basics", needs=("strategy", "beam"))
    best_of: int = number(               4,      2,   16,     1, "Answers to compare",   "So many answers are written side by side; the one that the model finds likeliest is shown.", group="Basics", needs=("strategy", "best_of"))
    guidance_scale: float = number(    1.5,    1.0, 10.0,   0.1, "Guidance strength",    "How far the answer is pushed away from the negative prompt; 1 is not at all.", group="Basics", needs=("strategy", "guided"))
    negative_prompt: str = text(        "",                      "Negative prompt",      "Instructions that the answer should be the opposite of; they take the system prompt's place in a second reading.", group="Basics", needs=("strategy", "guided"), form="prose")
    temperature: float = number(       0.8,    0.0,  2.0,  0.01, "Temperature",          "Higher is more varied, lower is more predictable; 0 always takes the likeliest token.", group="Basics")
    max_tokens: int = number(           -1,     -1, 32768,    1, "Longest answer",       "The answer is cut after this many tokens.", group="Basics", unit="tokens", special=(-1, "No limit"))
    seed: int = number(                 -1,     -1, 2147483647, 1, "Seed",               "The same seed with the same settings gives the same answer again.", group="Basics", special=(-1, "Random"))
    stop: tuple[str, ...] = texts(      (),                      "Stop texts",           "The answer ends before any of these texts.", group="Basics")

    top_k: int = number(                40,      0,  500,     1, "Top K",                "Only this many of the likeliest tokens can be picked.", group="Shortlist", special=(0, "Off"))
    top_p: float = number(            0.95,    0.0,  1.0,  0.01, "Top P",                "Only the likeliest tokens that together reach this probability can be picked; 1 is off.", group="Shortlist")
    min_p: float = number(            0.05,    0.0,  1.0,  0.01, "Min P",                "Tokens less likely than this share of the likeliest one are left out; 0 is off.", group="Shortlist")
    typical_p: float = number(         1.0,    0.0,  1.0,  0.01, "Typical P",            "Keeps tokens that are about as surprising as expected; 1 is off.", group="Shortlist")
    top_n_sigma: float = number(      -1.0,   -1.0,  5.0,   0.1, "Top-nσ",               "Keeps tokens whose logit is within this many standard deviations of the best.", group="Shortlist", special=(-1, "Off"))

    dynatemp_range: float = number(    0.0,    0.0,  2.0,  0.01, "Dynamic temperature",  "The temperature moves up and down by this much with the model's uncertainty; 0 is off.", group="Variety")
    dynatemp_exponent: float = number( 1.0,   0.01,  5.0,  0.01, "Dynamic exponent",     "How strongly uncertainty moves the dynamic temperature.", group="Variety")
    xtc_probability: float = number(   0.0,    0.0,  1.0,  0.01, "XTC probability",      "How often the most obvious tokens are left out, for less predictable text; 0 is off.", group="Variety")
    xtc_threshold: float = number(     0.1,    0.0,  0.5,  0.01, "XTC threshold",        "How likely a token must be to count as obvious for XTC.", group="Variety")

    repeat_penalty: float = number(    1.0,    0.5,  2.0,  0.01, "Repeat penalty",       "Makes tokens that were used recently less likely; 1 is off.", group="Repetition")
    repeat_last_n: int = number(        64,     -1, 4096,     1, "Repeat window",        "How many recent tokens the penalties look at; -1 is the whole context.", group="Repetition", unit="tokens", special=(0, "Off"))
    presence_penalty: float = number(  0.0,   -2.0,  2.0,  0.01, "Presence penalty",     "Lowers every token that has already appeared, once.", group="Repetition")
    frequency_penalty: float = number( 0.0,   -2.0,  2.0,  0.01, "Frequency penalty",    "Lowers a token more each time it has appeared.", group="Repetition")
    dry_multiplier: float = number(    0.0,    0.0,  5.0,  0.01, "DRY strength",         "Punishes repeating whole phrases; 0.8 is a good start, 0 is off.", group="Repetition")
    dry_base: float = number(         1.75,    1.0,  4.0,  0.01, "DRY base",             "How fast the DRY penalty grows with the length of the repeated phrase.", group="Repetition")
    dry_allowed_length: int = number(    2,      1,   20,     1, "DRY allowed length",   "Phrases up to this many tokens may repeat freely.", group="Repetition", unit="tokens")
    dry_last_n: int = number(           64,     -1, 4096,     1, "DRY window",           "How many recent tokens DRY looks at; -1 is the whole context.", group="Repetition", unit="tokens", special=(0, "Off"))
    dry_breakers: tuple[str, ...] = texts(("\n", ":", '"', "*"), "DRY breakers",         "Texts at which a repeated phrase starts anew.", group="Repetition")

    mirostat: str = choice("0", (("0", "Off"), ("1", "Mirostat 1"), ("2", "Mirostat 2")), "Mirostat", "Steers towards a steady surprise; replaces the shortlist samplers.", group="Steering")
    mirostat_tau: float = number(      5.0,    0.0, 20.0,   0.1, "Mirostat target",      "The surprise that Mirostat aims at; lower is more focused.", group="Steering")
    mirostat_eta: float = number(      0.1,    0.0,  1.0,  0.01, "Mirostat rate",        "How quickly Mirostat corrects itself.", group="Steering")
    adaptive_target: float = number(  -1.0,   -1.0,  1.0,  0.01, "Adaptive-P target",    "Prefers tokens near this probability.", group="Steering", special=(-1, "Off"))
    adaptive_decay: float = number(    0.9,    0.0, 0.99,  0.01, "Adaptive-P decay",     "How long Adaptive-P remembers earlier picks.", group="Steering")

    thinking: str = choice("auto", (("auto", "As the model likes"), ("on", "On"), ("off", "Off")), "Thinking", "Whether a model that can think before it answers does so.", group="Control")
    json_schema: str = text(            "",                      "JSON schema",          "The answer is JSON that follows this schema.", group="Control", form="json")
    grammar: str = text(                "",                      "Grammar",              "The answer follows this grammar, written in GBNF.", group="Control", form="grammar")
    logit_bias: tuple[str, ...] = texts((),                      "Token biases",         "Makes tokens likelier or less likely: one text=number each, such as sorry=-5; -inf rules a token out, and #123=2 names one by its number.", group="Control")
    banned: tuple[str, ...] = texts(    (),                      "Banned tokens",        "Tokens that the answer never contains, written as their text, with or without the space before it, or by number as #123.", group="Control")
    lookup: bool = flag(              True,                      "Prompt lookup",        "Guesses the next tokens from what the text has said before, which is faster where it repeats itself; the answer stays the same.", group="Control")
    # fmt: on


SEVERAL = "Several graphics cards"  # the group of rows that matter to machines with more than one


@record(kw_only=True)
class Loading:
    """How a model is loaded; changing a row loads the model again."""

    # fmt: off
    #                                default   low    high   step  label                  help
    context_length: int = number(        0,      0, 1048576, 256, "Context length",       "How many tokens the model can see at once; more needs more memory.", group="Memory", unit="tokens", special=(0, "Automatic"))
    slots: int = number(                 8,      1,      32,   1, "Slots",                "How many answers the model can work on at once; they share the memory of one context.", group="Memory")
    gpu_layers: int = number(           -1,     -1,     999,   1, "GPU layers",           "How many layers run on the graphics card; without one it changes nothing.", group="Hardware", special=(-1, "Automatic"))
    threads: int = number(               0,      0,     256,   1, "Threads",              "How many processor cores work on an answer.", group="Hardware", special=(0, "Physical cores"))
    prompt_threads: int = number(        0,      0,     256,   1, "Prompt threads",       "How many processor cores read a prompt.", group="Hardware", special=(0, "Physical cores"))
    batch_size: int = number(          512,     32,    4096,  32, "Batch size",           "How many tokens of a prompt are read at once; Stop works between batches.", group="Hardware", unit="tokens")
    micro_batch: int = number(           0,      0,    4096,  32, "Compute batch",        "How many of a batch's tokens are computed in one go; smaller needs less memory.", group="Hardware", unit="tokens", special=(0, "Like the batch"))
    flash_attention: str = choice("auto", (("auto", "Automatic"), ("on", "On"), ("off", "Off")), "Flash attention", "A faster way to compute attention that needs less memory.", group="Hardware")
    kv_type: str = choice("f16", (("f32", "f32"), ("f16", "f16"), ("bf16", "bf16"), ("q8_0", "q8_0"), ("q4_0", "q4_0")), "KV cache type", "Smaller types need less memory for the context at a small loss; q4_0 needs flash attention.", group="Memory")
    kv_type_values: str = choice("same", (("same", "Like the keys"), ("f32", "f32"), ("f16", "f16"), ("bf16", "bf16"), ("q8_0", "q8_0"), ("q4_0", "q4_0")), "KV cache type of values", "A type of its own for the values of the KV cache.", group="Memory")
    memory_map: bool = flag(          True,                       "Map the file",         "Loads parts of the file when they are needed, which starts faster.", group="Memory")
    memory_lock: bool = flag(        False,                       "Keep in memory",       "Keeps the model from being moved to disk when memory runs short.", group="Memory")
    main_gpu: int = number(              0,      0,      15,   1, "Main graphics card",   "Which graphics card does what is not split; the first is 0.", group=SEVERAL)
    split_mode: str = choice("layer", (("layer", "By layers"), ("row", "By rows"), ("none", "One card only")), "Split between cards", "How a model is shared by several graphics cards.", group=SEVERAL)
    tensor_split: str = text(           "",                       "Shares of the cards",  "How much of the model each graphics card takes, such as 3,1; empty follows their memory.", group=SEVERAL)
    cpu_experts: int = number(           0,      0,     999,   1, "Experts on the CPU",   "In so many layers the experts stay in main memory, so that a large mixture-of-experts model fits a small graphics card.", group="Hardware", unit="layers", special=(0, "None"))
    rope_scaling: str = choice("auto", (("auto", "From the model"), ("none", "None"), ("linear", "Linear"), ("yarn", "YaRN"), ("longrope", "LongRoPE")), "RoPE scaling", "How positions beyond the trained context are encoded.", group="Position")
    rope_freq_base: float = number(    0.0,    0.0, 10000000.0, 1000.0, "RoPE base",      "Base frequency of the position encoding, for longer contexts than the model was trained on.", group="Position", special=(0, "From the model"))
    rope_freq_scale: float = number(   0.0,    0.0,     4.0, 0.01, "RoPE scale",          "Scale of the position encoding; 0.5 doubles the reach.", group="Position", special=(0, "From the model"))
    # fmt: on


@record(kw_only=True)
class Preferences:
    """The application itself."""

    # fmt: off
    theme: str = choice("system", (("system", "System"), ("light", "Light"), ("dark", "Dark")), "Theme", "Colours of the window.", group="Looks")
    language: str = choice("system", (("system", "System"), ("en", "English"), ("zh_CN", "简体中文")), "Language", "Language of the window.", group="Looks")
    zoom: int = number(100, 70, 200, 10, "Text size", "Size of all text in the window.", group="Looks", unit="%")
    send_key: str = choice("enter", (("enter", "Enter"), ("ctrl_enter", "Ctrl+Enter")), "Send with", "Which key sends the message; the other one breaks the line.", group="Writing")
    system_prompt: str = text("", "System prompt", "Instructions that every new conversation starts with.", group="Writing", form="prose")
    read_back: bool = flag(True, "Open the last conversation", "Start where you left off instead of on the welcome page.", group="Start")
    saved_contexts: int = number(8, 0, 1024, 1, "Saved contexts", "Disk space for what models have read, so that a conversation goes on at once after a restart; 0 saves nothing.", group="Start", unit="GiB", special=(0, "Off"))
    load_at_start: bool = flag(True, "Load the model at the start", "The model is ready before the first message; off loads it with the first message.", group="Start")
    kept_models: int = number(2, 1, 8, 1, "Models kept loaded", "How many models stay in memory, so that going back to one takes no time; the one used least lately goes first, also when memory runs short.", group="Models")
    kept_for: int = number(30, 0, 1440, 5, "Keep unused models for", "After so long, a model that is not in use is unloaded.", group="Models", unit="minutes", special=(0, "No limit"))
    models_folder: str = text("", "Folder for downloads", "Where downloaded models go; empty is Fireside's own folder.", group="Models", form="folder")
    offline: bool = flag(False, "Offline", "Opens no network connection at all.", group="Network")
    hub_address: str = text("", "Address of the Hub", "Where models are looked for and downloaded, such as a mirror; empty is huggingface.co.", group="Network")
    proxy: str = text("", "Proxy", "Address of a proxy for the search and the downloads; empty uses the system's.", group="Network")
    download_limit: float = number(0.0, 0.0, 1000.0, 0.5, "Download speed", "At most so much for all downloads together.", group="Network", unit="MB/s", special=(0, "No limit"))
    downloads_at_once: int = number(2, 1, 8, 1, "Downloads at once", "How many models are downloaded at the same time.", group="Network")
    update_notice: bool = flag(False, "Tell of new versions", "Asks once a day over the network whether there is a new version of Fireside.", group="Network")
    # fmt: on


Table = TypeVar("Table", Sampling, Loading, Preferences)


def rows(table: type[Any]) -> dict[str, Row]:
    """The rows of Sampling, Loading or Preferences by name, in the order they are declared."""
    return _rows(cast(Hashable, table))


@cache
def _rows(table: Any) -> dict[str, Row]:
    return {
        item.name: Row(name=item.name, default=cast(Value, item.default), **item.metadata) for item in fields(table)
    }


def changed(values: Table) -> dict[str, Value]:
    """Only what differs from the defaults: the form in which a table is stored."""
    return {
        name: getattr(values, name) for name, row in rows(type(values)).items() if getattr(values, name) != row.default
    }


def layered(table: type[Table], *layers: Mapping[str, Value]) -> Table:
    """The table with each layer laid over the one before; names that the table does not know are left out.

    Precedence: default < the model's recommended values < the user's for this model < this conversation's.
    """
    known = rows(table)
    values: dict[str, Any] = {name: value for layer in layers for name, value in layer.items() if name in known}
    cleaned: dict[str, Any] = {name: clean(known[name], value) for name, value in values.items()}
    return table(**cleaned)


def clean(row: Row, value: Any) -> Value:
    """A stored or typed value as the row's own type and within its range.

    Raises:
        InputError: the value is of another kind or out of range; the sentence names what is allowed.
    """
    if row.kind in ("int", "float") and isinstance(value, str):
        value = value.replace(MINUS, "-")  # as we show it
    try:
        match row.kind:
            case "flag":
                return _flag(value)
            case "choice":
                if str(value) in dict(row.choices):
                    return str(value)
                raise ValueError
            case "text":
                return str(value)
            case "texts":
                return tuple(str(item) for item in _list(value))
            case "int":
                result: float = int(value) if not isinstance(value, float) else _whole(value)
            case "float":
                result = float(value)
    except (ValueError, TypeError, OverflowError):
        raise _refused(row, value) from None
    if not row.low <= result <= row.high:  # also refuses NaN
        raise _refused(row, value)
    return result


def applies(row: Row, values: object) -> bool:
    """Whether the row matters with these values of its table."""
    return row.needs is None or getattr(values, row.needs[0]) == row.needs[1]


def flaw(row: Row, value: str) -> str:
    """Why a text of the row cannot be used, in a sentence; empty where nothing is seen to be wrong with it."""
    if row.form != "json" or not value.strip():
        return ""
    try:
        found = json.loads(value)
    except json.JSONDecodeError as error:
        return tr("This is not JSON yet: see line {line}, column {column}.").format(
            line=error.lineno, column=error.colno
        )
    except RecursionError:
        return tr("This is nested too deeply.")
    return "" if isinstance(found, dict | bool) else tr("A schema is an object in braces.")


def parse(table: type[Table], assignments: Iterable[str], others: Iterable[str] = ()) -> dict[str, Value]:
    """Read NAME=VALUE texts, as the command line takes them; `others` are names that are known beside the table's.

    Raises:
        InputError: no "=", an unknown name (the nearest known one is offered), or a value that does not fit.
    """
    from difflib import get_close_matches

    known: dict[str, Row] = rows(table)
    names = [*known, *others]
    result: dict[str, Value] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        name = name.strip().replace("-", "_")
        if not equals or not name:
            raise InputError(
                tr("“{text}” is not of the form NAME=VALUE.").format(text=assignment),
                tr("Write it like this: {example}").format(example="temperature=0.5"),
            )
        if name not in known:
            near = [other for other in names if other.startswith(name)][:1] or get_close_matches(name, names, 1)
            hint = (
                tr("Did you mean {name}?").format(name=near[0])
                if near
                else tr("Known names: {names}.").format(names=", ".join(names))
            )
            raise InputError(tr("There is no setting called “{name}”.").format(name=name), hint)
        result[name] = clean(known[name], value if known[name].kind in ("text", "texts") else value.strip())
    return result


def shown(row: Row, value: Value) -> str:
    """The value as a person reads it: "0.80", "Off", "512 tokens"."""
    if row.special and value == row.special[0]:
        return tr(row.special[1])
    if value in ("", ()):
        return tr("empty")
    if row.kind == "choice":
        return tr(dict(row.choices)[str(value)])
    if row.kind == "flag":
        return tr("On") if value else tr("Off")
    if row.kind == "texts" and isinstance(value, tuple):
        return json.dumps(list(value), ensure_ascii=False)
    unit = f" {tr(row.unit)}" if row.unit and row.unit != "%" else row.unit
    if row.kind == "text":
        return str(value)
    return signed(f"{value:.{decimals(row)}f}" if row.kind == "float" else f"{value:,}") + unit


def signed(number: str) -> str:
    """A number as people write it: with the sign for minus in place of the hyphen."""
    return number.replace("-", MINUS)


def decimals(row: Row) -> int:
    """How many digits after the point the row's step asks for."""
    return len(f"{row.step:g}".partition(".")[2]) if row.kind == "float" else 0


def _refused(row: Row, value: Any) -> InputError:
    if row.kind == "choice":
        allowed = ", ".join(key for key, _ in row.choices)
        hint = tr("Choose one of {choices}.").format(choices=allowed)
    elif row.kind == "flag":
        hint = tr("Write on or off.")
    elif row.kind == "texts":
        hint = tr("Write a JSON list of texts, such as {example}.").format(example='["END"]')
    else:
        hint = tr("It goes from {low} to {high}.").format(
            low=signed(f"{row.low:g}" if row.kind == "float" else f"{row.low:,}"),
            high=signed(f"{row.high:g}" if row.kind == "float" else f"{row.high:,}"),
        )
    return InputError(tr("{label} cannot be “{value}”.").format(label=tr(row.label), value=value), hint)


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in ("1", "true", "on", "yes"):
        return True
    if word in ("0", "false", "off", "no"):
        return False
    raise ValueError


def _whole(value: float) -> int:
    if value != int(value):
        raise ValueError
    return int(value)


def _list(value: Any) -> Iterable[Any]:
    if isinstance(value, str):
        value = json.loads(value) if value.lstrip().startswith("[") else [value]
    if not isinstance(value, list | tuple):
        raise ValueError
    return value
