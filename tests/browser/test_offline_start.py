"""A page opened without a network, or without its server, shows what was read and keeps what is written (N10)."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenDesk
from tests.browser.desk import Desk, mail
from tests.browser.test_connection import AWAY as STOPPED
from tests.browser.test_look import save
from tests.browser.test_offline import is_stored, sign_out
from tests.browser.test_outbox import AWAY, kept
from tests.conftest import StartServer
from tests.support.people import Person, Team
from tests.support.processes import wait_until
from tests.support.server import TmsServer
from tests.support.static_host import CLIENT, StaticHost

#: What the service worker keeps, by build, and whether it looks after this page and none is about to take its place.
SHELL = """async () => {
  const builds = {};
  for (const name of await caches.keys()) {
    const found = await (await caches.open(name)).keys();
    // One that the worker drops at this moment is there again, and empty, because it was opened here.
    if (found.length) builds[name] = found.map(({url}) => new URL(url).pathname);
  }
  const {active, installing, waiting} = (await navigator.serviceWorker.getRegistration()) ?? {};
  const settled = !installing && !waiting && active?.state === "activated";
  return {builds, controlled: settled && navigator.serviceWorker.controller === active};
}"""


def shell(desk: Desk) -> dict[str, Any]:
    found: dict[str, Any] = desk.page.evaluate(SHELL)
    return found


def shell_is_kept(desk: Desk, builds: int = 1) -> None:
    def is_kept() -> bool:
        found = shell(desk)
        return (
            found["controlled"]
            and len(found["builds"]) == builds
            and all("/" in paths for paths in found["builds"].values())
        )

    # On a busy machine a page takes long to say that it is there, and only then a newer worker takes over.
    wait_until(is_kept, seconds=60, what=f"the worker keeps {builds} build(s)")


def open_with_worker(open_desk: OpenDesk, origin: str, **options: Any) -> Desk:
    desk = open_desk(origin, service_workers="allow", **options)
    desk.problems.provoke(*AWAY, *STOPPED)
    return desk


def reading(
    open_desk: OpenDesk, server: TmsServer, team: Team, text: str, **options: Any
) -> tuple[Desk, Person, Person, str]:
    """Ana's desk, on whose device all is kept that a start without a network needs: the page, and what Bob wrote."""
    ana, bob = team.add("Ana Reyes"), team.add("Bob Stone")
    room = bob.direct(ana)
    bob.send(room, text)
    desk = open_with_worker(open_desk, server.base_url, **options)
    desk.sign_in(ana, room)
    expect(desk.message(text)).to_be_visible()
    wait_until(lambda: is_stored(desk, text), seconds=30, what="it is kept")
    shell_is_kept(desk)
    return desk, ana, bob, room


@pytest.mark.parametrize("size", [(1200, 780), (390, 780)], ids=["desktop", "phone"])
def test_a_page_reloaded_without_a_network_goes_on_and_comes_up_to_date_without_a_reload(
    tms: TmsServer, team: Team, open_desk: OpenDesk, size: tuple[int, int]
) -> None:
    viewport = {"width": size[0], "height": size[1]}
    desk, _, bob, room = reading(open_desk, tms, team, "The plan is on the shelf", viewport=viewport)
    desk.context.set_offline(True)
    desk.write("Before the tunnel")
    kept(desk, "Before the tunnel")
    desk.page.reload()
    expect(desk.message("The plan is on the shelf")).to_be_visible()
    expect(desk.message("Before the tunnel")).to_have_attribute("data-state", "pending")
    expect(desk.banner).to_contain_text("Offline since")
    desk.write("In the tunnel")
    expect(desk.message("In the tunnel")).to_have_attribute("data-state", "pending")
    bob.send(room, "I moved it")
    save(desk, f"offline-{size[0]}")

    desk.page.evaluate("window.tmsSame = true")
    desk.context.set_offline(False)
    expect(desk.message("I moved it")).to_be_visible()
    for text in ("Before the tunnel", "In the tunnel"):
        expect(desk.message(text)).to_have_attribute("data-state", "sent")
    expect(desk.banner).to_have_count(0)
    assert desk.page.evaluate("window.tmsSame"), "the page was reloaded"
    (build,) = shell(desk)["builds"].values()
    assert [path for path in build if path != "/" and not path.startswith("/assets/")] == []


