import { defineLure, phpPage } from '../lure.ts';

/** Shells that others may have left: who asks for one wants to use it. */
export const webShells = defineLure({
  name: 'web-shells',
  title: 'Web shells',
  paths:
    /^\/(?:.{0,80}\/)?(?:shell|cmd|c99|r57|wso|b374k|alfa|alfacgiapi|mini|up(?:load)?er?|adminer|webshell|1|x|xx|ss|radio|about|gel4y|fox|marijuana)\.(?:php\d?|phtml|asp|aspx|jsp)$/i,
  attack: 'webshell_access',
  severity: 'high',
  open(request, site) {
    if (/\.(?:asp|aspx|jsp)$/i.test(request.path)) return null;
    const command = ['cmd', 'c', 'command', 'exec', 'execute', 'x', '0', 'shell']
      .map((name) => request.value(name))
      .find((value) => value !== undefined && value.trim() !== '');
    if (command === undefined) return null;
    return {
      deeds: [{ mode: 'webshell', text: command }],
      run: { command, as: 'www-data' },
      reply: (output) => phpPage(site, output),
    };
  },
  answer: ({ path }, site) => (/\.(?:asp|aspx|jsp)$/i.test(path) ? null : phpPage(site, '')),
});
