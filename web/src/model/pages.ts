/** Fetching messages, page after page. */
import type { Api, Result } from "./ports";
import type { Page } from "./types";

/** The most the server gives at once. */
const LARGE_PAGE = 100;

/** The newest page, and older ones in front of it while there is `more` to be wanted. */
export async function fetchPages(
  api: Api,
  id: string,
  more: (loaded: Page, count: number) => boolean,
): Promise<Result<Page>> {
  let all: Page = { messages: [], older: null, seq: null };
  for (let count = 1; ; count++) {
    const answer = await api.messages(id, all.older, count === 1 ? undefined : LARGE_PAGE);
    if (!answer.ok) return answer;
    const { messages, older, seq } = answer.value;
    // The state that all of it shows is the oldest one, that of the first answer.
    all = { messages: [...messages, ...all.messages], older, seq: count === 1 ? seq : all.seq };
    if (all.older === null || !more(all, count)) return { ok: true, value: all };
  }
}
