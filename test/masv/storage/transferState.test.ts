import { outcomeOf } from '../../../masv/storage/transferState';

it.each(['constructor', 'toString', '__proto__'])('does not take the unknown state %j for an end', (state) => {
	expect(outcomeOf(state)).toBe('running');
});
