/** Seeds that were red once, and what they show. `npm test` runs them first. */
export const syncRegressions: ReadonlyArray<{ seed: number; shows: string }> = [
	{ seed: 1221, shows: 'notes that are lost in a package whose list is too long: nobody can know what it contains' },
	{ seed: 2167, shows: 'somebody moves a file between its delivery and its removal' },
	{ seed: 3279, shows: 'the ledger has lost that a delivery was planned again, which has deleted its files' },
	{ seed: 3567, shows: 'a run freezes before it goes on with a delivery that another run abandons' },
	{ seed: 4019, shows: 'a clock is set back while a run looks at the folder' },
	{ seed: 5025, shows: 'a file is renamed, and one of the same name is in a delivery that has not ended' },
	{ seed: 5450, shows: 'a portal that may not be read for a while, and packages from before the date of the job' },
	{ seed: 6968, shows: 'power fails after a package was received, and the names of its files are lost' },
	{
		seed: 15751,
		shows: 'a file is renamed while a run looks at the folder, which finds it at both places, and its clock is behind',
	},
	{ seed: 11794, shows: 'a portal that may not be read at the first run' },
	{
		seed: 810779,
		shows:
			'a package was deleted that a run had delivered without being able to note that, while MASV still showed it as new',
	},
];
