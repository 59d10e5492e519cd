/** What was done at once and then refused: one sentence at the foot of the page, for a while. */
import { createContext, useContext } from "react";
import type { Failure } from "../../model/types";

export const MishapContext = createContext<(failure: Failure | null) => void>(() => {});

/** Tells a failure; null is none. */
export function useMishap(): (failure: Failure | null) => void {
  return useContext(MishapContext);
}
