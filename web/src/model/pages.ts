/** Fetching messages, page after page. */
import type { Api, Result } from "./ports";
import type { Around, Window } from "./state";
import type { Message, Page } from "./types";
import { covers, onlyGrew, touches, withNewestPage } from "./window";

/** Pages fetched at once to reach what is loaded after a long absence. */
const MOST_TO_REACH = 4;
/** Pages fetched at once to look at everything again that is loaded. What is beyond them is loaded anew when one scrolls. */
const MOST_TO_COVER = 20;
/** The most the server gives at once. */
const LARGE_PAGE = 100;

/** How to put what was fetched in its place, and the last change it shows. */
interface Put<F> {
  put: F;
  seq: number | null;
}

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

/** A part of the history once more, as it is now. Answers how to put it in the place of what was loaded of it. */
export async function fetchAgain(
  api: Api,
  id: string,
  around: Around,
): Promise<Result<Put<(now: Around) => Around>>> {
  const from = around.messages[0]?.number ?? 0;
  let messages: Message[] = [];
  let older: string | null = `seq:${around.upTo + 1}`;
  let seq: number | null = null;
  for (let count = 0; count < MOST_TO_COVER && older !== null; count++) {
    const answer: Result<Page> = await api.messages(id, older);
    if (!answer.ok) return answer;
    if (count === 0) seq = answer.value.seq;
    messages = [...answer.value.messages, ...messages];
    older = answer.value.older;
    if ((messages[0]?.number ?? 0) <= from) break;
  }
  const first = messages[0]?.number ?? 0;
  const put = (now: Around) => {
    const before = first <= from ? now.messages.filter((message) => message.number < first) : [];
    const behind = now.messages.filter((message) => message.number > around.upTo);
    return {
      ...now,
      messages: [...before, ...messages, ...behind],
      older: before.length > 0 ? now.older : older,
    };
  };
  return { ok: true, value: { put, seq } };
}

/**
 * What is missing at the end of a window; and the rest of it once more, unless the numbers say that nothing in it can have
 * changed. Answers how to put it into the window, which may have got more meanwhile.
 */
export async function fetchMissing(
  api: Api,
  id: string,
  window: Window,
  position: number | undefined,
): Promise<Result<Put<(now: Window, before: readonly Message[]) => Window>>> {
  const isTrue = (page: Page) => onlyGrew(window, page, position) || covers(window, page);
  const page = await fetchPages(api, id, (loaded, count) =>
    touches(window, loaded) ? !isTrue(loaded) && count < MOST_TO_COVER : count < MOST_TO_REACH,
  );
  if (!page.ok) return page;
  const keep = isTrue(page.value);
  const put = (now: Window, before: readonly Message[]) => {
    if (keep) return withNewestPage(now, page.value, before);
    const fresh = now.messages.filter((message) => !before.some(({ id: known }) => known === message.id));
    return withNewestPage({ ...now, messages: fresh }, page.value);
  };
  return { ok: true, value: { put, seq: page.value.seq } };
}
