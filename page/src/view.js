// ---- what stands on the screen; every text goes in as text --------------------------------------------------------------

const $ = (id) => document.getElementById(id);
const named = (name) => document.querySelector(`[name="${name}"]`);
const plural = (number, noun, nouns = `${noun}s`) => `${number.toLocaleString('en-GB')} ${number === 1 ? noun : nouns}`;
const few = (names, most = 5) => names.slice(0, most).join(', ') + (names.length > most ? ` and ${names.length - most} more` : '');

function make(tag, text = '', more = {}) {
  const element = Object.assign(document.createElement(tag), more);
  element.append(text);
  return element;
}
const cell = (text, className = '') => make('td', text ?? '', {className});
function fill(table, rows) {
  table.tBodies[0].replaceChildren(...rows.map((cells) => { const row = document.createElement('tr'); row.append(...cells); return row; }));
}
const lines = (id, texts) => $(id).replaceChildren(...texts.map((text) => make('li', text.trim())));

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (number) => String(number).padStart(2, '0');
const iso = (date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
const day = (moment) => { const date = new Date(moment); return `${date.getDate()} ${MONTHS[date.getMonth()]} ${date.getFullYear()}`; };
const minute = (moment) => { const date = new Date(moment); return `${day(moment)}, ${two(date.getHours())}:${two(date.getMinutes())}`; };

function fail(place, message, hint = '', names = []) {
  const box = make('div', make('b', message), {className: 'failed'});
  if (names.length) {
    const list = document.createElement('ul');
    list.append(...names.slice(0, 10).map((name) => make('li', name)), ...(names.length > 10 ? [make('li', `and ${names.length - 10} more`)] : []));
    box.append(list);
  }
  box.append(hint);
  $(place).replaceChildren(box);
}
const clear = (...places) => places.forEach((place) => $(place).replaceChildren());

// Ask once; gives whether the answer is the second button.
function ask(title, text, no, yes) {
  $('ask-title').textContent = title;
  $('ask-text').textContent = text;
  $('ask-no').textContent = no;
  $('ask-yes').textContent = yes;
  return new Promise((resolve) => {
    $('ask').returnValue = '';
    $('ask-no').onclick = () => $('ask').close('no');
    $('ask-yes').onclick = () => $('ask').close('yes');
    $('ask').onclose = () => resolve($('ask').returnValue === 'yes');
    $('ask').showModal();
  });
}

// ---- tabs: the arrow keys move between them ------------------------------------------------------------------------------

const tabs = [...document.querySelectorAll('[role=tab]')];
function show(name) {
  for (const tab of tabs) {
    const on = tab.getAttribute('aria-controls') === name;
    tab.setAttribute('aria-selected', on);
    tab.tabIndex = on ? 0 : -1;
    $(tab.getAttribute('aria-controls')).hidden = !on;
  }
}
tabs.forEach((tab, at) => {
  tab.onclick = () => show(tab.getAttribute('aria-controls'));
  tab.onkeydown = (event) => {
    const to = {ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1}[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = tabs[(to + tabs.length) % tabs.length];
    next.focus();
    next.click();
  };
});

function reveal(id) {
  $(id).hidden = false;
  $(id).focus({preventScroll: true});
  $(id).scrollIntoView({block: 'nearest'});
}

// ---- the results -----------------------------------------------------------------------------------------------------------

function tiles(figures) {
  $('tiles').replaceChildren(...figures.map(([words, figure, more]) => {
    const tile = make('div', make('span', words), {className: 'tile'});
    tile.append(make('b', figure), make('small', more));
    return tile;
  }));
}

const FILTERS = [['error', 'Not counted'], ['warning', 'Please look'], ['note', 'No action'], ['', 'All']];
function showFindings(findings) {
  $('fix-none').hidden = findings.length > 0;
  $('fix-all').hidden = findings.length === 0;
  const of = (severity) => findings.filter((each) => !severity || each.severity === severity);
  const buttons = FILTERS.filter(([severity]) => of(severity).length).map(([severity, words]) => {
    const button = make('button', `${words} (${of(severity).length})`, {type: 'button', className: 'button'});
    button.onclick = () => {
      for (const other of buttons) other.setAttribute('aria-pressed', other === button);
      fill($('fix'), of(severity).map((each) => [
        cell(each.label, `mark ${each.severity}`), cell(each.team || '–'), cell(each.question), cell(each.message), cell(each.what_to_do),
        cell([each.file, each.sheet, each.cell].filter(Boolean).join(', '))]));
    };
    return button;
  });
  $('filters').replaceChildren(...buttons);
  buttons[0]?.click();
}
function showTeams(teams) {
  fill($('teams'), teams.map((each) => [
    cell(each.team), cell(each.group), cell(each.label, `mark ${each.status}`), cell(`${each.answered} of ${each.questions}`, 'number'),
    cell(each.used_file), cell(each.date ? day(`${each.date}T12:00`) : '')]));
}

function showStanding(answer, title) {
  const {statuses, counts} = answer;
  $('combined-title').textContent = title;
  $('combined-dated').textContent = answer.dated ? `Results of ${answer.dated}.` : '';
  tiles([
    ['Teams answered', answer.listed ? `${answer.returned} of ${answer.teams.length}` : answer.returned, `${plural(answer.files, 'file')} read`],
    ['Complete', statuses.complete, `${statuses.partial} with gaps`],
    ['Came, of no use', statuses.unusable + statuses.unreadable, `${statuses.unreadable} not readable`],
    ['Not returned', statuses.none, statuses.withdrawn ? `${statuses.withdrawn} not taking part` : 'of those asked'],
    ['Answers counted', answer.answered.toLocaleString('en-GB'), `${answer.not_counted} not counted`],
    ['To fix', counts.error, `${counts.warning} to look at`]]);
  $('typed').value = answer.typed ?? '';
  $('typed-all').hidden = !answer.typed;
  lines('combined-lines', answer.lines ?? []);
  showFindings(answer.findings);
  showTeams(answer.teams);
}
