// Reads [{schema, data}] from standard input and answers, per case, what form-js finds wrong, what it would submit and the
// labels it shows; for [{template, data, strict}] the text.
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
    const labels = [...container.querySelectorAll('.fjs-form-field-label')].map((one) => one.textContent);
    return { errors: form.validate(), data: form._getSubmitData(), labels };
  } finally {
    form.destroy();
    container.remove();
  }
}

function show({ template, data, strict }) {
  const form = new Form({ container: document.createElement('div') });
  const templating = form.get('templating');
  return templating.isTemplate(template) ? templating.evaluate(template, data, { debug: true, strict }) : template;
}

(async () => {
  const cases = JSON.parse(require('fs').readFileSync(0, 'utf8'));
  const answers = [];
  for (const one of cases) {
    try { answers.push('template' in one ? show(one) : await judge(one)); } catch (error) { answers.push({ failed: String(error) }); }
  }
  process.stdout.write(JSON.stringify(answers), () => process.exit(0));
})();
