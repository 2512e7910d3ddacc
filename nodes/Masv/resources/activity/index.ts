export { default as getAll } from './getAll';
export { default as getHistory } from './getHistory';
