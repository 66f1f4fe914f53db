from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.unit.page_browser import HOST, Browser, Tags, build_browser, text_of
from tests.unit.plan_samples import Clock, build_plan

from recobro_data.settings import Settings
from recobro_data.store import Store, open_store
from recobro_serving.app import create_app
from recobro_serving.pages.sessions import LASTS_SECONDS, Sessions
from recobro_serving.routes.pages import COOKIE


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path / 'recobro.db'}", now=Clock()) as store:
        store.publish_plan(build_plan())
        yield store


@pytest.fixture
def browser(store: Store, tmp_path: Path) -> Browser:
    return build_browser(store, tmp_path)


@pytest.fixture
def stranger(store: Store, tmp_path: Path) -> Browser:
    return Browser(create_app(Settings(home=tmp_path), store))


@pytest.mark.parametrize("path", ["/", "/left-alone", "/plan", "/debtor?id=d1"])
def test_nobody_sees_a_page_without_signing_in(stranger: Browser, path: str) -> None:
    answer = stranger.get(path, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/sign-in")


def test_signing_in_leads_where_the_reader_wanted_to_go(store: Store, stranger: Browser) -> None:
    asked = Tags(stranger.get("/debtor?id=d1").text).all("input")
    target = next(field["value"] for field in asked if field["name"] == "next")
    answer = stranger.sign_in(store.add_key("ana", ["read"], ["*"]), next=str(target))
    assert (answer.status_code, answer.headers["location"]) == (303, "/debtor?id=d1")


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\nb", ""])
def test_signing_in_leads_to_no_other_site(store: Store, stranger: Browser, target: str) -> None:
    answer = stranger.sign_in(store.add_key("ana", ["read"], ["*"]), next=target)
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("key", ["", "x", "rck_00_wrong", "é\ud800".encode("utf-8", "replace").decode()])
def test_a_wrong_key_opens_nothing(stranger: Browser, key: str) -> None:
    assert stranger.sign_in(key).status_code == 403
    assert COOKIE not in stranger.cookies


def test_a_key_that_may_not_read_opens_nothing(store: Store, stranger: Browser) -> None:
    assert stranger.sign_in(store.add_key("dialler", ["write"], ["*"])).status_code == 403


def test_the_key_does_not_lie_in_the_cookie(store: Store, stranger: Browser) -> None:
    key = store.add_key("ana", ["read"], ["*"])
    answer = stranger.sign_in(key)
    assert not set(key.split("_")[2:]) & set(answer.headers["set-cookie"].replace(".", "=").split("="))
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "SameSite=strict" in answer.headers["set-cookie"]


def test_over_https_the_cookie_is_never_sent_in_the_clear(store: Store, stranger: Browser) -> None:
    form = {"key": store.add_key("ana", ["read"], ["*"])}
    answer = stranger.post("/sign-in", form, base_url="https://recobro")
    assert "Secure" in answer.headers["set-cookie"]


def test_a_page_shows_only_the_keys_portfolios(store: Store, tmp_path: Path) -> None:
    north = build_browser(store, tmp_path, ["north"])
    assert "south" not in "".join(north.get(path).text for path in ("/", "/left-alone", "/plan"))
    assert north.get("/debtor?id=d1").status_code == north.get("/debtor?id=nobody").status_code == 404


def test_a_session_ends_with_its_key(store: Store, browser: Browser) -> None:
    assert browser.get("/", follow_redirects=False).status_code == 200
    store.revoke_key(store.list_keys()[0].key_id)
    assert browser.get("/", follow_redirects=False).status_code == 303


@pytest.mark.parametrize("change", [lambda text: text[:-1], lambda text: f"A{text}", lambda _: ".", lambda _: "é"])
def test_an_altered_cookie_opens_nothing(browser: Browser, change: Callable[[str], str]) -> None:
    altered = change(browser.cookies[COOKIE])
    browser.cookies.clear()
    answer = browser.get("/", follow_redirects=False, headers={"Cookie": f"{COOKIE}={altered}".encode()})
    assert answer.status_code == 303


def test_signing_out_ends_the_session_of_this_browser(browser: Browser) -> None:
    seal = next(str(f["value"]) for f in Tags(browser.get("/").text).all("input") if f["name"] == "seal")
    assert browser.post("/sign-out", {"seal": seal}).status_code == 303
    assert browser.get("/", follow_redirects=False).status_code == 303


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
@pytest.mark.parametrize("path", ["/sign-in", "/sign-out"])
def test_a_form_of_another_site_is_refused(browser: Browser, path: str, headers: dict[str, str]) -> None:
    answer = browser.post(path, {"key": "x", "seal": "x"}, headers=headers)
    assert (answer.status_code, "foreign" in text_of(answer.text) or "another place" in answer.text) == (403, True)


def test_signing_out_needs_the_seal_of_the_session(browser: Browser) -> None:
    assert browser.post("/sign-out", {"seal": "0" * 64}, headers={"Origin": HOST}).status_code == 403
    assert browser.get("/", follow_redirects=False).status_code == 200


def test_a_form_that_is_too_long_is_refused(stranger: Browser) -> None:
    assert stranger.sign_in("x" * 5000).status_code == 422


def test_a_session_lasts_a_working_day() -> None:
    now = [1000.0]
    sessions = Sessions(lambda: "secret", lambda: now[0])
    cookie = sessions.begin("k1")
    now[0] += LASTS_SECONDS - 1
    assert sessions.key_id_of(cookie) == "k1"
    now[0] += 1
    assert sessions.key_id_of(cookie) is None


def test_a_session_of_another_store_is_none_here() -> None:
    cookie = Sessions(lambda: "one").begin("k1")
    assert Sessions(lambda: "one").key_id_of(cookie) == "k1"
    assert Sessions(lambda: "another").key_id_of(cookie) is None


def test_processes_of_one_store_share_sessions(store: Store, browser: Browser, tmp_path: Path) -> None:
    other = Browser(create_app(Settings(home=tmp_path), store), browser.cookies)
    assert other.get("/", follow_redirects=False).status_code == 200
