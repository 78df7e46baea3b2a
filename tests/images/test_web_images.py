"""Tests of the images of web projects and of their browser, built from the package registries."""

from __future__ import annotations

import io
import tarfile
from contextlib import closing
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from boxscore.images.build import BuildOptions
from boxscore.images.engine import open_engine
from boxscore.images.environments import build
from boxscore.images.instances import ensure_instance_images
from boxscore.images.recipes import recipe, reference
from harnesses.web_bench.images import image_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.boxes.contract import Backend
    from harnesses.web_bench.project import Project

WAIT_S = 120
CONFIG = b"""
import { defineConfig } from 'vite'
import vue from '@vitejs/plugin-vue'
export default defineConfig({ root: 'src', plugins: [vue()], server: { host: 'localhost' } })
"""
# Prints the status and the beginning of a page, once a server answers.
GET = b"""
const get = () => fetch(process.argv[2]).then(
  async (a) => console.log(a.status, (await a.text()).slice(0, 4000)), () => setTimeout(get, 200))
get()
"""
PROJECT = {
    "package.json": b'{"type": "module", "scripts": {"build": "vite build"}}',
    "vite.config.js": CONFIG,
    "get.cjs": GET,
    "src/index.html": b'<!doctype html><div id="app"></div><script type="module" src="/main.ts"></script>',
    "src/main.ts": b"import { createApp } from 'vue'\nimport App from './App.vue'\ncreateApp(App).mount('#app')\n",
    "src/App.vue": b'<script setup lang="ts">const n: number = 41</script><template><p>{{ n + 1 }}</p></template>',
}
# As the protocol does it: what tools write beside packages goes into a folder of the project.
LINK = "mkdir node_modules; find /node_modules -mindepth 1 -maxdepth 1 -exec ln -s -t node_modules -- {} +\n"


def run_offline(image: str, script: str, files: Mapping[str, bytes]) -> str:
    from docker.types import Mount  # noqa: PLC0415 - brings the SDK

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(f"project/{name}")
            entry.size, entry.mode, entry.uid, entry.gid = len(data), 0o644, 65534, 65534
            archive.addfile(entry, io.BytesIO(data))
    with closing(open_engine()) as client:
        container = client.containers.create(
            image,
            ["timeout", str(WAIT_S), "bash", "-euc", f"cp -r /files/project /scratch/; cd /scratch/project\n{script}"],
            network_mode="none",
            user="65534:65534",
            tmpfs={"/tmp": "", "/scratch": "exec,uid=65534,gid=65534"},
            mounts=[Mount("/files", None, "volume")],
            read_only=True,
            environment={"HOME": "/tmp", "NPM_CONFIG_OFFLINE": "true"},
            mem_limit="1g",
        )
        try:
            container.put_archive("/files", packed.getvalue())
            container.start()
            container.wait(timeout=WAIT_S + 60)
            return str(container.logs().decode(errors="replace"))
        finally:
            container.remove(force=True, v=True)


@pytest.fixture(name="vue_image", scope="module")
def fixture_vue_image(docker_backend: Backend) -> str:
    del docker_backend
    image = image_of(cast("Project", SimpleNamespace(name="vue", packages={"vue": "^3", "vite": "^7"})))
    assert image is not None
    (found,) = ensure_instance_images([image], workers=1)
    assert found.error is None
    return found.reference


@pytest.mark.slow
class TestWeb:
    """The image of projects."""

    def test_serves_files_without_a_network(self, docker_backend: Backend) -> None:
        del docker_backend
        build(["web"], options=BuildOptions.from_environment())

        said = run_offline(
            reference("web"),
            "serve src -p 3211 --no-port-switching > /dev/null 2>&1 &\nnode get.cjs http://localhost:3211/",
            {"get.cjs": GET, "src/index.html": b"<h1>Here</h1>"},
        )

        assert said.startswith("200 <h1>Here</h1>"), said

    def test_builds_a_framework_without_a_network(self, vue_image: str) -> None:
        said = run_offline(vue_image, LINK + "npm run build", PROJECT)

        assert "built in" in said, said

    def test_serves_a_framework_without_a_network(self, vue_image: str) -> None:
        script = LINK + "npx vite --port 3211 > /tmp/log 2>&1 &\nnode get.cjs http://localhost:3211/App.vue"

        said = run_offline(vue_image, f"{script}; ls node_modules/.vite", PROJECT)

        assert said.startswith("200 import"), said
        assert said.splitlines()[-1].startswith("deps"), said


@pytest.mark.slow
def test_the_browser_opens_pages_without_a_network(docker_backend: Backend) -> None:
    del docker_backend
    build(["browser"], options=BuildOptions.from_environment())
    check = dict(recipe("browser").files)["check.js"]

    said = run_offline(
        reference("browser"),
        "mkdir -p /tmp/boxscore; NODE_PATH=/opt/playwright/node_modules node check.js && echo all is well",
        {"check.js": check},
    )

    assert "/usr/bin/chromium-headless-shell" in said
    assert said.rstrip().endswith("all is well"), said
