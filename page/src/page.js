// ---- the page: what is given, what is done with it, what is saved ---------------------------------------------------------

const engine = new Engine();
let files = new Files(), busy = true, done = 0, first = null; // `first` is what the round's folder says of itself
let extra = {}; // files that were given one by one, by the name of their input

const SAVED = 'Everything is saved.', RUN = 'results/tables/run.json';
const settled = () => files.round || extra.round;

function enable() {
  const returns = files.returns().length > 0, list = files.round || extra.teams || extra.round;
  const can = {
    combine: returns, 'blank-form': true, 'make-forms': list, 'make-reminders': list, 'show-status': list, 'new-round': true,
    'make-packs': files.round || extra.last || files.has('outputs/consolidated.xlsx') || files.has('round/results/consolidated.xlsx'),
    save: Boolean(consolidated()), 'choose-folder': true, 'choose-files': true, 'save-round': files.unsaved,
  };
  for (const [name, yes] of Object.entries(can)) (named(name) ?? $(name)).disabled = busy ? !name.startsWith('choose') : !yes;
  $('settings').hidden = files.round;
  $('fresh').hidden = files.round;
  $('forms-need').textContent = list ? '' : 'For the teams’ own forms drop the folder of your round, or give a team list above. A blank form needs neither.';
  $('remind-need').textContent = list ? '' : 'Drop the folder of your round, or give the team list above.';
  $('packs-need').textContent = can['make-packs'] ? '' : 'Combine the returns first, or give the last consolidated workbook above.';
  showRound();
}

function showRound() {
  $('drop').classList.toggle('small', files.round || files.returns().length > 0);
  $('drop-title').textContent = files.round ? 'Drop forms that came back here' : files.returns().length ? 'Drop more here' : 'Drop the folder of your round here';
  $('drop-hint').textContent = files.round ? 'They are added to the folder returns of this round.' : 'or a zip of it, or only the forms that came back';
  $('choose-folder').hidden = files.round;
  $('choose-files').textContent = files.round ? 'Choose files …' : 'Choose a zip or files …';
  $('loose').hidden = files.round;
  $('sentences').hidden = files.round;
  $('round').hidden = !files.round;
  const returns = files.returns().length;
  $('chosen').textContent = files.round || !returns ? '' : `${plural(returns, 'file')} to read.`;
  if (!files.round) return;
  $('round-title').textContent = first?.title ?? files.name;
  const last = files.modified('results/consolidated.xlsx');
  $('round-facts').textContent = [
    files.name, first && plural(first.teams, 'team'), first?.deadline && `deadline ${first.deadline}`, `${plural(files.count('returns'), 'file')} in returns`,
    files.has('results/consolidated.xlsx') ? `last combined ${minute(last)}` : 'not combined yet', first?.closed && `closed on ${first.closed}`,
  ].filter(Boolean).join(' · ');
  const save = named('save-round');
  save.hidden = false;
  save.textContent = !files.unsaved ? SAVED : files.handle ? `Save into the folder (${plural(files.made.size, 'file')})` : 'Save the round as one zip';
}

// What to know of a folder before its results are used: whether round.xlsx is what they were made from (`follow`; null where they do not say it).
function ages(follow = null) {
  const settings = files.paths().find(isRoundFile), results = 'results/consolidated.xlsx';
  if (follow || !settings || !files.given.has(results)) return [];
  const then = files.modified(settings), last = files.modified(results);
  if (then >= last) return [`${settings} was saved on ${minute(then)}, after the results of ${minute(last)}. Combine again, so that the results follow it.`];
  if (follow === null) return [];
  return [`${settings} was last saved on ${minute(then)}, and the results of ${minute(last)} were made from another one. This may be an older copy. Look for a newer one before you combine.`];
}

// ---- giving ------------------------------------------------------------------------------------------------------------------

