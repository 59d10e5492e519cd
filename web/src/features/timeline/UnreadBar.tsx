import { t } from "../../texts";
import { Icon } from "../../ui/Icon";
import { time } from "../format";
import styles from "./UnreadBar.module.css";
import type { Missed } from "./useUnreadLine";

interface Props {
  news: Missed;
  onJump: () => void;
  onRead: () => void;
}

/** What came while one was away and begins above the screen. */
export function UnreadBar({ news: { count, since }, onJump, onRead }: Props) {
  const what = since ? t.unreadBar.since(count, time(since)) : t.unreadBar.many(count);
  return (
    <div className={styles.bar} data-testid="unread-bar">
      <button type="button" className={styles.jump} onClick={onJump}>
        <Icon name="up" size={16} />
        {what} — {t.unreadBar.jump}
      </button>
      <button type="button" className={styles.read} aria-label={t.unreadBar.markRead} onClick={onRead}>
        <Icon name="close" size={16} />
      </button>
    </div>
  );
}
