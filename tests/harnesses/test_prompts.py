"""What models are asked, for every benchmark: pinned, since a score is of its prompt as well.

The digests of whole sets are of prompts that were found equal, byte for byte, to those of the official
programs (docs/prompts.md). Whoever changes one changes what all later scores mean.
"""

from __future__ import annotations

import hashlib
import json
import os
from functools import cache
from typing import TYPE_CHECKING

import pytest

from boxscore.data.fetch import resolve
from boxscore.data.plugin_calls import load_instances, prompt_fields
from boxscore.data.plugins import list_harnesses, load_harness
from boxscore.data.prompts import render_prompt, template_digest, variants

if TYPE_CHECKING:
    from boxscore import Instance
    from boxscore.harness import Harness

EVALPLUS = {
    "chat": "3900eeb95a390864112859f1d3e1cda540575bf59edacac723a5e50c9ce52f1e",
    "prefill": "fd1e60be2ee9a4d57423d38af70fe0549029b59d4cc5e779bceea643e11ab00b",
    "completion": "fb20aefe45a760571e0348bb5934dc7f3a6ccb1d6c9edb7fa58808faeec5e2ea",
}
AS_IT_STANDS = {"completion": "067e3310c1feddcb525b480d7d59692db8b6887f88058e49096eb78df8f2e77b"}
MBPP = {
    "chat": "29d75bf9af09f1b9870f1ce6db4d242a36e29dd7c6da494edc8ef761cbe8a701",
    "completion": "370b42ebc3518af90d8eb336143fa8610fcbceaf500a8d4338ee920e440b00f8",
}
PRO = {
    "chat": "c019e8145b367c3554245516438a318e695144229d0ea1dc56ca927c6d5d18c7",
    "chat-1shot": "6fd9920bc5bb1da3632b9b8049e7156f507b9d821f6a610bba3d1d2440be3d84",
    "completion": "181a582b657013e84097b1bf18523195e0139d26f8445c3ddc9b84161b3e28d5",
    "completion-1shot": "3288bf7c839a74eb3299fbda68a1e6ec630c311ebb510920aa99ee0ef60ba428",
    "completion-cot": "33251a944b6df9e60f9f5e706979d268d746c473c16ef71e40f53e20fcf37476",
}
BIGCODEBENCH = {
    "chat": "bab38d618be5c21662876b67f5905da4c1c9f759e33493071e257c349c37069b",
    "prefill": EVALPLUS["prefill"],
    "completion": AS_IT_STANDS["completion"],
    "instruct": "8d0381d8d134bfac7fe00883c641cbff687174ca93df66e2a61740d710dae354",
    "instruct-prefill": "8d650cf1c7220fe2490958d07c31bdff138d5502ad3ebad1e8d4e1ec1fd28278",
}
ISSUE = {"chat": "ef779ceb203cf334ac0ed1c5431d93db1af47084dc8d73efd325616f4a5842cc"}
MULTIPL_E = {"chat": "f5f108780553e9b72964e295bd8b89474bf4fb077a2429ad834fd94c005c06e8"} | AS_IT_STANDS
NATURAL = {"chat": "5f93011394fad17a11a2b4181922a36e89d7a8ff775750effdb83449db43a0be"}
JAVABENCH = {"chat": "873f7868f442d0cadb53058eecc6660a4e82a823fd944b9e5ec64e151762cde1"}
TEMPLATES = {
    "evocodebench": {
        "chat": "24a77e3533333d5511fe3de0ca82510b7b7db6366629d9108bebcba7848b01f6",
        "completion": "9083fb10d58376f8899ae3e0dfb0129f285b012b82bcc917563fe70ec6b51d4e",
    },
    "multipl-e-js": MULTIPL_E,
    "multipl-e-java": MULTIPL_E,
    "multipl-e-go": MULTIPL_E,
    "multipl-e-cpp": MULTIPL_E,
    "naturalcodebench-python": NATURAL,
    "naturalcodebench-java": NATURAL,
    "humaneval": EVALPLUS | AS_IT_STANDS,
    "humanevalplus": EVALPLUS,
    "mbppplus": EVALPLUS,
    "mbpp": MBPP,
    "mbpp-sanitized": MBPP,
    "humaneval-pro": PRO,
    "mbpp-pro": PRO,
    "bigcodebench-lite-pro": {
        "chat": "0e57aed7e59ba7a4cc2c7ee6796f736bd89cf20ae80b38099ceb0ac4b7b5abb3",
        "completion": "886dc999a04dcf51db8e5fa6728a298aa9e8051b49a9d039d3b9c75193dce9ef",
    },
    "ds-1000": {"chat": "9e41a69adc0c25c2c44d1043d252c66241c15252f375118b759d29fe99febd3f"} | AS_IT_STANDS,
    "bigcodebench": BIGCODEBENCH,
    "evoeval": {
        "chat": "03a9bc06024ec1f08947245ea177dccd2a342af31f28ce99b32d1d46d6e95e6b",
        "open": "f9f70ae91000360bc883d48eb716705151371e1599dc33866c7174b79baed073",
    }
    | AS_IT_STANDS,
    "livecodebench": {"chat": "64941cbd06d68aec4504799f586f45d49c5e1b10f36d333b93b87e0402e9dc89"},
    "migration-bench": {
        "chat": "e1f0e064cae85c44b3da2840d40c02a4b1f454ae076bee54600d68250bb4f38f",
        "pe": "ddffda948e3f32731b21cbf21b9b66d7429fcdd5f77de5b36f05d516888ba196",
        "hybrid": "eb5cd717042c3f47a2061199c4e71f893d556e3e6f566685fbfbb23ca6a73e50",
    },
    "tiny": {"chat": "28db993b9ab3018eb12a2c96bc3ee2625e1ce0da719f0ffbfca8b88ffbc707bd"} | AS_IT_STANDS,
    "tiny-units": {"chat": "28db993b9ab3018eb12a2c96bc3ee2625e1ce0da719f0ffbfca8b88ffbc707bd"} | AS_IT_STANDS,
    "tiny-patches": {"chat": "edfdd57c1ff9d5011dee181c43dc412a456b3f253957c65151821e0e77a62434"},
    "tiny-programs": {"chat": "6107478c8a8570d28bb724a88ebf7ee4c5407a8cf037e3215309d6c2a44c8010"},
    "javabench": JAVABENCH,
    "web-bench": {"chat": "171b645a4c33c5bd649aefaf267f6a6b6eca6b32d30d3500bfd9f40d51247b33"},
    "tiny-java": JAVABENCH,
    "tiny-migration": {"chat": "d9f5605c6b488104cd12674b2c1f157e988757a0478c2e85225f889148f0d68a"},
    "tiny-web": {"chat": "415c7cbc1d9e459496d7cb5e3cb9cce16b2bcb7a150be5425e7e6e22763c7006"},
}
ALL_PROMPTS = {
    ("bigcodebench", "chat"): "ff494b9bd06adddb26c1462e5d66ab40546e5210436301b362b03f1238a46fc6",
    ("bigcodebench", "prefill"): "7c3022e4a2fb023f2832f76f4b2a37cbe4d2f3fbe15dffbb421d509ee1d10cca",
    ("bigcodebench", "completion"): "5c24effdab4faa0fb2e8a7fc9b880ae6873728a0c56b654757dea1830c4bd539",
    ("bigcodebench", "instruct"): "7687d9e3bfedce7b45212b809ae0c7aec0dfd47079ebd330b1aa4bf13657be2b",
    ("bigcodebench", "instruct-prefill"): "746a2699f60a7e53255e8e593e52978d17479786385e0bba91ff1122e562f9cd",
    ("bigcodebench@v0.1.0_hf", "chat"): "d10875f64b1d15f3939391526546731cafb07fcd426803b80f71f8a15fd3c741",
    ("bigcodebench@v0.1.0_hf", "instruct"): "98fe49dddd836079281d7b76472c5b13a9b1aeae354b6e914a54d398bb180a07",
    ("humaneval", "chat"): "66750e81eb2f0135e5b56ae9822c50eb222772b20c945a8988311c0a3d50a7bc",
    ("humaneval", "prefill"): "5af7b17afb69a72ce0e7d98271df6c1c2f6beab7154a0b897228a0bbb3950de8",
    ("humaneval", "completion"): "5d7f7e7e09a75d6f6c8ee7bf7827bde466171225df66f327439588a5ba2d2eff",
    ("humanevalplus", "chat"): "70f5bf970d9ccc684978203664baf8c0369dff5bced7bb2215a05333a6f4d4ca",
    ("humanevalplus", "prefill"): "2beb67e6d27cf7d49924df14e11a6625b867f8f048b9c75e957bde6604c28fa4",
    ("humanevalplus", "completion"): "871dbda87cc1530629f6c02d98b16cd11ccecc8392b662ffa6f11e35b2d2647c",
    ("mbpp", "chat"): "2bfc66e6ab73f90e733b9f7e277b11fc4d3bb3d193c1a7b91a98ee6801748e9b",
    ("mbpp", "completion"): "9be2e66158885ff2ea192c5fe7960d23b27fe07898077704c3ab9c96b1db8741",
    ("mbpp-sanitized", "chat"): "d2e3f9ecc2e41ce0a14abee35cc8dc51feb04a0723e26215474ceae914eeb853",
    ("mbpp-sanitized", "completion"): "e15e470b79bfbba737ca5071389c6ae4b967a1772c7ecc78e8cd53d1b6561869",
    ("mbppplus", "chat"): "5d20869f44d7545c4dcaaacb3ce871bcf99f191bf81fc941a50fe48e1691ca58",
    ("mbppplus", "prefill"): "eab7555ffeee8490865afa91ca0e12baf759604c9e665ab361a8627f6aaf666c",
    ("mbppplus", "completion"): "729f5f560cb7aa979745f87c62385b29d694d001866b8e26523902aa4d9bad62",
    ("humaneval-pro", "chat"): "bf25339b1005cc5b57d74b433453f41eba030dde704b9f97f2d0a604de58fa77",
    ("humaneval-pro", "chat-1shot"): "a76601cedb83d2d8be4e3e1f8f97f08152956372c8a68017576d1832d1716da7",
    ("humaneval-pro", "completion"): "67614cca4f3bdefdd2b5d6fdf4dbe13441d18a0320a08f08c8c5f3b41d7163a3",
    ("humaneval-pro", "completion-1shot"): "0fa336d0a6714eb6573623368a35b29819a0d8dff98045e4fd52f457c0486d8c",
    ("humaneval-pro", "completion-cot"): "30f6abd04c285092581950f9b6733e1747b86441bf0218aa9ad9fe0d507c9233",
    ("mbpp-pro", "chat"): "5e04dd7b624b371a5e32f1a1d3a4bfa6d3f06bfb5a29877021a73dfa9d9349d0",
    ("mbpp-pro", "chat-1shot"): "1736214495e25abd7811cc0105c22965b63c8b98a9aeb59e44e4558e27f3a58b",
    ("mbpp-pro", "completion"): "17b9884595d259c559f6f3ddf37fe4a9ae45bcd5598dff61fb84aa6e52626dd3",
    ("mbpp-pro", "completion-1shot"): "cd2f54474dd2c1d05b3d6f6339bf5fcc1924997765c87f81decc0d4a12614800",
    ("mbpp-pro", "completion-cot"): "6589a9cdfbd6ab1fde902d5242b6b4bd6e02274297f08656a8a747f2656edd1c",
    ("evoeval@difficult", "chat"): "179868e200e24444454bb819e07bdc1e1f289e3d7700c394011d0d982f65c0d4",
    ("evoeval@difficult", "open"): "119ae013f7b38eabe7782eca9cd1456df34de104a6be99639500d8d71a519c95",
    ("evoeval@difficult", "completion"): "1dd557fc9cd06f3d225406d88e966bdbebbc658f65f5f891a60f0fc9850862c7",
    ("evoeval@combine", "chat"): "732262bc3d9d219ac91f11c308968ef13c0d4e23ff9724d37539067165ef29c6",
    ("evoeval@tool_use", "open"): "bd6619563165195c206aa00ca0585404009532d0f7625fc7412015d4f10f7900",
    ("evoeval@verbose", "chat"): "973029de2e4371e9e18dc3cca53a47129f5d7cebbac40acd2d3510ff3fadcdbc",
    ("evoeval@concise", "completion"): "73db98d627ce44648c456dd556a4e996bf40bceef3b30731f29051cf3d382d8d",
    ("bigcodebench-lite-pro", "chat"): "6224e49d639c37bc97c6a1b2049b8c10eb0bede6ec1ba43b61e6722026d55f5c",
    ("bigcodebench-lite-pro", "completion"): "7fd927562680db0ecf8aa628b09a77b1363076234d4c6d7a3468da229b56acd6",
    ("tiny", "chat"): "d6bcc85223fc00d4c244f04adffb9aa1375dffc685029ade8f8361b1788529f0",
    ("tiny", "completion"): "8dae6280aeafe6372e387eafc24c5201a413b563118c4a628da1b31dcfb387d6",
    ("tiny-programs", "chat"): "1fec00b71796fe265f1a0c2fa3f501ebbbba4f65a2ee14cc23297fe7d797ad00",
}
BUNDLED = ("tiny", "tiny-programs")


