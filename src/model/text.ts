const escapes =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\^_])|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text without terminal escapes (ECMA-48 CSI and OSC sequences) and control characters; tab and newline stay. */
export function plainText(text: string): string {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 32 ? code !== 9 && code !== 10 : code >= 127 && code < 160) return text.replace(escapes, '');
  }
  return text;
}
