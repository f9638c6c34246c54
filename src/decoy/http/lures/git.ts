import { defineLure, file } from '../lure.ts';

/** A repository that was put on the web with the pages. */
export const gitFolder = defineLure({
  name: 'git-folder',
  title: '.git',
  paths:
    /^\/(?:[\w.-]{1,40}\/)?\.(?:git(?:\/(?:config|HEAD|logs\/HEAD|index|description|refs\/heads\/(?:main|master))?)?|git-credentials|gitignore|svn\/entries|hg\/hgrc)$/i,
  attack: 'secret_file_access',
  severity: 'high',
  answer({ path }, site) {
    const type = 'application/octet-stream';
    const account = site.bait.accounts[2];
    const remote = `https://${account?.user}:${account?.password}@git.${site.domain}`;
    const commit = site.secret('commit', 40, '0123456789abcdef');
    if (/config$|hgrc$/i.test(path))
      return file(
        site,
        '.git/config',
        type,
        `[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\tlogallrefupdates = true\n[remote "origin"]\n\turl = ${remote}/web/site.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n[branch "main"]\n\tremote = origin\n\tmerge = refs/heads/main\n`,
      );
    if (/git-credentials$/i.test(path)) return file(site, path, type, `${remote}\n`);
    if (/logs\/HEAD$/i.test(path)) {
      const at = Math.floor(site.changedAt('.git/logs') / 1000);
      return file(
        site,
        '.git/logs',
        type,
        `${'0'.repeat(40)} ${commit} ${site.admin} <${site.admin}@${site.domain}> ${at} +0000\tclone: from git.${site.domain}:web/site.git\n`,
      );
    }
    if (/HEAD$/i.test(path)) return file(site, '.git/HEAD', type, 'ref: refs/heads/main\n');
    if (/refs\/heads\/main$/i.test(path)) return file(site, '.git/refs', type, `${commit}\n`);
    if (/gitignore$/i.test(path))
      return file(
        site,
        '.gitignore',
        type,
        `.env\nvendor/\nnode_modules/\nbackup.sql\n${site.bait.paths[1]?.path.slice(1)}\n`,
      );
    return { status: 403 };
  },
});
