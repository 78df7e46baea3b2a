"""The packages that the tests of each repository need, at their versions of the day the rows were published.

The lists are the repositories' own, without what no test imports (tools for documentation, formatters, what needs a
GPU) and without releases of the repository itself, which hold the references.
"""

from __future__ import annotations

from msgspec import Struct

DAY = "2024-03-27"  # on which the rows were published; what a list leaves open is resolved as of then
INSTALL = f"RUN /usr/local/lib/boxscore/install-as-of {DAY}"
SITE = "/opt/env/lib/python{python}/site-packages"


class Environment(Struct, frozen=True, kw_only=True):
    """A version of Python and packages; `paths` are the folders of the repository from which its tests import.

    A repository that reads its own metadata is installed too (`editable`). `remove` names folders of site-packages that
    hold a copy of the references, which another package brings in.
    """

    python: str = "3.10"
    packages: tuple[str, ...] = ("pytest",)
    paths: tuple[str, ...] = ("", "src")
    editable: bool = False
    remove: tuple[str, ...] = ()

    @property
    def instructions(self) -> str:
        """What installs the packages, as lines of a Dockerfile."""
        quoted = " ".join(f"'{package}'" for package in self.packages)
        site = SITE.format(python=self.python)
        removed = "".join(f"RUN rm -rf {site}/{path}\n" for path in self.remove)
        return f"{INSTALL} {quoted}\n{removed}"

    @property
    def python_path(self) -> str:
        """The value of PYTHONPATH for tests in `/testbed`."""
        return ":".join(f"/testbed/{path}".rstrip("/") for path in self.paths)


def _packages(text: str) -> tuple[str, ...]:
    return tuple(text.split())


UNKNOWN = Environment(editable=True)
ENVIRONMENTS = {
    "ollama-python": Environment(
        packages=_packages(
            "pytest==7.4.4 pytest-asyncio==0.23.5 pytest-httpserver==1.0.10 pillow==10.2.0 httpx==0.27.0"
        ),
    ),
    "microsearch": Environment(
        packages=_packages(
            "pytest aiohttp==3.9.1 beautifulsoup4==4.12.2 fastapi==0.108.0 feedparser==6.0.11 Jinja2==3.1.3 "
            "pandas==2.1.4 pyarrow==15.0.0 uvicorn==0.25.0"
        ),
    ),
    "searcharray": Environment(
        python="3.11",
        packages=_packages(
            "pytest==7.4.3 pytest-benchmark==4.0.0 pytest-cov==4.1.0 pytest-memray==1.5.0 memray==1.11.0 numpy==1.26.1 "
            "pandas==2.1.2 scipy==1.11.4 sortednp==0.4.1 pyroaring==0.4.4 requests==2.31.0 matplotlib==3.8.2"
        ),
    ),
    "skfolio": Environment(
        packages=_packages(
            "pytest numpy>=1.23.4 scipy>=1.8.0 pandas>=1.4.1 cvxpy>=1.4.1 joblib>=1.3.2 scikit-learn>=1.3.2 "
            "plotly>=5.15.0"
        ),
        editable=True,
    ),
    "tanuki_py": Environment(
        packages=_packages(
            "pytest==7.4.4 appdirs~=1.4.4 openai==1.3.5 numpy>=1.17.3 python-dotenv==1.0.0 bitarray==2.8.2 pydantic "
            "requests~=2.31.0 astor==0.8.1 boto3~=1.28.80 fastapi~=0.104.0"
        ),
    ),
    "microagents": Environment(
        python="3.11",
        packages=_packages(
            "pytest gradio==4.0.0 prettytable termcolor colorama terminaltables openai==1.12.0 textual numpy pandas "
            "scikit-learn python-dotenv rich"
        ),
    ),
    "camp_zipnerf": Environment(
        python="3.11",
        packages=_packages(
            "pytest absl-py numpy==1.26.3 jax==0.4.23 jaxlib==0.4.23 flax==0.7.5 opencv-python-headless==4.9.0.80 "
            "pillow==10.2.0 gin-config==0.5.0 dm-pix==0.4.2 rawpy==0.19.0 mediapy==1.2.0 immutabledict==4.1.0 "
            "ml_collections jaxcam==0.1.1 chex==0.1.85 optax scipy matplotlib etils[epath]"
        ),
    ),
    "openlogprobs": Environment(packages=_packages("pytest numpy openai scipy transformers tiktoken tqdm")),
    "open-iris": Environment(
        packages=_packages(
            "pytest matplotlib==3.7.4 numpy==1.24.4 pydantic==1.10.13 pyyaml==6.0.1 huggingface-hub==0.19.4 "
            "onnx==1.15.0 onnxruntime==1.16.3 opencv-python-headless==4.8.1.78"
        ),
    ),
    "nlm-ingestor": Environment(
        packages=_packages(
            "pytest flask flask_restful flask_jsonpify werkzeug tika bs4 nltk python-magic numpy tqdm "
            "symspellpy==6.7.0 pandas>=1.2.4 mistune==2.0.3 lxml unidecode nlm-utils"
        ),
        paths=("", "nlm_ingestor"),
    ),
    "litdata": Environment(
        packages=_packages(
            "pytest==8.0.2 pytest-cov==4.1.0 pytest-timeout==2.2.0 pytest-rerunfailures==12.0 "
            "pytest-random-order==1.1.1 pandas lightning lightning-cloud==0.5.64 lightning-utilities>=0.8.0,<0.11.0 "
            "torch>=2.1.0 torchvision torchaudio filelock tqdm numpy pillow viztracer pyarrow boto3[crt]"
        ),
        remove=("lightning/data", "litdata"),
    ),
}


def environment(project: str) -> Environment:
    """The environment of a repository; pytest alone where none has been looked up."""
    return ENVIRONMENTS.get(project, UNKNOWN)
