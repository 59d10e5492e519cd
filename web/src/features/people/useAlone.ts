import { useEffect, useState } from "react";
import { useClient } from "../hooks";

const AGAIN_MS = 10_000;

/** Is nobody else on this server yet? Looks again while asked for, because the colleague may join at any moment. */
export function useAlone(asked: boolean): boolean {
  const { chat } = useClient();
  const [alone, setAlone] = useState(false);
  useEffect(() => {
    if (!asked) return;
    let current = true;
    const look = async () => {
      const people = await chat.people("");
      if (current && people.ok) setAlone(people.value.length <= 1);
    };
    void look();
    const timer = setInterval(look, AGAIN_MS);
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [chat, asked]);
  return asked && alone;
}
