import { useEffect } from "react";
import { totalUnread } from "../../model/select";
import { t } from "../../texts";
import { useChat } from "../hooks";

/** The number of unread messages in the tab: in its title, and on its icon. */
export function useUnreadTitle(): void {
  const unread = useChat((state) => totalUnread(state.conversations));
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) ${t.product}` : t.product;
    setIcon(unread);
  }, [unread]);
  useEffect(
    () => () => {
      document.title = t.product;
      setIcon(0);
    },
    [],
  );
}

function setIcon(unread: number): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (!link) return;
  const drawn = unread > 0 ? draw(unread) : null;
  link.type = drawn ? "image/png" : "image/svg+xml";
  link.href = drawn ?? "/icon.svg";
}

/** The mark with a count, as PNG: browsers take no live SVG here. Null where there is no canvas. */
function draw(unread: number): string | null {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 64;
  const context = canvas.getContext("2d");
  if (!context) return null;
  context.fillStyle = "#136650";
  context.beginPath();
  context.roundRect(0, 0, 64, 64, 18);
  context.fill();
  context.fillStyle = "#eefaf4";
  context.beginPath();
  context.roundRect(14, 16, 34, 26, 6);
  context.fill();
  context.fillStyle = "#d9421e";
  context.beginPath();
  context.arc(42, 42, 22, 0, 2 * Math.PI);
  context.fill();
  context.fillStyle = "#fff";
  context.font = "700 28px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(unread > 99 ? "∞" : String(unread), 42, 44);
  return canvas.toDataURL("image/png");
}
