// Drives a browser for tests/page_driver.py: one JSON object a line comes in, one goes out.
// node page_driver.mjs chromium|firefox PROGRAM FOLDER_FOR_DOWNLOADS NODE_MODULES [ARGUMENT...]
import fs from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import readline from 'node:readline';
import {pathToFileURL} from 'node:url';

const [kind, program, downloads, modules, ...extra] = process.argv.slice(2);
const require = createRequire(path.join(modules, 'x.js'));
const axe = () => fs.readFileSync(path.join(modules, 'axe-core', 'axe.min.js'), 'utf8');
const selector = ({name, selector}) => selector ?? `[name="${name}"]`;
const sleep = (milliseconds) => new Promise((go) => setTimeout(go, milliseconds));
// Asks again and again from outside: the page's policy allows nobody to evaluate texts inside.
async function until(page, {code, seconds = 120}) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(50)) if (await page.evaluate(`(${code})()`)) return;
  throw new Error(`never came true: ${code}`);
}
fs.mkdirSync(downloads, {recursive: true});

// The processes of the browser, which are our children: their CPU time in seconds, and the resident memory of the largest in MiB.
function processes(root) {
  const children = {};
  for (const number of fs.readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    try {
      const text = fs.readFileSync(`/proc/${number}/stat`, 'utf8'), fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      (children[fields[1]] ??= []).push({number, cpu: (+fields[11] + +fields[12] + +fields[13] + +fields[14]) / 100, memory: (+fields[21] * 4096) / 2 ** 20});
    } catch { /* it ended meanwhile */ }
  }
  const all = [];
  const walk = (parent) => { for (const each of children[parent] ?? []) { all.push(each); walk(each.number); } };
  walk(String(root));
  return {cpu: all.reduce((sum, each) => sum + each.cpu, 0), memory: Math.max(0, ...all.map((each) => each.memory))};
}

async function chromium() {
  const {chromium} = require('playwright-core');
  const browser = await chromium.launch({executablePath: program, args: ['--no-sandbox', ...extra]});
  let context, page, requests = [], errors = [];
  return {
    async open({html, init, width = 1180, height = 900, dark, zoom}) {
      await context?.close();
      context = await browser.newContext({acceptDownloads: true, viewport: {width, height}, colorScheme: dark ? 'dark' : 'light', deviceScaleFactor: zoom ?? 1});
      requests = []; errors = [];
      context.on('request', (request) => requests.push(request.url().slice(0, 200)));
      page = await context.newPage();
      page.on('pageerror', (error) => errors.push(String(error.stack ?? error)));
      page.on('console', (message) => { if (message.type() === 'error') errors.push(message.text()); });
      if (init) await page.addInitScript({content: init});
      await page.goto(html.includes('://') ? html : pathToFileURL(html).href);
    },
    evaluate: ({code, argument}) => page.evaluate(`(${code})(${JSON.stringify(argument ?? null)})`),
    wait: (on) => until(page, on),
    give: (on) => page.setInputFiles(selector(on), on.paths),
    click: (on) => page.click(selector(on), {timeout: 30000}),
    fill: (on) => page.fill(selector(on), on.text),
    press: ({key}) => page.keyboard.press(key),
    async download(on) {
      const [made] = await Promise.all([page.waitForEvent('download', {timeout: 240000}), on.key ? page.keyboard.press(on.key) : page.click(selector(on))]);
      const name = made.suggestedFilename();
      await made.saveAs(path.join(downloads, name));
      return path.join(downloads, name);
    },
    async drop({paths}) { // as a hand does it, from the desktop
      const session = await context.newCDPSession(page);
      const data = {items: [], files: paths, dragOperationsMask: 1};
      for (const type of ['dragEnter', 'dragOver', 'dragOver', 'drop']) {
        await session.send('Input.dispatchDragEvent', {type, x: 500, y: 250, data});
        await sleep(150); // a browser takes no notice of a hand that is faster
      }
    },
    async axe() {
      if (!(await page.evaluate('Boolean(window.axe)'))) await page.evaluate(axe());
      const found = await page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})");
      return found.violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.target.join(' ')).slice(0, 4).join('; ')}`);
    },
    async picture({to, full = true}) { await page.screenshot({path: to, fullPage: full}); },
    requests: () => requests,
    errors: () => errors,
    costs: () => processes(process.pid),
    close: () => browser.close(),
  };
}

async function firefox() {
  const puppeteer = require('puppeteer-core');
  const preferences = {
    'browser.download.folderList': 2, 'browser.download.dir': downloads, 'browser.download.useDownloadDir': true,
    'browser.helperApps.neverAsk.saveToDisk': 'application/zip,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    'browser.download.always_ask_before_handling_new_types': false, 'browser.download.alwaysOpenPanel': false,
  };
  const browser = await puppeteer.launch({browser: 'firefox', executablePath: program, headless: true, extraPrefsFirefox: preferences, args: extra, protocolTimeout: 240000});
  let page, requests = [], errors = [];
  const press = async (on) => (on.key ? page.keyboard.press(on.key) : (await page.$(selector(on))).click());
  return {
    async open({html, init, width = 1180, height = 900}) {
      await page?.close();
      page = await browser.newPage();
      await page.setViewport({width, height});
      requests = []; errors = [];
      page.on('request', (request) => requests.push(request.url().slice(0, 200)));
      page.on('pageerror', (error) => errors.push(String(error)));
      if (init) await page.evaluateOnNewDocument(init);
      await page.goto(pathToFileURL(html).href);
    },
    evaluate: ({code, argument}) => page.evaluate(`(${code})(${JSON.stringify(argument ?? null)})`),
    wait: (on) => until(page, on),
    give: async (on) => (await page.$(selector(on))).uploadFile(...on.paths),
    click: press,
    press: ({key}) => page.keyboard.press(key),
    async download(on) {
      const before = new Set(fs.readdirSync(downloads));
      await press(on);
      for (let tries = 0; tries < 2400; tries++) {
        await sleep(100);
        const made = fs.readdirSync(downloads).filter((name) => !before.has(name));
        if (made.length === 1 && !made[0].endsWith('.part') && fs.statSync(path.join(downloads, made[0])).size) return path.join(downloads, made[0]);
      }
      throw new Error('nothing was downloaded');
    },
    requests: () => requests,
    errors: () => errors,
    costs: () => processes(process.pid),
    close: () => browser.close(),
  };
}

const browser = await {chromium, firefox}[kind]();
console.log(JSON.stringify({ready: true}));
for await (const line of readline.createInterface({input: process.stdin})) {
  const {do: name, ...more} = JSON.parse(line);
  try {
    console.log(JSON.stringify({result: (await browser[name](more)) ?? null}));
  } catch (error) {
    console.log(JSON.stringify({error: String(error?.message ?? error)}));
  }
  if (name === 'close') process.exit(0);
}
await browser.close();
process.exit(0);
