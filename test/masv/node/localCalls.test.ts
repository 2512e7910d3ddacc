import { createCallChooser, localCalls } from '../../../masv/node/localCalls';
import type { OpenFolder } from '../../../masv/node/openFolder';
import { writeCalls } from '../../../masv/node/writeCalls';

/** A folder on this device, asked about at this path. */
function folderAt(path: string, device: bigint): OpenFolder {
	return { location: path, device, at: () => path, close: () => undefined };
}

it('looks at files without the thread pool only on a disk of this machine', async () => {
	const callsIn = createCallChooser();
	expect(await callsIn(folderAt('/dev/shm', 1n))).toBe(localCalls);
	// A file system, but no disk.
	expect(await callsIn(folderAt('/proc', 2n))).toBe(writeCalls);
	expect(await callsIn(folderAt('/missing', 3n))).toBe(writeCalls);
});

it('asks once per disk', async () => {
	const callsIn = createCallChooser();
	await callsIn(folderAt('/dev/shm', 1n));
	expect(await callsIn(folderAt('/missing', 1n))).toBe(localCalls);
});
