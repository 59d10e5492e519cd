// @vitest-environment happy-dom
import { act } from "react";
import { beforeEach, describe, expect, it } from "vitest";
import type { Ticket } from "../../api/arrival";
import type { Host } from "../../api/host";
import { type Answer, acme, hostPage, pass, refused } from "../../api/testing";
import type { State } from "../../model/state";
import { draw, fakeClient, find, press, type as typeInto } from "../testing";
import { type Out, SignIn } from "./SignIn";

interface Setting {
  answer: Answer;
  host?: Host;
  ticket?: Ticket;
  state?: Partial<State>;
}

async function show({ answer, host = acme, ticket = { kind: "bare" }, state = {} }: Setting) {
  const page = hostPage(answer, { host, ticket });
  await page.session.restore();
  return { ...page, ...(await redraw(page, host, state)) };
}

async function redraw(page: ReturnType<typeof hostPage>, host: Host, state: Partial<State> = {}) {
  const { client, chat } = fakeClient(state);
  const place = await draw({ ...client, host, session: page.session }, <SignIn out={page.state() as Out} />);
  const title = find(place, "h1").textContent;
  const buttons = () =>
    [...place.querySelectorAll<HTMLButtonElement>("button:not([aria-label])")].map((b) => b.textContent);
  return { place, chat, title, buttons };
}

const click = (place: HTMLElement, text: string) =>
  act(async () => [...place.querySelectorAll("button")].find((b) => b.textContent === text)?.click());

beforeEach(() => window.history.replaceState(null, "", "/"));

describe("at a host with a sign-in page", () => {
  it("an ended session offers the host first, then the form, and leaves only by a click", async () => {
    const page = await show({ answer: () => refused("token_expired") });
    expect(page.title).toBe("Your session ended");
    expect(page.buttons()).toEqual(["Sign in with Acme", "Sign in"]);
    expect(page.trips).toEqual([]);
    await click(page.place, "Sign in with Acme");
    expect(page.trips).toEqual(["/c/1"]);
  });

  it("the focus is on what happened, never on the button: whoever was typing would press it", async () => {
    await show({ answer: () => refused("token_expired") });
    expect(document.activeElement?.tagName).toBe("H1");
  });

  it("without passwords there is no form", async () => {
    const page = await show({
      answer: () => refused("token_expired"),
      host: { ...acme, passwords: false },
    });
    expect(page.buttons()).toEqual(["Sign in with Acme"]);
    expect(page.place.querySelector("form")).toBeNull();
  });

  it.each([
    [{ kind: "error", code: "AccessDenied" } as Ticket, "You may not use the chat with this account."],
    [{ kind: "error", code: "Teapot" } as Ticket, "The reason it gives: Teapot."],
    [{ kind: "error", code: "" } as Ticket, "It gives no reason."],
  ])("%j is said in a sentence", async (ticket, sentence) => {
    const page = await show({ answer: () => pass("ana", "t"), ticket });
    expect(page.title).toBe("Signing in with Acme did not work");
    expect(page.place.textContent).toContain(sentence);
  });

  it("a host that does not answer is tried again with the same token", async () => {
    let answer: Answer = () => refused("host_unavailable", 503);
    const ticket: Ticket = { kind: "host_token", token: "h" };
    const page = await show({ answer: (call) => answer(call), ticket });
    expect(page.title).toBe("Acme does not answer");
    expect(page.buttons()).toEqual(["Try again"]);
    answer = () => pass("ana", "t");
    await click(page.place, "Try again");
    expect(page.reason()).toBe("in");
  });

  it("a deactivated account is told so", async () => {
    const page = await show({ answer: () => refused("account_deactivated", 403) });
    expect(page.title).toBe("This account is deactivated");
    expect(page.trips).toEqual([]);
  });
});

describe("at a host of which only the secret is known", () => {
  const host = { ...acme, signInUrl: null, passwords: false };

  it("one is told to sign in there, and looks again by button or by coming back to the window", async () => {
    let answer: Answer = () => refused("token_missing");
    const page = await show({ answer: (call) => answer(call), host, ticket: { kind: "none" } });
    expect(page.place.textContent).toContain(
      "Sign in with Acme where you always do, then come back to this page",
    );
    await click(page.place, "Try again");
    expect(page.place.textContent).toContain("You are not signed in there yet, in this browser.");
    answer = () => pass("ana", "t");
    await act(async () => void window.dispatchEvent(new Event("focus")));
    expect(page.reason()).toBe("in");
  });

  it("with its passwords there is the form alone, and its refusal in words", async () => {
    const answer: Answer = ({ path }) =>
      path === "/auth/login/credentials"
        ? {
            ok: false,
            failure: { code: "credentials_invalid", detail: "Wrong.", status: 401, retryAfter: null },
          }
        : refused("token_missing");
    const page = await show({ answer, host: { ...host, passwords: true }, ticket: { kind: "none" } });
    expect(page.buttons()).toEqual(["Sign in"]);
    await typeInto(find(page.place, "input[type=email]"), "ana@corp.local");
    await typeInto(find(page.place, "input[name=password]"), "nonsense");
    await click(page.place, "Sign in");
    expect(page.place.textContent).toContain("Wrong.");
  });
});

describe("the draft", () => {
  const ended = async (drafts: Record<string, string>) => {
    const page = hostPage(() => pass("me", "t"), { ticket: { kind: "host_token", token: "h" } });
    await page.session.restore();
    page.session.leave("token_expired");
    window.history.replaceState(null, "", "/c/c");
    await act(async () => void window.dispatchEvent(new PopStateEvent("popstate")));
    return { ...page, ...(await redraw(page, acme, { drafts })) };
  };

  it("of the open conversation stays in sight, and can be typed on", async () => {
    const { place, chat } = await ended({ c: "half a" });
    const box = find<HTMLTextAreaElement>(place, "[data-testid=kept-draft]");
    expect(box.value).toBe("half a");
    expect(place.textContent).toContain("Your draft for Ben is kept");
    await typeInto(box, "half a thought");
    expect(chat.store.get().drafts.c).toBe("half a thought");
    await press(box, "Enter");
  });

  it("of others is not shown", async () => {
    const { place } = await ended({ d: "elsewhere" });
    expect(place.querySelector("textarea")).toBeNull();
  });
});
