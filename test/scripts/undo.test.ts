import { undoAll, undoAtEnd, undoOnceMade } from '../../scripts/commandLine/undo';

it('what a script is making when it is interrupted is waited for and undone, before what it needs', async () => {
	const undone: string[] = [];
	undoAtEnd(async () => await Promise.resolve(undone.push('folder')));
	const making = Promise.withResolvers<string>();
	void undoOnceMade(making.promise, async (made) => await Promise.resolve(undone.push(made)));
	const failing = Promise.reject(new Error('could not be made'));
	await expect(undoOnceMade(failing, async () => await Promise.resolve(undone.push('nothing')))).rejects.toThrow(
		'made',
	);
	const ending = undoAll();
	making.resolve('n8n');
	await ending;
	expect(undone).toEqual(['n8n', 'folder']);
});
