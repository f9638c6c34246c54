import { defineLure, phpPage } from '../lure.ts';

/** Shells that others may have left: who asks for one wants to use it. */
export const webShells = defineLure({
  name: 'web-shells',
  title: 'Web shells',
  paths:
    /^\/(?:.{0,80}\/)?(?:shell|cmd|c99|r57|wso|b374k|alfa|alfacgiapi|mini|up(?:load)?er?|adminer|webshell|1|x|xx|ss|radio|about|gel4y|fox|marijuana)\.(?:php\d?|phtml|asp|aspx|jsp)$/i,
  attack: 'webshell_access',
  severity: 'high',
  answer: ({ path }, site) => (/\.(?:asp|aspx|jsp)$/i.test(path) ? null : phpPage(site, '')),
});
