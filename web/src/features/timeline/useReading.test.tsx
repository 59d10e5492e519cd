// @vitest-environment happy-dom
import { act } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { conversation, message } from "../../model/testing";
import { draw, fakeClient } from "../testing";
import { useReading } from "./useReading";

const window_ = { messages: [message(1), message(2)], older: null, loading: null, failure: null };

function Probe({ atBottom, unread }: { atBottom: boolean; unread: number }) {
  const unseen = useReading({
    conversation: conversation("c", { unread }),
    window: window_,
    atBottom,
    me: "me",
  });
  return <output>{unseen}</output>;
}

async function setup(atBottom: boolean, focused: boolean) {
  vi.spyOn(document, "hasFocus").mockReturnValue(focused);
  const read: string[] = [];
  const { client } = fakeClient(
    { conversations: { c: conversation("c", { unread: 1 }) }, windows: { c: window_ } },
    {
      markRead: async (id) => {
        read.push(id);
        return { ok: true, value: true };
      },
    },
  );
  const place = await draw(client, <Probe atBottom={atBottom} unread={1} />);
  return { read, place };
}

afterEach(() => vi.restoreAllMocks());

describe("a conversation is marked read", () => {
  it("when its bottom is before somebody's eyes", async () => {
    expect((await setup(true, true)).read).toEqual(["c"]);
  });
  it("not while one has scrolled up; then the unseen are counted", async () => {
    const { read, place } = await setup(false, true);
    expect(read).toEqual([]);
    expect(place.textContent).toBe("1");
  });
  it("not in a tab nobody looks at, but as soon as somebody does", async () => {
    const { read } = await setup(true, false);
    expect(read).toEqual([]);
    vi.spyOn(document, "hasFocus").mockReturnValue(true);
    await act(async () => void window.dispatchEvent(new Event("focus")));
    expect(read).toEqual(["c"]);
  });
});
