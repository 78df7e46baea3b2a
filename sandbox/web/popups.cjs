// Let a spec get a page that another one opens when it is where it was sent to, and not before.
//
// Playwright waits for the first navigation of a page whose document is still the empty one, which it knows by the
// address `:`. Chromium now says no address at all there, as later versions of Playwright know. Without this, a spec
// gets a page with no address, and the first thing that it does may abort the navigation which the page was opened for.
'use strict'
const path = require('node:path')

module.exports = function wait(packages) {
  const { CRSession } = require(path.join(packages, 'playwright-core/lib/server/chromium/crConnection.js'))
  const { send } = CRSession.prototype
  if (typeof send !== 'function') throw new Error('this Playwright is not the one that was taught of empty pages')

  CRSession.prototype.send = function (method, given) {
    const answer = send.call(this, method, given)
    if (method !== 'Page.getFrameTree') return answer
    return answer.then((told) => {
      if (told?.frameTree?.frame?.url === '') told.frameTree.frame.url = ':'
      return told
    })
  }
}
