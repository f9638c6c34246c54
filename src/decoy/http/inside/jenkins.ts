import { basicLogins, type Deed, type Entry, type Inside, shownText } from '../entry.ts';
import type { LureRequest } from '../lure.ts';
import type { Site } from '../site.ts';
import type { Reply } from '../style.ts';

const headersOf = (site: Site): [string, string][] => [
  ['X-Content-Type-Options', 'nosniff'],
  ['Cache-Control', 'no-cache,no-store,must-revalidate'],
  ['X-Hudson', '1.395'],
  ['X-Jenkins', site.jenkins],
  ['X-Jenkins-Session', site.secret('jenkins', 8, '0123456789abcdef')],
];
const baseOf = (path: string): string => (/^\/jenkins(?:\/|$)/i.test(path) ? '/jenkins' : '');
const jobsOf = (site: Site): string[] => [
  `${site.domain.split('.')[0] ?? 'web'}-build`,
  'deploy-production',
  'nightly-backup',
];

const html = (site: Site, base: string, title: string, user: string, body: string): Reply => ({
  status: 200,
  isDynamic: true,
  type: 'text/html;charset=utf-8',
  headers: headersOf(site),
  body: `<!DOCTYPE html>
<html class="" lang="en"><head resURL="/static/${site.secret('static', 8, '0123456789abcdef')}" data-rooturl="${base}" data-crumb-header="Jenkins-Crumb" data-crumb-value="${site.secret('crumb', 64, '0123456789abcdef')}"><title>${title} [Jenkins]</title></head>
<body data-model-type="hudson.model.Hudson" id="jenkins" class="yui-skin-sam two-column jenkins-${site.jenkins}" data-version="${site.jenkins}"><header id="page-header" class="page-header"><a id="jenkins-head-icon" href="${base}/">Jenkins</a> <a href="${base}/user/${encodeURIComponent(user)}" class="model-link">${shownText(user)}</a> <a href="${base}/logout">log out</a></header>
<div id="tasks"><a href="${base}/view/all/newJob">New Item</a> <a href="${base}/asynchPeople/">People</a> <a href="${base}/manage">Manage Jenkins</a></div>
<div id="main-panel"><h1>${title}</h1>
${body}
</div><footer class="page-footer"><a href="https://www.jenkins.io/">Jenkins ${site.jenkins}</a></footer></body></html>
`,
});
const plain = (site: Site, body: string, type = 'text/plain;charset=utf-8'): Reply => ({
  status: 200,
  isDynamic: true,
  type,
  headers: headersOf(site),
  body,
});

/** Where a script names a text, `\x01number\x02` stands instead: one pass, whatever is in it. */
function withoutTexts(script: string): { code: string; texts: string[] } {
  const texts: string[] = [];
  let code = '';
  for (let at = 0; at < script.length; at += 1) {
    const quote = script[at] ?? '';
    if (quote !== '"' && quote !== "'") {
      code += quote;
      continue;
    }
    let text = '';
    let end = at + 1;
    for (; end < script.length && script[end] !== quote; end += 1) {
      if (script[end] === '\\') end += 1;
      const letter = script[end] ?? '';
      text += script[end - 1] === '\\' && letter === 'n' ? '\n' : letter;
    }
    if (end >= script.length) break;
    code += `\x01${texts.push(text) - 1}\x02`;
    at = end;
  }
  return { code, texts };
}

/** What a Groovy script would run: `"id".execute()`, a list of words, `Runtime…exec(…)`, `new ProcessBuilder(…)`. */
export function commandsIn(script: string): string[] {
  const { code, texts } = withoutTexts(script.slice(0, 65_536));
  const wordsIn = (list: string): string[] =>
    [...list.matchAll(/\x01(\d+)\x02/g)].map(([, at]) => texts[Number(at)] ?? '');
  const fromWords = (words: string[]): string => {
    const isShell = /(?:^|\/)(?:ba|da)?sh$/.test(words[0] ?? '') && /^-\w{0,10}c$/.test(words[1] ?? '');
    if (isShell) return words.slice(2).join(' ');
    return words.map((word) => (/^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
  };
  const found: string[] = [];
  for (const [, at] of code.matchAll(/\x01(\d+)\x02\)?\s{0,20}\.execute\b/g)) found.push(texts[Number(at)] ?? '');
  for (const [, list = ''] of code.matchAll(
    /\[([^[\]]{1,4000})\]\s{0,20}(?:as\s{1,20}String\[\]\s{0,20})?\)?\s{0,20}\.execute\b/g,
  ))
    found.push(fromWords(wordsIn(list)));
  for (const [, list = ''] of code.matchAll(/(?:\.exec|ProcessBuilder)\s{0,20}\(([^()]{1,4000})\)/g)) {
    const words = wordsIn(list);
    if (words.length > 0) found.push(words.length === 1 ? (words[0] ?? '') : fromWords(words));
  }
  // `def cmd = "id"; cmd.execute()`
  for (const [, name = ''] of [...code.matchAll(/\b([A-Za-z]\w{0,40})\.execute\b/g)].slice(0, 10)) {
    const at = new RegExp(`\\b${name}\\s{0,20}=\\s{0,20}\\x01(\\d+)\\x02`).exec(code)?.[1];
    if (at !== undefined) found.push(texts[Number(at)] ?? '');
  }
  return found.filter((command) => command.trim() !== '').slice(0, 10);
}

