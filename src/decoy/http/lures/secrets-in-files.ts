import { defineLure, file } from '../lure.ts';

/** Files that should not be reachable: `.env` and others with passwords in them, which are bait. */
export const environmentFile = defineLure({
  name: 'environment-file',
  title: '.env and other settings with passwords',
  paths:
    /^\/(?:[\w.-]{1,40}\/){0,4}(?:\.env(?:\.[\w.-]{1,20})?|env\.txt|config\.env|wp-config\.php[.~][\w~]{0,10}|\.aws\/credentials|\.docker\/config\.json)$/i,
  attack: 'secret_file_access',
  severity: 'high',
  answer({ path }, site) {
    const secret = site.secret;
    if (/\.aws/i.test(path)) {
      const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
      return file(
        site,
        path,
        'application/octet-stream',
        `[default]\naws_access_key_id = AKIA${secret('aws id', 16, upper)}\naws_secret_access_key = ${secret('aws key', 40)}\nregion = eu-central-1\n`,
      );
    }
    if (/docker/i.test(path)) {
      const auth = Buffer.from(`${site.bait.accounts[2]?.user}:${site.bait.accounts[2]?.password}`).toString('base64');
      return file(
        site,
        path,
        'application/json',
        `{\n\t"auths": {\n\t\t"registry.${site.domain}": {\n\t\t\t"auth": "${auth}"\n\t\t}\n\t}\n}\n`,
      );
    }
    if (/wp-config/i.test(path)) {
      const account = site.bait.accounts[1];
      return file(
        site,
        path,
        'application/octet-stream',
        `<?php\ndefine( 'DB_NAME', 'wordpress' );\ndefine( 'DB_USER', '${account?.user}' );\ndefine( 'DB_PASSWORD', '${account?.password}' );\ndefine( 'DB_HOST', 'localhost' );\ndefine( 'DB_CHARSET', 'utf8mb4' );\ndefine( 'AUTH_KEY', '${secret('auth key', 64)}' );\n$table_prefix = '${secret('prefix', 4, 'abcdefghijkmnpqrstuvwxyz')}_';\n`,
      );
    }
    const account = site.bait.accounts[0];
    return file(
      site,
      path,
      'application/octet-stream',
      `APP_NAME="${site.title}"\nAPP_ENV=production\nAPP_KEY=base64:${Buffer.from(secret('app key', 32)).toString('base64')}\nAPP_DEBUG=false\nAPP_URL=https://${site.domain}\n\nDB_CONNECTION=mysql\nDB_HOST=127.0.0.1\nDB_PORT=3306\nDB_DATABASE=${site.domain.split('.')[0]?.replaceAll('-', '_')}\nDB_USERNAME=${account?.user}\nDB_PASSWORD="${account?.password}"\n\nREDIS_HOST=127.0.0.1\nREDIS_PASSWORD=null\n\nMAIL_MAILER=smtp\nMAIL_HOST=mail.${site.domain}\nMAIL_PORT=587\nMAIL_USERNAME=noreply@${site.domain}\nMAIL_PASSWORD=${secret('mail', 14)}\n`,
    );
  },
});
