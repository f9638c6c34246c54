/** How much is tried at once in the test pane. */
export const mostLines = 500;
export const mostEvents = 100;
