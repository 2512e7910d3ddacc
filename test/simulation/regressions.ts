/** Seeds that were red once, and what they show. `npm test` runs them first. */
export const regressions: ReadonlyArray<{ seed: number; shows: string }> = [
	{ seed: 189, shows: 'a file changes after its package was delivered unnoticed, and is delivered in a new one' },
	{
		seed: 848,
		shows: 'an execution asks again for its package after a file was rewritten with the same size and time',
	},
	{ seed: 1172, shows: 'a lost note of a delivery does not make every later run fail' },
	{ seed: 4951, shows: 'MASV confirms that a package is finalized, with 200, and its state cannot be read afterwards' },
	{ seed: 2762, shows: 'an entry that is gone already does not cost the package' },
	{ seed: 4854, shows: 'what a dead run has left in the package of somebody is removed also where no list can be had' },
	{ seed: 7381, shows: 'a package is not deleted if the run is stopped while MASV finalizes it' },
	{ seed: 923, shows: 'two deliveries of the same files to one package do not both add them' },
	{ seed: 1348, shows: 'a file that another delivery has finished is not removed for one that was only begun' },
	{ seed: 93, shows: 'a file that another delivery has reported is not removed for another file of the same name' },
	{ seed: 2822, shows: 'a file that another delivery reports is not replaced by the one that has added it' },
	{
		seed: 5814,
		shows:
			'a run that dies while it delivers to the portal of another team does not cost the package if it was not delivered',
	},
	{
		seed: 24080,
		shows: 'a file that another delivery has found in the package is not replaced before that one reports it',
	},
	{ seed: 29838, shows: 'an entry that another delivery continued with its own file is not taken for the first one' },
	{
		seed: 20312,
		shows: 'a package that accepts no more files, and whose notes were lost, does not make every later run fail',
	},
	{
		seed: 23503,
		shows: 'a run that had to wait does not remove what was stored of a file that has changed since it was planned',
	},
	{
		seed: 28472,
		shows: 'a file that another delivery reports with another size is asked about before one is added in its place',
	},
	{ seed: 28698, shows: 'a folder that a lost request has left does not keep its package from being finalized' },
	{
		seed: 32259,
		shows: 'a package that is finalized late, after its run was stopped, was wanted by another execution',
	},
	{
		seed: 23828,
		shows: 'a package of which it is not known whether it was delivered to the portal of another team is not changed',
	},
	{ seed: 26087, shows: 'what a list shows for good is in the way of each file alone' },
	{
		seed: 35572,
		shows: 'an entry of a run that was stopped, which the list did not show yet, does not stay beside the file',
	},
	{
		seed: 35691,
		shows: 'an upload that may have been completed, and has expired, is not removed from the package of somebody',
	},
	{
		seed: 29837,
		shows: 'nor by another delivery, which finds an entry at its place that nobody can say is complete',
	},
	{ seed: 38719, shows: 'a list that has stopped does not say whether a file was removed after it was finished' },
	{
		seed: 32378,
		shows: 'what a frozen run notes after its successor has read the notes, and no list shows, is not known',
	},
	{
		seed: 34829,
		shows: 'a package that MASV refuses to finalize as incomplete gets what it lacks before it is finalized',
	},
	{
		seed: 37222,
		shows: 'an entry that was noted is found by its ID where MASV spells its place in another way, and does not stay',
	},
	{ seed: 48145, shows: 'what another delivery may have finished is asked about if no list shows it' },
	{
		seed: 48187,
		shows: 'what a frozen run has added beside a file is removed because it was noted, also if no list shows it',
	},
	{
		seed: 32553,
		shows:
			'a file that another delivery reports is not removed because its upload has ended, whichever notes are left of it',
	},
	{
		seed: 60604,
		shows:
			'a file that a delivery took over from one that ended, and that it alone has reported, is replaced when it changes',
	},
	{
		seed: 76240,
		shows: 'a file that its own notes show to be rewritten is not reported where those of others cannot be read',
	},
	{
		seed: 81468,
		shows:
			'a run that can note nothing does not take a file that another one has finished for what its lost request has left',
	},
	{
		seed: 82206,
		shows: 'a run that cannot read its notes cannot tell that another delivery went on with the upload of its file',
	},
	{
		seed: 85132,
		shows:
			'a delivery does not take the files that a running one sends, although that one fails in the end because the list shows for good what was removed',
	},
	{
		seed: 90949,
		shows:
			'a list that has stopped shows for good what was removed, and lacks what was finished: each keeps its own file from succeeding',
	},
	{
		seed: 94543,
		shows:
			'what a list that has stopped shows is in the way as an unknown file once the notes about its removal are folded',
	},
	{
		seed: 95180,
		shows: 'a run that was frozen may note a part of the file as it was before after the one that took over from it',
	},
	{ seed: 98331, shows: 'a file that could not be noted, and that the list lacks for a while, is not known' },
	{
		seed: 99901,
		shows:
			'where no notes can be read, a file whose size and time are those in MASV is taken for the one that was sent',
	},
	{ seed: 33647, shows: 'a list that has stopped does not say whether a file is complete' },
	{
		seed: 10233,
		shows: 'a list that lacks a file which may be complete does not show that it is gone, if MASV refuses to remove it',
	},
	{ seed: 25684, shows: 'a list of MD5s that a killed run has begun is removed if the next one gives it another name' },
	{ seed: 33635, shows: 'a list of MD5s that MASV does not remove is named before everything is sent anew' },
	{
		seed: 920083,
		shows:
			'what a request without a response adds while another entry is removed is removed, too, and the package is kept',
	},
];

/** The same for seeds whose first run ends after each line of its journal. */
export const deathRegressions: typeof regressions = [
	{
		seed: 247,
		shows: 'a package is not said to be what the list shows if a file that was to be compared is not listed',
	},
	{
		seed: 40539,
		shows:
			'a file in the package of somebody fails with its name if a power failure took the note that it is complete, and MASV does not say so',
	},
	{
		seed: 166,
		shows: 'parts of a file that went on with the upload of another one are not taken for parts of that one',
	},
];
