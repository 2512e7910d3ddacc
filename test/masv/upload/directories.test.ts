import { MasvCancelledError, MasvConnectionError, MasvError } from '../../../masv/errors';
import type { Transport } from '../../../masv/transport';
import { Directories, findMissing } from '../../../masv/upload/directories';
import { emptyDirectories } from '../../../masv/upload/listDirectories';
import { failureOf, nockClient, useNock } from '../../support/nockMasv';
import { accessTo, nothingKnown } from '../../support/packageAccess';

useNock();

const folder = (path: string, name: string) => ({ path, name, modifiedAt: new Date(0) });

/** A server with one way of dealing with directories. Records what it is asked. */
function server(
	list: (asked: string[]) => object[] | number,
	add: () => object | number = () => ({ file: { id: 'D1' } }),
) {
	const asked: string[] = [];
	const transport: Transport = ({ method, url }) => {
		asked.push(`${method} ${new URL(url).pathname.replace('/v1/packages/P1/files', '')}`.trim());
		const answer = method === 'GET' ? list(asked) : method === 'POST' ? add() : 204;
		if (answer === 0) return Promise.reject(new MasvConnectionError('lost', { code: 'connection_lost' }));
		const status = typeof answer === 'number' ? answer : 200;
		return Promise.resolve({ status, headers: {}, text: typeof answer === 'number' ? '' : JSON.stringify(answer) });
	};
	return { transport, asked };
}

describe('Directories', () => {
	const directoriesOn = (transport: Transport, more = {}) => {
		const warnings: string[] = [];
		const access = accessTo(nockClient({ transport, ...more }));
		const directories = new Directories(access, nothingKnown(), [folder('a', 'b')], (text) => warnings.push(text));
		return { directories, warnings };
	};

	it('asks nothing if there are none', async () => {
		const directories = new Directories(accessTo(nockClient()), nothingKnown(), [], undefined);
		await directories.create();
		expect(await directories.drop()).toBe(false);
		expect(directories.notCreated).toEqual([]);
		expect(await findMissing(accessTo(nockClient()), [])).toEqual([]);
	});

	it('removes what a server has taken for a file', async () => {
		const { transport, asked } = server((all) =>
			all.includes('POST') ? [{ id: 'D1', kind: 'file', path: '/a', name: 'b' }] : [],
		);
		const { directories } = directoriesOn(transport);
		await directories.create();
		expect(directories.notCreated).toEqual(['a/b']);
		expect(asked).toEqual(['GET', 'POST', 'GET', 'DELETE /D1']);
	});

	it('removes what a server lists as unfinished in a package that somebody else finalizes', async () => {
		const { transport, asked } = server((all) =>
			all.includes('POST') ? [{ id: 'D1', kind: 'directory', path: '/a', name: 'b', completed: false }] : [],
		);
		const access = accessTo(nockClient({ transport }));
		const known = { ...nothingKnown(), isOwnPackage: false };
		const directories = new Directories(access, known, [folder('a', 'b')], undefined);
		await directories.create();
		expect(directories.notCreated).toEqual(['a/b']);
		expect(asked.at(-1)).toBe('DELETE /D1');
	});

	it('leaves one alone that is there', async () => {
		const { transport, asked } = server(() => [{ id: 'D0', kind: 'directory', path: '/a/', name: 'b' }]);
		const { directories } = directoriesOn(transport);
		await directories.create();
		expect([directories.notCreated, asked[0], asked.includes('POST')]).toEqual([[], 'GET', false]);
	});

	it('replaces one of its own that was never finished', async () => {
		const { transport, asked } = server((all) =>
			all.length === 1 ? [{ id: 'D0', kind: 'directory', path: '/a', name: 'b', completed: false }] : [],
		);
		const { directories } = directoriesOn(transport);
		await directories.create();
		expect([directories.notCreated, asked.slice(0, 3)]).toEqual([[], ['GET', 'DELETE /D0', 'POST']]);
	});

	it('does not repeat a lost request where no list can show its outcome', async () => {
		const { transport, asked } = server(
			() => 404,
			() => 0,
		);
		const { directories, warnings } = directoriesOn(transport);
		await directories.create();
		expect(directories.notCreated).toEqual(['a/b']);
		expect(asked.filter((request) => request === 'POST')).toHaveLength(1);
		expect(warnings).toEqual(['Could not create the folder "a/b": It is uncertain whether MASV has added it: lost']);
	});

	it('adds again what a lost request has left unfinished, because the response with its upload is lost', async () => {
		const entry = (id: string, completed: boolean) => ({ id, kind: 'directory', path: '/a', name: 'b', completed });
		let requests = 0;
		const { transport, asked } = server(
			() => [[], [entry('D0', false)], [entry('D1', true)]][requests] ?? [],
			() => (++requests === 1 ? 0 : { file: { id: 'D1' } }),
		);
		const { directories, warnings } = directoriesOn(transport);
		await directories.create();
		expect([directories.notCreated, warnings]).toEqual([[], []]);
		expect(asked).toEqual(['GET', 'POST', 'GET', 'DELETE /D0', 'POST', 'GET']);
	});

	describe('if a request was lost and a moment later no list shows what it has added', () => {
		const entry = (id: string, completed?: boolean) => ({ id, kind: 'directory', path: '/a', name: 'b', completed });
		/** The first request to add it has no response, the second one adds D1. @param late what the list shows from then on */
		const afterTheSecond = (late: () => object[]) => {
			let requests = 0;
			return server(
				() => (requests < 2 ? [] : late()),
				() => (++requests === 1 ? 0 : { file: { id: 'D1' } }),
			);
		};
		const removals = (asked: string[]) => asked.filter((each) => each.startsWith('DELETE'));

		it('adds it again', async () => {
			const { transport, asked } = afterTheSecond(() => [entry('D1')]);
			const { directories, warnings } = directoriesOn(transport);
			await directories.create();
			expect([directories.notCreated, warnings]).toEqual([[], []]);
			expect(asked.join()).toMatch(/^GET,POST,(GET,){2,4}POST,GET$/);
		});

		it.each([false, undefined])('removes what the first one has added after all (completed: %s)', async (completed) => {
			const { transport, asked } = afterTheSecond(() => [entry('D0', completed), entry('D1')]);
			const { directories, warnings } = directoriesOn(transport);
			await directories.create();
			expect([directories.notCreated, warnings]).toEqual([[], []]);
			expect(removals(asked)).toEqual(['DELETE /D0']);
		});

		it.each([
			[false, ['DELETE /D0']],
			[undefined, []],
		])('removes nothing complete from the package of somebody else (completed: %s)', async (completed, removed) => {
			const { transport, asked } = afterTheSecond(() => [entry('D0', completed), entry('D1')]);
			const known = { ...nothingKnown(), isOwnPackage: false };
			const access = accessTo(nockClient({ transport }));
			await new Directories(access, known, [folder('a', 'b')], undefined).create();
			expect(removals(asked)).toEqual(removed);
		});

		it('looks for it in a list that shows what was added after it', async () => {
			let looks = 0;
			const { transport, asked } = afterTheSecond(() => (looks++ < 2 ? [] : [entry('D0'), entry('D1')]));
			await directoriesOn(transport).directories.create();
			expect(removals(asked)).toEqual(['DELETE /D0']);
		});

		it('removes it with all others if the package cannot be finalized', async () => {
			let looks = 0;
			const { transport, asked } = afterTheSecond(() => (looks++ === 0 ? [entry('D1')] : [entry('D0'), entry('D1')]));
			const { directories } = directoriesOn(transport);
			await directories.create();
			expect(removals(asked)).toEqual([]);
			expect(await directories.drop()).toBe(true);
			expect(removals(asked).sort()).toEqual(['DELETE /D0', 'DELETE /D1']);
		});
	});

	it('removes what a lost request has left once it is to be dropped, but not in the package of somebody else', async () => {
		const left = { id: 'D9', kind: 'directory', path: '/a', name: 'b' };
		const { transport, asked } = server(
			(all) => (all.filter((each) => each === 'POST').length > 0 ? [left] : []),
			() => 400,
		);
		const { directories } = directoriesOn(transport);
		await directories.create();
		expect(await directories.drop()).toBe(true);
		expect(asked.at(-1)).toBe('DELETE /D9');
		const access = accessTo(nockClient({ transport }));
		const known = { ...nothingKnown(), isOwnPackage: false };
		expect(await new Directories(access, known, [folder('a', 'b')], undefined).drop()).toBe(false);
	});

	it.each([200, 500, 503])('gives up a server that always answers %i', async (status) => {
		const { transport } = server(
			() => [],
			() => status,
		);
		const { directories } = directoriesOn(transport);
		await directories.create();
		expect(directories.notCreated).toEqual(['a/b']);
	});

	it('does not keep a run alive that was canceled, or that another one has taken over', async () => {
		const { transport } = server(() => []);
		const signal = AbortSignal.abort();
		expect(await failureOf(directoriesOn(transport, { signal }).directories.create())).toBeInstanceOf(
			MasvCancelledError,
		);
		const guard = { check: () => Promise.reject(new MasvError('taken over', { code: 'delivery_taken_over' })) };
		expect(await failureOf(directoriesOn(transport, { guard }).directories.create())).toMatchObject({
			code: 'delivery_taken_over',
		});
	});
});

