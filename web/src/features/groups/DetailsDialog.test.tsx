// @vitest-environment happy-dom
import { beforeAll, expect, it } from "vitest";
import { conversation, ok, person } from "../../model/testing";
import type { Member } from "../../model/types";
import { draw, fakeClient, find, type } from "../testing";
import { DetailsDialog } from "./DetailsDialog";

beforeAll(() => {
  // happy-dom knows no modal dialogs.
  HTMLDialogElement.prototype.showModal ??= function (this: HTMLDialogElement) {
    this.open = true;
  };
});

const member = (id: string, name: string, role: Member["role"] = "member"): Member => ({
  userId: id,
  role,
  person: person(id, name),
});

async function show(mine: Member["role"], others: Member[]) {
  const members = [member("me", "Me Myself", mine), ...others];
  const group = conversation("c", {
    type: "group",
    name: "Launch",
    members,
    memberCount: members.length,
    history: "joined",
  });
  const { client } = fakeClient({ conversations: { c: group } }, { history: async () => ok("joined") });
  return draw(client, <DetailsDialog conversation={group} onClose={() => {}} />);
}

it("is for everybody to read", async () => {
  const place = await show("member", [member("ben", "Ben", "admin")]);
  expect(place.textContent).toContain("Only group admins can change the group.");
  expect(place.textContent).toContain("People who are added read only what is written afterwards.");
  expect(place.querySelector("form, input[type=radio], [aria-label^=Actions]")).toBeNull();
});

it("is for its admins to change", async () => {
  const place = await show("admin", [member("ben", "Ben")]);
  expect(find<HTMLInputElement>(place, "form input").value).toBe("Launch");
  expect(find<HTMLInputElement>(place, "input[type=radio]").checked).toBe(true);
  expect(place.querySelectorAll("button[aria-label^=Actions]")).toHaveLength(2);
});

it("finds members by name in big groups, and draws the first hundred", async () => {
  const crowd = Array.from({ length: 150 }, (_, n) => member(`p${n}`, `José Number${n}`));
  const place = await show("member", crowd);
  expect(place.querySelectorAll("[data-testid=member]")).toHaveLength(100);
  await type(find<HTMLInputElement>(place, "input[type=search]"), "jose number14");
  expect(place.querySelectorAll("[data-testid=member]")).toHaveLength(11);
});
