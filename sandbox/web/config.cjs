// Playwright's configuration for the specs of a web project: the grader's, whatever a candidate brings.
//
// `WEB_SETTINGS` names the settings file that `run.js` writes. Nothing of a candidate's is read here.
'use strict'
const fs = require('node:fs')
const { defineConfig, devices } = require('@playwright/test')

const given = JSON.parse(fs.readFileSync(process.env.WEB_SETTINGS, 'utf8'))
require(given.brands)(given.packages)
require(given.popups)(given.packages)
if (given.isolated) require(given.isolate)(given.packages) // each of Playwright's processes reads this
const desktop = devices['Desktop Chrome']

module.exports = defineConfig({
  testDir: given.tests,
  outputDir: given.output,
  timeout: given.test_ms,
  expect: { timeout: given.expect_ms },
  fullyParallel: given.parallel,
  workers: given.workers,
  forbidOnly: true,
  retries: 0,
  repeatEach: 1,
  maxFailures: given.most_failures,
  updateSnapshots: 'none',
  captureGitInfo: { commit: false, diff: false },
  reporter: given.list ? [[given.reporter]] : [['line'], [given.reporter]],
  use: {
    baseURL: given.origin,
    trace: given.trace ? { mode: 'on', screenshots: true, snapshots: true, sources: false, attachments: false } : 'off',
    video: 'off',
    screenshot: { mode: given.trace || !given.pictures ? 'off' : 'only-on-failure', type: 'jpeg', quality: 60 },
    acceptDownloads: false,
    launchOptions: {
      executablePath: given.browser,
      args: [...given.arguments, `--user-agent=${desktop.userAgent}`], // what service workers say
      chromiumSandbox: false,
      timeout: given.launch_ms,
    },
  },
  projects: [{ name: 'chromium', use: { ...desktop, viewport: given.viewport || desktop.viewport } }],
})