async function give({entries, handle = null}) {
  clear('trouble');
  $('notice').textContent = '';
  if (engine.working) return fail('trouble', 'Please wait until this work is finished.', 'Then give it again.');
  entries = entries.filter(({path}) => !SYSTEM.test(path));
  const tops = new Set(entries.map(({path}) => path.split('/')[0]));
  const top = tops.size === 1 ? [...tops][0] : '';
  const isFolder = top && entries.every(({path}) => path.includes('/'));
  if (isFolder && entries.some(({path}) => isRoundFile(path.slice(top.length + 1)))) return openRound(top, entries.map(({path, file}) => [path.slice(top.length + 1), {file}]), handle);
  if (entries.length === 1 && /\.zip$/i.test(entries[0].path) && (await openZip(entries[0].file))) return null;
  if (!entries.length) return fail('trouble', 'There is no file in it.', 'Choose another folder.');
  const below = entries.filter(({path}) => isFolder && isRoundFile(path.split('/').slice(2).join('/'))).map(({path}) => path.split('/')[1]);
  if (below.length) return fail('trouble', `This folder holds ${below.length === 1 ? 'a round' : 'several rounds'}: ${few(below)}.`, 'Drop the folder of one round.');
  if (files.round) entries = entries.map(({path, file}) => ({path: isFolder ? path.slice(top.length + 1) : path, file}));
  return addReturns(entries);
}

async function addReturns(entries) {
  const unreadable = [];
  await Promise.all(entries.map(async ({path, file}) => { try { await file.slice(0, 1).arrayBuffer(); } catch { unreadable.push(path); } }));
  if (unreadable.length) return failUnreadable(unreadable, 'trouble');
  const {added, known} = await files.add(entries);
  const again = known.length ? ` ${plural(known.length, 'file was', 'files were')} there already: ${few(known)}.` : '';
  $('notice').textContent = `${plural(added.length, 'file')} added${files.round ? ' to returns' : ''}.${again}`;
  if (!files.round) $('loose').open = true;
  enable();
  return null;
}

function failUnreadable(names, place) {
  const many = names.length > 1;
  fail(place, `${plural(names.length, 'file')} cannot be opened, so nothing was read.`, `Close ${many ? 'them' : 'it'} in other programs. If ${many ? 'they are' : 'it is'} in the cloud only, open ${many ? 'them' : 'it'} once. Then try again.`, names);
}

async function openRound(name, entries, handle) {
  if (files.unsaved && !(await mayLeave())) return;
  files = new Files();
  Object.assign(files, {round: true, name: name || 'round', handle, given: new Map(entries)});
  first = null;
  forget();
  clear('trouble', 'failed');
  for (const id of ['combined', 'forms-done', 'remind-done', 'packs-done']) $(id).hidden = true;
  enable();
  await engine.start();
  const answer = await run('look', {}, {place: 'trouble', quiet: true, wanted: (path) => !path.startsWith('returns/') && (!path.startsWith('results/') || path === RUN)});
  if (answer?.ok) {
    first = answer.round ? answer : null;
    lines('round-lines', [...(answer.lines ?? []), ...ages(answer.follow)]);
  } else lines('round-lines', ages());
  enable();
  $('round-title').focus({preventScroll: true});
}

async function openZip(file) {
  let bytes;
  try { bytes = new Uint8Array(await file.arrayBuffer()); } catch { failUnreadable([file.name], 'trouble'); return true; }
  const data = await work({do: 'unpack', zip: 'round.zip', into: 'unpacked'}, [{path: 'round.zip', bytes}], [], 'trouble');
  if (!data) return true;
  if (!data.answer.ok || !data.answer.round) return false; // a zip of returns is read as such
  const name = data.answer.name || file.name.replace(/\.zip$/i, '').replace(/ \d{4}-\d{2}-\d{2}( \(\d+\))?$/, '');
  const moment = (stamp) => new Date(stamp[0], stamp[1] - 1, ...stamp.slice(2)).getTime();
  await openRound(name, data.made.map(({path, bytes}) => [path.slice('unpacked/'.length), {bytes, modified: moment(data.answer.stamps[path])}]), null);
  return true;
}

// Inputs for single files: a round's workbook, a team list, the last results.
function forget() {
  extra = {};
  for (const input of document.querySelectorAll('#loose input, [name=before]')) input.value = '';
}
for (const name of ['teams', 'round', 'last', 'before']) {
  named(name).onchange = () => {
    extra[name] = named(name).files[0];
    for (const path of ['outputs/consolidated.xlsx', 'round/results/consolidated.xlsx']) if (name === 'last') files.made.delete(path);
    enable();
  };
}
for (const name of ['returns', 'returns-folder']) {
  named(name).onchange = () => { const list = chosen(named(name).files); named(name).value = ''; give({entries: list}); };
}
$('choose-files').onclick = () => named('returns').click();
$('choose-folder').onclick = async () => {
  if (!window.showDirectoryPicker) return named('returns-folder').click();
  try {
    const handle = await window.showDirectoryPicker({mode: 'read'});
    await give({entries: await inHandle(handle), handle});
  } catch (error) {
    if (error.name !== 'AbortError') named('returns-folder').click(); // a policy may forbid the one way and not the other
  }
  return null;
};
addEventListener('dragover', (event) => { event.preventDefault(); $('over').hidden = !event.dataTransfer.types.includes('Files'); });
addEventListener('dragleave', (event) => { if (!event.relatedTarget) $('over').hidden = true; });
addEventListener('drop', async (event) => {
  event.preventDefault();
  $('over').hidden = true;
  try { await give(await dropped(event.dataTransfer)); } catch (error) {
    fail('trouble', 'What was dropped could not be read to its end, so nothing of it was taken.', `Use “Choose the folder …” instead. (${error.message})`);
  }
});

