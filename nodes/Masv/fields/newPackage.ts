import { packageOptions, targetFields } from './target';

const [, , name, recipientList] = targetFields;
const [downloadLimit, , message, password, unlimitedStorage] = packageOptions;

/** The fields of a new package for people, where there is no other destination to choose. */
export const newPackageFields = [name, shownAlways(recipientList)] as const;

/** The same for its options. */
export const newPackageOptions = [
	shownAlways(downloadLimit),
	message,
	shownAlways(password),
	shownAlways(unlimitedStorage),
] as const;

function shownAlways<F extends object>({ ...field }: F): Omit<F, 'displayOptions'> {
	delete (field as { displayOptions?: object }).displayOptions;
	return field;
}
