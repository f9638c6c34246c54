/** Live: an open alert is sent again at most this often, ms of event time. */
export const updateEveryMs = 1000;
/** Groups of one unit before the first look at which are over. */
export const firstCleanUp = 128;
/** Replay has no lateness; groups this long over are cleaned up all the same, ms. */
export const replaySlackMs = 600_000;
/** Events held as evidence where nothing else is said. */
export const defaultHeldEvents = 20_000;
