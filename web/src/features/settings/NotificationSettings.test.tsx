// @vitest-environment happy-dom
import { act } from "react";
import { expect, it } from "vitest";
import type { Api } from "../../model/ports";
import { no, ok } from "../../model/testing";
import type { Preferences } from "../../model/types";
import { draw, fakeClient, find } from "../testing";
import { NotificationSettings } from "./NotificationSettings";

const preferences: Preferences = {
  sound: true,
  volume: 50,
  browser: false,
  messages: true,
  mentions: true,
  reactions: true,
  memberActivity: false,
  dnd: false,
  dndStart: null,
  dndEnd: null,
  timezone: "UTC",
};

async function show(changePreferences: Api["changePreferences"]) {
  const { client } = fakeClient({ preferences }, { changePreferences });
  const place = await draw(client, <NotificationSettings />);
  const toggle = (label: string) => {
    const found = [...place.querySelectorAll("label")].find((one) => one.textContent === label);
    return find<HTMLInputElement>(found ?? place, "input");
  };
  return { place, toggle };
}

it("each switch is kept at once, the times of do not disturb with the time zone of the browser", async () => {
  const kept: Partial<Preferences>[] = [];
  const { toggle } = await show(async (change) => {
    kept.push(change);
    return ok({ ...preferences, ...change });
  });
  await act(async () => toggle("Reactions to my messages").click());
  await act(async () => toggle("Do not disturb").click());
  const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  expect(kept).toEqual([{ reactions: false }, { dnd: true, dndStart: "22:00", dndEnd: "07:00", timezone }]);
});

it("what is refused goes back, with the reason", async () => {
  const { place, toggle } = await show(async () => no(503, { detail: "The database does not answer." }));
  await act(async () => toggle("New messages").click());
  expect(toggle("New messages").checked).toBe(true);
  expect(find(place, "[role=alert]").textContent).toBe("The database does not answer.");
});
