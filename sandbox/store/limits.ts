/**
 * Limits of multipart uploads (MASV docs, Uploads, "max_chunk_count" and following; docs/masv-api.md#upload-limits).
 */
export const maxParts = 10_000;
/** Bytes. */
export const maxPartBytes = 5 * 1024 ** 3;
/** Bytes; every part except the last. */
export const minPartBytes = 5 * 1024 ** 2;
