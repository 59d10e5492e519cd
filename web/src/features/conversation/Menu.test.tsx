// @vitest-environment happy-dom
import { act } from "react";
import { expect, it } from "vitest";
import { Menu } from "../../ui/Menu";
import { draw, fakeClient, find, press } from "../testing";

async function show() {
  const done: string[] = [];
  const items = ["One", "Two", "Three"].map((label) => ({
    label,
    icon: "check" as const,
    onSelect: () => done.push(label),
  }));
  const place = await draw(fakeClient().client, <Menu label="More" icon="more" items={items} />);
  const menu = find<HTMLElement>(place, "[role=menu]");
  // The browser does this when the button is pressed; happy-dom has no popovers.
  menu.hidePopover = () => {};
  const open = new Event("toggle") as Event & { newState: string };
  Object.assign(open, { newState: "open" });
  await act(async () => void menu.dispatchEvent(open));
  return { place, menu, done };
}
const focused = () => document.activeElement?.textContent;

it("begins at its first entry and is walked through with the arrows, round its ends", async () => {
  const { menu, place } = await show();
  expect(find(place, "button").getAttribute("aria-expanded")).toBe("true");
  expect(focused()).toBe("One");
  for (const [key, label] of [
    ["ArrowDown", "Two"],
    ["End", "Three"],
    ["ArrowDown", "One"],
    ["ArrowUp", "Three"],
    ["Home", "One"],
  ] as const) {
    await press(document.activeElement ?? menu, key);
    expect(focused()).toBe(label);
  }
});

it("does what is chosen, with the focus back on its button", async () => {
  const { menu, place, done } = await show();
  await act(async () => menu.querySelectorAll("button")[1]?.click());
  expect(done).toEqual(["Two"]);
  expect(document.activeElement).toBe(find(place, "button"));
});
