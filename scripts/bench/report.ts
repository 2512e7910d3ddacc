import { downloadTargets, smallDownloadTargets } from './downloadTargets.ts';
import { mebibyte } from './options.ts';
import type { Sample, Section } from './rows.ts';
import { compareRows, type Figures, type Measured, type Target } from './target.ts';

const gibibyte = 1024 * mebibyte;

export function toFigures(section: Section, samples: Map<string, Sample[]>): Measured {
	const isSmall = section.files > 1;
	const amount = isSmall ? section.files : section.bytes / gibibyte;
	const { each } = section.unit;
	const figures = new Map(
		[...samples].map(([key, taken]) => [
			key,
			{
				throughput: inUnit(median(taken.map(({ seconds }) => seconds)), each),
				cpu: median(taken.map(({ cpuSeconds }) => cpuSeconds)) / (isSmall ? amount / 1000 : amount),
				peakMebibytes: median(taken.map(({ peakMebibytes }) => peakMebibytes)),
				standstillMs: median(taken.map(({ standstillMs = NaN }) => standstillMs)),
				requestsPerFile: section.bytes === 0 ? NaN : median(taken.map(({ requests }) => requests)) / section.files,
			},
		]),
	);
	return { section, figures };
}

function inUnit(seconds: number, each: number | undefined): number {
	return each === undefined ? seconds * 1000 : each / seconds;
}

export function median(values: number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 === 1
		? (sorted[middle] as number)
		: ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** The results as a Markdown table. Each figure is followed by its ratio to that of the section's base row. */
export function toTable(all: Measured[]): string {
	const head = ['What', 'With', 'Throughput or time', 'CPU s per GiB', 'Peak MiB above idle', 'Requests per file'];
	const lines = all.flatMap(({ section, figures }) =>
		section.rows.map(({ key, contender }) => {
			const own = figures.get(key);
			const base = figures.get(section.base);
			const cell = (name: keyof Figures, digits: number, unit = ''): string => {
				const value = own?.[name] ?? NaN;
				if (Number.isNaN(value)) return '-';
				const ratio = value / (base?.[name] ?? NaN);
				const shown = `${value.toFixed(digits)}${unit}`;
				return Number.isFinite(ratio) ? `${shown} (${ratio.toFixed(2)}x)` : shown;
			};
			const isSmall = section.files > 1;
			const { unit, noun = 'files' } = section;
			return [
				section.title,
				contender,
				cell('throughput', unit.digits, ` ${unit.name}`),
				cell('cpu', 2, isSmall ? ` per 1,000 ${noun}` : ''),
				cell('peakMebibytes', 0),
				cell('requestsPerFile', isSmall ? 2 : 0),
			];
		}),
	);
	const widths = head.map((_, column) => Math.max(...[head, ...lines].map((line) => (line[column] as string).length)));
	const print = (line: string[]): string =>
		`| ${line.map((text, column) => text.padEnd(widths[column] as number)).join(' | ')} |`;
	return [print(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...lines.map(print)].join('\n');
}

/** Compares the targets with the measured figures; targets whose rows were not measured are omitted. */
export function toTargets(all: Measured[]): Target[] {
	return all.flatMap((measured) => [
		...(targetsByBase[measured.section.base]?.(measured) ?? []),
		...standstillTargets(measured),
	]);
}

/** n8n answers nothing while the event loop stands still. */
function standstillTargets({ section, figures }: Measured): Target[] {
	return section.rows.flatMap(({ key }): Target[] => {
		const value = figures.get(key)?.standstillMs ?? NaN;
		if (Number.isNaN(value) || !key.includes('masv')) return [];
		const text = `${section.title}: longest standstill of the event loop in ms, ${key}, at most 50`;
		return [{ text, value, met: value <= 50 }];
	});
}

const targetsByBase: Partial<Record<string, (measured: Measured) => Target[]>> = {
	'masv-disk': bigTargets,
	'small-masv': smallTargets,
	'link-masv': linkTargets,
	'trigger-webhook': triggerTargets,
	'get-masv-disk': downloadTargets,
	'get-small-masv': smallDownloadTargets,
};

function bigTargets(measured: Measured): Target[] {
	const { section, figures } = measured;
	const { title } = section;
	const compare = compareRows(measured);
	const targets = [
		...compare('throughput', 'masv-disk', 'curl', 1.1),
		...compare('throughput', 'masv-disk', 'lib-storage', 5),
		...compare('throughput', 'masv-disk', 'limit'),
		...compare('throughput', 'masv-disk', 'masv-disk-never'),
		...compare('throughput', 'masv-disk-always', 'masv-disk-never'),
		...compare('cpu', 'masv-disk', 'curl', 1.1),
		...compare('throughput', 'n8n-masv-disk', 'n8n-aws-s3', 4),
		...compare('throughput', 'n8n-masv-binary', 'n8n-aws-s3', 4),
	];
	for (const { key } of section.rows) {
		if (!key.includes('masv')) continue;
		const value = figures.get(key)?.peakMebibytes ?? NaN;
		const bound = key === 'masv-stream' ? 160 : 64;
		targets.push({ text: `${title}: peak MiB above idle, ${key}, at most ${bound}`, value, met: value <= bound });
	}
	return targets;
}

/** Create, get limits, finalize, verify, and the token or a link. */
const requestsOfAPackage = 6;

function smallTargets({ section, figures }: Measured): Target[] {
	const own = figures.get('small-masv');
	const bare = figures.get('small-bare');
	const targets: Target[] = [];
	if (own !== undefined) {
		const value = own.requestsPerFile;
		const met = value * section.files <= 5 * section.files + requestsOfAPackage;
		targets.push({ text: `${section.title}: requests per file, at most 5 besides those of the package`, value, met });
	}
	if (own !== undefined && bare !== undefined) {
		const value = own.throughput / bare.throughput;
		targets.push({
			text: `${section.title}: files/s, this uploader / bare requests, at least 0.8`,
			value,
			met: value >= 0.8,
		});
	}
	return targets;
}

function linkTargets({ section, figures }: Measured): Target[] {
	const own = figures.get('link-masv')?.throughput;
	return ['link-curl', 'link-lib-storage'].flatMap((key) => {
		const other = figures.get(key)?.throughput;
		if (own === undefined || other === undefined) return [];
		return [{ text: `${section.title}: throughput, this uploader / ${key}`, value: own / other }];
	});
}

function triggerTargets({ section, figures }: Measured): Target[] {
	const own = figures.get('trigger-masv')?.throughput;
	if (own === undefined) return [];
	return section.rows.flatMap(({ key, contender }): Target[] => {
		const other = figures.get(key)?.throughput;
		if (key === 'trigger-masv' || other === undefined) return [];
		const text = `${section.title}: response time, MASV Trigger / ${contender}, at most 1.1`;
		const value = own / other;
		return [{ text, value, met: value <= 1.1 }];
	});
}

export function toText(targets: Target[]): string {
	return targets
		.map(({ text, value, met }) => {
			const verdict = met === undefined ? 'information only' : met ? 'met' : 'NOT MET';
			return `- ${verdict}: ${text}: ${value.toFixed(2)}`;
		})
		.join('\n');
}
