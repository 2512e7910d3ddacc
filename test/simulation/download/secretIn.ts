/** Whether a text contains a secret of the simulated MASV: all of them contain these characters, and no ID or sum does. */
export function secretIn(text: string): boolean {
	return text.includes('s3cr3t');
}
