// Reads [{schema, data}] from standard input and answers, per case, what form-js finds wrong and what it would submit.
// Run in a folder in whose node_modules form-js and jsdom are installed.
const { createRequire } = require('module');
const local = createRequire(process.cwd() + '/');
const { JSDOM } = local('jsdom');

const dom = new JSDOM('<!doctype html><body></body>', { pretendToBeVisual: true });
const offer = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
offer('window', dom.window);
for (const name of ['document', 'HTMLElement', 'Element', 'Node', 'Event', 'KeyboardEvent', 'MouseEvent',
  'MutationObserver', 'DOMParser', 'getComputedStyle', 'requestAnimationFrame', 'cancelAnimationFrame',
  'DocumentFragment', 'SVGElement', 'HTMLInputElement', 'Text', 'navigator', 'File', 'FileList', 'Blob', 'CustomEvent',
]) offer(name, dom.window[name]);
const observer = class { observe() {} unobserve() {} disconnect() {} };
for (const name of ['ResizeObserver', 'IntersectionObserver']) { offer(name, observer); dom.window[name] = observer; }
const media = () => ({ matches: false, addListener() {}, addEventListener() {}, removeEventListener() {} });
offer('matchMedia', media);
dom.window.matchMedia = media;
console.error = () => undefined;

const { Form } = local('@bpmn-io/form-js-viewer');

async function judge({ schema, data }) {
  const container = document.createElement('div');
  document.body.appendChild(container);
  const form = new Form({ container });
  try {
    await form.importSchema(schema, data);
    await new Promise((done) => setTimeout(done, 20)); // fields announce themselves once they are drawn
    return { errors: form.validate(), data: form._getSubmitData() };
  } finally {
    form.destroy();
    container.remove();
  }
}

(async () => {
  const cases = JSON.parse(require('fs').readFileSync(0, 'utf8'));
  const answers = [];
  for (const one of cases) {
    try { answers.push(await judge(one)); } catch (error) { answers.push({ failed: String(error) }); }
  }
  process.stdout.write(JSON.stringify(answers), () => process.exit(0));
})();
