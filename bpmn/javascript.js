// Runs one script of a Camunda 7 diagram. It sees the variables as globals, the host objects, and a few of the Java
// names that such scripts use; everything it changes is noted and made by whoever asked, once it has ended.
function (given) {
  'use strict';
  const stringify = JSON.stringify, parse = JSON.parse, run = globalThis.eval;
  const { script, variables, now, hosts, maximum } = parse(given);
  const effects = [], values = new Map(Object.entries(variables));
  function BpmnError(code, message) { this.bpmn = true; this.code = String(code); this.message = message || ''; }
  const plain = (value) => { const text = stringify(value); return text === undefined ? null : parse(text); };
  const note = (host, method, args) => {
    if (effects.length >= maximum) throw new Error('The script makes more than ' + maximum + ' calls.');
    effects.push([host, method, Array.from(args, (arg) => plain(arg instanceof Date ? arg.toISOString() : arg))]);
  };
  const read = (name) => (values.has(name) ? values.get(name) : null);
  const write = (host, method) => function (name, value) {
    note(host, method, arguments); values.set(String(name), plain(value)); };
  const typed_value = (value) => ({
    value, getValue: () => value, getValueSerialized: () => (typeof value === 'string' ? value : stringify(value)),
    toJSON: () => value,
  });
  const made = {};
  function make(host, properties) {
    const methods = {
      getVariable: read, getVariableLocal: read,
      getVariableTyped: (name) => (values.has(name) ? typed_value(read(name)) : null),
      hasVariable: (name) => values.has(name), hasVariableLocal: (name) => values.has(name),
      getVariables: () => Object.fromEntries(values), getVariablesLocal: () => Object.fromEntries(values),
      setVariable: write(host, 'setVariable'), setVariableLocal: write(host, 'setVariableLocal'),
      setVariables: (all) => { for (const name of Object.keys(all)) methods.setVariable(name, all[name]); },
      removeVariable: (name) => { note(host, 'removeVariable', [name]); values.delete(name); },
      getExecution: () => made.execution,
    };
    return new Proxy({}, {
      get(_, name) {
        if (typeof name !== 'string' || name === 'then' || name === 'toJSON') return undefined;
        if (Object.hasOwn(methods, name)) return methods[name];
        if (Object.hasOwn(properties, name)) return properties[name];
        if (name === 'variables') return Object.fromEntries(values);
        const property = name.charAt(3).toLowerCase() + name.slice(4);
        if (name.startsWith('get') && name.length > 3) {
          if (Object.hasOwn(properties, property)) return () => properties[property];
          return () => { throw new Error(host + ' has no ' + name + '().'); };
        }
        return function () {
          note(host, name, arguments);
          if (name.startsWith('set') && name.length > 3) properties[property] = plain(arguments[0]);
        };
      },
      set(_, name) { throw new Error(host + '.' + String(name) + ' cannot be assigned.'); },
    });
  }
  const define = (target, name, value) =>
    Object.defineProperty(target, name, { value, writable: true, configurable: true });
  // Spin's JSON nodes, with the methods that bpmn.juel.spin offers to expressions.
  const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
  const bare = (value) => (value instanceof Node ? value.json : value);
  const fail = (text) => { throw new Error(text); };
  const typed = (kind) => function () {
    return typeof this.json === kind ? this.json : fail('The JSON value is no ' + kind + '.');
  };
  function follow(value, path) {
    const steps = /\.([\w-]+)|\[(-?\d+)\]|\['([^']+)'\]|\["([^"]+)"\]|(\[\*\])/y;
    let found = [value], isOne = true;
    steps.lastIndex = 1;
    while (steps.lastIndex < path.length) {
      const step = steps.exec(path);
      if (!step || path[0] !== '$') fail("The JSON path '" + path + "' is not supported here.");
      isOne = isOne && !step[5];
      const name = step[1] || step[3] || step[4];
      found = found.flatMap((one) => {
        if (one === null || typeof one !== 'object') return [];
        if (step[5]) return Object.values(one);
        const key = name === undefined ? (Number(step[2]) < 0 ? one.length + Number(step[2]) : Number(step[2])) : name;
        return Object.hasOwn(one, key) ? [one[key]] : [];
      });
    }
    if (!isOne) return found;
    return found.length ? found[0] : fail("The JSON path '" + path + "' leads nowhere.");
  }
  class Node {
    constructor(json) { this.json = json; }
    prop(name, set) {
      if (arguments.length > 1) { this.json[name] = bare(set); return this; }
      if (!isObject(this.json) || !Object.hasOwn(this.json, name)) fail("There is no property '" + name + "'.");
      return new Node(this.json[name]);
    }
    hasProp(name) { return isObject(this.json) && Object.hasOwn(this.json, name); }
    deleteProp(name) { delete this.json[name]; return this; }
    fieldNames() { return isObject(this.json) ? Object.keys(this.json) : []; }
    elements() { return Array.isArray(this.json) ? this.json.map((item) => new Node(item)) : fail('It is no array.'); }
    append(item) { this.json.push(bare(item)); return this; }
    insertAt(place, item) { this.json.splice(place, 0, bare(item)); return this; }
    removeAt(place) { this.json.splice(place, 1); return this; }
    indexOf(item) { return this.json.findIndex((one) => stringify(one) === stringify(bare(item))); }
    contains(item) { return this.indexOf(item) >= 0; }
    size() { return this.json.length; }
    jsonPath(path) { return new Node(follow(this.json, String(path))); }
    element() { return this; }
    elementList() { return this.elements(); }
    isArray() { return Array.isArray(this.json); }
    isObject() { return isObject(this.json); }
    isString() { return typeof this.json === 'string'; }
    isNumber() { return typeof this.json === 'number'; }
    isBoolean() { return typeof this.json === 'boolean'; }
    isNull() { return this.json === null; }
    isValue() { return this.json === null || typeof this.json !== 'object'; }
    value() { return this.json; }
    unwrap() { return this.json; }
    mapTo() { return this.json; }
    toString() { return stringify(this.json); }
    toJSON() { return this.json; }
  }
  Node.prototype.stringValue = typed('string');
  Node.prototype.numberValue = typed('number');
  Node.prototype.boolValue = typed('boolean');
  const spin = (value) =>
    value instanceof Node ? value : new Node(typeof value === 'string' ? parse(value) : plain(value));

  // The Java collections that scripts make to hand over a map or a list.
  class HashMap {
    constructor(from) { this.entries = { ...(from instanceof HashMap ? from.entries : from) }; }
    put(key, value) { const old = this.get(key); this.entries[key] = value; return old; }
    putAll(other) { Object.assign(this.entries, other instanceof HashMap ? other.entries : other); }
    get(key) { return Object.hasOwn(this.entries, key) ? this.entries[key] : null; }
    remove(key) { const old = this.get(key); delete this.entries[key]; return old; }
    containsKey(key) { return Object.hasOwn(this.entries, key); }
    isEmpty() { return !this.size(); }
    size() { return Object.keys(this.entries).length; }
    keySet() { return Object.keys(this.entries); }
    values() { return Object.values(this.entries); }
    toJSON() { return this.entries; }
  }
  const classes = {
    'java.util.HashMap': HashMap, 'java.util.LinkedHashMap': HashMap, 'java.util.TreeMap': HashMap,
    'java.util.ArrayList': Array, 'java.util.LinkedList': Array,
    'org.camunda.spin.Spin': { S: spin, JSON: spin }, 'org.operaton.spin.Spin': { S: spin, JSON: spin },
  };
  for (const vendor of ['camunda.bpm', 'operaton.bpm', 'flowable', 'activiti']) {
    classes['org.' + vendor + '.engine.delegate.BpmnError'] = BpmnError;
  }
  const unknown = (name) => fail("The Java class '" + name + "' is not available. Use plain JavaScript.");
  const java_class = (name) => (Object.hasOwn(classes, name) ? classes[name] : unknown(name));
  const java_package = (path) => new Proxy({}, { get(_, name) {
    if (typeof name !== 'string') return undefined;
    const whole = path + '.' + name;
    if (Object.hasOwn(classes, whole)) return classes[whole];
    return Object.keys(classes).some((known) => known.startsWith(whole + '.')) ? java_package(whole) : unknown(whole);
  } });
  for (const [name, method] of [
    ['size', function () { return this.length; }], ['isEmpty', function () { return !this.length; }],
    ['get', function (index) { return this[index]; }],
    ['contains', function (item) { return this.includes(item); }],
    ['add', function (item) { return this.push(item) > 0; }]]) define(Array.prototype, name, method);
  for (const [name, method] of [['equals', function (other) { return String(this) === other; }],
    ['isEmpty', function () { return !this.length; }], ['contains', function (part) { return this.includes(part); }],
    ['equalsIgnoreCase', function (other) { return this.toLowerCase() === String(other).toLowerCase(); }],
  ]) define(String.prototype, name, method);
  if (now !== null) {
    const Real = Date;
    define(globalThis, 'Date', new Proxy(Real, {
      construct: (target, args) => (args.length ? new target(...args) : new target(now)),
      apply: () => new Real(now).toString(), get: (target, name) => (name === 'now' ? () => now : target[name]) }));
  }
  for (const [name, value] of values) define(globalThis, name, plain(value));
  for (const name of Object.keys(hosts)) define(globalThis, name, made[name] = make(name, hosts[name]));
  for (const name of ['org', 'java']) define(globalThis, name, java_package(name));
  define(globalThis, 'Java', { type: java_class });
  define(globalThis, 'Packages', { java: java_package('java'), org: java_package('org') });
  define(globalThis, 'BpmnError', BpmnError);
  define(globalThis, 'S', spin);
  for (const name of ['print', 'println']) define(globalThis, name, () => undefined);
  const silent = () => undefined;
  define(globalThis, 'console', { log: silent, info: silent, warn: silent, error: silent, debug: silent });
  try {
    const value = run(script);
    return stringify({ value: plain(value instanceof Date ? value.toISOString() : value), effects });
  } catch (error) {
    if (error && error.bpmn) return stringify({ error: { bpmn: true, code: error.code, message: error.message }, effects });
    const line = /eval at [^\n]*, <anonymous>:(\d+)/.exec(String(error && error.stack));
    return stringify({ error: { message: String(error), line: line ? Number(line[1]) : 0 } });
  }
}
