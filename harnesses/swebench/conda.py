"""What packages of conda are called on PyPI: those that the benchmark's environments name, and no others.

Equal names say nothing: `iris` of PyPI is a stranger's package, and conda's is its `scitools-iris`. So what is not in
this table is not installed, and is named in the build's log. Neither is what needs a library that conda brings and PyPI
does not: `cfgrib` raises where it is imported without ecCodes, and with it whole files of tests.
"""

from __future__ import annotations

_SAME = """
accessible-pygments affine aiobotocore aiohappyeyeballs aiohttp aioitertools aiosignal alabaster appdirs asciitree
asttokens async-timeout attrs backports.zoneinfo beautifulsoup4 black bleach bokeh boto3 botocore bottleneck
cached-property cairocffi cartopy certifi cf-units cffi cfgv cftime charset-normalizer click click-plugins
cligj cloudpickle colorama colorspacious comm contourpy coverage cycler cython cytoolz dask dask-expr debugpy
decorator defusedxml distlib distributed docopt-ng docutils entrypoints exceptiongroup execnet executing fasteners
filelock findlibs flake8 flake8-docstrings flexcache flexparser flox fonttools frozenlist fsspec future h2 h5netcdf
h5py hpack hyperframe hypothesis identify idna imagesize importlib-metadata importlib-resources iniconfig ipykernel
ipython ipywidgets jedi jinja2 jmespath joblib jsonschema jsonschema-specifications jupyter-client jupyter-core
jupyterlab-pygments jupyterlab-widgets kiwisolver lazy-object-proxy llvmlite locket lxml lz4 markupsafe matplotlib
mccabe mistune more-itertools mpmath multidict munkres mypy-extensions nbclient nbconvert nbformat nc-time-axis
nest-asyncio netcdf4 nodeenv numba numbagg numcodecs numexpr numpy numpy-groupies numpydoc olefile packaging pandas
pandocfilters parso partd pathspec patsy pexpect pickleshare pillow pint pkgutil-resolve-name platformdirs pluggy ply
pooch pre-commit prompt-toolkit propcache pseudonetcdf psutil ptyprocess pure-eval py pyarrow pyarrow-hotfix pybind11
pycairo pycodestyle pycparser pydap pydata-sphinx-theme pydocstyle pyflakes pygments pyparsing pyproj pyshp pysocks
pytest pytest-cov pytest-env pytest-rerunfailures pytest-timeout pytest-xdist python-dateutil pytz pyyaml pyzmq
rasterio referencing requests roman-numerals-py rpds-py s3transfer scipy seaborn setuptools setuptools-scm shapely six
snowballstemmer snuggs sortedcontainers soupsieve sparse sphinx sphinx-copybutton sphinx-design sphinx-gallery
sphinxcontrib-applehelp sphinxcontrib-devhelp sphinxcontrib-htmlhelp sphinxcontrib-jsmath sphinxcontrib-qthelp
sphinxcontrib-serializinghtml stack-data statsmodels tabulate tblib threadpoolctl tinycss2 toml tomli toolz tornado
traitlets typing-extensions ukkonen unicodedata2 urllib3 virtualenv wcwidth webencodings webob wheel
widgetsnbextension wrapt wxpython xyzservices yarl zarr zict zipp zstandard
"""
_OTHER = {
    "antlr-python-runtime": "antlr4-python3-runtime",
    "brotli-python": "brotli",
    "iris": "scitools-iris",
    "matplotlib-base": "matplotlib",
    "msgpack-python": "msgpack",
    "nbconvert-core": "nbconvert",
    "pyarrow-core": "pyarrow",
    "pygobject": "pygobject",
    "pytables": "tables",
    "python-fastjsonschema": "fastjsonschema",
    "python-xxhash": "xxhash",
    "seaborn-base": "seaborn",
}
PYPI_NAMES = {**{name: name for name in _SAME.split()}, **_OTHER}
# What is no package of its own, or comes otherwise; that it is left out is not worth a word.
_SILENT = {"pip", "python", "python-abi", "python-tzdata", "numpy-base", "mkl-service", "mkl-fft", "mkl-random"}


def pypi_name(name: str) -> str | None:
    """What a package of conda is called on PyPI; None if that is not known."""
    return PYPI_NAMES.get(_plain(name))


def is_silent(name: str) -> bool:
    """Whether nobody misses a package of conda that is left out."""
    return _plain(name) in _SILENT


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")
