'use strict';
const find = id => document.getElementById(id);
const [list, about, parameters, send, request, reply] = ['method', 'about', 'params', 'send', 'request', 'reply'].map(find);
let api = { methods: [], components: { schemas: {} } };
let id = 0;

async function post(message) {
  const started = performance.now();
  const response = await fetch(location.pathname, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: message });
  const text = await response.text();
  return { text, status: `${response.status}, ${Math.round(performance.now() - started)} ms` };
}

function resolve(schema) {
  const name = schema?.$ref?.match(/^#\/components\/schemas\/([^/]+)$/)?.[1];
  return name ? api.components.schemas[name] : schema;
}

function example(schema, depth = 0) {
  schema = resolve(schema) ?? {};
  const type = [schema.type].flat()[0];
  if (schema.enum) return schema.enum[0];
  if (type === 'integer' || type === 'number') return 0;
  if (type === 'boolean') return false;
  if (type === 'string') return '';
  if (type === 'array') return [];
  if (type === 'object' && depth < 3) {
    return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, value]) => [name, example(value, depth + 1)]));
  }
  return null;
}

function typeOf(schema) {
  const name = schema?.$ref?.split('/').pop();
  return name ?? [schema?.type ?? 'any'].flat().join(' or ') + (schema?.format ? ` (${schema.format})` : '');
}

function entry(term, text) {
  const [dt, dd] = ['dt', 'dd'].map(tag => document.createElement(tag));
  dt.textContent = term;
  dd.textContent = text;
  about.append(dt, dd);
}

function show() {
  const method = api.methods.find(one => one.name === list.value);
  about.replaceChildren();
  if (!method) return;
  for (const text of [method.deprecated && 'Deprecated.', method.summary, method.description]) {
    if (text) entry(method.name, text);
  }
  for (const one of method.params) {
    entry(one.name, `${typeOf(one.schema)}${one.required ? '' : ', optional'}${one.description ? ': ' + one.description : ''}`);
  }
  entry('result', typeOf(method.result?.schema));
  const needed = method.params.filter(one => one.required);
  parameters.value = JSON.stringify(Object.fromEntries(needed.map(one => [one.name, example(one.schema)])), null, 2);
}

function print(text, status) {
  let pretty = text;
  let failed = true;
  try {
    const parsed = JSON.parse(text);
    failed = 'error' in parsed;
    pretty = JSON.stringify(parsed, null, 2);
  } catch { /* Shown as it is. */ }
  reply.className = failed ? 'error' : '';
  reply.textContent = `${pretty}\n\n${status}`;
}

async function call() {
  const text = parameters.value.trim();
  const message = `{"jsonrpc":"2.0","method":${JSON.stringify(list.value)}${text && ',"params":' + text},"id":${++id}}`;
  request.textContent = `curl -H 'Content-Type: application/json' -d '${message.replaceAll("'", "'\\''")}' ${location.href}`;
  try {
    const answer = await post(message);
    print(answer.text, answer.status);
  } catch (failure) {
    print(String(failure), 'no answer');
  }
}

async function start() {
  const { text } = await post('{"jsonrpc":"2.0","method":"rpc.discover","id":0}');
  const answer = JSON.parse(text);
  if (answer.error) return print(text, 'The methods are not described: rpc.discover does not answer.');
  api = answer.result;
  document.title = `${api.info.title} ${api.info.version}`;
  find('title').textContent = document.title;
  list.append(...api.methods.map(method => new Option(method.name)));
  show();
}

list.addEventListener('change', show);
send.addEventListener('click', call);
start().catch(failure => print(String(failure), 'no answer'));
