/** Finding: jumping, search, the switcher. */
export const jump = {
  missing: "That message is not here any more.",
  failed: "That message could not be loaded. Please try again.",
};

export const search = {
  title: "Search messages",
  close: "Close the search",
  label: "Search for",
  placeholder: "Words in messages",
  where: "Where to search",
  everywhere: "Everywhere",
  inside: (name: string) => `in ${name}`,
  filters: "Filters",
  filtersOn: (n: number) => `Filters (${n})`,
  clearFilters: "Clear filters",
  from: "From",
  anybody: "Anybody",
  type: "Kind",
  anything: "Anything",
  types: {
    TEXT: "Text",
    IMAGE: "Images",
    FILE: "Files",
    VOICE: "Voice messages",
    POLL: "Polls",
  },
  since: "Since",
  until: "Until",
  results: "Messages found",
  hint: "Type a word or a part of one. Several words must all occur.",
  none: (q: string) => `No message matches “${q}”.`,
  noneYet: "Nothing found in the newer messages so far.",
  further: "Search in older messages",
  searching: "Searching",
  more: "Show more",
  count: (n: number, more: boolean) =>
    `${n}${more ? " or more" : ""} ${n === 1 ? "message" : "messages"} found`,
  inConversation: "Search in this conversation",
};
