// bpmn-engine on node: its state as JSON, appended to a file and brought to the disk at every wait and at the end. That
// is less than a database does, so what it costs is the engine's own.
import { EventEmitter, once } from "node:events";
import { closeSync, fdatasyncSync, openSync, statSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [, , modules, file] = process.argv;
const { Engine } = createRequire(`${modules}/`)("bpmn-engine");
const log = openSync(file, "a");
const kept = [];

const flow = (id, source, target, condition = "") =>
  `<sequenceFlow id="${id}" sourceRef="${source}" targetRef="${target}">${condition && `
  <conditionExpression xsi:type="tFormalExpression">${condition}</conditionExpression>`}</sequenceFlow>`;
const step = (id, inner = "") => `<serviceTask id="${id}" implementation="\${environment.services.more}">${inner}</serviceTask>`;
const source = (body) => `<?xml version="1.0" encoding="UTF-8"?>
<definitions id="d" xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 targetNamespace="bench"><process id="p" isExecutable="true"><startEvent id="s"/><endEvent id="e"/>${body}</process></definitions>`;
const names = ["s", ...Array.from({ length: 10 }, (_, index) => `t${index}`), "e"];
const straight = source(names.slice(1, -1).map((id) => step(id)).join("") +
  names.slice(1).map((id, index) => flow(`f${index}`, names[index], id)).join(""));
const approval = source(step("a") + step("b") + `<userTask id="u"/><exclusiveGateway id="g" default="f2"/>` +
  flow("f0", "s", "a") + flow("f1", "a", "g") + flow("f2", "g", "u") +
  flow("f3", "g", "b", "${environment.services.small()}") + flow("f4", "u", "b") + flow("f5", "b", "e"));
const fanOut = source(step("t", "<multiInstanceLoopCharacteristics><loopCardinality>100</loopCardinality></multiInstanceLoopCharacteristics>") +
  flow("f0", "s", "t") + flow("f1", "t", "e"));
const loop = source(step("t") + `<exclusiveGateway id="g" default="f3"/>` + flow("f0", "s", "t") + flow("f1", "t", "g") +
  flow("f2", "g", "e", "${environment.services.done()}") + flow("f3", "g", "t"));

// Functions on the engine's environment; `i` counts the rounds of the case that runs.
let i = 0;
const services = {
  // Answering at once would nest the calls of a loop until the stack is full.
  more: (scope, callback) => { i += 1; setImmediate(callback, null, i); },
  small: () => false,
  done: () => i >= 1000,
};
const options = (name, xml) => ({ name, source: xml, services, settings: { enableDummyService: false } });

const save = async (engine) => {
  const state = JSON.stringify(await engine.getState());
  writeSync(log, state);
  fdatasyncSync(log);
  return state;
};

const through = async (xml) => {
  i = 0;
  const engine = new Engine(options("case", xml));
  const ended = engine.waitFor("end");
  await engine.execute();
  await ended;
  await save(engine);
};

const toTheWait = async () => {
  i = 0;
  const engine = new Engine(options("approval", approval)), listener = new EventEmitter();
  const waits = once(listener, "activity.wait");
  const execution = await engine.execute({ listener, variables: { amount: 200, customer: "ACME" } });
  await waits;
  const state = await save(engine);
  await execution.stop();
  return state;
};

const complete = async (state) => {
  const engine = new Engine({ name: "approval" }).recover(JSON.parse(state), { services });
  const ended = engine.waitFor("end"), listener = new EventEmitter();
  const waits = once(listener, "activity.wait");
  const execution = await engine.resume({ listener });
  await waits;
  execution.signal({ id: "u", approved: true });
  await ended;
  await save(engine);
};

const cases = {
  A: () => through(straight),
  B: async () => complete(await toTheWait()),
  C: () => through(fanOut),
  D: () => through(loop),
};

const measured = async (call, seconds) => {
  const began = process.hrtime.bigint(), cpu = process.cpuUsage();
  let calls = 0;
  const passed = () => Number(process.hrtime.bigint() - began) / 1e6;
  while (!calls || passed() < seconds * 1000) { await call(); calls += 1; }
  const used = process.cpuUsage(cpu);
  return { calls, cpu_ms: (used.user + used.system) / 1000 / calls, wall_ms: passed() / calls };
};

const waiting = async (count) => {
  await toTheWait();
  const bytes = statSync(file).size, memory = process.memoryUsage().rss;
  for (let index = 0; index < count; index += 1) kept.push((await toTheWait()).length);
  return { bytes: (statSync(file).size - bytes) / count, memory: (process.memoryUsage().rss - memory) / count };
};

console.log(JSON.stringify({ cases: Object.keys(cases), waits: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  console.log(JSON.stringify(asked.wait ? await waiting(asked.wait) : await measured(cases[asked.case], asked.seconds)));
}
closeSync(log);
