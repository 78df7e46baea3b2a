// Hand a popup to its spec once it has reached its address, and not before.
//
// Playwright waits for the first navigation of a popup that still has the empty document, which it recognises by the
// address `:`. Chromium now reports an empty address there, which only later versions of Playwright know. Without this
// patch a spec is given a page without an address, and its first action may abort the popup's navigation.
'use strict'
const path = require('node:path')

module.exports = function awaitPopups(packages) {
  const { CRSession } = require(path.join(packages, 'playwright-core/lib/server/chromium/crConnection.js'))
  const { send } = CRSession.prototype
  if (typeof send !== 'function') throw new Error('this is not the Playwright that popups were patched for')

  CRSession.prototype.send = function (method, given) {
    const answer = send.call(this, method, given)
    if (method !== 'Page.getFrameTree') return answer
    return answer.then((found) => {
      if (found?.frameTree?.frame?.url === '') found.frameTree.frame.url = ':'
      return found
    })
  }
}
