/** Finding: jumping, search. */
export const jump = {
  missing: "That message is not here any more.",
  failed: "That message could not be loaded. Please try again.",
};
