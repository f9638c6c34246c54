// Before the first paint, so that the page does not flash in the other theme. A file, because the page allows no inline script.
try {
  const stored = localStorage.getItem('phosor.theme');
  const light = stored === 'light' || (stored === 'system' && matchMedia('(prefers-color-scheme: light)').matches);
  document.documentElement.dataset.theme = light ? 'light' : 'dark';
} catch {
  // Storage may be forbidden: the dark theme stays.
}
