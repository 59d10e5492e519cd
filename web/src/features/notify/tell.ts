/** Notifications of the browser, and the sound. */
import type { NoticeContent } from "../../model/notice";
import { gist } from "../../model/preview";
import { t } from "../../texts";
import { gistText } from "../../texts.files";

const LONGEST = 180;

/** @param tag a later notice of the same conversation takes the place of the former */
export function show(content: NoticeContent, tag: string, onClick: () => void): void {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const { title, body } = words(content);
  try {
    // The sound is ours, so that its volume is the one in the settings.
    const shown = new Notification(title, { body, tag, icon: "/icon.svg", silent: true });
    shown.onclick = () => {
      window.focus();
      shown.close();
      onClick();
    };
  } catch {
    // Some phones know Notification only inside service workers.
  }
}

export function words({ about, actor, group, message }: NoticeContent): { title: string; body: string } {
  const title = group ? t.notify.inGroup(actor, group) : actor;
  if (about === "member_activity")
    return { title: group ?? actor, body: message?.content || t.notify.members };
  if (about === "reaction") return { title, body: t.notify.reaction(actor) };
  const text = message ? gistText(gist(message)) : "";
  return { title, body: (text || t.notify.message(1)).slice(0, LONGEST) };
}
