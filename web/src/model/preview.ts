/** A message in a few words: for the list, for a quote, for a notification, for who listens. */

export type Gist =
  | { kind: "text"; text: string }
  | { kind: "photo" }
  | { kind: "voice" }
  | { kind: "poll"; question: string };

/** The name of a file says what it is; of a picture, a camera's number says nothing. */
export function gist({ type, content }: { type: string; content: string }): Gist {
  const text = content.slice(0, 200).replace(/\s+/g, " ").trim();
  // Deleted for everyone: nothing of it is left to name.
  if (text === "") return { kind: "text", text };
  if (type === "IMAGE") return { kind: "photo" };
  if (type === "VOICE") return { kind: "voice" };
  return type === "POLL" ? { kind: "poll", question: text } : { kind: "text", text };
}
