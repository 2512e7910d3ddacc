/** Whether a text contains a secret of the simulated MASV: all of them contain these characters. */
export function secretIn(text: string): boolean {
	return text.includes('5ec2e7');
}
