/** Icons drawn on a 20 × 20 grid with one stroke width. They decorate: the name is on the control around them. */
const paths = {
  write:
    "M11 4H5.5A1.5 1.5 0 0 0 4 5.5v9A1.5 1.5 0 0 0 5.5 16h9a1.5 1.5 0 0 0 1.5-1.5V9M9 11l.4-2.2 6.3-6.3a1.25 1.25 0 0 1 1.8 1.8l-6.3 6.3L9 11Z",
  group:
    "M7.5 9.5a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5ZM2.5 16c.3-2.6 2.3-4 5-4s4.7 1.4 5 4M15 7v5M17.5 9.5h-5",
  people:
    "M7.5 9.5a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5ZM2.5 16c.3-2.6 2.3-4 5-4s4.7 1.4 5 4M13 4.4a2.6 2.6 0 0 1 0 4.9M14.5 12.3c1.7.5 2.8 1.8 3 3.7",
  search: "M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM13 13l4 4",
  send: "M10 16V4.5M5 9.5l5-5 5 5",
  check: "M4.5 10.5 8.5 14.5 15.5 6",
  checks: "M1.5 10.5 5 14 11.5 6.5M9 13.5l.7.7L16.5 6.5",
  clock: "M10 16.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM10 6.5V10l2.3 1.5",
  alert: "M10 6.5v4M10 13.4v.1M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Z",
  close: "M5.5 5.5l9 9M14.5 5.5l-9 9",
  back: "M11.5 4.5 6 10l5.5 5.5M6.5 10H16",
  down: "M10 4.5v11M5 10.5l5 5 5-5",
  settings:
    "M3.5 6.5h7M14.5 6.5h2M3.5 13.5h2M9.5 13.5h7M12.5 8.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM7.5 15.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  keys: "M3.5 5.5h13a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-13a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1ZM5.5 8.5h.1M8.5 8.5h.1M11.5 8.5h.1M14.5 8.5h.1M7 11.7h6",
  link: "M8.5 11.5a3 3 0 0 0 4.3 0l2.7-2.7a3 3 0 0 0-4.3-4.3l-.9.9M11.5 8.5a3 3 0 0 0-4.3 0l-2.7 2.7a3 3 0 0 0 4.3 4.3l.9-.9",
  copy: "M7.5 7.5v-2A1.5 1.5 0 0 1 9 4h5.5A1.5 1.5 0 0 1 16 5.5V11a1.5 1.5 0 0 1-1.5 1.5h-2M5.5 7.5H11A1.5 1.5 0 0 1 12.5 9v5.5A1.5 1.5 0 0 1 11 16H5.5A1.5 1.5 0 0 1 4 14.5V9a1.5 1.5 0 0 1 1.5-1.5Z",
  eye: "M2.5 10S5 5 10 5s7.5 5 7.5 5-2.5 5-7.5 5-7.5-5-7.5-5ZM10 12.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4Z",
  eyeOff:
    "M8.2 5.2A7 7 0 0 1 10 5c5 0 7.5 5 7.5 5a13 13 0 0 1-1.9 2.6M12 14.7a7 7 0 0 1-2 .3c-5 0-7.5-5-7.5-5A13 13 0 0 1 6 6.3M4 4l12 12",
  leave: "M8 4H5.5A1.5 1.5 0 0 0 4 5.5v9A1.5 1.5 0 0 0 5.5 16H8M12.5 13.5 16 10l-3.5-3.5M15.5 10H8",
  offline:
    "M3 3l14 14M6.5 11.2A5 5 0 0 1 9 9.8M13.5 11.2l-.6-.5M3.5 8.2a9 9 0 0 1 3-1.9M16.5 8.2A9.3 9.3 0 0 0 9.6 5.7M10 15h.1",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.6}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}
