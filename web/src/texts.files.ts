/** The sentences about files, pictures and voice messages. */
import { durationText, sizeText } from "./model/attachment";
import type { Gist } from "./model/preview";
import type { Refusal } from "./model/uploads";

export const files = {
  attach: "Attach files",
  tray: "Files to send",
  trayCount: (n: number) => (n === 1 ? "1 file to send" : `${n} files to send`),
  unstage: (name: string) => `Do not send ${name}`,
  dismiss: (name: string) => `Dismiss the note about ${name}`,
  refused: {
    too_big: (name: string, most: number) => `${name} is too big: a file may have at most ${sizeText(most)}.`,
    empty: (name: string) => `${name} is empty.`,
    type: (name: string) => `${name} is a program. Programs cannot be sent.`,
    too_many: (name: string, most: number) => `${name} is left out: at most ${most} files go at once.`,
  } satisfies Record<Refusal, (name: string, most: number) => string>,
  drop: (name: string) => `Drop files here to send them to ${name}`,
  dropHint: "You see them once more before they go out.",
  uploading: (name: string) => `Uploading ${name}`,
  waiting: "Waiting",
  checking: "Finishing",
  percent: (part: number) => `${Math.floor(part * 100)} %`,
  cancelUpload: (name: string) => `Cancel the upload of ${name}`,
  downloadIt: "Download",
  download: (name: string) => `Download ${name}`,
  elsewhere: "Opens another site",
  gone: "Not available",
  brokenImage: "The picture cannot be shown.",
  brokenMedia: "This cannot be played here.",
  failed: "It cannot be loaded just now.",
  loadAgain: "Try again",
  about: (size: number | null, kind: string) =>
    [kind, size === null ? "" : sizeText(size)].filter(Boolean).join(" · "),

  viewer: "Pictures",
  place: (at: number, of: number) => `${at} of ${of}`,
  previous: "Previous picture",
  next: "Next picture",

  voice: "Voice message",
  audio: "Audio",
  video: "Video",
  play: (name: string) => `Play ${name}`,
  pause: (name: string) => `Pause ${name}`,
  position: "Position",
  positionOf: (at: number, of: number) => `${durationText(at)} of ${durationText(of)}`,
  speed: (speed: number) => `Speed ${speed}×`,

  record: "Record a voice message",
  recording: "Recording",
  recorded: "Your voice message",
  stop: "Stop recording",
  discard: "Throw the recording away",
  sendVoice: "Send the voice message",
  level: "How loud it is",
  left: (seconds: number) => `${durationText(seconds)} left`,
  noMicrophone: {
    refused:
      "The browser does not let this page use the microphone: allow it beside the address, then try again.",
    missing: "No microphone was found.",
    insecure: "Browsers record only on secure pages (https).",
    failed: "The microphone could not be used.",
  },

  photo: "Photo",
  poll: (question: string) => `Poll: ${question}`,

  picture: "Group picture",
  changePicture: "Change picture",
  pictureHint: (most: number) => `JPEG, PNG, GIF or WebP, at most ${sizeText(most)}.`,
  uploadingPicture: (part: number) => `Uploading, ${Math.floor(part * 100)} %`,
  notAPicture: "Choose a JPEG, PNG, GIF or WebP picture.",
  pictureTooBig: (most: number) => `The picture may have at most ${sizeText(most)}.`,
};

/** @param duration seconds of a voice message, where they are known */
export function gistText(gist: Gist, duration: number | null = null): string {
  switch (gist.kind) {
    case "photo":
      return files.photo;
    case "voice":
      return duration === null ? files.voice : `${files.voice} · ${durationText(duration)}`;
    case "poll":
      return files.poll(gist.question);
    case "text":
      return gist.text;
  }
}
