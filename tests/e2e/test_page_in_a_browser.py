"""The pages in a real browser, where one is on this machine: nothing is blocked by the page's own policy."""

from __future__ import annotations

import http.server
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.unit.page_browser import Browser, build_browser
from tests.unit.plan_samples import build_plan

from recobro_data.store import open_store

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no browser on this machine")]


@contextmanager
def served(browser: Browser) -> Iterator[str]:
    """The pages as this signed-in reader gets them, on an address that a browser can open."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = browser.get(self.path)
            self.send_response(answer.status_code)
            for name in ("content-type", "content-security-policy"):
                self.send_header(name, answer.headers[name])
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *words: Any) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


def rendered(url: str, folder: Path) -> tuple[str, str]:
    """The document as the browser sees it, and what the browser complained of."""
    words = ["--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0"]
    words += [f"--user-data-dir={folder / 'browser'}", "--virtual-time-budget=3000", "--dump-dom", url]
    run = subprocess.run([str(CHROMIUM), *words], capture_output=True, text=True, timeout=60, check=True)
    return run.stdout, "\n".join(line for line in run.stderr.splitlines() if "CONSOLE" in line)


@pytest.mark.parametrize("path", ["/", "/debtor?id=d1", "/plan"])
def test_a_browser_shows_the_page_and_complains_of_nothing(tmp_path: Path, path: str) -> None:
    with open_store(f"sqlite:///{tmp_path / 'recobro.db'}") as store:
        store.publish_plan(build_plan())
        with served(build_browser(store, tmp_path)) as url:
            document, complaints = rendered(f"{url}{path}", tmp_path)
    assert re.search(r"<h1>[^<]+</h1>", document)
    assert complaints == ""
