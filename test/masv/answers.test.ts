import {
	hadNoEffect,
	isAlreadyDone,
	isBadRequest,
	isDeniedFeature,
	isExpiredSignature,
	isGone,
	isIncompletePackage,
	isLasting,
	isMissingFeature,
	isMissingRoute,
	isRefusedRoute,
	isRefusedState,
	isRejection,
	isTransient,
	isUnknownUpload,
	mayHaveSucceeded,
} from '../../masv/answers';
import type { ApiErrorOptions } from '../../masv/errors';
import { MasvApiError, MasvTransferError } from '../../masv/errors';

const rejections = [400, 401, 402, 403, 404, 405, 408, 409, 410, 422, 425, 429];
const serverErrors = [500, 501, 502, 503, 504, 505];

function errorWith(more: Partial<ApiErrorOptions>): MasvApiError {
	return new MasvApiError({
		code: 'request_rejected',
		operation: 'do it',
		service: 'MASV',
		status: 400,
		details: [],
		...more,
	});
}

describe('a status', () => {
	it.each<[string, (error: MasvApiError) => boolean, number[]]>([
		['may be followed by success', isTransient, [408, 425, 429, 500, 502, 503, 504]],
		['says that a repeated request would fail', isLasting, [400, 403, 404, 405, 409, 410, 422, 501, 505]],
		['may hide a success', mayHaveSucceeded, serverErrors],
		['reports that nothing was done', hadNoEffect, [500, 503]],
		['is a definite rejection', isRejection, rejections],
		['refuses because of the state', isRefusedState, [400, 409, 422]],
		['says that there is no such route', isMissingRoute, [404, 405, 501]],
		['says that another route must be used', isRefusedRoute, [400, 403, 404, 405, 422, 501]],
		['says that the query is not accepted', isBadRequest, [400]],
		['says that the object is gone', isGone, [404]],
		['denies a feature', isDeniedFeature, [402, 403]],
		['says that there is no such feature', isMissingFeature, [402, 403, 404, 405, 501]],
	])('%s', (_, isSo, statuses) => {
		expect([...rejections, ...serverErrors].filter((status) => isSo(errorWith({ status })))).toEqual(statuses);
	});
});

describe('isAlreadyDone', () => {
	it('believes only those who have looked at the object', () => {
		const alreadyDone = (status: number): boolean =>
			isAlreadyDone(errorWith({ status, details: ['Already finalized'] }));
		expect([...rejections, ...serverErrors].filter(alreadyDone)).toEqual([400, 404, 409, 410, 422]);
	});

	it.each<[boolean, Partial<ApiErrorOptions>]>([
		[true, { serviceCode: 'NoSuchUpload' }],
		[true, { details: ['The package has already been sent'] }],
		[true, { details: ['The upload was completed'] }],
		[true, { details: ['The file is finalised'] }],
		[true, { serviceCode: 'PACKAGE_ALREADY_FINALIZED' }],
		[true, { details: ['Package was finalized on 11/28/2026'] }],
		[true, { details: ['The package is finalized. Please create a new one'] }],
		[false, { serviceCode: 'FILE_NOT_FINALIZED', details: ['clip.mov'] }],
		[false, { serviceCode: 'FileNotFinalized', details: ['clip.mov'] }],
		[false, { serviceCode: 'FINALIZE_IN_PROGRESS', details: ['1 file was completed'] }],
		[false, { details: ['The package contains unfinalized files'] }],
		[false, { details: ['1 file is un-finalized'] }],
		[false, { details: ['The upload isn’t completed'] }],
		[false, { details: ['The package has not already been finalized'] }],
		[false, { details: ['All files need to be finalized before the package'] }],
		[false, { details: ['A package can be finalized once its files are completed'] }],
		[false, { details: ['2 of 3 files are finalized'] }],
		[false, { details: ['Your team has already used all of its credits'] }],
		[false, { details: ['The file is not finalized'] }],
		[false, { details: ['The file cannot be finalized'] }],
		[false, { details: ['The file was never finalized'] }],
		[false, { details: ['The upload must be completed first'] }],
		[false, { details: ["The upload isn't completed"] }],
		[false, { details: [] }],
	])('is %j for %j', (isDone, more) => {
		expect(isAlreadyDone(errorWith(more))).toBe(isDone);
	});
});

describe('isIncompletePackage', () => {
	it.each<[boolean, string]>([
		[true, '1 file(s) not finalized'],
		[true, '2 file(s) of the package have not been finalized: large.mov, small.txt'],
		[true, 'A file has not yet been finished'],
		[true, "A file hasn't been completed yet"],
		[true, 'Some files are unfinished'],
		[true, 'FILE_NOT_FINALIZED'],
		[true, 'FilesNotComplete'],
		[false, 'The package has been finalized'],
		[false, 'The name of the package is not valid'],
	])('is %j for "%s"', (isIncomplete, text) => {
		expect(isIncompletePackage(errorWith({ details: [text] }))).toBe(isIncomplete);
	});
});

describe('the code of the storage', () => {
	it.each(['RequestTimeout', 'IncompleteBody', 'BadDigest', 'OperationAborted', 'SlowDown'])(
		'%s is transient, and no such code of MASV is',
		(serviceCode) => {
			expect(isTransient(errorWith({ serviceCode, service: 'MASV storage' }))).toBe(true);
			expect(isTransient(errorWith({ serviceCode }))).toBe(false);
		},
	);

	it('ExpiredToken means an expired signature, like a 403', () => {
		const storage = { service: 'MASV storage' } as const;
		expect(isExpiredSignature(errorWith({ ...storage, serviceCode: 'ExpiredToken' }))).toBe(true);
		expect(isExpiredSignature(errorWith({ ...storage, status: 403 }))).toBe(true);
		expect(isExpiredSignature(errorWith(storage))).toBe(false);
		expect(isExpiredSignature(errorWith({ status: 403 }))).toBe(false);
	});

	it('NoSuchUpload means that the upload is unknown, like a 404, also behind a failed part', () => {
		const behindPart = (cause: MasvApiError): MasvTransferError =>
			new MasvTransferError('It failed', { file: 'clip.mov', code: 'part_not_stored', cause });
		for (const error of [errorWith({ serviceCode: 'NoSuchUpload' }), errorWith({ status: 404 })]) {
			expect(isUnknownUpload(error)).toBe(true);
			expect(isUnknownUpload(behindPart(error))).toBe(true);
		}
		expect(isUnknownUpload(behindPart(errorWith({})))).toBe(false);
	});

	it('404 says nothing about the upload if it is the storage that does not name a reason', () => {
		expect(isUnknownUpload(errorWith({ service: 'MASV storage', status: 404 }))).toBe(false);
	});

	it('404 says nothing about any object if it is a page', () => {
		const page = errorWith({ status: 404, details: ['(an HTML page: Not Found)'] });
		expect([isGone(page), isUnknownUpload(page)]).toEqual([false, false]);
	});
});
