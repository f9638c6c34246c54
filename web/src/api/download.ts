/** Saves what the address answers as a file; the server names it unless a name is given. */
export function download(href: string, name = ''): void {
  const link = document.createElement('a');
  link.href = href;
  link.download = name;
  link.click();
}
