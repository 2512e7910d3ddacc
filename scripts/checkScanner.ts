/**
 * Runs n8n's own scanner (`@n8n/scan-community-package`) on the source and on the packed tarball, as n8n does before it
 * verifies a package: comments that disable rules have no effect. Fails if a finding is not in `scanner/allowed.ts`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

import { ESLint, type Linter } from 'eslint';

import { packTarball } from '../e2e/n8n/packTarball.ts';
import { runCommand } from '../e2e/n8n/runCommand.ts';
import { allowed, type Allowed } from './scanner/allowed.ts';

interface Scanner {
	buildScanConfig(): Promise<Linter.Config[]>;
	/** What is read of the source. */
	SOURCE_FILE_PATTERNS: string[];
}

interface Finding {
	rule: string;
	/** Relative to the scanned folder. */
	file: string;
	line: number;
	message: string;
}

const root = dirname(import.meta.dirname);
const scanner = createRequire(import.meta.url)('@n8n/scan-community-package/scanner/scanner.mjs') as Scanner;
/** What the scanner reads of a tarball. */
const tarballPatterns = ['**/*.js', 'package.json'];

async function scan(folder: string, patterns: string[]): Promise<Finding[]> {
	const eslint = new ESLint({
		cwd: folder,
		allowInlineConfig: false,
		overrideConfigFile: true,
		overrideConfig: await scanner.buildScanConfig(),
	});
	const results = await eslint.lintFiles(patterns);
	if (results.length < 10) throw new Error(`Only ${results.length} files were found in ${folder}`);
	return results.flatMap(({ filePath, messages }) =>
		messages
			.filter(({ severity }) => severity === 2)
			.map(({ ruleId, line, message }) => ({
				rule: ruleId ?? 'not readable',
				file: relative(folder, filePath),
				line,
				message,
			})),
	);
}

async function scanTarball(): Promise<Finding[]> {
	const folder = await mkdtemp(join(tmpdir(), 'masv-scan-'));
	try {
		const tarball = await packTarball({ root, into: folder });
		await runCommand('tar', ['-xzf', tarball, '-C', folder], { cwd: folder });
		return await scan(join(folder, 'package'), tarballPatterns);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

const covers = ({ rule, places }: Allowed, finding: Finding): boolean =>
	rule === finding.rule && places.some((place) => isAt(finding.file, place));

const isAt = (file: string, place: string): boolean =>
	place.endsWith('/') ? file.startsWith(place) : file === place || file.replace(/\.(ts|js)$/, '') === place;

const findings = [...(await scan(root, scanner.SOURCE_FILE_PATTERNS)), ...(await scanTarball())];
const unexpected = findings.filter((finding) => !allowed.some((entry) => covers(entry, finding)));
const outdated = allowed.flatMap(({ rule, places }) =>
	places
		.filter((place) => !findings.some((finding) => finding.rule === rule && isAt(finding.file, place)))
		.map((place) => `${rule} is allowed in ${place}, which does not need it`),
);

for (const { file, line, rule, message } of unexpected) console.error(`${file}:${line} ${rule}: ${message}`);
for (const line of outdated) console.error(line);
console.log(`${findings.length} findings, ${unexpected.length} not allowed, ${outdated.length} outdated entries`);
process.exitCode = unexpected.length + outdated.length === 0 ? 0 : 1;
