import type { Dice } from '../dice';

/**
 * The kind of server. Each habit is a way to keep the documentation's word, or what S3 and storages like it do:
 * docs/masv-api.md#downloading, docs/masv-api.md#links
 */
export interface ReceiveHabits {
	/** Whether the token of a package opens its files, or with which status it is refused. */
	ownDownload: 'accepted' | 400 | 401 | 403 | 404;
	/** Whether there is `GET /v1.1/teams/{team}/packages/{package}`, which is not documented. */
	hasPackageById: boolean;
	/** Whether there is `DELETE /v1/links/{link}`, which is not documented. */
	hasLinkRemoval: boolean;
	/** The status for a link that is disabled already. */
	disabledAgain: 204 | 404;
	/** How many look-ups the link of somebody allows. */
	accessLimit: number;
	/** Lists are those of so many milliseconds ago. */
	staleMs: number;
	/** Whether lists contain an archive that MASV generates. */
	listsArchive: boolean;
	/** Life of a signed address. Milliseconds. */
	addressMs: number;
	/** `ignored`: the storage always sends everything. */
	ranges: 'served' | 'ignored';
	/** Whether the storage compares `If-Match`. */
	comparesEtags: boolean;
	/** `parts`: of the MD5s of the parts. `opaque`: no function of the content. */
	etags: 'md5' | 'parts' | 'opaque' | 'weak' | 'none';
	/** Whether MASV tells the size of the parts, and rightly so. */
	partBytes: 'right' | 'wrong' | 'not told';
	/** Whether answers have a `Content-Length`. */
	tellsLength: boolean;
}

export function chooseReceiveHabits(dice: Dice): ReceiveHabits {
	return {
		ownDownload: dice.pick(['accepted', 'accepted', 400, 401, 403, 403, 404]),
		hasPackageById: dice.chance(0.85),
		hasLinkRemoval: dice.chance(0.9),
		disabledAgain: dice.pick([204, 404]),
		accessLimit: dice.chance(0.1) ? dice.int(1, 3) : Infinity,
		staleMs: dice.chance(0.2) ? dice.int(500, 60_000) : 0,
		listsArchive: dice.chance(0.2),
		addressMs: dice.pick([900_000, 900_000, 30_000, 300]),
		ranges: dice.chance(0.1) ? 'ignored' : 'served',
		comparesEtags: dice.chance(0.8),
		etags: dice.pick(['md5', 'parts', 'opaque', 'opaque', 'weak', 'none']),
		partBytes: dice.pick(['right', 'right', 'wrong', 'not told']),
		tellsLength: dice.chance(0.9),
	};
}

/** Whether the client can find out that content was damaged on the way. */
export function canSeeDamage({ etags, partBytes }: ReceiveHabits): boolean {
	return etags === 'md5' || (etags === 'parts' && partBytes === 'right');
}
