import { expect, it } from "vitest";
import { cookieReaches } from "./session";

it.each([
  ["https://chat.example", "https://chat.example", "surely"],
  ["http://localhost:8000", "http://localhost:9000", "surely"],
  ["https://api.acme.example", "https://chat.acme.example", "perhaps"],
  ["https://api.acme.co.uk", "https://chat.other.co.uk", "perhaps"],
  ["http://127.0.0.1:8000", "http://localhost:9000", "never"],
  ["http://192.168.0.2", "http://192.168.0.3", "never"],
  ["https://chat.example", "http://chat.example", "never"],
  ["https://tms.example", "https://acme.test", "never"],
])("the session cookie of %s reaches it from %s: %s", (server, page, expected) => {
  expect(cookieReaches(server, page)).toBe(expected);
});
