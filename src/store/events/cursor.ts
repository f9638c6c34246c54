const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const isUuid = (text: string): boolean => uuid.test(text);

/** The place behind an event, for {@link EventStore.page}. `time`: epoch ms. */
export function cursorAt(time: number, id: string): string {
  return `${time}_${id}`;
}

/** @throws with a sentence where the text is no cursor */
export function decodeCursor(cursor: string): { time: number; id: string } {
  const [time, id, ...more] = cursor.split('_');
  if (!/^-?\d{1,15}$/.test(time ?? '') || id === undefined || !isUuid(id) || more.length > 0) {
    throw new Error('The cursor is not one that this server gave out. Start again from the first page.');
  }
  return { time: Number(time), id };
}