def test_a_new_tab_of_a_stopped_server_has_the_list_and_the_history(
    start_server: StartServer, open_desk: OpenDesk
) -> None:
    """The worker's own requests fail too, as they do where there is no network."""
    server = start_server(RATE_LIMITS="off")
    team = Team(server)
    desk, _, bob, room = reading(open_desk, server, team, "Read me later")
    desk.page.close()
    server.stop()

    tab = desk.another_tab()
    tab.page.goto("/")
    tab.row(room).click()
    expect(tab.message("Read me later")).to_be_visible()
    expect(tab.banner).to_contain_text("does not answer")
    # Parts that this tab never loaded are there as well.
    tab.button("Settings").click()
    expect(tab.dialog).to_contain_text("Ana Reyes")
    tab.page.keyboard.press("Escape")
    tab.write("And answer")
    save(tab, "stopped")
    server.start()
    expect(tab.message("And answer")).to_have_attribute("data-state", "sent", timeout=35_000)
    bob.send(room, "Live again")
    expect(tab.message("Live again")).to_be_visible()
    team.close()


def test_who_signed_out_sees_the_sign_in_page_and_nothing_else(tms: TmsServer, team: Team, open_desk: OpenDesk) -> None:
    desk, ana, _, room = reading(open_desk, tms, team, "For your eyes only")
    sign_out(desk)
    desk.context.set_offline(True)
    for path in ("/", f"/c/{room}"):
        desk.page.goto(path)
        expect(desk.button("Sign in")).to_be_visible()
        expect(desk.row(room)).to_have_count(0)
        assert "Bob Stone" not in desk.page.content()
    assert not is_stored(desk, "eyes only")
    assert "Ana Reyes" not in desk.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    save(desk, "signed-out")
    desk.context.set_offline(False)
    desk.fill_sign_in(ana.email)
    expect(desk.message("For your eyes only")).to_be_visible()


def test_on_another_site_the_tab_goes_on_and_a_new_one_asks_for_the_password(
    start_server: StartServer, open_desk_without_third_party_cookies: OpenDesk
) -> None:
    with StaticHost({}) as host:
        server = start_server(ALLOWED_ORIGINS=host.origin)
        host.config = {"NEXT_PUBLIC_API_URL": server.base_url}
        ana, bob = (open_with_worker(open_desk_without_third_party_cookies, host.origin) for _ in range(2))
        ana.make_account(server.setup_link.replace(server.base_url, host.origin), "Ana Reyes", button="Create account")
        bob.make_account(ana.invite(), "Bob Stone", button="Join")
        ana.start_direct("Bob Stone")
        ana.write("From another site")
        expect(ana.message("From another site")).to_have_attribute("data-state", "sent")
        wait_until(lambda: is_stored(ana, "From another site"), seconds=30, what="it is kept")
        shell_is_kept(ana)
        ana.context.set_offline(True)
        ana.page.reload()
        expect(ana.message("From another site")).to_be_visible()
        other = ana.another_tab()
        other.page.goto("/")
        expect(other.button("Sign in")).to_be_visible()
        assert "Bob Stone" not in other.page.content()
        ana.context.set_offline(False)
        ana.write("And back")
        expect(ana.message("And back")).to_have_attribute("data-state", "sent", timeout=35_000)
        other.fill_sign_in(mail("Ana Reyes"))
        expect(other.page.get_by_test_id("conversation-row").filter(has_text="Bob Stone")).to_be_visible()


class Site:
    """A static host whose build can be replaced by one that differs in every file. There is no server behind it."""

    def __init__(self, folder: Path, host: StaticHost) -> None:
        self.host = host
        self._folder = folder
        self._link = folder / "site"
        self._count = 0

    def publish(self, mark: str) -> None:
        self._count += 1
        build = self._folder / mark
        shutil.copytree(CLIENT, build)
        names = [path.name for path in (build / "assets").iterdir()]
        for path in [build / "index.html", build / "sw.js", *(build / "assets").iterdir()]:
            if path.suffix != ".woff2":
                text = path.read_text()
                for name in names:
                    text = text.replace(name, marked(name, mark))
                path.write_text(re.sub(r'"build":"\w+', rf"\g<0>{mark}", text))
                # Two builds of one second are one to a browser that asks whether a file has changed.
                os.utime(path, (time.time(), time.time() + 60 * self._count))
        for name in names:
            (build / "assets" / name).rename(build / "assets" / marked(name, mark))
        self._link.unlink(missing_ok=True)
        os.symlink(build, self._link)

    def part(self, name: str) -> str:
        """The address of a part of the published build."""
        (path,) = (self._link / "assets").glob(f"{name}-*.js")
        return f"/assets/{path.name}"


def marked(name: str, mark: str) -> str:
    stem, _, suffix = name.rpartition(".")
    return f"{stem}{mark}.{suffix}"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with StaticHost({}, tmp_path / "site") as host:
        site = Site(tmp_path, host)
        site.publish("one")
        yield site


def load(desk: Desk, part: str) -> None:
    desk.page.evaluate("(part) => import(part).then(() => true)", part)


def script(desk: Desk) -> str:
    address: str = desk.page.evaluate("document.querySelector('script[type=module]').src")
    return address


