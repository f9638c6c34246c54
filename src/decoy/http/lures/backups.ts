import { defineLure, file } from '../lure.ts';

/** Copies that somebody left: a dump of the database holds an account that is bait. */
export const backupFiles = defineLure({
  name: 'backup-files',
  title: 'Backup files',
  paths:
    /^\/(?:[\w.-]{1,40}\/){0,3}(?:(?:backup|dump|db|database|data|site|www|web|wordpress|mysql|sql|old|public_html|html)(?:[-_.]?(?:backup|\d{1,8}))?\.(?:sql|zip|tar\.gz|tgz|rar|7z|bak|gz)|id_rsa|\.ssh\/id_\w+|\.bash_history|\.htpasswd|web\.config|config\.php\.(?:bak|old))$/i,
  attack: 'backup_file_access',
  severity: 'medium',
  answer({ path }, site) {
    const account = site.bait.accounts[3];
    if (/\.sql$/i.test(path)) {
      const at = new Date(site.changedAt('backup.sql')).toISOString();
      return file(
        site,
        'backup.sql',
        'application/sql',
        `-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB, for debian-linux-gnu (x86_64)\n--\n-- Host: localhost    Database: ${site.domain.split('.')[0]}\n-- ------------------------------------------------------\n\nDROP TABLE IF EXISTS \`users\`;\nCREATE TABLE \`users\` (\n  \`id\` int(11) NOT NULL AUTO_INCREMENT,\n  \`login\` varchar(64) NOT NULL,\n  \`password\` varchar(64) NOT NULL,\n  PRIMARY KEY (\`id\`)\n);\n\nINSERT INTO \`users\` VALUES (1,'${account?.user}','${account?.password}');\n-- see also ${site.bait.paths[1]?.path}\n-- Dump completed on ${at.slice(0, 10)} ${at.slice(11, 19)}\n`,
      );
    }
    if (/history$/i.test(path))
      return file(
        site,
        path,
        'application/octet-stream',
        `cd /var/www/html\nls -la\nmysql -u ${account?.user} -p'${account?.password}'\nmysqldump --all-databases > backup.sql\nexit\n`,
      );
    if (/htpasswd$/i.test(path))
      return file(
        site,
        path,
        'application/octet-stream',
        `${account?.user}:$apr1$${site.secret('salt', 8)}$${site.secret('hash', 22)}\n`,
      );
    return null;
  },
});