// ---- working -----------------------------------------------------------------------------------------------------------------

function working(text) {
  busy = Boolean(text);
  $('work-text').textContent = text;
  $('work-bar').hidden = !text;
  $('work-bar').removeAttribute('value');
  named('stop').hidden = !text;
  enable();
}
named('stop').onclick = () => engine.stop();

// One work of the engine. What goes wrong is shown at `place`; then there is nothing to give.
async function work(request, list, folders, place) {
  const lost = [];
  working('Working …');
  try {
    return await engine.ask(request, list, folders, (of, content) => {
      if (of === 'lost') { lost.push(content.file); $('work-text').textContent = `${content.file} was left out: ${content.why || 'it takes too much memory'}. Continuing …`; return; }
      $('work-bar').max = Math.max(1, content.total);
      $('work-bar').value = content.done;
      $('work-text').textContent = content.done < content.total ? `${content.done} of ${content.total}${content.fix ? `, ${content.fix} with something to fix` : ''}` : 'Writing …';
    });
  } catch (error) {
    fail(place, 'This did not work, and nothing was written.', `Try once more. If it happens again, tell us: ${error.message}`);
    return null;
  } finally {
    working('');
    engine.start().then(enable, () => {});
  }
}

const FOLDERS = ['returns', 'outbox', 'results']; // a browser does not name those that are empty

// A work with all that was given; what it wrote is taken. Gives the answer, or null where it was stopped.
async function run(name, more, {place = 'failed', quiet = false, wanted} = {}) {
  clear(place);
  if (!quiet) $('notice').textContent = '';
  let list;
  try {
    if (files.handle) await refresh();
    list = [...(await files.all(wanted)), ...(await extras())];
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    failUnreadable(error.names, place);
    return null;
  }
  const folder = files.round ? files.name : '';
  const request = {do: name, folder, ...paths(), ...more};
  const data = await work(request, list, files.round ? FOLDERS.map((each) => `${files.name}/${each}`) : [], place);
  if (!data) return null;
  if (data.answer.ok) files.take('', data.made, data.answer.removed);
  else fail(place, data.answer.message, data.answer.hint);
  return data.answer;
}

// New files of the folder are seen, as a command would see them.
async function refresh() {
  const own = files.handle.name.length + 1, now = (await inHandle(files.handle)).map(({path, file}) => [path.slice(own), {file}]);
  const changed = files.renew(new Map(now.filter(([path]) => !SYSTEM.test(path))));
  if (changed.length) $('notice').textContent = `Changed in the folder meanwhile, and read again: ${few(changed)}. Combine again.`;
}

const PLACES = {teams: 'teams', round: 'round', last: 'last', before: 'before'};
const within = (name) => (files.round ? `../${PLACES[name]}/${extra[name].name}` : `${PLACES[name]}/${extra[name].name}`);
function paths() {
  const given = files.round ? {} : {returns: files.roots()};
  for (const name of ['teams', 'round', 'before']) if (extra[name]) given[name] = within(name);
  if (extra.last && !consolidated()) given.last = within('last');
  return given;
}
async function extras() {
  const list = [], unreadable = [];
  for (const [name, file] of Object.entries(extra)) {
    if (!file) continue;
    try { list.push({path: `${PLACES[name]}/${file.name}`, bytes: new Uint8Array(await file.arrayBuffer()), modified: file.lastModified}); } catch { unreadable.push(file.name); }
  }
  if (unreadable.length) throw new Unreadable(unreadable);
  return list;
}

// Where the consolidated workbook stands that was made here, or in a round the one that is there.
function consolidated() {
  return [files.round ? 'results/consolidated.xlsx' : '', 'outputs/consolidated.xlsx', 'round/results/consolidated.xlsx'].find((path) => path && files.has(path)) ?? '';
}

