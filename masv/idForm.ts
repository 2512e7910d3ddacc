/** Whether a text looks like an ID of MASV. Webhooks may have others: docs/masv-api.md#dates-and-ids */
export function isIdForm(text: string): boolean {
	return /^[0-9A-Z]{26}$/.test(text);
}
