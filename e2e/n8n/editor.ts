import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { debianProgram } from './debianProgram.ts';
import { owner } from './N8nSession.ts';
import type { RunningN8n } from './startN8n.ts';

export interface EditorOptions {
	n8n: Pick<RunningN8n, 'url' | 'install'>;
	theme: 'light' | 'dark';
}

/** n8n's editor in a browser, with the owner logged in. */
export interface Editor {
	page: Page;
	/** Opens a workflow and waits until its canvas shows this node. */
	openWorkflow(workflowId: string, nodeName: string): Promise<void>;
	/** Opens the panel of a node of the workflow on the canvas. */
	openNode(nodeName: string): Promise<Locator>;
	/** Clicks "Execute step" in the open panel and waits for the output. */
	executeNode(): Promise<void>;
	/** Opens the dialog of a saved credential. */
	openCredential(credentialId: string): Promise<void>;
	/** Writes what the window shows to a PNG file. */
	shoot(file: string): Promise<void>;
	/** Hosts other than n8n that the editor has contacted. Should be empty. */
	otherHosts(): string[];
	close(): Promise<void>;
}

/** The part of playwright-core used here. The package is installed with n8n, not in this repository. */
interface Page {
	goto(url: string): Promise<unknown>;
	locator(selector: string): Locator;
	getByTestId(id: string): Locator;
	getByText(text: string): Locator;
	keyboard: { press(key: string): Promise<void>; type(text: string): Promise<void> };
	mouse: { move(x: number, y: number): Promise<void>; wheel(x: number, y: number): Promise<void> };
	waitForURL(matches: (url: URL) => boolean): Promise<void>;
	waitForTimeout(ms: number): Promise<void>;
	addStyleTag(options: { content: string }): Promise<unknown>;
	screenshot(options: { path: string }): Promise<unknown>;
	on(event: 'request', listener: (request: { url(): string }) => void): void;
}

interface Locator {
	first(): Locator;
	locator(selector: string): Locator;
	filter(options: { hasText: string }): Locator;
	getByTestId(id: string): Locator;
	getByText(text: string): Locator;
	fill(text: string): Promise<void>;
	click(): Promise<void>;
	dblclick(): Promise<void>;
	waitFor(options?: { state?: 'visible' | 'hidden' | 'detached'; timeout?: number }): Promise<void>;
}

interface Playwright {
	selectors: { setTestIdAttribute(name: string): void };
	chromium: {
		launch(options: { executablePath: string; args: string[] }): Promise<{
			newContext(options: {
				viewport: { width: number; height: number };
				colorScheme: 'light' | 'dark';
			}): Promise<{ newPage(): Promise<Page> }>;
			close(): Promise<void>;
		}>;
	};
}

const chromium = {
	names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'],
	packages: ['chromium', 'fonts-dejavu-core'],
	otherwise:
		'Install it (Debian and Ubuntu: "apt-get install chromium fonts-dejavu-core"), or set the environment variable CHROMIUM to its path.',
};
const viewport = { width: 1280, height: 720 };
/** Allows for the editor's fade-in animations. */
const settleMs = 1_000;
const firstPageMs = 120_000;
const executeMs = 60_000;

/**
 * Opens n8n's editor in Chromium. Requires an existing owner account (`N8nClient.login`).
 *
 * @throws Error if there is no Chromium and it cannot be installed
 */
export async function openEditor({ n8n, theme }: EditorOptions): Promise<Editor> {
	const executablePath = await findChromium();
	const { chromium: browserType, selectors } = createRequire(join(n8n.install.folder, 'package.json'))(
		'playwright-core',
	) as Playwright;
	selectors.setTestIdAttribute('data-test-id');
	// Chromium's sandbox does not work for root and in most containers. It only opens our own n8n.
	const browser = await browserType.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
	const otherHosts = new Set<string>();
	const page = await (await browser.newContext({ viewport, colorScheme: theme })).newPage();
	page.on('request', (request) => {
		const url = new URL(request.url());
		if (url.protocol.startsWith('http') && url.origin !== n8n.url) otherHosts.add(url.host);
	});
	const nodeOf = (name: string): Locator =>
		page.locator(`[data-test-id="canvas-node"][data-node-name=${JSON.stringify(name)}]`).first();
	const panel = page.getByTestId('ndv');

	await page.goto(`${n8n.url}/signin`);
	await page.locator('input[name=emailOrLdapLoginId]').fill(owner.email);
	await page.locator('input[type=password]').first().fill(owner.password);
	await page.keyboard.press('Enter');
	await page.waitForURL((url) => !url.pathname.includes('signin'));

	return {
		page,
		openWorkflow: async (workflowId, nodeName) => {
			await page.goto(`${n8n.url}/workflow/${workflowId}`);
			await nodeOf(nodeName).waitFor({ timeout: firstPageMs });
		},
		openNode: async (nodeName) => {
			await nodeOf(nodeName).dblclick();
			await page.getByTestId('ndv-close-button').waitFor();
			return panel;
		},
		executeNode: async () => {
			// The canvas behind the panel has a button with the same text.
			await panel.locator('button').filter({ hasText: 'Execute step' }).first().click();
			await panel.getByText('link_url').first().waitFor({ timeout: executeMs });
		},
		openCredential: async (credentialId) => {
			await page.goto(`${n8n.url}/home/credentials/${credentialId}`);
			await page.getByTestId('editCredential-modal').waitFor({ timeout: firstPageMs });
		},
		shoot: async (file) => {
			await page.waitForTimeout(settleMs);
			await page.screenshot({ path: file });
		},
		otherHosts: () => [...otherHosts],
		close: async () => await browser.close(),
	};
}

/** The executable in the environment variable CHROMIUM, else the first one in PATH. Installs Chromium if root can. */
async function findChromium(env: NodeJS.ProcessEnv = process.env): Promise<string> {
	if (env.CHROMIUM === undefined || env.CHROMIUM === '') return await debianProgram(chromium);
	if (existsSync(env.CHROMIUM)) return env.CHROMIUM;
	throw new Error(`CHROMIUM is set to ${env.CHROMIUM}, which does not exist.`);
}
