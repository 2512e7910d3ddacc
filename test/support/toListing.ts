import type { MasvFile } from '../../masv/schemas';
import type { Listing } from '../../masv/transfer/listing';
import { toListedFile } from '../../masv/transfer/listing';

/** What a list of these files shows. */
export function toListing(files: readonly MasvFile[]): Listing {
	const listed = files.map(toListedFile).filter((file) => file !== undefined);
	const placed = listed.filter(({ place }) => place !== '');
	return {
		byId: new Map(listed.map((file) => [file.id, file])),
		byPlace: Map.groupBy(placed, ({ place }) => place),
	};
}
