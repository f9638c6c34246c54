import { defineLure, phpPage } from '../lure.ts';

/** Old PHPUnit, ThinkPHP, Laravel's Ignition, PHP-CGI: ways to have PHP run. Nothing runs; the answer is an empty page. */
export const phpHoles = defineLure({
  name: 'php-holes',
  title: 'Holes of PHP programs (PHPUnit, ThinkPHP, Ignition, PHP-CGI)',
  paths:
    /^\/(?:.{0,80}\/)?(?:eval-stdin\.php|_ignition\/execute-solution|php-cgi\/.*|cgi-bin\/php\d?|think\/app\/invokefunction)$/i,
  attack: 'php_injection_attempt',
  severity: 'high',
  answer: (_, site) => phpPage(site, ''),
});
