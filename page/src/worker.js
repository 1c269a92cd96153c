// The worker: CPython and impact_xl. The page that started it ends it when it is silent for too long.
// Nothing is fetched: the one function that could is replaced by a look into what the page handed over.
let python, home, assets;

self.fetch = async (what) => {
  const name = String(what?.url ?? what).split('/').pop();
  const content = assets?.[name];
  if (!content) throw new TypeError(`nothing is fetched here: ${name}`);
  return new Response(content, {headers: {'Content-Type': name.endsWith('.wasm') ? 'application/wasm' : 'application/octet-stream'}});
};
for (const name of ['XMLHttpRequest', 'WebSocket', 'EventSource', 'WebTransport', 'importScripts']) {
  Object.defineProperty(self, name, {value: undefined});
}

// ---- Pyodide stands here
const ROOT = '/work';
const tell = (kind, more = {}, move = []) => self.postMessage({kind, ...more}, move);
const memory = () => python._module.HEAPU8.length;

async function start({compiled, parts, lock}) {
  assets = {...parts, 'pyodide.asm.wasm': new Uint8Array()};
  // Compiled once by the page, for every worker that it starts.
  WebAssembly.instantiateStreaming = async (_, imports) => ({module: compiled, instance: await WebAssembly.instantiate(compiled, imports)});
  python = await pyodide_mjs.loadPyodide({
    indexURL: 'https://impact-xl.invalid/', // never asked: `fetch` above answers
    lockFileContents: lock,
    createPyodideModule: pyodide_asm_mjs.default,
    checkAPIVersion: false,
    stdout: () => {},
    stderr: (line) => console.warn(line),
  });
  const site = python.runPython('import sysconfig; sysconfig.get_path("purelib")');
  python.unpackArchive(assets['site.zip'], 'zip', {extractDir: site});
  assets = null;
  home = python.pyimport('impact_xl.page');
  const hello = JSON.parse(home.answer(JSON.stringify({do: 'hello'}), () => {}, []));
  tell('ready', {hello, memory: memory()});
}

// The files of a work: nothing of an earlier one is left.
function lay(files, folders) {
  const {FS} = python;
  python.runPython(`import os, shutil; os.chdir("/"); shutil.rmtree("${ROOT}", ignore_errors=True)`);
  FS.mkdirTree(ROOT);
  for (const folder of folders) FS.mkdirTree(`${ROOT}/${folder}`);
  for (const {path, bytes, modified} of files) {
    const place = `${ROOT}/${path}`;
    FS.mkdirTree(place.slice(0, place.lastIndexOf('/')));
    FS.writeFile(place, new Uint8Array(bytes), {canOwn: true});
    if (modified) FS.utime(place, modified, modified);
  }
}

function work({request, files, folders, journal}) {
  lay(files, folders);
  const report = (kind, content) => {
    if (kind === 'made') {
      const bytes = content.toJs();
      content.destroy();
      tell('event', {of: kind, content: bytes});
    } else tell('event', {of: kind, content: JSON.parse(content)});
  };
  const entries = python.toPy(journal);
  const answer = JSON.parse(home.answer(JSON.stringify(request), report, entries));
  entries.destroy();
  const place = request.folder ? `${ROOT}/${request.folder}` : ROOT;
  const made = (answer.changed ?? []).map((path) => {
    const bytes = python.FS.readFile(`${place}/${path}`);
    return {path, bytes, modified: Date.now()};
  });
  tell('answer', {answer, made, memory: memory()}, made.map(({bytes}) => bytes.buffer));
}

self.onmessage = async ({data}) => {
  try {
    if (data.do === 'start') await start(data);
    else work(data);
  } catch (error) {
    tell('failed', {message: String(error?.message ?? error), memory: python ? memory() : 0});
  }
};
