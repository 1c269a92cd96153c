// ---- what the person gave, and what was made of it; nothing of it is kept when the page is closed ----------------------

class Unreadable extends Error {
  constructor(names) { super('a file cannot be opened'); this.names = names; }
}

const SYSTEM = /(^|\/)(\.DS_Store|Thumbs\.db|desktop\.ini|~\$[^/]*|\.~lock\.[^/]*|__MACOSX\/.*)$/i;
const isRoundFile = (path) => /^round\.(xlsx|toml)$/i.test(path);
// Lists and settings that messages were made with are read again; the messages themselves are not.
const isMessage = (path) => /^outbox\/[^/]+\/(messages|forms)\//.test(path);

class Files {
  given = new Map(); // path -> {file} or {bytes, modified}: what is on the person's disk, as far as we know
  // What is not saved yet: path -> {bytes, modified, was}. Bytes are null where a file was taken away; `was` is when the
  // file on the disk had been changed that it takes the place of.
  made = new Map();
  left = false; // whether a person has saved what they want of it
  round = false; // whether it is a round's folder, whose name is `name`
  name = '';
  handle = null; // of the folder, where the browser gives one
  batches = 0;

  get unsaved() { return this.made.size > 0 && !this.left; }
  has(path) { return this.made.has(path) ? this.made.get(path).bytes !== null : this.given.has(path); }
  paths() { return [...new Set([...this.given.keys(), ...this.made.keys()])].filter((path) => this.has(path)).sort(); }
  count(folder) { return this.paths().filter((path) => path.startsWith(`${folder}/`) && !SYSTEM.test(path)).length; }
  modified(path) {
    const entry = this.made.get(path) ?? this.given.get(path);
    return entry?.file?.lastModified ?? entry?.modified ?? 0;
  }

  async bytes(path) {
    const entry = this.made.get(path) ?? this.given.get(path);
    return entry.bytes ?? new Uint8Array(await entry.file.arrayBuffer());
  }

  // Everything as the worker takes it. All files are opened before any is used: one that cannot be is named.
  async all(wanted = () => true) {
    const files = [], unreadable = [];
    const into = this.round ? `${this.name}/` : '';
    await Promise.all(this.paths().map(async (path) => {
      try {
        const bytes = wanted(path) && !isMessage(path) ? await this.bytes(path) : new Uint8Array();
        files.push({path: into + path, bytes, modified: this.modified(path)});
      } catch { unreadable.push(path); }
    }));
    if (unreadable.length) throw new Unreadable(unreadable.sort());
    return files;
  }

  // What a work has written, from its folder's own paths.
  take(folder, made, removed) {
    const was = (path) => (this.made.has(path) ? this.made.get(path).was : this.given.get(path)?.file?.lastModified);
    for (const {path, ...entry} of made) this.made.set(folder + path, {...entry, was: was(folder + path)});
    for (const path of removed) {
      if (this.given.has(folder + path)) this.made.set(folder + path, {bytes: null, was: was(folder + path)});
      else this.made.delete(folder + path);
    }
    if (made.length || removed.length) this.left = false;
  }

  // The folder as it is now. What was made here and not saved gives way to what somebody changed there meanwhile: the
  // results go together, and a return of ours gets a folder of its own. Gives the names of what had changed.
  renew(given) {
    this.given = given;
    const changed = [...this.made.keys()].filter((path) => given.get(path)?.file.lastModified !== this.made.get(path).was);
    for (const path of changed) {
      const entry = this.made.get(path);
      this.made.delete(path);
      if (path.startsWith('returns/')) {
        let number = 2;
        while (this.has(`returns/${number}/${path.slice(8)}`)) number++;
        this.made.set(`returns/${number}/${path.slice(8)}`, {...entry, was: undefined});
      }
    }
    if (changed.some((path) => path.startsWith('results/'))) {
      for (const path of [...this.made.keys()]) if (path.startsWith('results/')) this.made.delete(path);
    }
    return changed;
  }

  saved() {
    for (const [path, entry] of this.made) {
      if (entry.bytes) this.given.set(path, entry);
      else this.given.delete(path);
    }
    this.made.clear();
  }

  // Returned files that were given by themselves. A name that is taken gets a folder of its own, so none takes another's place.
  async add(entries) {
    const added = [], known = [];
    this.batches += 1;
    for (const {path, file} of entries) {
      if (await this.knows(path, file)) { known.push(path); continue; }
      let place = this.round ? `returns/${path}` : `given/${this.batches}/${path}`;
      for (let number = 2; this.has(place); number++) place = this.round ? `returns/${number}/${path}` : `given/${this.batches}-${number}/${path}`;
      if (this.round) this.made.set(place, {bytes: new Uint8Array(await file.arrayBuffer()), modified: file.lastModified});
      else this.given.set(place, {file});
      added.push(place);
    }
    return {added, known};
  }