def test_a_new_build_is_taken_at_the_next_load_and_an_open_tab_of_the_old_one_goes_on(
    site: Site, open_desk: OpenDesk
) -> None:
    old = open_with_worker(open_desk, site.host.origin)
    old.page.goto("/")
    shell_is_kept(old)
    part = site.part("Dialogs")
    site.publish("two")
    new = old.another_tab()
    new.page.goto("/")
    assert "two.js" in script(new)
    shell_is_kept(new, builds=2)
    load(old, part)
    # What is opened without a network now is the new one.
    third = old.another_tab()
    with site.host.silent():
        third.page.goto("/sign-in")
        assert "two.js" in script(third)
    old.page.close()
    site.publish("three")
    third.page.close()
    new.page.reload()
    assert "three.js" in script(new)
    shell_is_kept(new, builds=1)


def test_a_page_of_a_new_build_whose_scripts_do_not_come_is_the_kept_one(site: Site, open_desk: OpenDesk) -> None:
    """It would stay white for as long as the network says nothing."""
    desk = open_with_worker(open_desk, site.host.origin)
    desk.page.goto("/")
    shell_is_kept(desk)
    site.publish("two")
    with site.host.silent("/assets/"):
        desk.page.reload()
        assert "one.js" in script(desk)
    desk.page.reload()
    assert "two.js" in script(desk)


LOCKS = "navigator.locks.query().then(({held}) => held.length)"
LOOK = "navigator.serviceWorker.getRegistration().then((found) => void found.update().catch(() => {}))"
INSTALLING = "navigator.serviceWorker.getRegistration().then(({installing}) => installing !== null)"


def test_a_page_on_its_way_keeps_its_scripts_while_a_newer_worker_is_ready(site: Site, open_desk: OpenDesk) -> None:
    old = open_with_worker(open_desk, site.host.origin)
    old.page.goto("/")
    shell_is_kept(old)
    part = site.part("Dialogs")
    slow = old.another_tab()
    scripts = slow.context.new_cdp_session(slow.page)
    scripts.send("Emulation.setScriptExecutionDisabled", {"value": True})
    slow.page.goto("/")
    site.publish("two")
    with site.host.silent("/assets/"):
        old.page.evaluate(LOOK)
        wait_until(lambda: old.page.evaluate(INSTALLING), seconds=30, what="the new build is being kept")
        old.page.close()
        scripts.send("Emulation.setScriptExecutionDisabled", {"value": False})
        wait_until(lambda: slow.page.evaluate(LOCKS) == 0, seconds=30, what="the other tab is gone")

    def is_next_kept() -> bool:
        # A request that nobody answered may have ended with its connection: the browser tries again.
        slow.page.evaluate(LOOK)
        return any("/" in paths and part not in paths for paths in shell(slow)["builds"].values())

    wait_until(is_next_kept, seconds=30, what="the new build is kept")
    # As long as it takes a worker to take over and to tidy up.
    time.sleep(1.5)
    assert any(part in paths for paths in shell(slow)["builds"].values()), "the scripts of the page were dropped"
    load(slow, part)
    # The part began the page as well, whose lock keeps its build from here on.
    wait_until(lambda: slow.page.evaluate(LOCKS) == 1, seconds=30, what="the page holds its lock")
    assert any(part in paths for paths in shell(slow)["builds"].values())


def test_where_the_worker_is_gone_it_ends_and_leaves_nothing(site: Site, open_desk: OpenDesk) -> None:
    desk = open_with_worker(open_desk, site.host.origin)
    desk.problems.provoke(r"status of 410")
    desk.page.goto("/")
    shell_is_kept(desk)
    site.host.gone = {"/sw.js"}
    desk.page.reload()
    registrations = "navigator.serviceWorker.getRegistrations().then((all) => all.length)"
    wait_until(lambda: desk.page.evaluate(registrations) == 0, seconds=30, what="the worker is gone")
    wait_until(lambda: shell(desk)["builds"] == {}, seconds=30, what="nothing is kept")


def test_a_page_that_the_network_does_not_bring_in_time_is_the_kept_one(site: Site, open_desk: OpenDesk) -> None:
    desk = open_with_worker(open_desk, site.host.origin)
    desk.page.goto("/")
    shell_is_kept(desk)
    with site.host.silent():
        desk.page.goto("/sign-in")
        assert "one.js" in script(desk)


def test_without_a_kept_page_the_worker_says_what_to_do(site: Site, open_desk: OpenDesk) -> None:
    """As where the browser's storage was emptied."""
    desk = open_with_worker(open_desk, site.host.origin)
    desk.problems.provoke(r"status of 503")
    desk.page.goto("/")
    shell_is_kept(desk)
    desk.page.evaluate("caches.keys().then((names) => Promise.all(names.map((name) => caches.delete(name))))")
    desk.context.set_offline(True)
    desk.page.reload()
    expect(desk.page.get_by_text("Check the connection, then reload this page")).to_be_visible()
