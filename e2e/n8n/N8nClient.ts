import { N8nCredentials } from './credentials.ts';
import { N8nExecutions } from './executions.ts';
import { N8nSession } from './N8nSession.ts';
import { N8nNodeTypes } from './nodeTypes.ts';
import { N8nTriggers } from './triggers.ts';
import { N8nWorkflows } from './workflows.ts';

/** n8n's REST API: the session, with the routes grouped by what they drive. */
export class N8nClient extends N8nSession {
	readonly credentials = new N8nCredentials(this);
	readonly nodeTypes = new N8nNodeTypes(this);
	readonly workflows = new N8nWorkflows(this, this.credentials, this.nodeTypes);
	readonly triggers = new N8nTriggers(this, this.workflows);
	readonly executions = new N8nExecutions(this);
}
