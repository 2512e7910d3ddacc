import { MasvInputError } from '../../../masv/errors';
import type { MatchPattern } from '../../../masv/matchPattern';
import type { Timer } from '../../../masv/node/callLimit';
import { createMatchPattern } from '../../../masv/node/workerPatterns';
import type { Delivery } from '../../../masv/portals/rules';
import { checkPortalAccepts } from '../../../masv/portals/rules';
import type { Portal } from '../../../masv/schemas';

const neverEnds: Timer = () => () => undefined;
const endsAtOnce: Timer = (run) => {
	setImmediate(run);
	return () => undefined;
};

describe('checkPortalAccepts', () => {
	const now = Date.UTC(2026, 0, 15);
	const file = (name: string, bytes = 1) => ({ name, bytes });

	async function verdict(
		portal: Partial<Portal>,
		delivery: Partial<Delivery> = {},
		matchPattern: MatchPattern = createMatchPattern(neverEnds),
	): Promise<string> {
		try {
			await checkPortalAccepts(
				{ id: 'O1', name: 'Unit', ...portal },
				{ packageName: 'Dailies', files: [file('a.mov')], hasAccessCode: false, nowMs: now, ...delivery },
				matchPattern,
			);
			return 'accepted';
		} catch (error) {
			expect(error).toBeInstanceOf(MasvInputError);
			return (error as Error).message;
		}
	}

	const sized = { package_size_restriction_enabled: true };
	const typed = { file_type_restriction_enabled: true, file_types: ['.MOV', 'mxf'] };
	const named = {
		package_name_format_enabled: true,
		package_name_format: { value: '^EP\\d+$', label: 'EP and a number' },
	};

	it.each<[string, Partial<Portal>, Partial<Delivery>, string]>([
		['there are no rules', {}, {}, 'accepted'],
		['it is active', { active: true }, {}, 'accepted'],
		['it is inactive', { active: false }, {}, 'Portal "Unit" is inactive'],
		['it closes later', { expiry_enabled: true, expiry: '2026-01-16T00:00:00Z' }, {}, 'accepted'],
		['it has closed', { expiry_enabled: true, expiry: '2026-01-14' }, {}, 'Portal "Unit" closed on 2026-01-14'],
		['it closes right now', { expiry_enabled: true, expiry: '2026-01-15' }, {}, 'Portal "Unit" closed on 2026-01-15'],
		['its date does not count', { expiry_enabled: false, expiry: '2026-01-14' }, {}, 'accepted'],
		['it closes on no date', { expiry_enabled: true, expiry: '0001-01-01T00:00:00.000Z' }, {}, 'accepted'],
		['it closes without a date', { expiry_enabled: true }, {}, 'accepted'],
		['it requires a password', { has_access_code: true }, {}, 'Portal "Unit" requires an upload password'],
		['it gets its password', { has_access_code: true }, { hasAccessCode: true }, 'accepted'],
		['it gets a password that it does not require', { has_access_code: false }, { hasAccessCode: true }, 'accepted'],
		['the name matches', named, { packageName: 'EP12' }, 'accepted'],
		['the name does not match', named, {}, 'Portal "Unit" does not accept the package name "Dailies"'],
		['the rule for names is off', { ...named, package_name_format_enabled: false }, {}, 'accepted'],
		[
			'the rule for names is for another regex engine',
			{ ...named, package_name_format: { value: '(?P<x>a)' } },
			{},
			'accepted',
		],
		['there are few files', { ...sized, max_file_count: 1 }, {}, 'accepted'],
		[
			'there are too many files',
			{ ...sized, max_file_count: 1 },
			{ files: [file('a'), file('b')] },
			'Portal "Unit" accepts at most 1 files per package; there are 2',
		],
		['files are small', { ...sized, max_file_size: 2048 }, { files: [file('a', 2048)] }, 'accepted'],
		[
			'a file is too large',
			{ ...sized, max_file_size: 2048 },
			{ files: [file('a', 1), file('b', 4096)] },
			'Portal "Unit" accepts files of at most 2.0 KiB; "b" is 4.0 KiB',
		],
		['the package is small', { ...sized, max_package_size: 4 }, { files: [file('a', 2), file('b', 2)] }, 'accepted'],
		[
			'the package is too large',
			{ ...sized, max_package_size: 4 },
			{ files: [file('a', 2), file('b', 3)] },
			'Portal "Unit" accepts packages of at most 4 bytes; these files total 5 bytes',
		],
		['0 means without limit', { ...sized, max_file_count: 0, max_file_size: 0, max_package_size: 0 }, {}, 'accepted'],
		['the rule for sizes is off', { max_file_size: 1 }, { files: [file('a', 9)] }, 'accepted'],
		['the type is listed, in other letters', typed, { files: [file('A.mov'), file('b.MXF')] }, 'accepted'],
		[
			'the type is not listed',
			typed,
			{ files: [file('a.mov'), file('mov')] },
			'Portal "Unit" does not accept the file "mov" because of its type',
		],
		[
			'the type is on a list of what is refused',
			{ ...typed, file_type_restriction_exclude: true },
			{},
			'Portal "Unit" does not accept the file "a.mov" because of its type',
		],
		[
			'the type is not refused',
			{ ...typed, file_type_restriction_exclude: true },
			{ files: [file('a.txt')] },
			'accepted',
		],
		['the list of types is empty', { ...typed, file_types: [] }, {}, 'accepted'],
		[
			'the rule for types is off',
			{ ...typed, file_type_restriction_enabled: false },
			{ files: [file('a')] },
			'accepted',
		],
	])('when %s', async (_, portal, delivery, expected) => {
		expect(await verdict(portal, delivery)).toBe(expected);
	});

	it('leaves the package name to MASV when the portal has a rule that takes for ever', async () => {
		const portal = { ...named, package_name_format: { value: '^([A-Za-z0-9]+_?)+$' } };
		const packageName = `${'a'.repeat(49)}!`;
		expect(await verdict(portal, { packageName }, createMatchPattern(endsAtOnce))).toBe('accepted');
	});
});
