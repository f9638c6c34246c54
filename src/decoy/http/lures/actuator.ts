import { defineLure, type LureRequest } from '../lure.ts';

const json = 'application/vnd.spring-boot.actuator.v3+json';

/** Spring Boot's management paths, with a password in the environment. */
export const actuator = defineLure({
  name: 'actuator',
  title: 'Spring Boot actuator',
  paths:
    /^\/(?:[\w-]{1,30}\/)?(?:actuator|manage|management)(?:\/[\w./-]{0,80})?$|^\/(?:heapdump|jolokia|trace|env|mappings)(?:\/.*)?$/i,
  attack: 'actuator_access',
  severity: 'medium',
  answer(request: LureRequest, site) {
    const { path, host } = request;
    const account = site.bait.accounts[0];
    const base = `http://${host}/actuator`;
    const reply = (value: unknown): { status: number; type: string; body: string; isDynamic: boolean } => ({
      status: 200,
      type: json,
      body: JSON.stringify(value),
      isDynamic: true,
    });
    if (/\/health\/?$/i.test(path)) return reply({ status: 'UP', groups: ['liveness', 'readiness'] });
    if (/env/i.test(path))
      return reply({
        activeProfiles: ['prod'],
        propertySources: [
          {
            name: 'systemProperties',
            properties: {
              'java.version': { value: '17.0.13' },
              'user.name': { value: 'spring' },
              'user.dir': { value: '/opt/app' },
            },
          },
          {
            name: 'applicationConfig: [classpath:/application-prod.yml]',
            properties: {
              'spring.datasource.username': { value: account?.user },
              'spring.datasource.password': { value: account?.password },
              'spring.datasource.url': { value: `jdbc:mysql://db.${site.domain}:3306/app` },
            },
          },
        ],
      });
    if (/\/info\/?$/i.test(path))
      return reply({
        app: { name: site.title, version: '1.4.2' },
        build: { artifact: 'app', 'spring-boot': site.spring },
      });
    if (/heapdump|jolokia|gateway|mappings|trace|beans|configprops|loggers/i.test(path))
      return { status: 403, type: json, body: '{"status":403,"error":"Forbidden"}', isDynamic: true };
    return reply({
      _links: Object.fromEntries(
        ['health', 'info', 'env', 'loggers', 'heapdump', 'mappings'].map((name) => [
          name,
          { href: `${base}/${name}`, templated: false },
        ]),
      ),
    });
  },
});
