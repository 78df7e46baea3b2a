"""A clone of a benchmark in Web-Bench's layout, with what a test says in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CONFIG = """
const { defineConfig, devices } = require('@playwright/test')
const PROJECT_DIR = process.env.EVAL_PROJECT_ROOT || 'src'
const PORT = process.env.EVAL_PROJECT_PORT || 3211

/**
 * Settings.
 */
module.exports = defineConfig({
  testDir: './test',
  testIgnore: ['./eval/**'],
  // of a test
  timeout: process.env.IS_EVAL_PRODUCTION ? 30_000 : 2_000,
  expect: { timeout: process.env.IS_EVAL_PRODUCTION ? 5_000 : 1_000 },
  /* All at once */
  fullyParallel: true,
  forbidOnly: !!process.env.CI,
  use: {
    baseURL: `http://127.0.0.1:${PORT}`,
    trace: 'on-first-retry',
  },
  webServer: {
    command: `npx serve ${PROJECT_DIR} -p ${PORT}`,
    url: `http://127.0.0.1:${PORT}`,
    reuseExistingServer: process.env.IS_EVAL_PRODUCTION ? false : true,
  },
  projects: [
    {
      name: 'chromium',
      use: { ...devices['Desktop Chrome'] },
    },
  ],
})
"""
LEVELS = {"init": "easy", "task-1": "easy", "task-2": "chanllenging"}


def write_clone(root: Path, name: str, files: Mapping[str, str], *, tasks: str = "init task-1 task-2") -> Path:
    rows = [{"id": one, "level": LEVELS[one], "description": f"do {one}", "date": "2025"} for one in tasks.split()]
    usual = {
        "package.json": json.dumps({"scripts": {"build": ""}, "eval": {"stable": True}}),
        "playwright.config.js": CONFIG,
        "tasks.jsonl": "".join(json.dumps(row) + "\n" for row in rows),
        "src/index.html": "<p>done</p>",
        "src-init/index.html": "<p></p>",
        **{f"test/{one}.spec.js": f"// {one}" for one in ("init", "task-1", "task-2")},
    }
    shared = root / "libraries" / "test-util" / "src" / "index.js"
    for path, text in {**usual, **files}.items():
        _write(root / "projects" / name / path, text)
    _write(shared, "module.exports = {}")
    return shared


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