function script(request: LureRequest, site: Site, user: string, isText: boolean): Inside {
  const base = baseOf(request.path);
  const text = request.value('script');
  const box = (typed: string, result: string): Reply =>
    html(
      site,
      base,
      'Script Console',
      user,
      `<p>Type in an arbitrary <a href="https://groovy-lang.org">Groovy script</a> and execute it on the server.</p><form action="script" method="post"><textarea id="script" name="script" class="script">${shownText(typed)}</textarea><div align="right"><button class="jenkins-button jenkins-button--primary" name="Submit" type="submit">Run</button></div></form>${result === '' ? '' : `<h2>Result</h2><pre>${result}</pre>`}`,
    );
  if (text === undefined) return { reply: isText ? { ...plain(site, ''), status: 400 } : box('', '') };
  const deeds: Deed[] = [{ mode: 'groovy', text }];
  const commands = commandsIn(text);
  const shows = /\bprint(?:ln)?\b|\.text\b|waitForProcessOutput|getText/.test(text);
  const give = (output: string): Reply =>
    isText
      ? plain(site, output)
      : box(
          text,
          output.replace(/[&<>]/g, (each) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[each] ?? each),
        );
  if (commands.length > 0)
    return {
      deeds,
      run: { command: commands.join('; '), as: 'jenkins' },
      reply: (output) =>
        give(shows ? output : `Result: Process[pid=${site.secret('pid', 5, '23456789')}, exitValue="not exited"]\n`),
    };
  const printed = [
    ...text
      .slice(0, 32_768)
      .matchAll(/\bprint(?:ln)?[\s(]+(?:"([^"\n]{0,500})"|'([^'\n]{0,500})'|(\d{1,9})\s*([*+-])\s*(\d{1,9}))/g),
  ].map(([, double, single, left, sign, right]) =>
    left === undefined
      ? (double ?? single ?? '')
      : String(sign === '*' ? Number(left) * Number(right) : Number(left) + (sign === '-' ? -1 : 1) * Number(right)),
  );
  const output = printed.length > 0 ? `${printed.join('\n')}\n` : '';
  return { deeds, reply: give(Buffer.from(output, 'utf8').toString('latin1')) };
}

function inside(request: LureRequest, site: Site, { user }: { user: string }): Inside | null {
  const { path, method } = request;
  const base = baseOf(path);
  const place = path.slice(base.length).replace(/\/+$/, '') || '/';
  const show = (title: string, body: string, deeds: readonly Deed[] = []): Inside => ({
    deeds,
    reply: html(site, base, title, user, body),
  });
  if (/\/script$/i.test(place)) return script(request, site, user, false);
  if (/\/scriptText$/i.test(place)) return script(request, site, user, true);
  if (/^\/logout$/i.test(place))
    return {
      leaves: true,
      reply: { status: 302, isDynamic: true, headers: [...headersOf(site), ['Location', `${base}/`]] },
    };
  if (/crumbIssuer\/api/i.test(place))
    return {
      reply: plain(
        site,
        `{"_class":"hudson.security.csrf.DefaultCrumbIssuer","crumb":"${site.secret('crumb', 64, '0123456789abcdef')}","crumbRequestField":"Jenkins-Crumb"}`,
        'application/json;charset=utf-8',
      ),
    };
  if (/^\/(?:whoAmI)(?:\/api\/json)?$/i.test(place))
    return {
      reply: plain(
        site,
        JSON.stringify({
          _class: 'hudson.security.WhoAmI',
          anonymous: false,
          authenticated: true,
          authorities: ['authenticated'],
          name: Buffer.from(user, 'utf8').toString('latin1'),
        }),
        'application/json;charset=utf-8',
      ),
    };
  if (/^\/api\/json$/i.test(place))
    return {
      reply: plain(
        site,
        JSON.stringify({
          _class: 'hudson.model.Hudson',
          mode: 'NORMAL',
          nodeName: '',
          numExecutors: 2,
          jobs: jobsOf(site).map((name) => ({ _class: 'hudson.model.FreeStyleProject', name, color: 'blue' })),
        }),
        'application/json;charset=utf-8',
      ),
    };
  if (method === 'POST' && /(?:createItem|config\.xml|configSubmit|doCreateItem)$/i.test(place)) {
    const name = request.value('name') ?? place.split('/').at(-2) ?? 'job';
    const config = request.raw.body;
    return {
      reply: { status: 200, isDynamic: true, headers: headersOf(site) },
      deeds: [
        { mode: 'job', text: `${place} ${name}\n${Buffer.from(config, 'latin1').toString('utf8').slice(0, 8000)}` },
      ],
      files: config === '' ? [] : [{ name: `${name.slice(0, 100)}/config.xml`, content: config }],
    };
  }
  if (method === 'POST' && /uploadPlugin$/i.test(place))
    return {
      deeds: [{ mode: 'upload', text: request.fileName() ?? '' }],
      reply: {
        status: 302,
        isDynamic: true,
        headers: [...headersOf(site), ['Location', `${base}/manage/pluginManager/updates/`]],
      },
    };
  if (method === 'POST' && /\/build(?:WithParameters)?$/i.test(place))
    return {
      deeds: [{ mode: 'build', text: place }],
      reply: {
        status: 201,
        isDynamic: true,
        headers: [...headersOf(site), ['Location', `${base}/queue/item/${site.secret('queue', 3, '123456789')}/`]],
      },
    };
  const deeds: Deed[] = method === 'POST' ? [{ mode: 'form', text: place }] : [];
  if (place === '/')
    return show(
      'Dashboard',
      `<table id="projectstatus" class="jenkins-table sortable"><tbody>${jobsOf(site)
        .map(
          (name) =>
            `<tr id="job_${name}" class="job-status-blue"><td><a href="${base}/job/${name}/" class="jenkins-table__link model-link inside">${name}</a></td><td>#${site.secret(`build ${name}`, 2, '123456789')}</td></tr>`,
        )
        .join('')}</tbody></table><div id="executors">Build Executor Status: 1 Idle 2 Idle</div>`,
      deeds,
    );
  if (/^\/manage/i.test(place))
    return show(
      'Manage Jenkins',
      `<a href="${base}/manage/configure">System</a> <a href="${base}/manage/pluginManager">Plugins</a> <a href="${base}/computer/">Nodes</a> <a href="${base}/manage/credentials/">Credentials</a> <a href="${base}/script">Script Console</a>`,
      deeds,
    );
  if (/pluginManager\/advanced/i.test(place))
    return show(
      'Advanced settings',
      `<form method="post" action="uploadPlugin" name="uploadPlugin" enctype="multipart/form-data"><input type="file" name="name"><button>Deploy</button></form>`,
      deeds,
    );
  if (/newJob$/i.test(place))
    return show(
      'New Item',
      `<form id="createItem" name="createItem" method="post" action="createItem"><input name="name" id="name"><input type="radio" name="mode" value="hudson.model.FreeStyleProject"> Freestyle project<button>OK</button></form>`,
      deeds,
    );
  const job = /^\/job\/([\w.-]{1,80})/i.exec(place)?.[1];
  if (job !== undefined && jobsOf(site).includes(job))
    return show(
      `Project ${job}`,
      `<a href="${base}/job/${job}/build?delay=0sec">Build Now</a> <a href="${base}/job/${job}/configure">Configure</a>`,
      deeds,
    );
  if (/^\/(?:computer|asynchPeople|credentials|systemInfo|log|user)/i.test(place))
    return show(place.split('/')[1] ?? '', '', deeds);
  return null;
}

/** The build server's pages, and its script console: what is to be run there is told, and answered by the imitated shell. */
export const jenkinsEntry: Entry = {
  logins: (request) => {
    const user = request.value('j_username');
    const isLogin = request.method === 'POST' && /security_check$/i.test(request.path) && user !== undefined;
    return isLogin ? [{ user, password: request.value('j_password') ?? '', method: 'form' }] : basicLogins(request);
  },
  welcome: (request, site, guest) => ({
    status: 302,
    isDynamic: true,
    headers: [
      ...headersOf(site),
      [
        'Set-Cookie',
        `JSESSIONID.${site.secret('jsession', 8, '0123456789abcdef')}=node0k${guest.token}.node0; Path=/; HttpOnly`,
      ],
      ['Location', `http://${request.host}${baseOf(request.path)}/`],
    ],
  }),
  inside,
};