describe('findMissing', () => {
	const wanted = [folder('a', 'b'), folder('a', 'c')];
	const missingOn = async (list: object[] | number, noted?: string[]) => {
		const warnings: string[] = [];
		const access = accessTo(nockClient({ transport: server(() => list).transport }));
		return { missing: await findMissing(access, wanted, noted, (text) => warnings.push(text)), warnings };
	};

	it('believes the list of the package', async () => {
		const list = [{ id: 'D0', kind: 'directory', path: '/a', name: 'b' }];
		expect(await missingOn(list, ['a/b'])).toEqual({ missing: ['a/c'], warnings: [] });
	});

	it('believes what was noted where no list can be had', async () => {
		expect(await missingOn(404, [])).toEqual({ missing: [], warnings: [] });
		expect(await missingOn(404, ['a/c'])).toEqual({ missing: ['a/c'], warnings: [] });
	});

	it('says that it does not know where nothing was noted either', async () => {
		const { missing, warnings } = await missingOn(404);
		expect(missing).toEqual(['a/b', 'a/c']);
		expect(warnings).toEqual([expect.stringContaining('MASV does not list the folders of the package.')]);
	});
});

describe('emptyDirectories', () => {
	it('are those that neither files nor other directories create, each once', () => {
		const directories = [folder('', 'a'), folder('a', 'b'), folder('a/b', 'c'), folder('a/b', 'c'), folder('x', 'y')];
		expect(emptyDirectories(directories, [{ path: 'x/y/z' }]).map(({ path, name }) => `${path}/${name}`)).toEqual([
			'a/b/c',
		]);
	});
});
