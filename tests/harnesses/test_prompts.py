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
from boxscore.data.plugin_calls import load_instances
from boxscore.data.plugins import list_harnesses, load_harness
from boxscore.data.prompts import render_prompt, template_digest, variants

if TYPE_CHECKING:
    from boxscore import Instance
    from boxscore.harness import Harness

TEMPLATES = {  # of all variants of a benchmark, by the digest of their digests
    "bbc69214656f3c0b964565c7e06d311824adbbbc2ef9922944403449c26974c2": "bigcodebench",
    "c705ff5859c82785c7bf4d5a6c9fec42d55c7bb923be08e37ff8ad3cc525364d": "bigcodebench-lite-pro",
    "80a499357b364e7c8bbf646c7dcfcddf1af19b7d68994b5d5a08312582936f2b": "ds-1000",
    "6c6a81ac07d08fd5ff7440445bb57d2c20f0aff29f9ed56dea257e13c7838d31": "evocodebench",
    "21ceea0c777b06fd819b7cdc004e3bbe3c174288922c8974e5cdb5d61b6a356a": "evoeval",
    "b0a3a71b522c1861c8ffc626da1164b406fffb2ef282d4391fa31dd7673f53b7": "humaneval",
    "7d2644e61366d7e704173a2cb7141b0b62c88d4bb92f77f1024c4c91da609dc4": "humaneval-pro mbpp-pro",
    "bd8490db836dfecb7716bfe6cf48cf148e48b71ea5050c1aeaac025d4aae29d2": "humanevalplus mbppplus",
    "55e53b4fd191949b31d0f5ed5264509118c14bdc7259abab1004242a4c22c1a1": "javabench tiny-java",
    "5494552493210d7ae000fc4f3fd3834533aba016b0213e0aefbe54eecc2eda18": "livecodebench",
    "4213dac28ebe27a7b5b7b8e055e6388b04e72659222a2ee320255f83fa2913df": "mbpp mbpp-sanitized",
    "8c9ca159b8f7348ddc8476675554b5a1a55cc1ab5281472eacb961b185c70940": "migration-bench",
    "d6b0f6cc1895ab1a156e5598040893aef79f21133c7c4dfaec19eb6669514e70": (
        "multi-swe-bench multi-swe-bench-flash multi-swe-bench-mini own swe-bench swe-bench-lite swe-bench-live "
        "swe-bench-multilingual swe-bench-multimodal swe-bench-pro swe-bench-verified swe-rebench swe-rebench-v2"
    ),
    "568ccf943a60fc0b6b6c086d27ab1e4e2280634eab50cffe99ee45da1de5f18a": (
        "multipl-e-cpp multipl-e-go multipl-e-java multipl-e-js"
    ),
    "d4264670301bc11da6a8ae9b833195c62f817903293c37b21eb35f1753c24494": "naturalcodebench-java naturalcodebench-python",
    "b6eb01822943620220cd3938b82ef6099d67421e9bc046eced444fba02a48b1f": "tiny tiny-units",
    "b88f7a3d3b4569aac166157d49aac00c6c9441a794fe14473ecc4495c773ad5b": "tiny-migration",
    "966adc10ad05cf52ed49228dda5a8b0ff190d76ee634de64ab769f9fad9e5a99": "tiny-patches",
    "066ea87d50aae05253da1fd16cd717b4dc0d908b1e6a2b78947b393cb2d77f49": "tiny-programs",
    "7e722d2645e34ce380a593c2c1e60455f6acc08d7a747f38dd351f32d9b96ea3": "tiny-web",
    "c5e8efa2327215b60110243c9bd027aaafb9603f3dac4badcc98657442d8196d": "web-bench",
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

    assert name in TEMPLATES[hashlib.sha256(json.dumps(found).encode()).hexdigest()].split()
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
