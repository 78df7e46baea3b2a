"""What of this machine goes into builds: addresses of package servers, and no credentials."""

from __future__ import annotations

import contextlib
import uuid
from typing import TYPE_CHECKING

import docker
import docker.errors
import pytest

from boxscore.images.build import BuildOptions
from boxscore.images.build_arguments import build_arguments
from boxscore.images.instances import ensure_instance_images
from boxscore.images.layers import REGISTRY_VARIABLES, instance_reference
from boxscore.images.records import InstanceImage

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.boxes.contract import Backend

SECRETS = {
    "PIP_INDEX_URL": "https://user:s3cr3t@index.invalid/simple",
    "UV_DEFAULT_INDEX": "https://s3cr3t@index.invalid/simple/@scope",
    "GOPROXY": "https://user:s3cr3t@go.invalid,https://other.invalid|https://x:s3cr3t@more.invalid,direct",
    "https_proxy": "http://user:s3cr3t@proxy.invalid:3128",
    "HTTP_PROXY": "user:s3cr3t@proxy.invalid:3128",
}
OTHERS = {
    "GITHUB_TOKEN": "s3cr3t",
    "PIP_EXTRA_INDEX_URL": "https://user:s3cr3t@extra.invalid/simple",
    "PIP_CONFIG_FILE": "/s3cr3t",
    "UV_INDEX": "https://user:s3cr3t@extra.invalid/simple",
    "UV_INDEX_PRIVATE_PASSWORD": "s3cr3t",
    "NPM_TOKEN": "s3cr3t",
    "NETRC": "/s3cr3t",
    "DOCKER_AUTH_CONFIG": "s3cr3t",
    "AWS_SECRET_ACCESS_KEY": "s3cr3t",
}


def test_names_and_passwords_stay_here() -> None:
    said: list[str] = []

    found = build_arguments(REGISTRY_VARIABLES, said.append, {**SECRETS, **OTHERS})

    assert found == {
        "PIP_INDEX_URL": "https://index.invalid/simple",
        "UV_DEFAULT_INDEX": "https://index.invalid/simple/@scope",
        "GOPROXY": "https://go.invalid,https://other.invalid|https://more.invalid,direct",
        "https_proxy": "http://proxy.invalid:3128",
        "HTTP_PROXY": "proxy.invalid:3128",
    }
    assert len(said) == len(SECRETS)
    assert not any("s3cr3t" in line for line in said)


@pytest.mark.docker
@pytest.mark.timeout(600)
def test_nothing_of_it_is_in_a_build_or_an_image(
    docker_backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert docker_backend.name == "docker"
    for name, value in {**SECRETS, **OTHERS}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in (".netrc", ".pypirc", ".npmrc", ".config/pip/pip.conf", ".docker/config.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(
            '{"proxies": {"default": {"httpsProxy": "http://user:s3cr3t@proxy.invalid"}}}'
            if "json" in name
            else "s3cr3t"
        )
    look = "env | grep -v '^look='; cat ~/.netrc ~/.pypirc ~/.npmrc ~/.config/pip/* ~/.docker/* /etc/pip.conf 2>&1"
    marker = uuid.uuid4().hex
    image = InstanceImage(name="probe", instance=f"RUN mkdir /testbed; ({look}) > /testbed/seen; echo {marker}")
    try:
        (info,) = ensure_instance_images([image], options=BuildOptions())
        assert info.error is None
        with contextlib.closing(docker.from_env(timeout=600)) as client:
            history = str(client.images.get(instance_reference(image)).history())
            seen = client.containers.run(instance_reference(image), "cat /boxscore/tree/seen", remove=True).decode()
    finally:
        with contextlib.closing(docker.from_env(timeout=600)) as client, contextlib.suppress(docker.errors.APIError):
            client.images.remove(instance_reference(image))

    assert "index.invalid" in seen
    assert "s3cr3t" not in seen + history