async function doing(name, more, then) {
  const answer = await run(name, more);
  if (answer?.ok) await then(answer);
  done += 1;
  document.documentElement.dataset.done = String(done);
  enable();
}

const values = (letter) => ({values: {title: $(`${letter}-title`).value, deadline: $(`${letter}-deadline`).value, contact: $(`${letter}-contact`).value, tickbox: letter === 'f' ? $('f-tickbox').value : ''}});

named('combine').onclick = () => doing('combine', {}, (answer) => {
  if (!answer.recognised) return fail('failed', 'No form was recognised among the files, so nothing was written.', 'Give the files, or the folder, that the teams’ completed forms are in.');
  showStanding(answer, answer.title);
  $('more-saves').replaceChildren(...others(answer.consolidated));
  reveal('combined');
  return null;
});
named('show-status').onclick = () => doing('status', {}, (answer) => {
  showStanding(answer, answer.title);
  $('more-saves').replaceChildren();
  showAddresses(answer.addresses);
  show('combine');
  reveal('combined');
});
named('make-reminders').onclick = () => doing('remind', values('f'), (answer) => {
  $('remind-title').textContent = answer.messages.length ? plural(answer.messages.length, 'message') : 'Nobody is to be asked for anything today';
  lines('remind-lines', answer.lines);
  showAddresses(answer.addresses);
  const heads = ['Team', 'What it is', 'To', 'Questions'];
  $('messages').tHead.rows[0].replaceChildren(...heads.map((head) => make('th', head, {scope: 'col'})));
  fill($('messages'), answer.messages.map((each) => [cell(each.team), cell(each.what), cell(each.to || 'no address'), cell(each.questions.join(', '))]));
  $('messages').parentElement.hidden = !answer.messages.length;
  fill($('left'), answer.left_out.map((each) => [cell(each.team), cell(each.why)]));
  $('left-all').hidden = !answer.left_out.length;
  reveal('remind-done');
  return answer.place ? giveOut(answer.place, 'reminders.zip') : null;
});
named('make-forms').onclick = () => doing('forms', values('f'), (answer) => {
  const number = answer.messages.length;
  $('forms-title').textContent = number ? `${plural(number, 'form')}, each with its e-mail` : 'Every team has its form already';
  lines('forms-lines', answer.lines);
  reveal('forms-done');
  return answer.place ? giveOut(answer.place, 'outbox.zip') : null;
});
named('blank-form').onclick = () => doing('form', values('f'), async (answer) => {
  download('assessment_template.xlsx', await files.bytes(answer.form));
  files.made.delete(answer.form);
});
const packs = (more) => doing('packs', more, (answer) => {
  named('few-packs').hidden = !answer.too_few;
  if (answer.too_few) {
    $('packs-title').textContent = 'No pack was made: too few teams answered';
    lines('packs-lines', [`The others are shown if more than ${answer.too_few} teams answer a question. A pack would show a team nothing but its own answers.`]);
    reveal('packs-done');
    return null;
  }
  $('packs-title').textContent = `${plural(answer.packs, 'pack')}${answer.messages ? ', each with its e-mail' : ''}`;
  lines('packs-lines', answer.lines);
  reveal('packs-done');
  return giveOut(answer.place, 'packs.zip');
});
named('make-packs').onclick = () => packs({});
named('few-packs').onclick = () => packs({few_teams: true});
named('new-round').onclick = async () => {
  if (files.unsaved && !(await mayLeave())) return;
  const [teams] = $('n-teams').files, before = extra.teams;
  if (teams) extra.teams = teams;
  const title = $('n-title').value;
  await doing('new', {title, ...values('n')}, async (answer) => {
    const entries = files.paths().filter((path) => path.startsWith(`${answer.name}/`)).map((path) => [path.slice(answer.name.length + 1), files.made.get(path)]);
    files = new Files();
    await openRound(answer.name, [], null);
    files.made = new Map(entries);
    const look = await run('look', {}, {place: 'trouble', quiet: true});
    if (look?.ok) first = look;
    lines('round-lines', [...answer.lines, 'Save the round, then check round.xlsx in Excel before you make forms.']);
    show('combine');
  });
  if (!files.round) extra.teams = before;
  enable();
};

function showAddresses(text) {
  $('addresses').value = text;
  $('addresses-all').hidden = !text;
}

// ---- saving ------------------------------------------------------------------------------------------------------------------

