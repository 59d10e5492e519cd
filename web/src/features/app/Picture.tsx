import styles from "./Home.module.css";

/** Two people talking. */
export function Picture() {
  return (
    <svg
      className={styles.picture}
      width="168"
      height="112"
      viewBox="0 0 168 112"
      fill="none"
      aria-hidden="true"
    >
      <path
        className={styles.theirs}
        d="M30 10h62a14 14 0 0 1 14 14v22a14 14 0 0 1-14 14H50L34 73c-2 1.6-5 .2-5-2.4V60a14 14 0 0 1-13-14V24a14 14 0 0 1 14-14Z"
      />
      <path className={styles.theirLines} d="M36 28h50M36 42h30" />
      <path
        className={styles.mine}
        d="M86 44h52a14 14 0 0 1 14 14v16a14 14 0 0 1-13 14v10c0 2.6-3 4-5 2.4L119 88H86a14 14 0 0 1-14-14V58a14 14 0 0 1 14-14Z"
      />
      <path className={styles.myLines} d="M92 60h40M92 73h24" />
    </svg>
  );
}
