import { bufferSource } from '../../../masv/transfer/bufferSource';
import { describeRangeSource } from '../../contracts/fileSource';

const facts = { name: 'a', path: '', modifiedAt: new Date('2026-01-02T03:04:05.678Z') };

describeRangeSource('bytes in memory', (content) => ({ source: bufferSource(content, facts) }), { isFile: false });