// Buttons for what stands beside the consolidated workbook; they follow from what was written, whatever it is.
function others(path) {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const beside = files.paths().filter((each) => each.startsWith(folder) && each !== path);
  const single = beside.filter((each) => /\.xlsx$/i.test(each) && !each.slice(folder.length).includes('/'));
  const buttons = single.map((each) => button(`Save ${each.slice(folder.length)}`, async () => download(each.split('/').pop(), await files.bytes(each))));
  if (!files.round && beside.length > single.length) buttons.push(button('Save all results as one zip', () => saveFolder(folder, 'results.zip')));
  return buttons;
}
function button(text, action) {
  const element = make('button', text, {type: 'button', className: 'button'});
  element.onclick = action;
  return element;
}
async function saveFolder(folder, name) {
  const list = [];
  for (const path of files.paths().filter((each) => each.startsWith(folder))) list.push([path.slice(folder.split('/').slice(0, -2).join('/').length).replace(/^\//, ''), await files.bytes(path), files.modified(path)]);
  download(name, await zip(list));
  if (!files.round) files.left = true;
}

// A folder of messages: in a round that is open as a folder it is saved there; else it is given out at once, and without
// a round nothing has to remember it.
async function giveOut(place, name) {
  if (files.handle) return;
  await saveFolder(`${place}/`, name);
  if (!files.round) for (const path of [...files.made.keys()]) if (path.startsWith(`${place}/`)) files.made.delete(path);
}

named('save').onclick = async () => {
  download('consolidated.xlsx', await files.bytes(consolidated()));
  if (!files.round) files.left = true;
  enable();
};

named('save-round').onclick = async () => {
  clear('trouble');
  try {
    if (files.handle) await saveIntoFolder(files);
    else {
      const list = FOLDERS.map((folder) => [`${files.name}/${folder}/`, new Uint8Array(), Date.now()]);
      for (const path of files.paths()) list.push([`${files.name}/${path}`, await files.bytes(path), files.modified(path)]);
      download(`${files.name} ${iso(new Date())}.zip`, await zip(list));
      files.saved();
    }
    $('notice').textContent = files.handle ? 'Saved into the folder.' : 'Saved as a zip. Next time drop that zip here, and continue.';
  } catch (error) {
    if (error instanceof Changed) fail('trouble', 'Nothing was saved: somebody changed a file in the folder meanwhile.', 'Combine again, so that nothing of it is lost, and save then.', error.names);
    else fail('trouble', 'Not everything could be saved.', `Close the files in Excel, and press Save again. (${error.message})`);
  }
  enable();
};

const mayLeave = () => ask('There are results that are not saved', 'You lose them if you continue.', 'Stay here', 'Continue without them');
$('leave').onclick = async () => {
  if (files.unsaved && !(await mayLeave())) return;
  files = new Files();
  first = null;
  forget();
  clear('trouble', 'failed');
  $('notice').textContent = '';
  for (const id of ['combined', 'forms-done', 'remind-done', 'packs-done']) $(id).hidden = true;
  enable();
  $('choose-folder').focus();
};
addEventListener('beforeunload', (event) => { if (files.unsaved) event.preventDefault(); });

// ---- beginning ---------------------------------------------------------------------------------------------------------------

function tellAge() {
  const built = new Date(document.documentElement.dataset.built), months = (Date.now() - built) / 2.63e9;
  $('age').textContent = `This page was made on ${day(built)}. ${months > 12 ? 'That is over a year ago: ask for a newer one.' : 'It does not look for a newer one by itself.'}`;
}

const OFF = 'WebAssembly is switched off in this browser, and this page cannot work without it.';
async function begin() {
  tellAge();
  enable();
  try {
    if (!window.WebAssembly) throw new Error(OFF);
    if (!window.DecompressionStream || !window.Worker) throw new Error('This browser is too old for this page.');
    $('work-text').textContent = 'Getting ready …';
    await new Promise((go) => setTimeout(go)); // the page is painted first
    await engine.start();
    $('work-text').textContent = '';
    busy = false;
    enable();
    document.documentElement.dataset.ready = 'yes';
  } catch (error) {
    $('work-text').textContent = '';
    const off = error.message === OFF;
    $('broken').replaceChildren(make('b', off ? OFF : `This page cannot work here: ${error.message}`), off
      ? 'Ask IT about the policies DefaultJavaScriptJitSetting and JavaScriptJitAllowedForSites, or about enhanced security mode; the installed impact-xl needs none of them.'
      : 'Use a current Edge, Chrome or Firefox, or the installed impact-xl.');
    $('broken').hidden = false;
    document.documentElement.dataset.ready = 'no';
  }
}
begin();
