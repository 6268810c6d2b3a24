// Calls Camunda's own client as an application would: node camunda8_client.mjs ADDRESS FOLDER < files as JSON.
// Requests are checked against the vendor's schemas before they leave. Says which calls were answered and which failed.
import { readFileSync } from 'fs';

const [address, folder] = process.argv.slice(2);
const client = `file://${folder}/node_modules/@camunda8/orchestration-cluster-api/dist/index.js`;
const { createCamundaClient } = await import(client);
const c = createCamundaClient({
  config: {
    CAMUNDA_REST_ADDRESS: address,
    CAMUNDA_AUTH_STRATEGY: 'NONE',
    CAMUNDA_SDK_VALIDATION: 'req:strict,res:none',
    CAMUNDA_SDK_LOG_LEVEL: 'silent',
  },
});
const now = { consistency: { waitUpToMs: 0 } };
const files = JSON.parse(readFileSync(0, 'utf8'));
const file = (name) => new File([files[name]], name, { type: 'application/octet-stream' });
const done = [];
const failed = {};

async function step(name, call) {
  try {
    const answer = await call();
    done.push(name);
    return answer;
  } catch (error) {
    failed[name] = `${error.message} ${error.detail ?? error.issues ?? ''}`;
    return undefined;
  }
}

await step('topology', () => c.getTopology());
await step('license', () => c.getLicense());
await step('me', () => c.getAuthentication());
await step('deploy', () => c.createDeployment({ resources: ['p.bpmn', 'levels.dmn', 'ask.form'].map(file) }));
const pd = await step('searchPD', () => c.searchProcessDefinitions({ filter: { processDefinitionId: 'p', isLatestVersion: true } }, now));
const k = pd?.items[0]?.processDefinitionKey;
await step('getPD', () => c.getProcessDefinition({ processDefinitionKey: k }, now));
await step('getXML', () => c.getProcessDefinitionXml({ processDefinitionKey: k }, now));
await step('startForm', () => c.getStartProcessForm({ processDefinitionKey: k }, now));
const inst = await step('start', () => c.createProcessInstance({ processDefinitionId: 'p', variables: { order: 'a-1', n: 1 } }));
const ik = inst?.processInstanceKey;
await step('searchPI', () => c.searchProcessInstances({ filter: { processInstanceKey: ik, state: 'ACTIVE' }, sort: [{ field: 'startDate', order: 'DESC' }], page: { limit: 5, from: 0 } }, now));
await step('getPI', () => c.getProcessInstance({ processInstanceKey: ik }, now));
await step('hierarchy', () => c.getProcessInstanceCallHierarchy({ processInstanceKey: ik }, now));
await step('flows', () => c.getProcessInstanceSequenceFlows({ processInstanceKey: ik }, now));
await step('stats', () => c.getProcessInstanceStatistics({ processInstanceKey: ik }, now));
await step('defstats', () => c.getProcessDefinitionStatistics({ processDefinitionKey: k, filter: {} }, now));
const els = await step('searchEl', () => c.searchElementInstances({ filter: { processInstanceKey: ik } }, now));
const work = els?.items.find((e) => e.elementId === 'work');
await step('getEl', () => c.getElementInstance({ elementInstanceKey: work?.elementInstanceKey }, now));
await step('setVars', () => c.createElementInstanceVariables({ elementInstanceKey: work?.elementInstanceKey, variables: { extra: { a: 1 } } }));
const vars = await step('searchVars', () => c.searchVariables({ filter: { processInstanceKey: ik } }, now));
await step('getVar', () => c.getVariable({ variableKey: vars?.items[0]?.variableKey }, now));
const jobs = await step('activate', () => c.activateJobs({ type: 'crm:1', timeout: 60000, maxJobsToActivate: 5, worker: 'w' }));
const jk = jobs?.jobs[0]?.jobKey;
await step('searchJobs', () => c.searchJobs({ filter: { processInstanceKey: ik } }, now));
await step('fail', () => c.failJob({ jobKey: jk, retries: 0, errorMessage: 'no' }));
const inc = await step('searchInc', () => c.searchIncidents({ filter: { state: 'ACTIVE' } }, now));
await step('getInc', () => c.getIncident({ incidentKey: inc?.items[0]?.incidentKey }, now));
await step('PIinc', () => c.searchProcessInstanceIncidents({ processInstanceKey: ik }, now));
await step('updateJob', () => c.updateJob({ jobKey: jk, changeset: { retries: 2 } }));
await step('resolve', () => c.resolveIncident({ incidentKey: inc?.items[0]?.incidentKey }));
const j2 = await step('activate2', () => c.activateJobs({ type: 'crm:1', timeout: 60000, maxJobsToActivate: 5 }));
await step('complete', () => c.completeJob({ jobKey: j2?.jobs[0]?.jobKey, variables: { done: true } }));
await step('subs', () => c.searchMessageSubscriptions({ filter: { processInstanceKey: ik } }, now));
await step('publish', () => c.publishMessage({ name: 'paid', correlationKey: 'zzz', timeToLive: 1000 }));
await step('correlate', () => c.correlateMessage({ name: 'paid', correlationKey: 'a-1', variables: { paid: 1 } }));
const ut = await step('searchUT', () => c.searchUserTasks({ filter: { processInstanceKey: ik } }, now));
const uk = ut?.items[0]?.userTaskKey;
await step('getUT', () => c.getUserTask({ userTaskKey: uk }, now));
await step('utform', () => c.getUserTaskForm({ userTaskKey: uk }, now));
await step('utvars', () => c.searchUserTaskVariables({ userTaskKey: uk }, now));
await step('assign', () => c.assignUserTask({ userTaskKey: uk, assignee: 'ann' }));
await step('updateUT', () => c.updateUserTask({ userTaskKey: uk, changeset: { priority: 70 } }));
await step('completeUT', () => c.completeUserTask({ userTaskKey: uk, variables: { ok: true } }));
await step('await', () => c.createProcessInstance({ processDefinitionId: 'p', variables: { order: 'b' }, startInstructions: [{ elementId: 'e' }], awaitCompletion: true }));
const dd = await step('searchDD', () => c.searchDecisionDefinitions({ filter: { decisionDefinitionId: 'level' } }, now));
await step('getDD', () => c.getDecisionDefinition({ decisionDefinitionKey: dd?.items[0]?.decisionDefinitionKey }, now));
await step('DDxml', () => c.getDecisionDefinitionXml({ decisionDefinitionKey: dd?.items[0]?.decisionDefinitionKey }, now));
await step('searchDR', () => c.searchDecisionRequirements({}, now));
await step('getDR', () => c.getDecisionRequirements({ decisionRequirementsKey: dd?.items[0]?.decisionRequirementsKey }, now));
await step('evalD', () => c.evaluateDecision({ decisionDefinitionId: 'level', variables: { amount: 5 } }));
await step('searchDI', () => c.searchDecisionInstances({}, now));
await step('signal', () => c.broadcastSignal({ signalName: 's' }));
const i2 = await step('start2', () => c.createProcessInstance({ processDefinitionKey: k, variables: { order: 'q' } }));
await step('cancel', () => c.cancelProcessInstance({ processInstanceKey: i2?.processInstanceKey }));
await step('batches', () => c.searchBatchOperations({}, now));
console.log(JSON.stringify({ done, failed }));
process.exit(0);
