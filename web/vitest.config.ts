import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    environment: "node",
    include: ["src/**/*.test.{ts,tsx}"],
    // A zone that is neither UTC nor whole-day symmetric, so that "local time" is really tested.
    env: { TZ: "America/St_Johns" },
  },
});