  // Whether this very file is among the returns: the same name and the same content.
  async knows(path, file) {
    const name = path.split('/').pop();
    for (const other of this.returns()) {
      if (other.split('/').pop() !== name) continue;
      const entry = this.made.get(other) ?? this.given.get(other), size = entry.file?.size ?? entry.bytes.length;
      if (size === file.size && same(await this.bytes(other), new Uint8Array(await file.arrayBuffer()))) return true;
    }
    return false;
  }

  returns() { return this.paths().filter((path) => path.startsWith(this.round ? 'returns/' : 'given/')); }

  // What the command would be given: each folder, and each file that was chosen by itself.
  roots() {
    return [...new Set(this.returns().map((path) => path.split('/').slice(0, 3).join('/')))].sort(byBatch);
  }
}

// In the order in which they were given; within one time by name, as a command lists a folder.
function byBatch(one, other) {
  const batch = (path) => parseInt(path.split('/')[1], 10);
  return batch(one) - batch(other) || (one < other ? -1 : 1);
}

const same = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);

// ---- from the person's hands -----------------------------------------------------------------------------------------

// The files of an input; those of a folder have its name in front.
const chosen = (list) => [...list].map((file) => ({path: file.webkitRelativePath || file.name, file}));

async function inHandle(handle, before = '') {
  if (handle.kind === 'file') return [{path: before + handle.name, file: await handle.getFile()}];
  const found = [];
  for await (const each of handle.values()) found.push(...(await inHandle(each, `${before}${handle.name}/`)));
  return found;
}

async function inEntry(entry, before = '') {
  if (entry.isFile) return [{path: before + entry.name, file: await new Promise((yes, no) => entry.file(yes, no))}];
  const reader = entry.createReader(), found = [];
  for (;;) {
    const some = await new Promise((yes, no) => reader.readEntries(yes, no)); // a hundred at a time
    if (!some.length) return found;
    for (const each of some) found.push(...(await inEntry(each, `${before}${entry.name}/`)));
  }
}

// What was dropped: its files, and the handle where it is one folder. What `webkitGetAsEntry` gives cannot be opened on
// a file:// page of Chromium, so the handle comes first. A folder that nothing opens is an error, never a gap.
async function dropped(transfer) {
  const items = [...transfer.items].filter((item) => item.kind === 'file'), files = [...transfer.files];
  const ways = items.map((item, at) => [item.getAsFileSystemHandle?.(), item.webkitGetAsEntry?.(), files[at]]); // before the first wait
  const entries = [];
  let only = null;
  for (const [promise, entry, file] of ways) {
    const handle = await promise?.catch(() => null);
    if (handle) {
      entries.push(...(await inHandle(handle)));
      if (handle.kind === 'directory' && ways.length === 1) only = handle;
    } else if (entry?.isDirectory) entries.push(...(await inEntry(entry)));
    else if (file) entries.push({path: file.name, file});
    else throw new Error('the browser does not give it to the page');
  }
  return {entries, handle: only};
}

// ---- back to the person's disk -----------------------------------------------------------------------------------------

function download(name, bytes) {
  const type = name.endsWith('.zip') ? 'application/zip' : 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([bytes], {type}));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

// Write what is new into the folder itself. A file that changed there since it was read is not written over: what
// somebody typed into it meanwhile would be lost.
async function saveIntoFolder(files) {
  if ((await files.handle.requestPermission?.({mode: 'readwrite'})) === 'denied') throw new Error('the browser may not write there');
  const fresh = new Map((await inHandle(files.handle)).map(({path, file}) => [path.slice(files.handle.name.length + 1), file]));
  const changed = [...files.made.keys()].filter((path) => fresh.get(path)?.lastModified !== files.made.get(path).was);
  if (changed.length) throw new Changed(changed);
  for (const [path, entry] of files.made) {
    const parts = path.split('/'), name = parts.pop();
    let folder = files.handle;
    for (const part of parts) folder = await folder.getDirectoryHandle(part, {create: true});
    if (entry.bytes) {
      const file = await folder.getFileHandle(name, {create: true});
      const stream = await file.createWritable(); // takes the file's place when it is closed, and not before
      await stream.write(entry.bytes);
      await stream.close();
      files.given.set(path, {file: await file.getFile()});
    } else {
      await folder.removeEntry(name);
      files.given.delete(path);
    }
    files.made.delete(path);
  }
}

class Changed extends Error {
  constructor(names) { super('it was changed meanwhile'); this.names = names; }
}
