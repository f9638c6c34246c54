import { createSocket } from 'node:dgram';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { adminPassword, type Program, removeFolder, startProgram } from '../program.ts';
import { launch } from './chromium.ts';

/** The real program with a browser in front of it. */
export interface Ui {
  program: Program;
  browser: Browser;
  /** A fresh, logged-in page. What goes wrong in it is collected in `faults`. */
  open(path: string, options?: { width?: number; height?: number; login?: boolean }): Promise<Page>;
  /** Errors of scripts and of the console, refused content, and failed requests, of all pages. */
  faults: string[];
  close(): Promise<void>;
}

export async function startUi(env: Record<string, string> = {}): Promise<Ui> {
  const [program, browser] = await Promise.all([startProgram({ env }), launch()]);
  const faults: string[] = [];
  const contexts: BrowserContext[] = [];
  let session: Awaited<ReturnType<BrowserContext['cookies']>> | null = null;
  return {
    program,
    browser,
    faults,
    open: async (path, { width = 1280, height = 800, login = true } = {}) => {
      const context = await browser.newContext({ locale: 'en-US', timezoneId: 'UTC', viewport: { width, height } });
      contexts.push(context);
      context.setDefaultTimeout(30_000);
      // One login for all pages: a login per page would meet the throttle.
      if (login && session) await context.addCookies(session);
      else if (login) {
        const answer = await context.request.post(`${program.address}/api/auth/token`, {
          data: { username: 'admin', password: adminPassword },
        });
        if (!answer.ok()) throw new Error(`Login answered ${answer.status()}.`);
        session = await context.cookies();
      }
      const page = await context.newPage();
      page.on('pageerror', (error) => faults.push(`script: ${error.message}`));
      page.on('console', (message) => {
        if (message.type() === 'error') faults.push(`console: ${message.text()}`);
      });
      page.on('response', (response) => {
        if (response.status() >= 500) faults.push(`${response.status()} ${response.url()}`);
      });
      await page.goto(program.address + path);
      return page;
    },
    close: async () => {
      for (const context of contexts) await context.close();
      await browser.close();
      await program.stop();
      removeFolder(program.dataDir);
    },
  };
}

/** Sends syslog over UDP, RFC 5424 with the present time. */
export async function sendSyslog(program: Program, lines: readonly string[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const line of lines) {
    const text = `<38>1 ${new Date().toISOString()} web01.example ${line}`;
    await new Promise<void>((done, fail) =>
      socket.send(Buffer.from(text, 'utf8'), program.syslogPort, '127.0.0.1', (error) =>
        error ? fail(error) : done(),
      ),
    );
  }
  socket.close();
}

/** So many failed logins from one address: enough for an alert. */
export function failedLogins(address: string, user = 'root', count = 6): string[] {
  return Array.from(
    { length: count },
    (_, index) => `sshd 4242 - - Failed password for ${user} from ${address} port ${40_000 + index} ssh2`,
  );
}