@cache
def loaded(name: str) -> tuple[Harness, tuple[Instance, ...]]:
    if name not in BUNDLED and "BOXSCORE_DATA" not in os.environ:
        pytest.skip("BOXSCORE_DATA is not set")
    harness = load_harness(name)
    return harness, load_instances(harness, resolve(harness.source).path)


@pytest.mark.parametrize("name", [one.name for one in list_harnesses()])
def test_templates_are_those_of_the_page(name: str) -> None:
    harness = load_harness(name)

    found = {variant: template_digest(harness, variant=variant) for variant in variants(harness)}

    assert found == TEMPLATES.get(name, ISSUE)
    assert next(iter(found)) == "chat"


@pytest.mark.data
@pytest.mark.parametrize(("name", "variant"), ALL_PROMPTS)
def test_all_prompts_of_a_set(name: str, variant: str) -> None:
    harness, instances = loaded(name)
    digest = hashlib.sha256()

    for instance in instances:
        prompt = render_prompt(harness, instance, variant=variant)
        record = [instance.instance_id, prompt.messages, prompt.completion]
        digest.update(json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode())

    assert digest.hexdigest() == ALL_PROMPTS[name, variant]


@pytest.mark.data
@pytest.mark.parametrize("name", ["humaneval", "humanevalplus", "mbppplus", "tiny", "tiny-programs"])
def test_no_field_of_a_template_holds_the_reference(name: str) -> None:
    harness, instances = loaded(name)

    for instance in instances:
        shown = repr(prompt_fields(harness, instance))
        answer = (instance.reference or "").removeprefix(instance.prompt).strip()
        assert answer
        assert repr(answer)[1:-1] not in shown


@pytest.mark.data
def test_shots_of_mbpp_are_its_first_examples() -> None:
    harness, instances = loaded("mbpp")
    fields = prompt_fields(harness, instances[10])

    assert [one["code"] for one in fields["shots"]] == [instances[place].reference for place in (1, 2, 3)]  # type: ignore[attr-defined]
    assert set(fields) == {"text", "tests", "shots"}
    assert str(instances[10].reference) not in repr(fields)
