"""Opening a page in the person's browser."""

from __future__ import annotations

import os
import threading

__all__ = ["open_page"]


def open_page(url: str) -> bool:
    """Have the browser open `url`; false where there is none with a window. Returns at once.

    The address becomes part of a command line that everybody on this machine can read: it must hold no
    secret.
    """
    import webbrowser  # lazily: 14 ms

    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    in_terminal = type(browser) is webbrowser.GenericBrowser and "BROWSER" not in os.environ
    if in_terminal:  # lynx and its kin would take over the terminal that the login is talking to
        return False
    threading.Thread(target=browser.open, args=(url,), daemon=True, name="browser").start()
    return True
