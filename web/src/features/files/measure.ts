/** What a picture measures, found out by the browser before it is sent, so that its room is right from the first moment. */

/** Longer is not worth the wait: the picture is then shown in a room of the usual size. */
const PATIENCE_MS = 1_500;

export async function measure(file: Blob): Promise<{ width?: number; height?: number }> {
  if (!/^image\/(jpeg|png|gif|webp)$/.test(file.type)) return {};
  const url = URL.createObjectURL(file);
  const image = new Image();
  try {
    const loaded = new Promise<boolean>((done) => {
      image.onload = () => done(true);
      image.onerror = () => done(false);
      setTimeout(() => done(false), PATIENCE_MS);
    });
    image.src = url;
    // As shown: the browser has turned it the way the camera was held.
    return (await loaded) ? { width: image.naturalWidth, height: image.naturalHeight } : {};
  } finally {
    URL.revokeObjectURL(url);
  }
}
