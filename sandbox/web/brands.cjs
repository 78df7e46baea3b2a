// Have the browser send the brands that go with its user agent, which does not say that it is headless.
//
// Playwright sets a user agent and leaves the brands in `sec-ch-ua` and `navigator.userAgentData` to the browser, which
// says `HeadlessChrome` there: a server or a page could work for its tests only.
'use strict'
const path = require('node:path')

module.exports = function brand(packages) {
  const { CRSession } = require(path.join(packages, 'playwright-core/lib/server/chromium/crConnection.js'))
  const { send } = CRSession.prototype
  if (typeof send !== 'function') throw new Error('this is not the Playwright that these brands were patched for')

  CRSession.prototype.send = function (method, given) {
    const told = given?.userAgentMetadata
    const [, version] = /Chrome\/(\d+)/.exec(given?.userAgent ?? '') ?? []
    if (method !== 'Emulation.setUserAgentOverride' || !told || !version) return send.call(this, method, given)
    const named = (digits) => [
      { brand: 'Not?A_Brand', version: digits('99') },
      { brand: 'Google Chrome', version: digits(version) },
      { brand: 'Chromium', version: digits(version) },
    ]
    const brands = { brands: named((major) => major), fullVersionList: named((major) => `${major}.0.0.0`) }
    return send.call(this, method, { ...given, userAgentMetadata: { ...told, ...brands } })
  }
}
