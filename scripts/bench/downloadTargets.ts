import { compareRows, type Measured, type Target } from './target.ts';

/** List the files, and open the package. */
const requestsOfAPackage = 4;

export function downloadTargets(measured: Measured): Target[] {
	const { section, figures } = measured;
	const ratio = compareRows(measured);
	const peak = (key: string, bound: number): Target[] => {
		const value = figures.get(key)?.peakMebibytes;
		if (value === undefined) return [];
		return [{ text: `${section.title}: peak MiB above idle, ${key}, at most ${bound}`, value, met: value <= bound }];
	};
	return [
		...ratio('throughput', 'get-masv-disk', 'get-aria2c', 1.2),
		...ratio('throughput', 'get-masv-disk', 'get-limit', 0.8),
		...ratio('cpu', 'get-masv-disk', 'get-aria2c', 1),
		...ratio('throughput', 'get-masv-disk', 'get-curl'),
		...ratio('throughput', 'get-masv-disk', 'get-curl-8'),
		...ratio('throughput', 'get-masv-disk', 'get-rclone'),
		...ratio('throughput', 'get-masv-disk', 'get-masv-disk-never'),
		...ratio('throughput', 'get-n8n-masv-disk', 'get-n8n-http', 4),
		...ratio('throughput', 'get-n8n-masv-binary', 'get-n8n-http', 4),
		...ratio('throughput', 'get-n8n-masv-disk', 'get-n8n-s3'),
		...ratio('throughput', 'get-n8n-masv-binary', 'get-n8n-s3'),
		...peak('get-masv-disk', 64),
		...peak('get-masv-disk-16', 64),
		...peak('get-masv-disk-64', 96),
		...peak('get-n8n-masv-disk', 64),
		...peak('get-n8n-masv-binary', 160),
	];
}

export function smallDownloadTargets({ section, figures }: Measured): Target[] {
	const own = figures.get('get-small-masv');
	const bare = figures.get('get-small-bare');
	const targets: Target[] = [];
	if (own !== undefined) {
		const value = own.requestsPerFile;
		const met = value * section.files <= 2 * section.files + requestsOfAPackage;
		targets.push({ text: `${section.title}: requests per file, at most 2 besides those of the package`, value, met });
	}
	if (own !== undefined && bare !== undefined) {
		const value = own.throughput / bare.throughput;
		const text = `${section.title}: files/s, this downloader / bare requests, at least 0.8`;
		targets.push({ text, value, met: value >= 0.8 });
	}
	return targets;
}
