"""A page in a browser, and all that it did which no report page may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog

WAIT_MS = 60_000  # for anything: a machine with forty others at work is slow
# The text of elements as people read it. Parts of long texts are laid out only by a frame that shows them, which may be
# late, and are missing from the text of what is around them until then; here all of them are laid out at once.
READ = """(elements) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(".leaf { content-visibility: visible !important; }");
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  const texts = elements.map((element) => element.innerText.trim());
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
  return texts;
}"""


class WatchedPage:
    """A page of its own, with words for what tests do to it.

    `messages` has each message of the console, each error and each dialog; `requests` each address that was asked for,
    but for the file itself.
    """

    def __init__(self, browser: Browser, viewport: dict[str, int], context: dict[str, Any]) -> None:
        self.context = browser.new_context(viewport=viewport, **context)  # type: ignore[arg-type]
        self.context.set_default_timeout(WAIT_MS)
        self.page = self.context.new_page()
        self.messages: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.messages.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("dialog", self._refuse)

    def _refuse(self, dialog: Dialog) -> None:
        self.messages.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def visit(self, url: str, address: str) -> None:
        self.page.on(
            "request",
            lambda request: None if request.url.partition("#")[0] == url else self.requests.append(request.url),
        )
        self.page.goto(url + address, timeout=WAIT_MS)

    def close(self) -> None:
        self.context.close()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def listed(self, text: str) -> int:
        self.page.fill("#filter", text)
        return int(self.text("#samples .tally").split()[0].replace(",", ""))

    def texts(self, selector: str) -> list[str]:
        texts: list[str] = self.page.locator(selector).evaluate_all(READ)
        return texts

    def text(self, selector: str) -> str:
        self.page.locator(selector).wait_for(state="attached")
        (text,) = self.texts(selector)
        return text

    def until(self, condition: str) -> None:
        self.page.wait_for_function(condition)

    def column(self, number: int) -> list[str]:
        return self.texts(f".index tbody tr > :nth-child({number})")

    def hash(self) -> str:
        return str(self.page.evaluate("location.hash"))

    def opened(self) -> str:
        self.page.wait_for_selector("#panel .panel-body:not([aria-busy]) .part")
        return " ".join(self.text("#panel-title").split())
