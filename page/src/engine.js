// ---- the engine: a worker is started, asked, and ended where it is silent for too long --------------------------------

const SECONDS = Number(document.documentElement.dataset.seconds); // for a file, as the installed program has it
const WRITING = 15; // times as long for what is not the reading of a file
const MOST_LATE = 5, MOST_DEATHS = 100; // over one source, as the installed program has it

function bytesOf(id) {
  const text = $(id).textContent.trim();
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const raw = atob(text), bytes = new Uint8Array(raw.length);
  for (let at = 0; at < raw.length; at++) bytes[at] = raw.charCodeAt(at);
  return bytes;
}
const unzipped = (id) => new Response(new Blob([bytesOf(id)]).stream().pipeThrough(new DecompressionStream('gzip')), {headers: {'Content-Type': 'application/wasm'}});

class Engine {
  memory = 0; // bytes of the WebAssembly memory, at its largest

  unpack() { return (this.unpacked ??= this.unpackOnce()); }
  async unpackOnce() {
    const compiled = WebAssembly.compileStreaming(unzipped('pyodide.asm.wasm.gz'));
    const script = await unzipped('worker.js.gz').arrayBuffer();
    this.script = URL.createObjectURL(new Blob([script], {type: 'text/javascript'}));
    this.setting = {
      compiled: await compiled,
      parts: {'python_stdlib.zip': bytesOf('python_stdlib.zip'), 'site.zip': bytesOf('site.zip')},
      lock: JSON.parse($('lock').textContent),
    };
  }

  // The answer to `hello`, once the worker is there.
  start() {
    return (this.ready ??= this.unpack().then(() => new Promise((resolve, reject) => {
      const worker = (this.worker = new Worker(this.script, {name: 'impact_xl'}));
      const failed = (message) => { if (worker === this.worker) (this.listen ?? reject)({kind: 'failed', message}); };
      worker.onerror = (event) => { event.preventDefault(); failed(event.message || 'the worker did not start'); };
      worker.onmessage = ({data}) => {
        if (worker !== this.worker) return; // it was ended, and what it still says is known to nobody
        this.memory = Math.max(this.memory, data.memory ?? 0);
        if (data.kind === 'ready') resolve(data.hello);
        else if (this.listen) this.listen(data);
        else if (data.kind === 'failed') failed(data.message);
      };
      worker.postMessage({do: 'start', ...this.setting});
    })));
  }

  get working() { return Boolean(this.listen); }
  end() { this.worker?.terminate(); this.worker = this.ready = null; }
  stop() { this.listen?.({kind: 'stopped'}); } // what a person asks for

  // Ask for something. Where the reading of a file takes too long or ends the worker, another goes on without that file.
  // `progress` is told an event and what belongs to it. Gives null where a person stopped it.
  async ask(request, files, folders, progress) {
    const reading = new Reading();
    for (;;) {
      await this.start();
      const data = await this.attempt(request, files, folders, reading, progress);
      if (data.kind === 'answer') return data;
      this.end();
      if (data.kind === 'stopped') return null;
      const lost = reading.lose(data);
      if (!lost) throw new Error(data.late ? 'it took too long' : data.message);
      progress('lost', lost);
    }
  }

  attempt(request, files, folders, reading, progress) {
    return new Promise((resolve) => {
      let timer;
      const wait = () => {
        clearTimeout(timer);
        timer = setTimeout(() => this.listen?.({kind: 'failed', late: true}), (reading.current ? 1 : WRITING) * SECONDS * 1000);
      };
      this.listen = (data) => {
        if (data.kind === 'event') {
          if (data.of === 'progress') progress('progress', data.content);
          else reading.note(data.of, data.content);
          wait();
          return;
        }
        clearTimeout(timer);
        this.listen = null;
        resolve(data);
      };
      wait();
      this.worker.postMessage({request, files, folders, journal: reading.journal});
    });
  }
}

// How far the reading of files has come, so that a new worker can go on where an ended one stopped.
class Reading {
  journal = []; // [number of a source, kind of event, what belongs to it]
  current = null; // the file that is being read
  counts = new Map(); // by source: workers that were ended, and those that were late

  note(of, content) {
    if (of === 'begun') {
      if (content.member < 0) this.source = content;
      this.current = content;
    } else if (of === 'made') {
      this.journal.push([this.source.source, 'made', content]);
      this.current = this.source;
    } else {
      this.journal.push([content.source, 'done', null]);
      this.current = null;
    }
  }

  // The file over which a worker was ended, which goes into the journal; null where it was none.
  lose({late, message}) {
    if (!this.current) return null;
    const {source} = this.source, count = this.counts.get(source) ?? {deaths: 0, late: 0};
    let {file, member} = this.current;
    let why = late ? `reading it took longer than ${SECONDS} seconds` : 'the program that reads it stopped';
    if (/\bOOM\b|out of memory|enlarge memory/i.test(message ?? '')) why = ''; // the installed program has words for that
    this.journal.push([source, 'lost', {file, member, why}]);
    count.deaths += 1;
    count.late += late ? 1 : 0;
    this.counts.set(source, count);
    if (member >= 0 && (count.deaths >= MOST_DEATHS || count.late >= MOST_LATE)) {
      const rest = `the reader stopped ${count.deaths} times over it, so the rest was left out`;
      this.journal.push([source, 'lost', {file: this.source.file, member: -1, why: rest}]);
    }
    this.current = null;
    return {file, why};
  }
}
