import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, join, resolve } from 'node:path';
import { owner } from './N8nSession.ts';
import type { RunningN8n } from './startN8n.ts';

export interface ScreenshotOptions {
	n8n: Pick<RunningN8n, 'url' | 'install'>;
	workflowId: string;
	/** The node whose panel is opened. */
	nodeName: string;
	/** Folder for the pictures; made when missing. */
	into: string;
	/** Beginning of the file names; `workflow` when left out. */
	prefix?: string;
	/** Click "Execute step" in the panel and take a picture of the result too. */
	execute?: boolean;
	/** Takes over when the panel is open, to fill in or open something; its pictures go into the folder as well. */
	inPanel?: (panel: Locator, shoot: (name: string) => Promise<void>, page: Page) => Promise<void>;
}

export interface Screenshots {
	/** Paths of the PNG files. */
	files: string[];
	/** Other hosts than n8n that the editor asked. Should be empty. */
	otherHosts: string[];
}

/** The part of playwright-core that is used here. n8n's tree has the package, this repository does not. */
export interface Page {
	goto(url: string): Promise<unknown>;
	locator(selector: string): Locator;
	getByTestId(id: string): Locator;
	keyboard: { press(key: string): Promise<void> };
	waitForURL(matches: (url: URL) => boolean): Promise<void>;
	waitForTimeout(ms: number): Promise<void>;
	screenshot(options: { path: string }): Promise<unknown>;
	on(event: 'request', listener: (request: { url(): string }) => void): void;
}

export interface Locator {
	first(): Locator;
	locator(selector: string): Locator;
	filter(options: { hasText: string }): Locator;
	getByTestId(id: string): Locator;
	fill(text: string): Promise<void>;
	click(): Promise<void>;
	dblclick(): Promise<void>;
	count(): Promise<number>;
	waitFor(options?: { state?: 'visible' | 'hidden' | 'detached'; timeout?: number }): Promise<void>;
	screenshot(options: { path: string }): Promise<unknown>;
}

interface Playwright {
	selectors: { setTestIdAttribute(name: string): void };
	chromium: {
		launch(options: { executablePath: string; args: string[] }): Promise<{
			newContext(options: { viewport: { width: number; height: number } }): Promise<{ newPage(): Promise<Page> }>;
			close(): Promise<void>;
		}>;
	};
}

const viewport = { width: 1440, height: 900 };
/** n8n fades its parts in. */
const settleMs = 1_000;
const executeTimeoutMs = 60_000;

/**
 * Opens a workflow in n8n's editor as its owner does and takes pictures: the canvas, the panel of one node, and, when
 * asked, the panel after "Execute step". Needs Chromium; the owner must have been made (`N8nClient.login`).
 *
 * @throws Error when there is no Chromium
 */
export async function takeScreenshots(options: ScreenshotOptions): Promise<Screenshots> {
	const { n8n, workflowId, nodeName, prefix = 'workflow', execute = false, inPanel } = options;
	const into = resolve(options.into);
	const executablePath = findChromium();
	const { chromium, selectors } = createRequire(join(n8n.install.folder, 'package.json'))(
		'playwright-core',
	) as Playwright;
	selectors.setTestIdAttribute('data-test-id');
	await mkdir(into, { recursive: true });

	const files: string[] = [];
	const otherHosts = new Set<string>();
	// Chromium's sandbox does not work for root and in most containers. It sees nothing but our own n8n.
	const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
	try {
		const page = await (await browser.newContext({ viewport })).newPage();
		page.on('request', (request) => {
			const url = new URL(request.url());
			if (url.protocol.startsWith('http') && url.origin !== n8n.url) otherHosts.add(url.host);
		});
		const shoot = async (name: string) => {
			await page.waitForTimeout(settleMs);
			const path = join(into, `${prefix}-${name}.png`);
			await page.screenshot({ path });
			files.push(path);
		};

		await page.goto(`${n8n.url}/signin`);
		await page.locator('input[name=emailOrLdapLoginId]').fill(owner.email);
		await page.locator('input[type=password]').first().fill(owner.password);
		await page.keyboard.press('Enter');
		await page.waitForURL((url) => !url.pathname.includes('signin'));

		await page.goto(`${n8n.url}/workflow/${workflowId}`);
		const node = page.locator(`[data-test-id="canvas-node"][data-node-name=${JSON.stringify(nodeName)}]`);
		await node.waitFor({ timeout: 60_000 });
		await shoot('canvas');

		await node.dblclick();
		await page.getByTestId('ndv-close-button').waitFor();
		await shoot('node');

		// The canvas behind the panel has a button of the same words.
		const panel = page.getByTestId('ndv');
		await inPanel?.(panel, shoot, page);
		if (execute) {
			await panel.locator('button').filter({ hasText: 'Execute step' }).first().click();
			await panel
				.locator('[data-test-id="ndv-output-panel"], .run-data')
				.first()
				.waitFor({ timeout: executeTimeoutMs });
			await page.waitForTimeout(2_000);
			await shoot('run');
		}
	} finally {
		await browser.close();
	}
	return { files, otherHosts: [...otherHosts] };
}

/** The Chromium of the environment variable CHROMIUM, else the first one in PATH. */
function findChromium(env: NodeJS.ProcessEnv = process.env): string {
	if (env.CHROMIUM !== undefined && env.CHROMIUM !== '') {
		if (existsSync(env.CHROMIUM)) return env.CHROMIUM;
		throw new Error(`CHROMIUM names ${env.CHROMIUM}, which is not there.`);
	}
	for (const folder of (env.PATH ?? '').split(delimiter)) {
		for (const name of ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']) {
			if (existsSync(join(folder, name))) return join(folder, name);
		}
	}
	throw new Error(
		'Pictures of the editor need Chromium. Install it (Debian and Ubuntu: "apt-get install chromium fonts-dejavu-core") ' +
			'or name one in the environment variable CHROMIUM.',
	);
}
