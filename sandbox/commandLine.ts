import { parseArgs } from 'node:util';
import type { SandboxOptions } from './options.ts';

const help = `A local MASV server for experiments and tests, written from MASV's documentation.

npm run sandbox -- [options]

  --host HOST            address to listen on; default 127.0.0.1
  --port N               port of the API; default: any free port
  --storage-port N       port of the embedded store; default: any free port
  --api-key KEY          default: generated
  --team-id ID           default: generated
  --folder FOLDER        where file contents are stored; default: a temporary folder, deleted on exit
  --url-lifetime SECONDS lifetime of pre-signed URLs; default 3600
  --only-documented      return 404 for routes that only MASV's own code uses
  --portal-archive FORM  how a portal's packages are archived: post, put or both (default)
  --opaque-etags         the embedded store's ETags are not MD5s, as with KMS keys
  --signed-headers       blueprints have headers that must be sent
  --like-samples         lists look like the samples of the documentation, not like its tables
  --no-webhooks          webhooks are not enabled for the team

With a real S3 endpoint instead of the embedded store:

  --s3 URL               URL of the endpoint; uses path-style bucket addressing
  --s3-key-id ID         access key ID
  --s3-region REGION     default us-east-1
  --s3-bucket NAME       default masv-sandbox; created if missing
  The secret key is read from the environment variable SANDBOX_S3_SECRET_KEY, so that process lists do not show it.
`;

/**
 * The options given on the command line, or the help text if --help is given.
 * @throws Error naming the invalid option
 */
export function readCommandLine(args: string[], environment: NodeJS.ProcessEnv): SandboxOptions | string {
	const { values } = parseArgs({
		args,
		options: {
			help: { type: 'boolean' },
			host: { type: 'string' },
			port: { type: 'string' },
			'storage-port': { type: 'string' },
			'api-key': { type: 'string' },
			'team-id': { type: 'string' },
			folder: { type: 'string' },
			'url-lifetime': { type: 'string' },
			'only-documented': { type: 'boolean' },
			'portal-archive': { type: 'string' },
			'opaque-etags': { type: 'boolean' },
			'signed-headers': { type: 'boolean' },
			'like-samples': { type: 'boolean' },
			'no-webhooks': { type: 'boolean' },
			s3: { type: 'string' },
			's3-key-id': { type: 'string' },
			's3-region': { type: 'string' },
			's3-bucket': { type: 'string' },
		},
	});
	if (values.help === true) return help;
	return {
		host: values.host,
		port: toInteger('--port', values.port),
		storagePort: toInteger('--storage-port', values['storage-port']),
		apiKey: values['api-key'],
		teamId: values['team-id'],
		folder: values.folder,
		urlLifetimeSeconds: toInteger('--url-lifetime', values['url-lifetime']),
		onlyDocumented: values['only-documented'],
		opaqueEtags: values['opaque-etags'],
		signedHeaders: values['signed-headers'],
		likeSamples: values['like-samples'],
		portalArchiveForm: toArchiveForm(values['portal-archive']),
		webhooks: values['no-webhooks'] !== true,
		s3: values.s3 === undefined ? undefined : toS3(values.s3, values, environment),
	};
}

function toS3(
	endpoint: string,
	values: { 's3-key-id'?: string; 's3-region'?: string; 's3-bucket'?: string },
	environment: NodeJS.ProcessEnv,
): NonNullable<SandboxOptions['s3']> {
	const accessKeyId = values['s3-key-id'];
	const secretAccessKey = environment.SANDBOX_S3_SECRET_KEY;
	if (accessKeyId === undefined) throw new Error('--s3 requires --s3-key-id');
	if (secretAccessKey === undefined) throw new Error('--s3 requires the environment variable SANDBOX_S3_SECRET_KEY');
	return { endpoint, accessKeyId, secretAccessKey, region: values['s3-region'], bucket: values['s3-bucket'] };
}

function toInteger(option: string, text: string | undefined): number | undefined {
	if (text === undefined) return undefined;
	if (!/^\d+$/.test(text)) throw new Error(`${option} must be a number, not "${text}"`);
	return Number(text);
}

function toArchiveForm(text: string | undefined): SandboxOptions['portalArchiveForm'] {
	if (text === undefined || text === 'post' || text === 'put' || text === 'both') return text;
	throw new Error(`--portal-archive must be post, put or both, not "${text}"`);
}
