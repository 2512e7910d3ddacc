/** No thread could do it, and nothing of the content was taken. */
export class NoThread extends Error {
	override name = 'NoThread';
}
