import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, join, resolve } from 'node:path';
import { owner } from './N8nSession.ts';
import type { RunningN8n } from './startN8n.ts';

export interface ScreenshotOptions {
	n8n: Pick<RunningN8n, 'url' | 'install'>;
	workflowId: string;
	/** The node whose panel to open. */
	nodeName: string;
	/** Folder for the screenshots; created if missing. */
	into: string;
	/** Prefix of the file names. Default: `workflow`. */
	prefix?: string;
	/** Whether to click "Execute step" in the panel and take a screenshot of the result too. */
	execute?: boolean;
	/** Called when the panel is open, to fill in or open something; its screenshots go into the same folder. */
	inPanel?: (panel: Locator, shoot: (name: string) => Promise<void>, page: Page) => Promise<void>;
}

export interface Screenshots {
	/** Paths to the PNG files. */
	files: string[];
	/** Hosts other than n8n that the editor contacted. Should be empty. */
	otherHosts: string[];
}

/** The part of playwright-core used here. The package is installed with n8n, not in this repository. */
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
/** Allows for the editor's fade-in animations. */
const settleMs = 1_000;
const executeTimeoutMs = 60_000;

/**
 * Opens a workflow in n8n's editor and takes screenshots: the canvas, the panel of one node, and optionally the panel
 * after "Execute step". Requires Chromium and an existing owner account (`N8nClient.login`).
 *
 * @throws Error if Chromium is not found
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
	// Chromium's sandbox does not work for root and in most containers. It only opens our own n8n.
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

		// The canvas behind the panel has a button with the same text.
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

/** The executable in the environment variable CHROMIUM, else the first one in PATH. */
function findChromium(env: NodeJS.ProcessEnv = process.env): string {
	if (env.CHROMIUM !== undefined && env.CHROMIUM !== '') {
		if (existsSync(env.CHROMIUM)) return env.CHROMIUM;
		throw new Error(`CHROMIUM is set to ${env.CHROMIUM}, which does not exist.`);
	}
	for (const folder of (env.PATH ?? '').split(delimiter)) {
		for (const name of ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']) {
			if (existsSync(join(folder, name))) return join(folder, name);
		}
	}
	throw new Error(
		'Screenshots of the editor require Chromium. Install it (Debian and Ubuntu: "apt-get install chromium fonts-dejavu-core") ' +
			'or set the environment variable CHROMIUM to its path.',
	);
}
