import { z } from 'zod';
import { maxPartBytes, minPartBytes } from '../store/limits.ts';

/** Bytes; 0 = not specified (MASV docs, Packages, "chunk_size"). */
export const chunkSize = z.union([z.literal(0), z.int().min(minPartBytes).max(maxPartBytes)]);
