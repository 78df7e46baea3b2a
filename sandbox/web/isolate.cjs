// Run what specs evaluate in a JavaScript world of its own, which shares the page's document but not its scripts.
//
// Playwright finds and reads elements in such a world, but runs `page.evaluate` and `locator.evaluate` in the page's
// own, where a page may have replaced `getComputedStyle` and the like. Handles stay as they are. The names below are
// those of the Playwright that the image pins; a test checks that all of them exist.
'use strict'
const path = require('node:path')

module.exports = function isolate(packages) {
  const server = path.join(packages, 'playwright-core/lib/server')
  const { Frame } = require(path.join(server, 'frames.js'))
  const { FrameSelectors } = require(path.join(server, 'frameSelectors.js'))
  const { ElementHandle } = require(path.join(server, 'dom.js'))
  const { evaluateExpression } = require(path.join(server, 'javascript.js'))
  const ofFrame = Frame.prototype.evaluateExpression
  const known = [ofFrame, Frame.prototype._utilityContext, ElementHandle.prototype.evaluateExpression]
  known.push(FrameSelectors.prototype.queryArrayInMainWorld, FrameSelectors.prototype.resolveInjectedForSelector)
  if (![...known, evaluateExpression].every((one) => typeof one === 'function')) {
    throw new Error('this is not the Playwright that the patch for evaluation was written for')
  }

  Frame.prototype.evaluateExpression = function (expression, options = {}, arg) {
    const own = expression.startsWith('globalThis.__pw') // what Playwright itself put into the page's world
    return ofFrame.call(this, expression, own ? options : { world: 'utility', ...options }, arg)
  }

  ElementHandle.prototype.evaluateExpression = async function (expression, options, arg) {
    const context = await this._frame._utilityContext()
    return evaluateExpression(context, expression, { ...options, returnByValue: true }, this, arg)
  }

  FrameSelectors.prototype.queryArrayInMainWorld = async function (selector, scope) {
    const found = await this.resolveInjectedForSelector(selector, { mainWorld: false }, scope)
    if (!found) throw new Error(`Failed to find frame for selector "${selector}"`)
    const query = (injected, { info, scope: within }) => injected.querySelectorAll(info.parsed, within || document)
    return found.injected.evaluateHandle(query, { info: found.info, scope: found.scope })
  }
}
