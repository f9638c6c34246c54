import { defineLure } from '../lure.ts';

/** Struts, Confluence, Solr, WebLogic and others. */
export const javaHoles = defineLure({
  name: 'java-holes',
  title: 'Holes of Java programs (Struts, Confluence, Solr, WebLogic, ActiveMQ)',
  paths:
    /^\/(?:.{0,80}\.action|struts2?-.*|solr\/.*|wls-wsat\/.*|_async\/.*|console\/.*|invoker\/.*|jmx-console\/?.*|pages\/.*\.action|templates\/editor-preload-container|rest\/tinymce\/.*|fileserver\/.*|geoserver\/.*|nacos\/.*|druid\/.*|%24%7B.*|\$\{.*)$/i,
  attack: 'java_exploit',
  severity: 'high',
  answer: (_, site) => ({
    status: 200,
    isDynamic: true,
    type: 'text/html;charset=UTF-8',
    headers: [['Set-Cookie', `JSESSIONID=${site.secret('jsession', 32, '0123456789ABCDEF')}; Path=/; HttpOnly`]],
    body: `<!DOCTYPE html>\n<html><head><title>${site.title}</title></head><body></body></html>\n`,
  }),
});
